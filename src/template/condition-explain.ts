import type { Vars } from '../shared/value.ts'
import { childrenOf } from './condition-check.ts'
import { evaluateCondition } from './condition-run.ts'
import { type Node, pathOf } from './condition-tree.ts'
import { show } from './show.ts'
import { Trouble } from './trouble.ts'

/** The variables of a condition with the keys after them, and the values they have: `r.rc = 1, bond.mode = "802.3ad"`. */
export function explainCondition(root: Node, vars: Vars): string {
  const paths = new Map<string, Node>()
  collect(root, [], paths)
  return [...paths].map(([text, node]) => `${text} ${valueText(node, vars)}`).join(', ')
}

// Of a result that is asked what became of it, that and nothing else.
const outcomes = ['changed', 'failed', 'skipped', 'succeeded', 'unreachable', 'lost']

function collect(node: Node, bound: readonly string[], paths: Map<string, Node>): void {
  if (node.kind === 'call' && outcomes.includes(node.name)) {
    const [result] = node.args
    if (result) collect({ kind: 'member', of: result, key: 'outcome', span: node.span }, bound, paths)
    return
  }
  const text = node.kind === 'literal' ? null : pathOf(node)
  if (text !== null && !mentions(node, bound)) {
    paths.set(text, node)
    return
  }
  for (const { node: child, binds } of childrenOf(node)) {
    collect(child, binds === undefined ? bound : [...bound, binds], paths)
  }
}

function mentions(node: Node, bound: readonly string[]): boolean {
  if (node.kind === 'name') return bound.includes(node.name)
  return childrenOf(node).some(({ node: child }) => mentions(child, bound))
}

function valueText(node: Node, vars: Vars): string {
  try {
    return `= ${show(evaluateCondition(node, vars))}`
  } catch (thrown) {
    if (!(thrown instanceof Trouble)) throw thrown
    if (thrown.problem.kind === 'undefined') return 'is not defined'
    return thrown.problem.kind === 'unknown' ? 'is unknown' : 'has no value'
  }
}
