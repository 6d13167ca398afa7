import { parseJson } from './json.ts'

/** A column's value: an atom, or the atoms of a set (a set of one is printed as its atom), or a map. UUIDs are their text. */
export type OvsValue = OvsAtom | readonly OvsAtom[] | ReadonlyMap<string, OvsAtom>

/** One atom of the database. */
export type OvsAtom = string | number | boolean

/** Reads a table of `ovs-vsctl -f json list TABLE` (or `find`); null when the text is none. JSON notation: RFC 7047, 5.1. */
export function parseOvsTable(text: string): readonly ReadonlyMap<string, OvsValue>[] | null {
  const table = parseJson(text)
  if (typeof table !== 'object' || table === null || !('data' in table) || !('headings' in table)) return null
  const { data, headings } = table
  if (!Array.isArray(data) || !Array.isArray(headings)) return null
  return data.map((row: unknown) => {
    const cells = Array.isArray(row) ? row : []
    return new Map(headings.map((heading: unknown, at) => [String(heading), readValue(cells[at])]))
  })
}

/** The atoms of a value that may be empty, one, or several. */
export function ovsAtoms(value: OvsValue | undefined): readonly OvsAtom[] {
  if (value === undefined || value instanceof Map) return []
  return typeof value === 'object' ? [...value.values()] : [value]
}

/** Takes the quotes off what `ovs-vsctl get` prints for one atom: `"true"`; null for nothing and `[]`. */
export function parseOvsAtom(text: string): string | null {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed === '[]') return null
  const quoted = trimmed.startsWith('"') ? parseJson(trimmed) : undefined
  return typeof quoted === 'string' ? quoted : trimmed
}

function readValue(cell: unknown): OvsValue {
  if (!Array.isArray(cell)) return atom(cell)
  const [kind, rest] = cell
  if (kind === 'set') return Array.isArray(rest) ? rest.map(atom) : []
  if (kind === 'map' && Array.isArray(rest))
    return new Map(rest.flatMap((pair: unknown) => (Array.isArray(pair) ? [[String(pair[0]), atom(pair[1])]] : [])))
  return atom(cell)
}

function atom(value: unknown): OvsAtom {
  if (Array.isArray(value)) return value[0] === 'uuid' || value[0] === 'named-uuid' ? String(value[1]) : ''
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string' ? value : ''
}

/** Reads `ovs-vsctl --version`: `ovs-vsctl (Open vSwitch) 2.17.9`; null when there is no version in it. */
export function parseOvsVersion(text: string): readonly [number, number] | null {
  const match = /\(Open vSwitch\) (\d+)\.(\d+)/.exec(text)
  return match ? [Number(match[1]), Number(match[2])] : null
}
