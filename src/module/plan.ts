import type { ValueMap } from '../shared/value.ts'
import type { Step } from './step.ts'

/** One before/after line of a decision. */
export interface Delta {
  /** What is different: a path, an attribute, `e-switch mode of ens2f0`. */
  readonly what: string
  /** null: it is not there. */
  readonly before: string | null
  readonly after: string | null
  /** The two are whole files: shown as a unified diff. */
  readonly text?: true
  /** Never show the two values. */
  readonly secret?: true
}

/** The decision of a module for one host: nothing, steps, a refusal, a failure, or "not yet". */
export type Plan =
  /** The host is as asked; `because` says why nothing happens, as a clause. */
  | { readonly kind: 'unchanged'; readonly because: string; readonly data?: ValueMap }
  /** A change is wanted and must not be made: preflight. Nothing was written. */
  | { readonly kind: 'blocked'; readonly because: string; readonly hint?: string; readonly data?: ValueMap }
  /** What was asked about is not so (assert, a missing bond partner): a failure without a refusal. */
  | { readonly kind: 'failed'; readonly because: string; readonly hint?: string; readonly data?: ValueMap }
  | {
      readonly kind: 'change'
      readonly deltas: readonly Delta[]
      readonly steps: readonly Step[]
      readonly data?: ValueMap
    }
  /**
   * The host is on its way; look again in `again` seconds. After `upTo` seconds since the first look the task has
   * failed with `because`.
   */
  | {
      readonly kind: 'wait'
      readonly because: string
      readonly again: number
      readonly upTo: number
      readonly hint?: string
      readonly data?: ValueMap
    }

/** Nothing to do. */
export const unchanged = (because: string, data?: ValueMap): Plan => ({
  kind: 'unchanged',
  because,
  ...(data && { data }),
})
/** Refused before the first write. */
export const blocked = (because: string, hint?: string): Plan => ({
  kind: 'blocked',
  because,
  ...(hint !== undefined && { hint }),
})
/** It is not as it has to be. */
export const failed = (because: string, hint?: string, data?: ValueMap): Plan => ({
  kind: 'failed',
  because,
  ...(hint !== undefined && { hint }),
  ...(data && { data }),
})
/** Steps to perform. */
export const change = (deltas: readonly Delta[], steps: readonly Step[], data?: ValueMap): Plan => ({
  kind: 'change',
  deltas,
  steps,
  ...(data && { data }),
})
/** Not yet. */
export const wait = (
  because: string,
  timing: { again: number; upTo: number },
  hint?: string,
  data?: ValueMap,
): Plan => ({
  kind: 'wait',
  because,
  ...timing,
  ...(hint !== undefined && { hint }),
  ...(data && { data }),
})
/** One before/after line. */
export const delta = (what: string, before: string | null, after: string | null): Delta => ({ what, before, after })
