import type { Value, ValueMap } from '../shared/value.ts'
import { describe, isList, isMapping, type Operand } from './show.ts'
import { type Trouble, wrongType } from './trouble.ts'

/** A function of the conditions: `name(x, y)`, `x.name(y)` and `x | name(y)` are the same. */
export interface ConditionFunction {
  readonly name: string
  /** The arguments as the reference shows them; optional ones in brackets. */
  readonly usage: string
  /** What it gives, in one sentence. */
  readonly summary: string
  /** A condition that holds with the variables of the reference; a test runs it. */
  readonly example: string
  /** Least and most arguments. */
  readonly arity: readonly [least: number, most: number]
  /** Undefined for the functions whose first argument may be undefined: the evaluation performs them itself. */
  readonly run: ((args: Operands) => Operand) | undefined
}

/** The arguments of one call: each getter refuses a value of another type with a sentence that names the function. */
export class Operands {
  readonly #name: string
  readonly #values: readonly Operand[]

  constructor(name: string, values: readonly Operand[]) {
    this.#name = name
    this.#values = values
  }

  get count(): number {
    return this.#values.length
  }

  value(index: number): Operand {
    return this.#values[index] ?? null
  }

  text(index: number, hint?: string): string {
    const value = this.value(index)
    if (typeof value === 'string') return value
    throw this.wrong(index, 'text', hint)
  }

  whole(index: number): number {
    const value = this.value(index)
    if (typeof value === 'bigint' && value >= 0n && value <= 1_000_000_000n) return Number(value)
    throw this.wrong(index, 'a whole number from 0 on')
  }

  list(index: number): readonly Value[] {
    const value = this.value(index)
    if (isList(value)) return value
    throw this.wrong(index, 'a list')
  }

  /** A result that `register` kept. */
  registered(index: number): ValueMap {
    const value = this.value(index)
    if (isMapping(value) && typeof value['outcome'] === 'string') return value
    throw this.wrong(index, 'the registered result of a task')
  }

  /** The trouble of a value that the function cannot take. */
  wrong(index: number, wanted: string, hint?: string): Trouble {
    const which = this.#values.length === 1 ? 'the value given to' : `value ${index + 1} given to`
    return wrongType(`${which} "${this.#name}" is ${describe(this.value(index))}, but must be ${wanted}`, hint)
  }
}
