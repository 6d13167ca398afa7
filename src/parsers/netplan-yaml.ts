/** A value of a netplan file. Scalars are texts as written, without quotes: what they mean is up to the key. */
export type NetplanValue = string | null | readonly NetplanValue[] | { readonly [key: string]: NetplanValue }

/**
 * Reads the YAML that netplan files are written in: block and flow mappings and sequences, plain and quoted scalars,
 * comments. Anchors, tags, block scalars, scalars over several lines and several documents are not read: then it gives
 * `undefined`, as for text that is no YAML. Never throws.
 */
export function parseNetplanYaml(text: string): NetplanValue | undefined {
  try {
    const lines = linesOf(text)
    if (lines.length === 0) return null
    const reader: Reader = { lines, at: 0 }
    const value = readBlock(reader, lines[0]?.indent ?? 0)
    return reader.at === lines.length ? value : undefined
  } catch (problem) {
    if (problem instanceof Unread) return undefined
    throw problem
  }
}

/** Raised inside of this file for what is not read. */
class Unread extends Error {}

interface Line {
  readonly indent: number
  readonly text: string
}

interface Reader {
  readonly lines: readonly Line[]
  at: number
}

function linesOf(text: string): readonly Line[] {
  const lines: Line[] = []
  for (const raw of text.split(/\r?\n/)) {
    const line = withoutComment(raw).trimEnd()
    if (line.trim() === '') continue
    if (line === '---' && lines.length === 0) continue
    if (line.startsWith('---') || line.startsWith('...') || line.startsWith('%')) throw new Unread()
    const indent = line.length - line.trimStart().length
    if (line.slice(0, indent).includes('\t')) throw new Unread()
    lines.push({ indent, text: line.trimStart() })
  }
  return lines
}

