import type { Value } from '../shared/value.ts'
import type { Span } from './language.ts'

/** A parsed and checked template: only what is allowed can be said in it. */
export type Part = Text | Output | Block

/** Text that stands for itself; whitespace around standalone blocks is gone already. */
export interface Text {
  readonly kind: 'text'
  readonly text: string
}

/** `{{expression}}`; not escaped when written with three braces or `&`. */
export interface Output {
  readonly kind: 'output'
  readonly expression: Expression
  readonly escaped: boolean
  readonly span: Span
}

/** `{{#if}}`, `{{#unless}}`, `{{#each}}` or `{{#with}}`, with the part after `{{else}}`. */
export interface Block {
  readonly kind: 'if' | 'unless' | 'each' | 'with'
  readonly argument: Expression
  /** Names after `as |...|`. */
  readonly params: readonly string[]
  readonly body: readonly Part[]
  readonly otherwise: readonly Part[]
}

/** What gives a value. */
export type Expression = Literal | Path | Call

/** A text, number, boolean or null written out. */
export interface Literal {
  readonly kind: 'literal'
  readonly value: Value
  readonly text: string
  readonly span: Span
}

/** A variable, an item, or something inside of them. */
export interface Path {
  readonly kind: 'path'
  /**
   * Where it starts: `name` is looked for in the item and then outwards, `context` is `this` or, with `up`, an
   * enclosing item, `root` is `@root`, `loop` is `@index`, `@key`, `@first` or `@last`.
   */
  readonly from: 'name' | 'context' | 'root' | 'loop'
  /** How many `../`. */
  readonly up: number
  readonly parts: readonly string[]
  /** As written. */
  readonly text: string
  readonly span: Span
}

/** A helper with its arguments; it exists and their number is right. */
export interface Call {
  readonly kind: 'call'
  readonly helper: string
  readonly args: readonly Expression[]
  readonly text: string
  readonly span: Span
}
