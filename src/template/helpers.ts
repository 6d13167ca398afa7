import type { Helper } from './helper.ts'
import { addressHelpers } from './helpers-address.ts'
import { dataHelpers } from './helpers-data.ts'
import { logicHelpers } from './helpers-logic.ts'
import { textHelpers } from './helpers-text.ts'

/** Every helper that templates know, by subject; the reference in docs/languages.md is made of the same table. */
export const helpers: readonly Helper[] = [...logicHelpers, ...dataHelpers, ...textHelpers, ...addressHelpers]

const byName = new Map(helpers.map((helper) => [helper.name, helper]))

/** The helper of a name, undefined when there is none. */
export function findHelper(name: string): Helper | undefined {
  return byName.get(name)
}
