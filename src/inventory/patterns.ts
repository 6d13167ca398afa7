import { err, ok, type Result } from '../shared/result.ts'
import { count, didYouMean } from '../shared/text.ts'
import type { ReadFailure, SourceReader } from '../source/reader.ts'
import type { Inventory, InventoryHost, InventoryVar } from './types.ts'

/** Why a pattern selects nothing. */
export interface PatternProblem {
  readonly message: string
  readonly hint?: string
}

/**
 * The hosts that a pattern names, in order, each once. As in Ansible (inventory/manager.py): items separated by `,` or `:`;
 * first all plain items, then `&` items intersect, then `!` items exclude. Unlike there, an item that matches nothing is
 * an error: a typing mistake must not shrink, or widen, what is changed.
 */
export function selectHosts(inventory: Inventory, pattern: string): Result<readonly string[], PatternProblem> {
  const items = splitPattern(pattern)
  if (items.length === 0) {
    return err({
      message: 'the host pattern is empty, but must name hosts or groups',
      hint: 'write "all" for every host',
    })
  }
  const plain = items.filter((item) => !/^[!&]/.test(item))
  const selected = new Set<string>()
  for (const item of plain.length > 0 ? plain : ['all']) {
    const matched = matchItem(inventory, item)
    if (!matched.ok) return matched
    for (const name of matched.value) selected.add(name)
  }
  for (const sign of ['&', '!']) {
    for (const item of items.filter((each) => each.startsWith(sign))) {
      const matched = matchItem(inventory, item.slice(1))
      if (!matched.ok) return matched
      const names = new Set(matched.value)
      for (const name of selected) if (names.has(name) === (sign === '!')) selected.delete(name)
    }
  }
  return ok([...selected])
}

/**
 * The hosts that `--limit` lets through. `@file` stands for the patterns in a file, one per line. A limit that is empty or
 * lets nobody through is an error: it must never mean "no limit".
 */
export function limitHosts(
  inventory: Inventory,
  limit: string,
  reader: SourceReader,
): Result<readonly string[], PatternProblem> {
  const items: string[] = []
  for (const item of splitPattern(limit)) {
    if (!item.startsWith('@')) {
      items.push(item)
      continue
    }
    const text = reader.read(item.slice(1))
    if (!text.ok) return err(limitFileProblem(item.slice(1), text.error))
    const lines = text.value.split(/\r?\n/).map((line) => line.trim())
    const patterns = lines.filter((line) => line !== '' && !line.startsWith('#'))
    if (patterns.length === 0) {
      return err({ message: `the limit file "${item.slice(1)}" is empty, but must name hosts, one pattern per line` })
    }
    items.push(...patterns.flatMap(splitPattern))
  }
  if (items.length === 0) {
    return err({
      message: 'the limit is empty, but must name hosts or groups',
      hint: 'leave --limit out to address every host',
    })
  }
  const selected = selectHosts(inventory, items.join(','))
  if (!selected.ok || selected.value.length > 0) return selected
  return err({
    message: `the limit "${limit}" leaves no host to work on`,
    hint: 'see who there is with "vflag-play inventory graph"',
  })
}

function limitFileProblem(path: string, failure: ReadFailure): PatternProblem {
  return { message: `the limit file "${path}" ${failure.message}` }
}

/** The names that mean this machine although no inventory has them. */
const localNames: readonly string[] = ['localhost', '127.0.0.1', '::1']

/** A host by name; `localhost` also when no inventory has it: then it is reached without SSH. Null when there is none. */
export function hostNamed(inventory: Inventory, name: string): InventoryHost | null {
  const known = inventory.hosts.get(name)
  if (known) return known
  if (!localNames.includes(name)) return null
  const place = { file: 'vflag-play', line: 1, column: 1, length: 1, text: '' }
  const local: InventoryVar = {
    value: 'local',
    origin: { level: 'inventory host vars', owner: `implicit host ${name}`, place },
  }
  return { name, groups: [], vars: { ...inventory.allVars, ansible_connection: local }, place: null }
}

/**
 * Cuts a pattern into items. Colons separate only where there is no comma and the whole is no address such as `::1` or
 * `h:22`; neither separates inside brackets, where it belongs to a subscript or a regular expression.
 */
function splitPattern(pattern: string): string[] {
  const text = pattern.trim()
  if (isAddress(text)) return [text]
  const items = text.match(text.includes(',') ? byComma : byColon) ?? []
  return items.map((item) => item.trim()).filter((item) => item !== '')
}

const byComma = /(?:\[[^\]]*\]|\{[^}]*\}|\((?:[^()]|\([^()]*\))*\)|[^,])+/g
const byColon = /(?:\[[^\]]*\]|\{[^}]*\}|\((?:[^()]|\([^()]*\))*\)|[^\s:])+/g