function withoutComment(line: string): string {
  let quote = ''
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? ''
    if (quote !== '') {
      if (char === '\\' && quote === '"') at++
      else if (char === quote) quote = ''
    } else if ((char === '"' || char === "'") && /^$|[\s[{,:-]/.test(line[at - 1] ?? '')) quote = char
    else if (char === '#' && (at === 0 || /\s/.test(line[at - 1] ?? ''))) return line.slice(0, at)
  }
  return line
}

function readBlock(reader: Reader, indent: number): NetplanValue {
  const line = reader.lines[reader.at]
  if (!line) return null
  if (line.text === '-' || line.text.startsWith('- ')) return readSequence(reader, indent)
  if (splitKey(line.text)) return readMapping(reader, indent)
  reader.at++
  return readInline(reader, line.text, indent)
}

function readSequence(reader: Reader, indent: number): NetplanValue {
  const items: NetplanValue[] = []
  for (let line = reader.lines[reader.at]; line && line.indent === indent; line = reader.lines[reader.at]) {
    const rest = /^-(?:\s+(.*))?$/.exec(line.text)
    if (!rest) break
    const text = rest[1] ?? ''
    if (text === '') {
      reader.at++
      items.push(nested(reader, indent + 1))
    } else if (/^-(\s|$)/.test(text) || splitKey(text)) {
      // The item is a block of its own that begins in this line.
      const inner = indent + line.text.length - text.length
      const lines = [...reader.lines]
      lines[reader.at] = { indent: inner, text }
      const within: Reader = { lines, at: reader.at }
      items.push(readBlock(within, inner))
      reader.at = within.at
    } else {
      reader.at++
      items.push(readInline(reader, text, indent))
    }
  }
  return items
}

function readMapping(reader: Reader, indent: number): NetplanValue {
  const found = new Map<string, NetplanValue>()
  for (let line = reader.lines[reader.at]; line && line.indent === indent; line = reader.lines[reader.at]) {
    const pair = splitKey(line.text)
    if (!pair) throw new Unread()
    if (found.has(pair.key)) throw new Unread()
    reader.at++
    found.set(pair.key, pair.rest === '' ? nested(reader, indent + 1, indent) : readInline(reader, pair.rest, indent))
  }
  return Object.fromEntries(found)
}

/** What stands below a key or a dash; a sequence may stand as far left as its key. */
function nested(reader: Reader, least: number, sequenceAt?: number): NetplanValue {
  const line = reader.lines[reader.at]
  if (!line) return null
  if (line.indent >= least) return readBlock(reader, line.indent)
  return line.indent === sequenceAt && /^-(\s|$)/.test(line.text) ? readSequence(reader, line.indent) : null
}

/** A value that begins in the line of its key; flow collections may go on in the lines after it. */
function readInline(reader: Reader, text: string, indent: number): NetplanValue {
  let whole = text
  for (;;) {
    const next = reader.lines[reader.at]
    const goesOn = next !== undefined && next.indent > indent
    if (!/^[[{]/.test(whole)) {
      if (goesOn) throw new Unread()
      return scalar(whole)
    }
    const flow = readFlow(whole)
    if (flow) {
      if (flow.rest.trim() !== '' || goesOn) throw new Unread()
      return flow.value
    }
    if (!next) throw new Unread()
    whole += ` ${next.text}`
    reader.at++
  }
}

/** A flow value at the start of a text and what follows it; null while its end is not there. */
function readFlow(text: string): { readonly value: NetplanValue; readonly rest: string } | null {
  const rest = text.trimStart()
  if (rest.startsWith('[')) return readFlowItems(rest.slice(1))
  if (rest.startsWith('{')) return readFlowPairs(rest.slice(1))
  const quoted = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/.exec(rest)?.[1]
  if (quoted !== undefined) return { value: scalar(quoted), rest: rest.slice(quoted.length) }
  const plain = /^(?:[^,[\]{}:]|:(?=[^\s,[\]{}]))*/.exec(rest)?.[0] ?? ''
  return plain.length === rest.length ? null : { value: scalar(plain.trim()), rest: rest.slice(plain.length) }
}

function readFlowItems(text: string): ReturnType<typeof readFlow> {
  const items: NetplanValue[] = []
  for (let rest = text.trimStart(); ; rest = rest.slice(1).trimStart()) {
    if (rest === '') return null
    if (rest.startsWith(']')) return { value: items, rest: rest.slice(1) }
    const item = readFlow(rest)
    if (!item) return null
    items.push(item.value)
    rest = item.rest.trimStart()
    if (rest.startsWith(']')) return { value: items, rest: rest.slice(1) }
    if (rest === '') return null
    if (!rest.startsWith(',')) throw new Unread()
  }
}

function readFlowPairs(text: string): ReturnType<typeof readFlow> {
  const found = new Map<string, NetplanValue>()
  for (let rest = text.trimStart(); ; rest = rest.slice(1).trimStart()) {
    if (rest === '') return null
    if (rest.startsWith('}')) return { value: Object.fromEntries(found), rest: rest.slice(1) }
    const key = readFlow(rest)
    if (!key) return null
    if (typeof key.value !== 'string' || found.has(key.value)) throw new Unread()
    rest = key.rest.trimStart()
    if (rest.startsWith(':')) {
      const value = readFlow(rest.slice(1))
      if (!value) return null
      found.set(key.value, value.value)
      rest = value.rest.trimStart()
    } else found.set(key.value, null)
    if (rest.startsWith('}')) return { value: Object.fromEntries(found), rest: rest.slice(1) }
    if (rest === '') return null
    if (!rest.startsWith(',')) throw new Unread()
  }
}

/** `key: rest` of a block mapping; null when the line is no such pair. */
function splitKey(text: string): { readonly key: string; readonly rest: string } | null {
  const quoted = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')\s*:(?:\s+(.*))?$/.exec(text)
  if (quoted) return { key: String(scalar(quoted[1] ?? '')), rest: quoted[2] ?? '' }
  if (/^[[{"'?-]/.test(text) && !/^-[^\s]/.test(text)) return null
  const plain = /^((?:[^:]|:(?=\S))+?)\s*:(?:\s+(.*))?$/.exec(text)
  if (!plain?.[1]) return null
  const key = scalar(plain[1])
  if (typeof key !== 'string') throw new Unread()
  return { key, rest: plain[2] ?? '' }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', '"': '"', '\\': '\\', '/': '/', ' ': ' ' }

function scalar(text: string): string | null {
  if (text === '' || text === '~' || text === 'null') return null
  if (text.startsWith('"')) {
    if (!/^"(?:[^"\\]|\\.)*"$/.test(text)) throw new Unread()
    return text.slice(1, -1).replaceAll(/\\(.)/g, (_, char: string) => {
      const meant = escapes[char]
      if (meant === undefined) throw new Unread()
      return meant
    })
  }
  if (text.startsWith("'")) {
    if (!/^'(?:[^']|'')*'$/.test(text)) throw new Unread()
    return text.slice(1, -1).replaceAll("''", "'")
  }
  // Brackets and quotes inside of plain text are allowed, and so rare that whoever wrote them may have meant something else.
  if (/^[&*!|>%@`?,]|[[\]{}"'#]|^-$|^:|: |:$/.test(text)) throw new Unread()
  return text
}

/** A value as a mapping; empty when it is something else. */
export function mappingOf(value: NetplanValue | undefined): Readonly<Record<string, NetplanValue>> {
  return isMapping(value) ? value : {}
}

/** A value as a list of texts; empty when it is something else. */
export function textsOf(value: NetplanValue | undefined): readonly string[] {
  return isList(value) ? value.filter((each) => typeof each === 'string') : []
}

function isList(value: NetplanValue | undefined): value is readonly NetplanValue[] {
  return Array.isArray(value)
}

function isMapping(value: NetplanValue | undefined): value is Readonly<Record<string, NetplanValue>> {
  return typeof value === 'object' && value !== null && !isList(value)
}
