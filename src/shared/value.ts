import { Unknown } from './unknown.ts'

/** Plain data as YAML and JSON know it: what variables, args and registered results are made of. */
export type Value = null | boolean | number | string | readonly Value[] | ValueMap

/** A mapping of names to plain data. */
export interface ValueMap {
  readonly [name: string]: Value
}

/** Variables by name. In check mode a registered result may be {@link Unknown}: it depends on a step that was not performed. */
export interface Vars {
  readonly [name: string]: Value | Unknown
}

/** Whether a value is a mapping (not a list, not null). */
export function isMap(value: Value | Unknown | undefined): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Unknown)
}

/** The word for a value's type, as messages use it: null, true/false, a whole number, a number, text, a list, a mapping. */
export function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'boolean') return 'a boolean'
  if (typeof value === 'number') return Number.isInteger(value) ? 'a whole number' : 'a number'
  if (typeof value === 'bigint') return 'a whole number'
  if (typeof value === 'string') return 'text'
  return 'a mapping'
}
