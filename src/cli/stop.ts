import type { Diagnostic } from '../source/diagnostic.ts'

/** Ends the program because of what the user gave it: the messages, and the exit status. Never a stack. */
export class Stop extends Error {
  readonly diagnostics: readonly Diagnostic[]
  readonly status: number

  constructor(diagnostics: readonly Diagnostic[], status = 5) {
    super(diagnostics.map((each) => each.message).join('\n'))
    this.diagnostics = diagnostics
    this.status = status
  }
}

/** A stop with one message that points at no text. */
export function stop(message: string, hint?: string): Stop {
  return new Stop([{ severity: 'error', message, place: null, ...(hint !== undefined && { hint }) }])
}
