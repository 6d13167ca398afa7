import { type Answer, type Command, type CommandSpec, refused, type Style, said } from './command.ts'
import { type Atom, type Datum, formatAtom, formatDatum, nothing, splitList } from './datum.ts'
import { findColumn, findRecord, findTable } from './table-lookup.ts'
import { printRecords } from './table-print.ts'
import { type ColumnType, type Database, readColumn, recordNames, schema, type Table, writeColumn } from './tables.ts'

/** The database commands of ovs-vsctl(8), with the messages of lib/db-ctl-base.c. */
export const tableCommands: Readonly<Record<string, CommandSpec>> = {
  get: { least: 2, most: 99, options: ['--if-exists'], perform: get },
  set: { least: 3, most: 99, options: ['--if-exists'], perform: set },
  add: { least: 4, most: 99, options: ['--if-exists'], perform: add },
  remove: { least: 4, most: 99, options: ['--if-exists'], perform: remove },
  clear: { least: 3, most: 99, options: ['--if-exists'], perform: clear },
  list: { least: 1, most: 99, options: ['--if-exists', '--columns'], perform: list },
  find: { least: 1, most: 99, options: ['--columns'], perform: find },
}

/** `COLUMN[:KEY]=VALUE` of a record. */
export function setColumn(db: Database, table: Table, record: string, setting: string): Answer {
  const match = /^([A-Za-z_-]+)(?::("[^"]*"|[^=]+))?=(.*)$/s.exec(setting)
  if (!match) return refused(`${setting}: argument does not end in "=" followed by a value.`)
  const column = findColumn(table, match[1] ?? '')
  if (typeof column !== 'string') return column
  const key = match[2]?.replaceAll('"', '')
  if (key !== undefined) {
    if (schema[table][column] !== 'map') return refused(`cannot specify key to set for non-map column ${column}`)
    return put(db, table, record, column, { [key]: unquote(match[3] ?? '') })
  }
  const value = parseValue(schema[table][column] ?? 'read-only', column, table, match[3] ?? '')
  if ('ok' in value) return value
  writeColumn(db, table, record, column, value)
  return said()
}

function get(db: Database, { words, options }: Command): Answer {
  const at = locate(db, words, options.has('--if-exists'))
  if ('ok' in at) return at
  let out = ''
  for (const word of words.slice(2)) {
    const [name = '', key] = splitKey(word)
    const column = findColumn(at.table, name)
    if (typeof column !== 'string') return column
    const datum = readColumn(db, at.table, at.record, column)
    if (key === undefined) out += `${formatDatum(datum)}\n`
    else {
      const found = datum.kind === 'map' ? datum.entries.find(([each]) => String(each.value) === key) : undefined
      if (!found && !options.has('--if-exists')) {
        return refused(`no key ${formatKey(key)} in ${at.table} record "${words[1]}" column ${column}`)
      }
      out += found ? `${formatAtom(found[1])}\n` : '\n'
    }
  }
  return said(out)
}

function set(db: Database, { words, options }: Command): Answer {
  const at = locate(db, words, options.has('--if-exists'))
  if ('ok' in at) return at
  for (const setting of words.slice(2)) {
    const answer = setColumn(db, at.table, at.record, setting)
    if (!answer.ok) return answer
  }
  return said()
}

function add(db: Database, { words, options }: Command): Answer {
  const at = locate(db, words, options.has('--if-exists'))
  if ('ok' in at) return at
  const column = findColumn(at.table, words[2] ?? '')
  if (typeof column !== 'string') return column
  const type = schema[at.table][column] ?? 'read-only'
  const value = parseValue(type, column, at.table, words.slice(3).join(','))
  if ('ok' in value) return value
  const before = readColumn(db, at.table, at.record, column)
  const after: Datum =
    before.kind === 'map' && value.kind === 'map'
      ? { kind: 'map', entries: [...before.entries, ...value.entries.filter(([key]) => !hasKey(before, key))] }
      : { kind: 'set', atoms: unique([...atomsOf(before), ...atomsOf(value)]) }
  writeColumn(db, at.table, at.record, column, after)
  return said()
}

function remove(db: Database, { words, options }: Command): Answer {
  const at = locate(db, words, options.has('--if-exists'))
  if ('ok' in at) return at
  const column = findColumn(at.table, words[2] ?? '')
  if (typeof column !== 'string') return column
  if (schema[at.table][column] === 'read-only') return readOnly(column, at.table)
  const going = words.slice(3).flatMap((word) => splitList(word) ?? [])
  const before = readColumn(db, at.table, at.record, column)
  const after: Datum =
    before.kind === 'map'
      ? {
          kind: 'map',
          entries: before.entries.filter(
            ([key, value]) => !going.includes(String(key.value)) && !going.includes(`${key.value}=${value.value}`),
          ),
        }
      : { kind: 'set', atoms: before.atoms.filter((atom) => !going.includes(String(atom.value))) }
  writeColumn(db, at.table, at.record, column, after)
  return said()
}

function clear(db: Database, { words, options }: Command): Answer {
  const at = locate(db, words, options.has('--if-exists'))
  if ('ok' in at) return at
  for (const word of words.slice(2)) {
    const column = findColumn(at.table, word)
    if (typeof column !== 'string') return column
    const type = schema[at.table][column] ?? 'read-only'
    if (type === 'read-only') return readOnly(column, at.table)
    writeColumn(db, at.table, at.record, column, type === 'map' ? { kind: 'map', entries: [] } : nothing)
  }
  return said()
}

function list(db: Database, { words, options }: Command, style: Style): Answer {
  const table = findTable(words[0] ?? '')
  if (table === null) return refused(`unknown table "${words[0]}"`)
  const records: string[] = []
  for (const word of words.slice(1)) {
    const record = findRecord(db, table, word)
    if (record !== null) records.push(record)
    else if (!options.has('--if-exists')) return refused(`no row "${word}" in table ${table}`)
  }
  return printRecords(db, table, words.length > 1 ? records : recordNames(db, table), options.get('--columns'), style)
}

function find(db: Database, { words, options }: Command, style: Style): Answer {
  const table = findTable(words[0] ?? '')
  if (table === null) return refused(`unknown table "${words[0]}"`)
  let records = recordNames(db, table)
  for (const word of words.slice(1)) {
    const match = /^([A-Za-z_-]+)(?::([^!=<>{]+))?(=|!=)(.*)$/s.exec(word)
    if (!match) return refused(`${word}: argument does not end in "=", "!=" or another relation followed by a value.`)
    const column = findColumn(table, match[1] ?? '')
    if (typeof column !== 'string') return column
    const wanted = unquote(match[4] ?? '')
    records = records.filter((record) => {
      const datum = readColumn(db, table, record, column)
      const value = match[2]
        ? datum.kind === 'map'
          ? String(datum.entries.find(([key]) => String(key.value) === match[2])?.[1].value ?? '')
          : ''
        : datum.kind === 'set' && datum.atoms.length <= 1
          ? datum.atoms[0]
            ? String(datum.atoms[0].value)
            : '[]'
          : formatDatum(datum)
      return (value === wanted) === (match[3] === '=')
    })
  }
  return printRecords(db, table, records, options.get('--columns'), style)
}

function locate(
  db: Database,
  words: readonly string[],
  ifExists: boolean,
): Answer | { readonly table: Table; readonly record: string } {
  const table = findTable(words[0] ?? '')
  if (table === null) return refused(`unknown table "${words[0]}"`)
  const record = findRecord(db, table, words[1] ?? '')
  if (record !== null) return { table, record }
  return ifExists ? said() : refused(`no row "${words[1]}" in table ${table}`)
}

function put(
  db: Database,
  table: Table,
  record: string,
  column: string,
  values: Readonly<Record<string, string>>,
): Answer {
  const before = readColumn(db, table, record, column)
  const kept = before.kind === 'map' ? before.entries.filter(([key]) => !(String(key.value) in values)) : []
  const more = Object.entries(values).map(([key, value]): readonly [Atom, Atom] => [
    { kind: 'string', value: key },
    { kind: 'string', value },
  ])
  writeColumn(db, table, record, column, { kind: 'map', entries: [...kept, ...more] })
  return said()
}

function parseValue(type: ColumnType, column: string, table: Table, source: string): Datum | Answer {
  if (type === 'read-only') return readOnly(column, table)
  const parts = splitList(source)
  if (parts === null) return refused(`${source}: missing closing quote`)
  if (type === 'map') {
    const entries: (readonly [Atom, Atom])[] = []
    for (const part of parts) {
      const at = part.indexOf('=')
      if (at < 1) return refused(`${part}: unexpected end of input parsing key-value pair`)
      entries.push([
        { kind: 'string', value: part.slice(0, at) },
        { kind: 'string', value: part.slice(at + 1) },
      ])
    }
    return { kind: 'map', entries }
  }
  const atoms: Atom[] = []
  for (const part of type === 'text' || type === 'boolean' ? [unquote(source)] : parts) {
    const atom = parseAtom(type, column, part)
    if ('ok' in atom) return atom
    atoms.push(atom)
  }
  return source === '[]' ? nothing : { kind: 'set', atoms }
}

function parseAtom(type: ColumnType, column: string, word: string): Atom | Answer {
  if (type === 'integer' || type === 'integers') {
    if (!/^-?\d+$/.test(word)) return refused(`"${word}" is not a valid integer`)
    const value = Number(word)
    const vlan = column === 'tag' || column === 'trunks'
    if (vlan && (value < 0 || value > 4095)) {
      return refused(`constraint violation: ${word} is not in the valid range 0 to 4095 (inclusive)`)
    }
    return { kind: 'integer', value }
  }
  if (type === 'boolean') {
    if (word !== 'true' && word !== 'false') return refused(`"${word}" is not a valid boolean (use "true" or "false")`)
    return { kind: 'boolean', value: word === 'true' }
  }
  return { kind: 'string', value: word }
}

function readOnly(column: string, table: Table): Answer {
  return refused(`cannot modify read-only column ${column} in table ${table}`)
}

function splitKey(word: string): readonly [string, string | undefined] {
  const at = word.indexOf(':')
  return at < 0 ? [word, undefined] : [word.slice(0, at), unquote(word.slice(at + 1))]
}

function unquote(word: string): string {
  return /^".*"$/s.test(word) ? word.slice(1, -1).replaceAll(/\\(.)/gs, '$1') : word
}

// db-ctl-base.c prints the key as the user's atom would be printed, in quotes: `no key "hw-offload"`.
function formatKey(key: string): string {
  return `"${key}"`
}

function atomsOf(datum: Datum): readonly Atom[] {
  return datum.kind === 'set' ? datum.atoms : []
}

function unique(atoms: readonly Atom[]): readonly Atom[] {
  return atoms.filter((atom, at) => atoms.findIndex((each) => each.value === atom.value) === at)
}

function hasKey(datum: Datum & { kind: 'map' }, key: Atom): boolean {
  return datum.entries.some(([each]) => each.value === key.value)
}
