import type { Place } from './diagnostic.ts'
import { entry, type Node } from './tree.ts'

/** The node at a path of keys and indexes; the nearest one above it when the path leads nowhere. */
export function nodeAt(node: Node, path: readonly (string | number)[]): Node {
  let at = node
  for (const step of path) {
    const next =
      at.kind === 'map' ? entry(at, String(step))?.value : at.kind === 'list' ? at.items[Number(step)] : undefined
    if (!next) return at
    at = next
  }
  return at
}

/** The place of the value at a path, or of its key. */
export function placeAt(node: Node, path: readonly (string | number)[], atKey = false): Place {
  const last = path.at(-1)
  if (atKey && last !== undefined) {
    const parent = nodeAt(node, path.slice(0, -1))
    const found = parent.kind === 'map' ? entry(parent, String(last)) : undefined
    if (found) return found.keyPlace
  }
  return nodeAt(node, path).place
}
