import type { Value, ValueMap } from '../shared/value.ts'
import { describe, isList, isMapping } from './show.ts'
import { type Trouble, wrongType } from './trouble.ts'

/** A helper of the templates: `{{name argument ...}}`. */
export interface Helper {
  readonly name: string
  /** The arguments as the reference shows them: `list separator`; optional ones in brackets. */
  readonly usage: string
  /** What it gives, in one sentence. */
  readonly summary: string
  /** A template and what it renders to, with the variables of the reference, which shows it; a test runs it. */
  readonly example: readonly [template: string, text: string]
  /** Least and most arguments. */
  readonly arity: readonly [least: number, most: number]
  /**
   * `whole`: every argument is known throughout when it runs. `outer`: only the arguments themselves are, what is inside
   * of them is its own business. `lazy`: the evaluation decides which arguments to look at, so it has no `run`.
   */
  readonly needs: 'whole' | 'outer' | 'lazy'
  readonly run: (args: Args) => Value
}

/** The arguments of one call: each getter refuses a value of another type with a sentence that names the helper. */
export class Args {
  readonly helper: string
  readonly values: readonly Value[]

  constructor(helper: string, values: readonly Value[]) {
    this.helper = helper
    this.values = values
  }

  /** How many there are. */
  get count(): number {
    return this.values.length
  }

  value(index: number): Value {
    return this.values[index] ?? null
  }

  /** Text; numbers and booleans are taken as they would be printed. */
  text(index: number): string {
    const value = this.value(index)
    if (typeof value === 'string') return value
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    throw this.wrong(index, 'text')
  }

  number(index: number): number {
    const value = this.value(index)
    if (typeof value === 'number') return value
    throw this.wrong(index, 'a number')
  }

  /** A whole number from 0 on. */
  whole(index: number, most: number): number {
    const value = this.number(index)
    if (Number.isInteger(value) && value >= 0 && value <= most) return value
    throw this.wrong(index, `a whole number from 0 to ${most}`)
  }

  boolean(index: number): boolean {
    const value = this.value(index)
    if (typeof value === 'boolean') return value
    throw this.wrong(index, 'true or false')
  }

  list(index: number): readonly Value[] {
    const value = this.value(index)
    if (isList(value)) return value
    throw this.wrong(index, 'a list')
  }

  map(index: number): ValueMap {
    const value = this.value(index)
    if (isMapping(value)) return value
    throw this.wrong(index, 'a mapping')
  }

  /** The trouble of a value that the helper cannot take. */
  wrong(index: number, wanted: string, hint?: string): Trouble {
    const which = this.count === 1 ? 'the argument' : `argument ${index + 1}`
    return wrongType(
      `${which} of the helper "${this.helper}" is ${describe(this.value(index))}, but must be ${wanted}`,
      hint,
    )
  }
}
