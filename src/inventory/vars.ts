import type { Problems } from '../source/problems.ts'
import { type MapNode, type Node, toValue } from '../source/tree.ts'
import { compileTemplate } from '../template/render.ts'
import type { LevelName } from './precedence.ts'
import type { InventoryVar } from './types.ts'

/** Variables by name, of one owner on one level. */
export type VarTable = Map<string, InventoryVar>

/** Who sets variables, and on which level. */
export interface VarOwner {
  readonly level: LevelName
  /** `group hypervisors`, `host hv1`. */
  readonly owner: string
}

/** What a variable may be called: what templates and conditions can name. */
export function isVarName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
}

/** Notes that a name is no name for a variable. */
export function refuseVarName(name: string, place: MapNode['place'], problems: Problems): void {
  const mended = name.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, '_')
  problems.error(
    place,
    `"${name}" is no name for a variable: only letters, digits and "_" are allowed, and no digit at the beginning`,
    mended === '' ? undefined : `call it "${mended}"`,
  )
}

/** Reads a mapping of variables into a table; what is there already is replaced. */
export function readVars(node: MapNode, by: VarOwner, table: VarTable, problems: Problems): void {
  for (const { key, keyPlace, value } of node.entries) {
    if (!isVarName(key)) refuseVarName(key, keyPlace, problems)
    checkTemplates(value, problems)
    setVar(table, key, { value: toValue(value), origin: { ...by, place: keyPlace } })
  }
}

/** Sets a variable over what was there. */
export function setVar(table: VarTable, name: string, setting: InventoryVar): void {
  const hides = table.get(name)
  table.set(name, hides ? { ...setting, hides: bottom(setting.hides, hides) } : setting)
}

/** A chain of settings put on top of another. */
function bottom(upper: InventoryVar | undefined, lower: InventoryVar): InventoryVar {
  return upper === undefined ? lower : { ...upper, hides: bottom(upper.hides, lower) }
}

/** Tables laid over each other, weakest first. */
export function mergeTables(tables: readonly VarTable[]): Readonly<Record<string, InventoryVar>> {
  const merged: VarTable = new Map()
  for (const table of tables) for (const [name, setting] of table) setVar(merged, name, setting)
  return Object.fromEntries(merged)
}

/** Templates in variables are rendered when they are read; that they can be is known now. */
function checkTemplates(node: Node, problems: Problems): void {
  switch (node.kind) {
    case 'list':
      for (const item of node.items) checkTemplates(item, problems)
      return
    case 'map':
      for (const each of node.entries) checkTemplates(each.value, problems)
      return
    case 'scalar': {
      if (typeof node.value !== 'string' || !node.value.includes('{{')) return
      const template = compileTemplate(node.value)
      if (!template.ok) for (const problem of template.error) problems.within(node, problem)
    }
  }
}
