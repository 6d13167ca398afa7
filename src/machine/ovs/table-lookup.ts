import { type Answer, refused } from './command.ts'
import { type Database, recordNames, recordUuid, schema, type Table } from './tables.ts'

/** The table that a word means: names may be shortened, and case and `-`/`_` do not matter. */
export function findTable(name: string): Table | null {
  const tables: readonly Table[] = ['Open_vSwitch', 'Bridge', 'Port', 'Interface']
  return match(tables, name)
}

/** The column that a word means, by the same rules; or the refusal. */
export function findColumn(table: Table, name: string): string | Answer {
  if (name === '_uuid') return name
  return (
    match(Object.keys(schema[table]), name) ??
    refused(`${table} does not contain a column whose name matches "${name}"`)
  )
}

/** The record that a name or a UUID means. */
export function findRecord(db: Database, table: Table, word: string): string | null {
  return recordNames(db, table).find((name) => name === word || recordUuid(db, table, name) === word) ?? null
}

function match<Name extends string>(names: readonly Name[], word: string): Name | null {
  const fold = (each: string) => each.toLowerCase().replaceAll('-', '_')
  const wanted = fold(word)
  const exact = names.find((each) => fold(each) === wanted)
  if (exact !== undefined) return exact
  const near = wanted === '' ? [] : names.filter((each) => fold(each).startsWith(wanted))
  return near.length === 1 ? (near[0] ?? null) : null
}
