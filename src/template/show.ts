import { escapeControl } from '../shared/text.ts'
import { Unknown } from '../shared/unknown.ts'
import type { Value, ValueMap } from '../shared/value.ts'

/** What an evaluation can meet: plain data, a whole number of a condition, or a value that check mode does not know. */
export type Operand = Value | bigint | Unknown

/** A value on one line for people: text in quotes, lists and mappings in braces, cut after `limit` characters. */
export function show(value: Operand, limit = 60): string {
  const text = escapeControl(write(value, limit, 0))
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text
}

/** A value with the word for its type, as the X of *subject is X, but must be Y*: `text "no"`, `the number 4`, `null`. */
export function describe(value: Operand): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (value instanceof Unknown) return 'unknown'
  if (typeof value === 'string') return `text ${show(value)}`
  if (typeof value === 'number' || typeof value === 'bigint') return `the number ${value}`
  return Array.isArray(value) ? `the list ${show(value)}` : `the mapping ${show(value)}`
}

// Stops as soon as the limit is passed, so that it is quick on the variables of a thousand hosts and ends on a cycle.
function write(value: Operand | undefined, limit: number, depth: number): string {
  if (value === undefined || value instanceof Unknown) return 'unknown'
  if (typeof value === 'string') return JSON.stringify(value.length > limit ? value.slice(0, limit + 1) : value)
  if (value === null || typeof value !== 'object') return String(value)
  if (depth > 3) return '…'
  const parts: string[] = []
  let length = 2
  const add = (text: string) => {
    parts.push(text)
    length += text.length + 2
    return length <= limit
  }
  if (isList(value)) {
    for (const item of value) if (!add(write(item, limit - length, depth + 1))) break
    return `[${parts.join(', ')}${parts.length < value.length ? ', …' : ''}]`
  }
  const keys = Object.keys(value)
  for (const key of keys) if (!add(`${key}: ${write(value[key], limit - length, depth + 1)}`)) break
  return `{${parts.join(', ')}${parts.length < keys.length ? ', …' : ''}}`
}

/** Whether a value is a list; keeps the type of its items, which `Array.isArray` loses for readonly lists. */
export function isList(value: Operand | undefined): value is readonly Value[] {
  return Array.isArray(value)
}

/** Whether a value is a mapping. */
export function isMapping(value: Operand | undefined): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Unknown)
}
