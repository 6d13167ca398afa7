import type { Span } from './language.ts'

/** A parsed condition. */
export type Node = Literal | Name | Member | Index | Call | Over | ListNode | MapNode | Choice | Logic | Unary | Binary

/** A value written out; whole numbers are `bigint`. */
export interface Literal {
  readonly kind: 'literal'
  readonly value: null | boolean | number | bigint | string
  readonly span: Span
}

/** A variable, or the variable of a macro around it. */
export interface Name {
  readonly kind: 'name'
  readonly name: string
  readonly span: Span
}

/** `of.key` */
export interface Member {
  readonly kind: 'member'
  readonly of: Node
  readonly key: string
  readonly span: Span
}

/** `of[key]` */
export interface Index {
  readonly kind: 'index'
  readonly of: Node
  readonly key: Node
  readonly span: Span
}

/** `name(args)`; also `first.name(rest)` and, from the sugar, `first | name(rest)` and `first is name`. */
export interface Call {
  readonly kind: 'call'
  readonly name: string
  readonly args: readonly Node[]
  readonly method: boolean
  readonly span: Span
}

/** A macro that looks at every item of a list or key of a mapping: `of.exists(variable, steps)`. */
export interface Over {
  readonly kind: 'over'
  readonly macro: 'all' | 'exists' | 'exists_one' | 'filter' | 'map'
  readonly of: Node
  readonly variable: string
  readonly steps: readonly Node[]
  readonly span: Span
}

/** `[a, b]` */
export interface ListNode {
  readonly kind: 'list'
  readonly items: readonly Node[]
  readonly span: Span
}

/** `{"a": b}` */
export interface MapNode {
  readonly kind: 'map'
  readonly entries: readonly (readonly [key: Node, value: Node])[]
  readonly span: Span
}

/** `condition ? yes : no` */
export interface Choice {
  readonly kind: 'choice'
  readonly condition: Node
  readonly yes: Node
  readonly no: Node
  readonly span: Span
}

/** `a && b`, `a || b` */
export interface Logic {
  readonly kind: 'logic'
  readonly operator: '&&' | '||'
  readonly left: Node
  readonly right: Node
  readonly span: Span
}

/** `!a`, `-a` */
export interface Unary {
  readonly kind: 'not' | 'minus'
  readonly of: Node
  readonly span: Span
}

/** Comparisons, `in` and arithmetic. */
export interface Binary {
  readonly kind: 'binary'
  readonly operator: '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | '+' | '-' | '*' | '/' | '%'
  readonly left: Node
  readonly right: Node
  readonly span: Span
}

/** How a node that is nothing but names, keys and indexes is written: `hostvars[groups.clients[0]]`; null for any other. */
export function pathOf(node: Node): string | null {
  if (node.kind === 'name') return node.name
  if (node.kind === 'literal') return typeof node.value === 'string' ? JSON.stringify(node.value) : String(node.value)
  if (node.kind !== 'member' && node.kind !== 'index') return null
  const of = node.of.kind === 'literal' ? null : pathOf(node.of)
  if (of === null) return null
  if (node.kind === 'member') return `${of}.${node.key}`
  const key = pathOf(node.key)
  return key === null ? null : `${of}[${key}]`
}
