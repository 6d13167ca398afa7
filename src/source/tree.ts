import type { Value } from '../shared/value.ts'
import type { Place } from './diagnostic.ts'

/** A user's YAML with its places: what the checks walk. Anchors are resolved, duplicate keys and unknown tags were refused. */
export type Node = ScalarNode | ListNode | MapNode

/** One scalar of the YAML 1.2 core schema. */
export interface ScalarNode {
  readonly kind: 'scalar'
  readonly value: null | boolean | number | string
  readonly place: Place
  /** Written as plain, quoted (single or double) or block (`|`, `>`) text. */
  readonly style: 'plain' | 'quoted' | 'block'
  /** As it stands in the file, without quotes: `0644` of `mode: 0644`. */
  readonly raw: string
  /** The place of a stretch of `value`, for text scalars (exact for plain ones, quoted ones without escapes, and block lines). */
  readonly within: (offset: number, length: number) => Place
}

/** A sequence. */
export interface ListNode {
  readonly kind: 'list'
  readonly items: readonly Node[]
  readonly place: Place
}

/** A mapping, in the order of the file. */
export interface MapNode {
  readonly kind: 'map'
  readonly entries: readonly Entry[]
  readonly place: Place
}

/** One key with its value. */
export interface Entry {
  readonly key: string
  /** The key as YAML reads it, where that is no text: `1234:` has the key "1234" and the number 1234 here. */
  readonly keyScalar?: boolean | number
  readonly keyPlace: Place
  readonly value: Node
}

/** The plain data of a tree. */
export function toValue(node: Node): Value {
  switch (node.kind) {
    case 'scalar':
      return node.value
    case 'list':
      return node.items.map(toValue)
    case 'map':
      // fromEntries defines own properties, so a key `__proto__` is data like any other.
      return Object.fromEntries(node.entries.map((entry) => [entry.key, toValue(entry.value)]))
  }
}

/** The entry of a key, undefined when there is none. */
export function entry(node: MapNode, key: string): Entry | undefined {
  return node.entries.find((each) => each.key === key)
}
