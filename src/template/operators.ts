import { hasKey, known } from './access.ts'
import { describe, isList, isMapping, type Operand } from './show.ts'
import { refused, wrongType } from './trouble.ts'

/**
 * Whether two values are the same, numbers by their value whatever their kind. Values of different types differ; but a
 * number or boolean next to text that reads like one (`4 == "4"`) is refused, for it is never what was meant.
 */
export function equal(a: Operand, b: Operand): boolean {
  refuseLookalike(a, b)
  refuseLookalike(b, a)
  return same(a, b, 0)
}

/** Less than zero, zero or more than zero, as `a` comes before, with or after `b`: two numbers, or two texts by their characters. */
export function compare(a: Operand, b: Operand, operator: string): number {
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : a > b ? 1 : same(a, b, 0) ? 0 : Number.NaN
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0
  const mixed = (isNumber(a) && typeof b === 'string') || (isNumber(b) && typeof a === 'string')
  const chained = typeof a === 'boolean' && isNumber(b)
  throw wrongType(
    `"${operator}" compares two numbers or two texts, but got ${describe(a)} and ${describe(b)}`,
    mixed
      ? 'write both without quotes, so that they are numbers'
      : chained
        ? 'ask for both ends apart: 1 < x and x < 8'
        : undefined,
  )
}

/** Whether an item is in a list, a key in a mapping, or a piece of text in a text. */
export function contains(container: Operand, item: Operand): boolean {
  if (isList(container)) return container.some((each) => same(known(each, 'an item of the list'), item, 0))
  if (isMapping(container)) {
    if (typeof item === 'string' || isNumber(item)) return hasKey(container, String(item))
    throw wrongType(`"in" asks a mapping for a key, so its left side must be text, but is ${describe(item)}`)
  }
  if (typeof container === 'string') {
    if (typeof item === 'string') return container.includes(item)
    throw wrongType(
      `"in" looks for text in text, so its left side must be text, but is ${describe(item)}`,
      isNumber(item) ? `put it in quotes: "${item}"` : undefined,
    )
  }
  throw wrongType(`the right side of "in" must be a list, a mapping or text, but is ${describe(container)}`)
}

/** The number of characters, items or keys. */
export function sizeOf(value: Operand): number {
  if (typeof value === 'string') return [...value].length
  if (isList(value)) return value.length
  if (isMapping(value)) return Object.keys(value).length
  throw wrongType(`only text, lists and mappings have a length, but this is ${describe(value)}`)
}

/** Whether a value is a number of either kind. */
export function isNumber(value: Operand): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

/** A value of the users' data as conditions calculate with it: whole numbers of YAML and JSON are the ints of CEL. */
export function lift(value: Operand): Operand {
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
}

function refuseLookalike(a: Operand, b: Operand): void {
  if (typeof b !== 'string') return
  const number = isNumber(a) && b.trim() !== '' && Number.isFinite(Number(b))
  const boolean = typeof a === 'boolean' && /^(?:true|false|yes|no|on|off)$/i.test(b)
  if (!number && !boolean) return
  throw wrongType(
    `${describe(a)} is compared with ${describe(b)}, which are never equal`,
    boolean ? 'write true or false without quotes' : 'write both with quotes or both without',
  )
}

function same(a: Operand, b: Operand, depth: number): boolean {
  if (a === b) return true
  if (isNumber(a) && isNumber(b)) {
    // A double is equal to a whole number when it has exactly that value; converting to double would lose digits.
    const [whole, double] = typeof a === 'bigint' ? [a, b] : [b, a]
    return (
      typeof whole === 'bigint' && typeof double === 'number' && Number.isInteger(double) && BigInt(double) === whole
    )
  }
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false
  const left = known(a, 'a compared value')
  const right = known(b, 'a compared value')
  if (depth > 100) throw refused('values are nested more than 100 levels deep, so they cannot be compared')
  if (isList(left) || isList(right)) {
    if (!isList(left) || !isList(right) || left.length !== right.length) return false
    return left.every((each, index) => same(each, right[index] ?? null, depth + 1))
  }
  const keys = Object.keys(left)
  if (keys.length !== Object.keys(right).length) return false
  return keys.every((key) => hasKey(right, key) && same(left[key] ?? null, right[key] ?? null, depth + 1))
}
