/** A single value of the OVS database. */
export type Atom =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'integer'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'uuid'; readonly value: string }

/** What a column of a record holds (RFC 7047, 5.1): a set, in which one value stands for itself, or a map. */
export type Datum =
  | { readonly kind: 'set'; readonly atoms: readonly Atom[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Atom, Atom])[] }

/** A text. */
export const text = (value: string): Datum => ({ kind: 'set', atoms: [{ kind: 'string', value }] })
/** A whole number. */
export const integer = (value: number): Datum => ({ kind: 'set', atoms: [{ kind: 'integer', value }] })
/** A truth value. */
export const boolean = (value: boolean): Datum => ({ kind: 'set', atoms: [{ kind: 'boolean', value }] })
/** References to records. */
export const uuids = (values: readonly string[]): Datum => ({
  kind: 'set',
  atoms: values.map((value) => ({ kind: 'uuid', value })),
})
/** A map of texts, in the order of its keys as the database keeps it. */
export const textMap = (values: Readonly<Record<string, string>>): Datum => ({
  kind: 'map',
  entries: Object.entries(values)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => [
      { kind: 'string', value: key },
      { kind: 'string', value },
    ]),
})
/** A map from texts to whole numbers. */
export const integerMap = (values: Readonly<Record<string, number>>): Datum => ({
  kind: 'map',
  entries: Object.entries(values)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => [
      { kind: 'string', value: key },
      { kind: 'integer', value },
    ]),
})
/** An optional value that is not there. */
export const nothing: Datum = { kind: 'set', atoms: [] }

/** The database's text form, as `ovs-vsctl get` prints it: `{hw-offload="true"}`, `[]`, `ovs-sriov`. */
export function formatDatum(datum: Datum): string {
  if (datum.kind === 'map') {
    return `{${datum.entries.map(([key, value]) => `${formatAtom(key)}=${formatAtom(value)}`).join(', ')}}`
  }
  const [only, ...more] = datum.atoms
  return only && more.length === 0 ? formatAtom(only) : `[${datum.atoms.map(formatAtom).join(', ')}]`
}

/** One value in text form: texts are quoted unless they look like an identifier. */
export function formatAtom(atom: Atom): string {
  if (atom.kind !== 'string') return String(atom.value)
  const bare = /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(atom.value) && atom.value !== 'true' && atom.value !== 'false'
  return bare ? atom.value : JSON.stringify(atom.value)
}

/** The form of RFC 7047, as `-f json` prints it. */
export function datumToJson(datum: Datum): unknown {
  if (datum.kind === 'map') return ['map', datum.entries.map(([key, value]) => [atomToJson(key), atomToJson(value)])]
  const [only, ...more] = datum.atoms
  return only && more.length === 0 ? atomToJson(only) : ['set', datum.atoms.map(atomToJson)]
}

/** Splits `a=1,b="x,y"` or `{a=1, b=2}` or `[1, 2]` at its commas and removes quotes; null when a quote is not closed. */
export function splitList(source: string): readonly string[] | null {
  const trimmed = source.trim()
  const bracketed = /^[{[].*[}\]]$/s.test(trimmed)
  const inner = bracketed ? trimmed.slice(1, -1) : trimmed
  const parts: string[] = []
  let part = ''
  let quoted = false
  for (let at = 0; at < inner.length; at++) {
    const char = inner[at] ?? ''
    if (quoted && char === '\\') part += inner[++at] ?? ''
    else if (char === '"') quoted = !quoted
    else if (!quoted && (char === ',' || char === ' ')) {
      if (part !== '') parts.push(part)
      part = ''
    } else part += char
  }
  if (part !== '') parts.push(part)
  return quoted ? null : parts
}

function atomToJson(atom: Atom): unknown {
  return atom.kind === 'uuid' ? ['uuid', atom.value] : atom.value
}
