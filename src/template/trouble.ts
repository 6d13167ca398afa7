import type { EvaluationProblem, Span } from './language.ts'

/**
 * How the two languages stop in the middle of an evaluation. It never leaves this folder: `render` and `test` catch it
 * and hand out its problem as a value.
 */
export class Trouble extends Error {
  readonly problem: EvaluationProblem

  constructor(problem: EvaluationProblem) {
    super(problem.message)
    this.problem = problem
  }
}

/** A value of the wrong type. */
export function wrongType(message: string, hint?: string): Trouble {
  return new Trouble({ kind: 'type', message, ...(hint !== undefined && { hint }) })
}

/** A name or key that is not there. */
export function missing(message: string, hint?: string): Trouble {
  return new Trouble({ kind: 'undefined', message, ...(hint !== undefined && { hint }) })
}

/** A value that depends on a step that check mode did not perform. */
export function unknowable(what: string, because: string): Trouble {
  return new Trouble({ kind: 'unknown', message: `${what} is unknown: ${because}` })
}

/** Anything else that gives no value. */
export function refused(message: string, hint?: string): Trouble {
  return new Trouble({ kind: 'other', message, ...(hint !== undefined && { hint }) })
}

/** The same trouble with its place, unless a place further inside is known already. */
export function at(trouble: unknown, span: Span): unknown {
  if (!(trouble instanceof Trouble) || trouble.problem.span !== undefined) return trouble
  return new Trouble({ ...trouble.problem, span })
}

/** Runs an evaluation and turns what stopped it into a problem. */
export function caught(thrown: unknown): EvaluationProblem {
  if (thrown instanceof Trouble) return thrown.problem
  // The engine's own limit, reached by values nested thousands of levels deep.
  if (thrown instanceof RangeError) return { kind: 'other', message: 'a value is nested too deeply to be evaluated' }
  throw thrown
}
