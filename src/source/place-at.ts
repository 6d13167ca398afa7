import type { Place } from './diagnostic.ts'
import { entry, type Node } from './tree.ts'

/** The place of a value inside a tree, by its path; as far as the tree goes. `atKey`: of the key, not of its value. */
export function placeAt(root: Node, path: readonly (string | number)[], atKey = false): Place {
  let node = root
  let place = root.place
  for (const [index, step] of path.entries()) {
    if (node.kind === 'map') {
      const found = entry(node, String(step))
      if (!found) return place
      place = atKey && index === path.length - 1 ? found.keyPlace : found.value.place
      node = found.value
    } else if (node.kind === 'list' && typeof step === 'number') {
      const found = node.items[step]
      if (!found) return place
      place = found.place
      node = found
    } else return place
  }
  return place
}
