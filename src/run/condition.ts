import type { PlacedCondition } from '../playbook/types.ts'
import { formatPlace } from '../source/diagnostic.ts'
import type { EvaluationProblem } from '../template/language.ts'
import type { Scope } from './scope.ts'

/** How a list of conditions came out. */
export type Tested =
  | { readonly kind: 'true' }
  /** `text` is the condition with the values it saw. */
  | { readonly kind: 'false'; readonly text: string; readonly condition: string }
  | { readonly kind: 'problem'; readonly problem: EvaluationProblem; readonly path: string }

/** Conditions in order, all of which must hold: the first that is false or cannot be decided ends it. */
export function testAll(conditions: readonly PlacedCondition[], scope: Scope): Tested {
  for (const { condition, place } of conditions) {
    const tested = scope.test(condition)
    if (!tested.ok) return { kind: 'problem', problem: tested.error, path: formatPlace(place) }
    if (!tested.value) {
      const values = scope.explain(condition)
      return {
        kind: 'false',
        text: values === '' ? condition.source : `${condition.source} (${values})`,
        condition: condition.source,
      }
    }
  }
  return { kind: 'true' }
}
