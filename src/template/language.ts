import type { Result } from '../shared/result.ts'
import type { Value, Vars } from '../shared/value.ts'

/** A stretch of a text: offset and length in UTF-16 units. */
export interface Span {
  readonly offset: number
  readonly length: number
}

/** A mistake in a template or condition, found without any values. */
export interface LanguageProblem {
  readonly message: string
  readonly hint?: string
  readonly span: Span
}

/** A variable that a template or condition reads from the task's variables. */
export interface NameUse {
  /** The root name: `vms` of `vms.[0].name`. */
  readonly name: string
  readonly span: Span
  /** It may be undefined here: it stands under `default` or `is defined`. */
  readonly guarded: boolean
}

/** Why no value came out. `undefined`: a name or key that is not there; `unknown`: it depends on a step that check mode did not perform; `type`: a value of the wrong type; `other`: anything else. */
export interface EvaluationProblem {
  readonly kind: 'undefined' | 'unknown' | 'type' | 'other'
  readonly message: string
  readonly hint?: string
  readonly span?: Span
}

/** Compiled text with `{{...}}`. */
export interface Template {
  readonly source: string
  /** No `{{...}}` in it. */
  readonly constant: boolean
  readonly names: readonly NameUse[]
  /** As text. */
  render(vars: Vars): Result<string, EvaluationProblem>
  /** Keeps the type when the whole text is one `{{expression}}`; otherwise as {@link Template.render}. */
  value(vars: Vars): Result<Value, EvaluationProblem>
}

/** A compiled condition. */
export interface Condition {
  readonly source: string
  readonly names: readonly NameUse[]
  /** True or false; anything else is a `type` problem that names the value. */
  test(vars: Vars): Result<boolean, EvaluationProblem>
  /** The names it reads with the values they have, for "because" and failures: `r.rc = 1, bond.mode = "802.3ad"`. Empty when there are none. Long values are cut. */
  explain(vars: Vars): string
}