function isAddress(text: string): boolean {
  if (/^[0-9a-f:.]+$/i.test(text) && text.split(':').length > 2 && /::|^(?:[0-9a-f]{1,4}:){7}/i.test(text)) return true
  return /^[^:[\]!&]+:\d+$/.test(text)
}

function matchItem(inventory: Inventory, item: string): Result<readonly string[], PatternProblem> {
  if (inventory.hosts.has(item)) return ok([item])
  if (item.startsWith('~')) return matchRegex(inventory, item)
  const dashed = /^(.+)\[(\d+)-(\d+)\]$/.exec(item)
  if (dashed) {
    return err({
      message: `the subscript of "${item}" is not understood`,
      hint: `write "${dashed[1]}[${dashed[2]}:${dashed[3]}]" for positions, or "~${dashed[1]}[${dashed[2]}-${dashed[3]}]" for names`,
    })
  }
  const subscript = /^(.+)\[(?:(-?\d+)|(\d+):(\d*))\]$/.exec(item)
  const word = subscript?.[1] ?? item
  const names = enumerate(inventory, word)
  if (names === undefined) return err(unmatched(inventory, item, word))
  if (!subscript) return ok(names)
  return cut(item, names, subscript[2], subscript[3] ?? '0', subscript[4] ?? '')
}

/** `[-1]` is one position, `[0:2]` a range with both ends, `[2:]` goes to the end. */
function cut(
  item: string,
  names: readonly string[],
  single: string | undefined,
  first: string,
  last: string,
): Result<readonly string[], PatternProblem> {
  if (single !== undefined) {
    const name = names.at(Number(single))
    if (name !== undefined && Number(single) >= -names.length) return ok([name])
  } else {
    const range = names.slice(Number(first), last === '' ? names.length : Number(last) + 1)
    if (range.length > 0) return ok(range)
  }
  const range = names.length === 0 ? '' : `, numbered 0 to ${names.length - 1}`
  return err({ message: `"${item}" matches no host: there are ${count(names.length, 'host')}${range}` })
}

/** The hosts of a word; undefined when neither host, group nor glob matches. */
function enumerate(inventory: Inventory, word: string): readonly string[] | undefined {
  if (!/[*?[]/.test(word)) {
    const group = inventory.groups.get(word)
    if (group) return group.hosts
    if (inventory.hosts.has(word)) return [word]
    return localNames.includes(word) ? [word] : undefined
  }
  return matching(inventory, globToRegex(word))
}

function matchRegex(inventory: Inventory, item: string): Result<readonly string[], PatternProblem> {
  let regex: RegExp
  try {
    regex = new RegExp(`^(?:${item.slice(1)})`, 'u')
  } catch {
    return err({
      message: `"${item}" is not a valid regular expression`,
      hint: 'a pattern that begins with "~" is one',
    })
  }
  const names = matching(inventory, regex)
  return names === undefined ? err(unmatched(inventory, item, item)) : ok(names)
}

function matching(inventory: Inventory, regex: RegExp): readonly string[] | undefined {
  const groups = [...inventory.groups.values()].filter((group) => regex.test(group.name))
  const hosts = [...inventory.hosts.keys()].filter((name) => regex.test(name))
  if (groups.length === 0 && hosts.length === 0) return undefined
  return [...new Set([...groups.flatMap((group) => group.hosts), ...hosts])]
}

/** A shell glob as Python's fnmatch reads it: `*`, `?`, `[abc]`, `[a-c]`, `[!abc]`; an open bracket is itself. */
function globToRegex(glob: string): RegExp {
  const source = glob.replaceAll(/\[!?\]?[^\]]*\]|./gs, (part) => {
    if (part === '*') return '.*'
    if (part === '?') return '.'
    if (part.length === 1) return escapeRegex(part)
    const inner = part.slice(1, -1)
    const negated = inner.startsWith('!')
    const members = (negated ? inner.slice(1) : inner).replaceAll(/[\\\]^[]/g, '\\$&')
    // A range that runs backwards matches nothing, as in Python.
    return /(.)-(.)/.test(members) &&
      [...members.matchAll(/(.)-(.)/g)].some((range) => (range[1] ?? '') > (range[2] ?? ''))
      ? '(?!)'
      : `[${negated ? '^' : ''}${members}]`
  })
  return new RegExp(`^(?:${source})$`, 's')
}

const escapeRegex = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&')

function unmatched(inventory: Inventory, item: string, word: string): PatternProblem {
  const known = [...inventory.groups.keys(), ...inventory.hosts.keys()]
  const hint = didYouMean(word, known)
  return {
    message: `"${item}" matches no host and no group`,
    ...(hint === undefined
      ? {
          hint:
            inventory.hosts.size === 0
              ? 'the inventory has no hosts'
              : 'see who there is with "vflag-play inventory graph"',
        }
      : { hint }),
  }
}
