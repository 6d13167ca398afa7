import { isNumber } from './operators.ts'
import { describe, isList, type Operand } from './show.ts'
import { refused, wrongType } from './trouble.ts'

/** The operators that make a new value of two. */
export type Calculation = '+' | '-' | '*' | '/' | '%'

/** The value of an operator: ints with ints stay ints, as in CEL; with a double they become doubles; `+` joins texts and lists. */
export function calculate(operator: Calculation, a: Operand, b: Operand): Operand {
  if (operator === '+' && typeof a === 'string' && typeof b === 'string') return a + b
  if (operator === '+' && isList(a) && isList(b)) return [...a, ...b]
  if (!isNumber(a) || !isNumber(b)) {
    const text = operator === '+' && (typeof a === 'string' || typeof b === 'string')
    throw wrongType(
      `"${operator}" cannot be used with ${describe(a)} and ${describe(b)}`,
      text ? 'turn the number into text with string()' : undefined,
    )
  }
  if ((operator === '/' || operator === '%') && Number(b) === 0) throw refused(`${describe(a)} is divided by zero`)
  return typeof a === 'bigint' && typeof b === 'bigint'
    ? inRange(calculateWhole(operator, a, b))
    : calculateDouble(operator, Number(a), Number(b))
}

/** The negative of a number. */
export function negate(value: Operand): Operand {
  if (typeof value === 'bigint' || typeof value === 'number') return -value
  throw wrongType(`"-" cannot be used with ${describe(value)}`)
}

function calculateWhole(operator: Calculation, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '%':
      return a % b
  }
}

function calculateDouble(operator: Calculation, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '%':
      return a % b
  }
}

// The ints of CEL have 64 bits.
function inRange(value: bigint): bigint {
  if (value === BigInt.asIntN(64, value)) return value
  throw refused('the result is beyond the range of whole numbers (64 bits)')
}
