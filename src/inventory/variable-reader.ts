import { Secret } from '../shared/secret.ts'
import { typeName, type Value } from '../shared/value.ts'

/** A variable that cannot be used. */
export interface VariableProblem {
  readonly variable: string
  /** Without the variable's value where that may be a secret. */
  readonly message: string
  readonly hint?: string
}

/** Reads variables by name, older names after newer ones, and collects what is wrong. */
export class VariableReader {
  readonly problems: VariableProblem[] = []
  readonly #vars: Readonly<Record<string, Value | undefined>>

  constructor(vars: Readonly<Record<string, Value | undefined>>) {
    this.#vars = vars
  }

  refuse(variable: string, message: string, hint?: string): void {
    this.problems.push({ variable, message: `${variable} ${message}`, ...(hint !== undefined && { hint }) })
  }

  text(...names: readonly string[]): string | undefined {
    const found = this.#find(names)
    if (!found) return undefined
    if (typeof found.value === 'string' && found.value !== '') return found.value
    if (typeof found.value === 'number') return String(found.value)
    this.refuse(found.name, `is ${found.value === '' ? 'empty' : typeName(found.value)}, but must be text`)
    return undefined
  }

  secret(...names: readonly string[]): Secret | null {
    const text = this.text(...names)
    return text === undefined ? null : new Secret(text)
  }

  /** `yes`, `no` and the like come from inventories written for YAML 1.1. */
  flag(...names: readonly string[]): boolean | null {
    const found = this.#find(names)
    if (!found) return null
    if (typeof found.value === 'boolean') return found.value
    const word = typeof found.value === 'string' ? found.value.toLowerCase() : ''
    if (['true', 'yes', 'on', '1'].includes(word)) return true
    if (['false', 'no', 'off', '0'].includes(word)) return false
    this.refuse(found.name, `is ${typeName(found.value)}, but must be true or false`)
    return null
  }

  port(...names: readonly string[]): number | null {
    const value = this.number(...names)
    if (value === undefined) return null
    if (Number.isInteger(value) && value >= 1 && value <= 65535) return value
    this.refuse(this.#find(names)?.name ?? '', `is ${value}, but must be a whole number from 1 to 65535`)
    return null
  }

  number(...names: readonly string[]): number | undefined {
    const found = this.#find(names)
    if (!found) return undefined
    const value =
      typeof found.value === 'string' && /^\d+(\.\d+)?$/.test(found.value) ? Number(found.value) : found.value
    if (typeof value === 'number' && value > 0) return value
    this.refuse(found.name, `is ${typeof value === 'number' ? value : typeName(value)}, but must be a number above 0`)
    return undefined
  }

  #find(names: readonly string[]): { readonly name: string; readonly value: Value } | null {
    for (const name of names) {
      const value = this.#vars[name]
      if (value !== undefined && value !== null) return { name, value }
    }
    return null
  }
}
