import type { Delta } from '../module/plan.ts'
import { Unknown } from '../shared/unknown.ts'
import type { ValueMap } from '../shared/value.ts'
import type { Outcome } from './outcome.ts'
import type { Registered, TaskResult } from './running.ts'

/** The registered form of a result. */
export function registered(outcome: Outcome, because: string, deltas: readonly Delta[], data: ValueMap): Registered {
  return {
    ...data,
    outcome,
    changed: outcome === 'changed',
    failed: outcome === 'failed',
    skipped: outcome === 'skipped',
    because,
    deltas: deltas.map(({ what, before, after, secret }) =>
      secret ? { what, before: null, after: null } : { what, before, after },
    ),
  }
}

/** The result of a loop from those of its items: failed when one failed, changed when one changed, skipped when all were. */
export function combined(items: readonly { readonly item: ValueMap; readonly result: TaskResult }[]): TaskResult {
  const results = items.map((each) => each.result)
  const outcome = worst(results.map((result) => result.outcome))
  const failures = results.filter((result) => result.error)
  const because = becauseOf(outcome, results)
  const known = items.flatMap(({ item, result }) =>
    result.registered instanceof Unknown ? [] : [{ ...result.registered, ...item }],
  )
  const unknown = results.map((result) => result.registered).find((each) => each instanceof Unknown)
  const deltas = results.flatMap((result) => result.deltas)
  const data: ValueMap = {
    results: known,
    ...(outcome === 'failed' && { msg: 'One or more items failed' }),
    ...(outcome === 'skipped' &&
      (items.length > 0 ? { msg: 'All items skipped' } : { skipped_reason: 'No items in the list' })),
  }
  const error = failures.at(-1)?.error
  return {
    outcome,
    because,
    deltas,
    registered: unknown ?? registered(outcome, because, [], data),
    predicted: results.some((result) => result.predicted),
    ...(error && (outcome === 'failed' || outcome === 'lost' || outcome === 'unreachable') && { error }),
  }
}

const order: readonly Outcome[] = [
  'lost',
  'unreachable',
  'failed',
  'rescued',
  'ignored',
  'unpredicted',
  'changed',
  'ok',
  'skipped',
]

function worst(outcomes: readonly Outcome[]): Outcome {
  return order.find((each) => outcomes.includes(each)) ?? 'skipped'
}

function becauseOf(outcome: Outcome, results: readonly TaskResult[]): string {
  if (results.length === 0) return 'no items in the list'
  const of = results.filter((result) => result.outcome === outcome)
  const [first] = of
  if (!first) return ''
  return of.length === 1 || new Set(of.map((each) => each.because)).size === 1
    ? first.because
    : `${of.length} of ${results.length} items: ${first.because} and others`
}
