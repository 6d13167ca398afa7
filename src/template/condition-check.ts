import { count, didYouMean } from '../shared/text.ts'
import { findFunction, functions } from './condition-functions.ts'
import { functionHint } from './condition-habits.ts'
import type { Call, Node } from './condition-tree.ts'
import type { LanguageProblem, NameUse } from './language.ts'

/** What can be said of a condition without any values: its mistakes and the variables that it reads. */
export function checkCondition(root: Node): {
  readonly problems: readonly LanguageProblem[]
  readonly names: readonly NameUse[]
} {
  const checker = new Checker()
  checker.visit(root, [], false)
  return { problems: checker.problems, names: checker.names() }
}

/** What a node is made of, with the names that macros bind for each. */
export function childrenOf(node: Node): readonly { readonly node: Node; readonly binds?: string }[] {
  switch (node.kind) {
    case 'literal':
    case 'name':
      return []
    case 'member':
    case 'not':
    case 'minus':
      return [{ node: node.of }]
    case 'index':
      return [{ node: node.of }, { node: node.key }]
    case 'call':
      return node.args.map((each) => ({ node: each }))
    case 'over':
      return [{ node: node.of }, ...node.steps.map((each) => ({ node: each, binds: node.variable }))]
    case 'list':
      return node.items.map((each) => ({ node: each }))
    case 'map':
      return node.entries.flatMap(([key, value]) => [{ node: key }, { node: value }])
    case 'choice':
      return [{ node: node.condition }, { node: node.yes }, { node: node.no }]
    case 'logic':
    case 'binary':
      return [{ node: node.left }, { node: node.right }]
  }
}

class Checker {
  readonly problems: LanguageProblem[] = []
  readonly #uses: NameUse[] = []
  readonly #asked = new Set<string>()

  /** A name that is asked about with `is defined` anywhere is guarded everywhere: the rest of the condition is its business. */
  names(): NameUse[] {
    return this.#uses.map((use) => (this.#asked.has(use.name) ? { ...use, guarded: true } : use))
  }

  visit(node: Node, bound: readonly string[], guarded: boolean): void {
    if (node.kind === 'name') {
      if (!bound.includes(node.name)) this.#uses.push({ name: node.name, span: node.span, guarded })
      return
    }
    if (node.kind === 'call') this.#call(node)
    const asks = node.kind === 'call' && ['defined', 'has', 'default'].includes(node.name)
    const own = node.kind === 'member' || node.kind === 'index'
    childrenOf(node).forEach(({ node: child, binds }, index) => {
      const inside = binds === undefined ? bound : [...bound, binds]
      this.visit(child, inside, index === 0 && (asks || (own && guarded)))
    })
  }

  #call(node: Call): void {
    const found = findFunction(node.name)
    if (!found) {
      const hint =
        functionHint(node.name, node.method) ??
        didYouMean(
          node.name,
          functions.map((each) => each.name),
        )
      this.#problem(`"${node.name}" is no function that conditions know`, node, hint)
      return
    }
    const [least, most] = found.arity
    const { length } = node.args
    if (length < least || length > most) {
      const wanted = least === most ? String(least) : `${least} to ${most}`
      this.#problem(
        `"${node.name}" is given ${count(length, 'value')}, but must be given ${wanted}`,
        node,
        `${node.name}(${found.usage})`,
      )
      return
    }
    const [first] = node.args
    if (!first || (node.name !== 'defined' && node.name !== 'has')) return
    const root = rootOf(first)
    if (root === null) this.#problem(`only a variable or a key can be asked for with "${node.name}"`, first)
    else this.#asked.add(root)
  }

  #problem(message: string, { span }: Node, hint?: string): void {
    this.problems.push({ message, span, ...(hint !== undefined && { hint }) })
  }
}

function rootOf(node: Node): string | null {
  if (node.kind === 'name') return node.name
  return node.kind === 'member' || node.kind === 'index' ? rootOf(node.of) : null
}
