import { list } from './text.ts'
import { typeName } from './value.ts'

/** The description of a schema or of one of its properties, as a hint. */
export function describe(schema: unknown, key?: string): string | undefined {
  const subject = key === undefined ? schema : propertiesOf(schema)[key]
  if (typeof subject !== 'object' || subject === null || !('description' in subject)) return undefined
  const text = subject.description
  if (typeof text !== 'string' || text === '') return undefined
  const first = /^[^\n]*?[.](?=\s|$)|^[^\n]+/.exec(text)?.[0] ?? text
  return `${key === undefined ? 'it is' : `"${key}" is`}: ${first.replace(/\.$/, '')}`
}

/** A value as messages show it: its type, and itself when it is short. */
export function show(value: unknown): string {
  const name = typeName(value)
  if (typeof value === 'string') return value.length <= 40 ? `text (${JSON.stringify(value)})` : 'text'
  if (typeof value === 'number' || typeof value === 'boolean') return `${name} (${String(value)})`
  if (Array.isArray(value) && value.length === 0) return 'an empty list'
  return name
}

/** A value of the right type: short text needs no word for what it is. */
export function quote(value: unknown): string {
  return typeof value === 'string' && value.length <= 40 ? JSON.stringify(value) : show(value)
}

const names: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  null: 'null',
}

/** The words for the types that a schema allows. */
export function typeNames(type: unknown): string {
  const types: readonly unknown[] = Array.isArray(type) ? type : String(type).split(',')
  return list(
    types.map((each) => names[String(each)] ?? String(each)),
    'or',
  )
}

/** The words for what the branches of an `anyOf` allow. */
export function branchNames(schema: unknown): string {
  if (!Array.isArray(schema)) return 'something else'
  const words = schema.map((branch: unknown) => {
    if (typeof branch !== 'object' || branch === null) return 'something else'
    if ('enum' in branch && Array.isArray(branch.enum)) return oneOf(branch.enum)
    return 'type' in branch ? typeNames(branch.type) : 'something else'
  })
  return list([...new Set(words)], 'or')
}

/** Allowed values: `one of "a" or "b"`. */
export function oneOf(values: readonly unknown[]): string {
  if (values.length === 0) return 'left out'
  const words = values.map((each) => (typeof each === 'string' ? `"${each}"` : JSON.stringify(each)))
  return words.length === 1 ? words.join('') : `one of ${list(words, 'or')}`
}

/** The traps of YAML 1.2, and what to write instead. */
export function typeHint(type: unknown, found: unknown): string | undefined {
  const types = Array.isArray(type) ? type.map(String) : String(type).split(',')
  if (types.includes('boolean') && typeof found === 'string') return booleanHint(found)
  if (types.includes('string') && (typeof found === 'number' || typeof found === 'boolean')) {
    return `quote it: "${String(found)}"`
  }
  if ((types.includes('integer') || types.includes('number')) && typeof found === 'string' && /^-?\d+$/.test(found)) {
    return `remove the quotes: ${found}`
  }
  if (types.includes('array') && typeof found === 'string') return `write it as a list: [${found}]`
  return undefined
}

/** What to write for `yes`, `no`, `on`, `off` and quoted booleans: YAML 1.2 reads them as text. */
export function booleanHint(text: string): string | undefined {
  const word = text.toLowerCase()
  if (word === 'true' || word === 'false') return `write ${word} without quotes`
  if (['yes', 'on', 'y'].includes(word)) return `YAML 1.2 reads ${text} as text; write true`
  if (['no', 'off', 'n'].includes(word)) return `YAML 1.2 reads ${text} as text; write false`
  return undefined
}

/** The `properties` of a schema, empty when it has none. */
export function propertiesOf(schema: unknown): Readonly<Record<string, unknown>> {
  if (typeof schema !== 'object' || schema === null || !('properties' in schema)) return {}
  const { properties } = schema
  return typeof properties === 'object' && properties !== null ? { ...properties } : {}
}
