import type { RunEvent } from '../run/event.ts'

/** A view of a run. `stdout` of the program is what reporters write; `end` resolves when all of it is written and the terminal is as it was. */
export interface Reporter {
  on(event: RunEvent): void
  end(): Promise<void>
}

/** Where a reporter writes and what it may assume about it. */
export interface Screen {
  write(text: string): void
  /** Null when this is no terminal. */
  readonly columns: number | null
  readonly rows: number | null
  readonly color: boolean
}

/** What to show. */
export interface ReportOptions {
  readonly diff: boolean
  /** Count of `-v`. */
  readonly verbosity: number
  /** The playbook as the user would write it; without it the file of the event stands there. */
  readonly playbook?: string
}
