import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseAllDocuments,
  type Scalar,
} from 'yaml'
import { err, ok, type Result } from '../shared/result.ts'
import type { Diagnostic, Place } from './diagnostic.ts'
import { alignScalar, type SourceText, sourceText } from './text-map.ts'
import type { Entry, Node, ScalarNode } from './tree.ts'
import { explainYamlError } from './yaml-errors.ts'

/** How many nodes a file may have once its aliases are written out: more than anyone writes, less than an alias bomb. */
const maxNodes = 200_000
/** How deep lists and mappings may be nested. */
const maxDepth = 60

/**
 * Reads one YAML 1.2 document (core schema) into a tree with places, or says everything that is wrong with it. An empty
 * text is the scalar null.
 */
export function parseYaml(file: string, text: string): Result<Node, readonly Diagnostic[]> {
  const source = sourceText(file, text.startsWith('\ufeff') ? text.slice(1) : text)
  const deep = tooDeep(source)
  if (deep) return err([deep])
  const documents = parseAllDocuments(source.text, {
    version: '1.2',
    schema: 'core',
    resolveKnownTags: false,
    prettyErrors: false,
    uniqueKeys: false,
    strict: true,
    logLevel: 'silent',
    lineCounter: new LineCounter(),
  })
  if (!Array.isArray(documents)) return ok(emptyNode(source))
  const problems = explainYamlError(
    source,
    documents.flatMap((document) => [...document.errors, ...document.warnings]),
  )
  if (problems.length > 0) return err(problems)
  const second = documents[1]
  if (second) {
    const place = source.place(second.contents?.range?.[0] ?? source.text.length, 1)
    return err([
      error(place, 'a second YAML document begins here, but a file must hold one', 'remove the line "---" above'),
    ])
  }
  const document = documents[0]
  if (!document?.contents) return ok(emptyNode(source))
  const reader = new TreeReader(source, document)
  const tree = reader.node(document.contents, 0)
  return reader.problems.length > 0 ? err(reader.problems) : ok(tree)
}

/**
 * Nesting is bounded before the parser sees the text, because it recurses. Flow brackets and compact `- - -` are the only
 * ways to nest without indentation; indentation costs a column per level.
 */
function tooDeep(source: SourceText): Diagnostic | undefined {
  let depth = 0
  for (const match of source.text.matchAll(/[[{]|[\]}]|\n|(?:^|\n)[ ]*(?:[-?][ \t]+){60,}|\n {600,}\S/g)) {
    const text = match[0]
    if (text === '[' || text === '{') depth++
    else if (text === ']' || text === '}') depth = Math.max(0, depth - 1)
    else if (text.length > 1) depth = 1000
    if (depth > 500) {
      const place = source.place(match.index + (text.startsWith('\n') ? 1 : 0), 1)
      return error(place, `lists and mappings are nested too deeply here, but at most ${maxDepth} levels are allowed`)
    }
  }
  return undefined
}

function emptyNode(source: SourceText): ScalarNode {
  const place = source.place(0, 1)
  return { kind: 'scalar', value: null, place, style: 'plain', raw: '', within: () => place }
}

/** Builds the tree of a document that has no syntax errors, resolving aliases and noting what the core schema does not. */
class TreeReader {
  readonly problems: Diagnostic[] = []
  readonly #source: SourceText
  readonly #document: Document
  readonly #open: unknown[] = []
  #nodes = 0

  constructor(source: SourceText, document: Document) {
    this.#source = source
    this.#document = document
  }

