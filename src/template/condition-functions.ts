import type { ConditionFunction } from './condition-function.ts'
import { textFunctions } from './condition-functions-text.ts'
import { valueFunctions } from './condition-functions-value.ts'

/** Every function that conditions know, by subject; the reference in docs/languages.md is made of the same table. */
export const functions: readonly ConditionFunction[] = [...valueFunctions, ...textFunctions]

const byName = new Map(functions.map((each) => [each.name, each]))

/** The function of a name, undefined when there is none. */
export function findFunction(name: string): ConditionFunction | undefined {
  return byName.get(name)
}
