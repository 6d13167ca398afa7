import type { EvaluationProblem } from '../template/language.ts'

/**
 * Thrown by what a module's `plan` is handed (conditions, templates) and caught by the task that called it: a module is a
 * pure function and has no other way to say that the user's text gave no value.
 */
export class EvaluationError extends Error {
  readonly problem: EvaluationProblem
  /** What could not be evaluated: `the template ifcfg.hbs`. */
  readonly what: string

  constructor(problem: EvaluationProblem, what: string) {
    super(problem.message)
    this.problem = problem
    this.what = what
  }
}