  node(item: unknown, near: number): Node {
    const place = this.#placeOf(item, near)
    if (++this.#nodes > maxNodes) {
      if (this.#nodes === maxNodes + 1) {
        this.#say(place, 'the aliases of this file expand to too much data, but must stay below 200000 values')
      }
      return constant(null, place)
    }
    if (isAlias(item)) {
      const target = item.resolve(this.#document)
      if (target === undefined) {
        this.#say(
          place,
          `the alias "*${item.source}" refers to nothing, but must follow an anchor "&${item.source}"`,
          'quote the value if it is meant as text',
        )
        return constant(null, place)
      }
      return this.node(target, near)
    }
    if (isScalar(item)) return this.#scalar(item, place)
    if (!isMap(item) && !isSeq(item)) return constant(null, place)
    if (this.#open.includes(item)) {
      this.#say(place, 'this contains itself through an alias, but must be finite')
      return constant(null, place)
    }
    if (this.#open.length >= maxDepth) {
      this.#say(place, `lists and mappings are nested too deeply here, but at most ${maxDepth} levels are allowed`)
      return constant(null, place)
    }
    this.#open.push(item)
    const start = item.range?.[0] ?? near
    const tree: Node = isSeq(item)
      ? { kind: 'list', items: item.items.map((each) => this.node(each, start)), place }
      : { kind: 'map', entries: this.#entries(item.items, start), place }
    this.#open.pop()
    return tree
  }

  #entries(pairs: readonly Pair[], near: number): readonly Entry[] {
    const seen = new Map<string, Place>()
    const entries: Entry[] = []
    for (const pair of pairs) {
      const key = isAlias(pair.key) ? pair.key.resolve(this.#document) : pair.key
      const keyPlace = this.#placeOf(pair.key, near)
      if (!isScalar(key)) {
        this.#say(keyPlace, 'a key is a list or mapping, but must be text', 'quote it if it is meant as text')
        continue
      }
      const value = key.value
      if (value === null) {
        this.#say(keyPlace, 'a key is missing, but must stand before the ":"')
        continue
      }
      const text = typeof value === 'string' ? value : (key.source ?? String(value))
      if (text === '<<' && key.type === 'PLAIN') {
        this.#say(
          keyPlace,
          'merge keys ("<<") are not part of YAML 1.2 and would hide what a mapping contains',
          'write the keys out, or use the whole mapping through an alias',
        )
        continue
      }
      const first = seen.get(text)
      if (first) {
        this.#say(
          keyPlace,
          `the key "${text}" is given twice, but must be given once`,
          `the first one is in line ${first.line}`,
        )
        continue
      }
      seen.set(text, keyPlace)
      const end = key.range?.[1] ?? near
      entries.push({
        key: text,
        keyPlace,
        value: this.node(pair.value, end),
        ...((typeof value === 'number' || typeof value === 'boolean') && { keyScalar: value }),
      })
    }
    return entries
  }

  #scalar(item: Scalar, place: Place): ScalarNode {
    const value = item.value
    const raw = item.source ?? ''
    const style = styleOf(item)
    if (typeof value === 'number' && !Number.isFinite(value)) {
      this.#say(place, `${raw} is not a finite number, but must be one`, 'quote it if it is meant as text')
    } else if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
      this.#say(place, `${raw} is too large for a whole number and would lose digits`, `quote it: "${raw}"`)
    }
    if (typeof value !== 'string') {
      const known = typeof value === 'number' || typeof value === 'boolean' ? value : null
      return { ...constant(known, place), raw }
    }
    return { kind: 'scalar', value, place, style, raw, within: this.#within(item, value) }
  }

  #within(item: Scalar, value: string): ScalarNode['within'] {
    let offsets: Uint32Array | undefined
    return (offset, length) => {
      offsets ??= this.#align(item, value)
      const from = Math.max(0, Math.min(offset, value.length))
      const to = Math.max(from, Math.min(from + length, value.length))
      const start = offsets[from] ?? 0
      const end = to > from ? (offsets[to - 1] ?? start) + 1 : start + 1
      return this.#source.place(start, end - start)
    }
  }

  #align(item: Scalar, value: string): Uint32Array {
    const [start, end] = item.range ?? [0, 0]
    const text = this.#source.text
    switch (item.type) {
      case 'QUOTE_DOUBLE':
        return alignScalar(text, start + 1, end - 1, value, 'double')
      case 'QUOTE_SINGLE':
        return alignScalar(text, start + 1, end - 1, value, 'single')
      case 'BLOCK_LITERAL':
      case 'BLOCK_FOLDED':
        return alignScalar(text, text.indexOf('\n', start) + 1, end, value, 'none')
      default:
        return alignScalar(text, start, end, value, 'none')
    }
  }

  #placeOf(item: unknown, near: number): Place {
    if (isAlias(item) || isScalar(item) || isMap(item) || isSeq(item)) {
      const [start, end] = item.range ?? [near, near + 1]
      // A null that is not written ends up on a later line: stay with what it belongs to.
      if (end === start) return this.#source.place(near, 1)
      return this.#source.place(
        start,
        isMap(item) || isSeq(item) ? firstWord(this.#source.text, start, end) : end - start,
      )
    }
    return this.#source.place(near, 1)
  }

  #say(place: Place, message: string, hint?: string): void {
    this.problems.push(error(place, message, hint))
  }
}

/** Squiggles under a whole mapping say little: a collection is pointed at by its first word. */
function firstWord(text: string, start: number, end: number): number {
  const found = /^[^\s:,]+/.exec(text.slice(start, Math.min(end, start + 200)))
  return found ? found[0].length : 1
}

function styleOf(item: Scalar): ScalarNode['style'] {
  if (item.type === 'BLOCK_LITERAL' || item.type === 'BLOCK_FOLDED') return 'block'
  return item.type === 'QUOTE_DOUBLE' || item.type === 'QUOTE_SINGLE' ? 'quoted' : 'plain'
}

function constant(value: null | boolean | number, place: Place): ScalarNode {
  return { kind: 'scalar', value, place, style: 'plain', raw: '', within: () => place }
}

function error(place: Place, message: string, hint?: string): Diagnostic {
  return { severity: 'error', message, place, ...(hint !== undefined && { hint }) }
}
