import { booleanHint, show } from '../shared/schema-words.ts'
import { didYouMean } from '../shared/text.ts'
import type { Place } from '../source/diagnostic.ts'
import type { Problems } from '../source/problems.ts'
import { type Entry, entry, type MapNode, type Node, type ScalarNode, toValue } from '../source/tree.ts'
import { type KeywordKind, keywords, unsupported } from './keywords.ts'
import { hasTemplate } from './texts.ts'

/** The keywords of one play, block or task: reads them by type and notes what is wrong. An absent keyword is undefined. */
export class Fields {
  readonly node: MapNode
  readonly #kind: KeywordKind
  readonly #problems: Problems

  constructor(node: MapNode, kind: KeywordKind, problems: Problems) {
    this.node = node
    this.#kind = kind
    this.#problems = problems
  }

  /** Entries that are no keyword of this kind. */
  strangers(): readonly Entry[] {
    return this.node.entries.filter((each) => !Object.hasOwn(keywords[this.#kind], each.key))
  }

  /** Refuses a key: as one of Ansible that is not supported, or as unknown with the nearest of what is. */
  refuse({ key, keyPlace }: Entry, alsoKnown: readonly string[] = []): void {
    const alternative = Object.hasOwn(unsupported, key) ? unsupported[key] : undefined
    if (alternative !== undefined) {
      this.#problems.error(keyPlace, `"${key}" of Ansible is not supported`, alternative)
      return
    }
    const known = Object.keys(keywords[this.#kind])
    const elsewhere = (['play', 'block', 'task', 'handler'] as const).find((kind) => Object.hasOwn(keywords[kind], key))
    const hint =
      didYouMean(key, [...known, ...alsoKnown]) ?? (elsewhere ? `it is a keyword of a ${elsewhere}` : undefined)
    const what = this.#kind === 'import' ? 'an import' : `a ${this.#kind}`
    this.#problems.error(
      keyPlace,
      `"${key}" is not known in ${what}`,
      hint ?? `known are: ${[...known].sort().join(', ')}`,
    )
  }

  get(key: string): Node | undefined {
    return entry(this.node, key)?.value
  }

  place(key: string): Place {
    return entry(this.node, key)?.keyPlace ?? this.node.place
  }

  bool(key: string): boolean | undefined {
    const node = this.get(key)
    if (!node) return undefined
    if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value
    const hint =
      node.kind === 'scalar' && typeof node.value === 'string'
        ? hasTemplate(node)
          ? 'it has to be known before the run; choose with "when" instead'
          : booleanHint(node.value)
        : undefined
    this.#wrong(key, node, 'true or false', hint)
    return undefined
  }

  /** A text that is known before the run. */
  text(key: string): ScalarNode | undefined {
    const node = this.get(key)
    if (!node) return undefined
    if (node.kind === 'scalar' && typeof node.value === 'string' && node.value !== '' && !hasTemplate(node)) return node
    if (hasTemplate(node)) {
      this.#problems.error(node.place, `"${key}" is a template, but must be known before the run`)
    } else {
      const number = node.kind === 'scalar' && typeof node.value === 'number'
      this.#wrong(key, node, 'text', number ? `quote it: "${node.raw}"` : undefined)
    }
    return undefined
  }

  /** One of a few words. */
  word<const Word extends string>(key: string, words: readonly Word[]): Word | undefined {
    const node = this.text(key)
    if (!node) return undefined
    const found = words.find((word) => word === node.value)
    if (found === undefined) {
      const allowed = words.map((word) => `"${word}"`).join(', ')
      this.#wrong(key, node, `one of ${allowed}`, didYouMean(String(node.value), words))
    }
    return found
  }

  /** A number within bounds. */
  number(key: string, minimum: number, maximum = Number.MAX_SAFE_INTEGER): number | undefined {
    const node = this.get(key)
    if (!node) return undefined
    if (node.kind === 'scalar' && typeof node.value === 'number' && node.value >= minimum && node.value <= maximum) {
      return node.value
    }
    const range =
      maximum === Number.MAX_SAFE_INTEGER ? `a number from ${minimum}` : `a number from ${minimum} to ${maximum}`
    this.#wrong(key, node, range)
    return undefined
  }

  map(key: string): MapNode | undefined {
    const node = this.get(key)
    if (!node || isNull(node)) return undefined
    if (node.kind === 'map') return node
    const hint = node.kind === 'list' ? 'write "name: value" instead of "- name: value"' : undefined
    this.#wrong(key, node, 'a mapping', hint)
    return undefined
  }

  list(key: string): readonly Node[] {
    const node = this.get(key)
    if (!node || isNull(node)) return []
    if (node.kind === 'list') return node.items
    this.#wrong(key, node, 'a list', node.kind === 'map' ? 'begin each item with "- "' : undefined)
    return []
  }

  /** One text or a list of them, known before the run; `comma` lets one text hold several. */
  texts(key: string, options: { comma: boolean }): readonly ScalarNode[] {
    const node = this.get(key)
    if (!node || isNull(node)) return []
    const items = node.kind === 'list' ? node.items : [node]
    return items.flatMap((item): readonly ScalarNode[] => {
      if (item.kind !== 'scalar' || typeof item.value === 'boolean' || item.value === null || item.value === '') {
        this.#wrong(key, item, 'text or a list of texts')
        return []
      }
      if (hasTemplate(item)) {
        this.#problems.error(item.place, `"${key}" is a template, but must be known before the run`)
        return []
      }
      if (!options.comma) return [item]
      return String(item.value)
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
        .map((part) => ({ ...item, value: part }))
    })
  }

  #wrong(key: string, node: Node, must: string, hint?: string): void {
    this.#problems.error(node.place, `"${key}" is ${show(toValue(node))}, but must be ${must}`, hint)
  }
}

/** Whether nothing was written. */
export function isNull(node: Node): boolean {
  return node.kind === 'scalar' && node.value === null
}
