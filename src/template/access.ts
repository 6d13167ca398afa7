import { didYouMean } from '../shared/text.ts'
import { Unknown } from '../shared/unknown.ts'
import type { Value, Vars } from '../shared/value.ts'
import { describe, isList, isMapping, type Operand } from './show.ts'
import { missing, refused, unknowable, wrongType } from './trouble.ts'

/** The value of a variable; it is there and known, or trouble says what is wrong. */
export function variable(vars: Vars, name: string): Value {
  const value = own(vars, name)
  if (value === undefined) {
    const boolean = /^(?:yes|no|on|off)$/i.test(name) ? 'write true or false' : undefined
    throw missing(`the variable "${name}" is not defined`, boolean ?? didYouMean(name, Object.keys(vars)))
  }
  return known(value, name)
}

/** What stands under a key of a mapping or at an index of a list, reading own properties only. `path` is how the user wrote the value. */
export function member(value: Operand, key: Operand, path: string): Value {
  const of = known(value, path)
  if (isList(of)) return item(of, key, path)
  if (isMapping(of)) {
    if (typeof key !== 'string' && typeof key !== 'number' && typeof key !== 'bigint') {
      throw wrongType(`a key of ${path} is ${describe(key)}, but must be text`)
    }
    const name = String(key)
    const found = own(of, name)
    if (found === undefined) throw missing(`${path} has no key "${name}"`, didYouMean(name, Object.keys(of)))
    return known(found, path.includes(' ') ? `"${name}" of ${path}` : `${path}.${name}`)
  }
  throw missing(`${path} is ${describe(of)}, so it has no key ${typeof key === 'string' ? `"${key}"` : String(key)}`)
}

/** Whether a mapping has a key of its own. */
export function hasKey(value: Operand, key: string): boolean {
  return isMapping(value) && own(value, key) !== undefined
}

/** The value itself, unless it is not known in check mode. */
export function known<T>(value: T | Unknown, what: string): T {
  if (value instanceof Unknown) throw unknowable(what, value.because)
  return value
}

/** An own property that holds data; inherited ones and functions are as good as absent. */
export function own(of: Vars, name: string): Value | Unknown | undefined {
  if (!Object.hasOwn(of, name)) return undefined
  const value = of[name]
  return typeof value === 'function' ? undefined : value
}

/**
 * Makes sure that a value holds nothing unknown, does not contain itself and is of a sane size, so that it can be
 * handed on or written out. Data shared between places is looked at once but counted every time.
 */
export function plain(value: Value, what: string): Value {
  measure(value, what, new Map())
  return value
}

const maxSize = 2_000_000
const maxDepth = 200

function measure(value: Value | Unknown, what: string, sizes: Map<object, number>, depth = 0): number {
  if (value === null || typeof value !== 'object') return 1
  if (value instanceof Unknown) throw unknowable(what, value.because)
  const seen = sizes.get(value)
  if (seen === Number.POSITIVE_INFINITY) throw refused(`${what} contains itself`)
  if (seen !== undefined) return seen
  if (depth > maxDepth) throw refused(`${what} is nested more than ${maxDepth} levels deep`)
  sizes.set(value, Number.POSITIVE_INFINITY)
  let size = 1
  for (const each of Object.values(value)) size += measure(each ?? null, what, sizes, depth + 1)
  if (size > maxSize) throw refused(`${what} is too large to be handed on`)
  sizes.set(value, size)
  return size
}

function item(list: readonly Value[], key: Operand, path: string): Value {
  const index =
    typeof key === 'string' && /^\d+$/.test(key) ? Number(key) : typeof key === 'string' ? Number.NaN : Number(key)
  if (key === 'length') return list.length
  if (typeof key === 'boolean' || key === null || typeof key === 'object' || !Number.isInteger(index)) {
    throw missing(`${path} is a list, so it has no key ${typeof key === 'string' ? `"${key}"` : describe(key)}`)
  }
  const found = index >= 0 && index < list.length ? list[index] : undefined
  if (found === undefined) {
    const size = list.length === 1 ? '1 item' : `${list.length} items`
    throw missing(`${path} has ${size}, so there is no [${index}]${list.length > 0 ? '; the first is [0]' : ''}`)
  }
  return known(found, `${path}[${index}]`)
}
