import { member } from './access.ts'
import type { ConditionFunction, Operands } from './condition-function.ts'
import { isNumber, lift, sizeOf } from './operators.ts'
import { describe, isList, isMapping, type Operand } from './show.ts'

/** Asking what a value is, what became of a task, and turning one type into another. */
export const valueFunctions: readonly ConditionFunction[] = [
  {
    name: 'defined',
    usage: 'x',
    summary:
      "Whether the variable and the keys after it are there; null counts. Written `x is defined`, or CEL's `has(x.y)`.",
    example: 'vlan is not defined and bond is defined',
    arity: [1, 1],
    run: undefined,
  },
  {
    name: 'default',
    usage: 'x, otherwise [, true]',
    summary: 'The value, or the other one when it is not defined; with `true` also when it is null, empty, 0 or false.',
    example: 'vlan | default(100) == 100',
    arity: [2, 3],
    run: undefined,
  },
  { name: 'has', usage: 'x.y', summary: 'As `defined`.', example: 'has(fw.version)', arity: [1, 1], run: undefined },
  outcome('changed', 'Whether a task changed something.', 'fw is changed', (r) => r['changed'] === true),
  outcome('failed', 'Whether a task failed, also where that was ignored.', 'fw is not failed', hasFailed),
  outcome('skipped', 'Whether a task was skipped.', 'fw is not skipped', (r) => r['skipped'] === true),
  outcome(
    'succeeded',
    'Whether a task neither failed nor lost its host.',
    'fw is succeeded',
    (r) => !hasFailed(r) && !wasLost(r),
  ),
  outcome('unreachable', 'Whether a task never reached its host or lost it.', 'fw is not unreachable', wasLost),
  outcome('lost', 'Whether the link died while the task ran.', 'fw is not lost', (r) => r['outcome'] === 'lost'),
  type('is_none', 'Whether it is null. Written `x is none`.', 'mtu is none', (value) => value === null),
  type('is_true', 'Whether it is true. Written `x is true`.', 'debug is not true', (value) => value === true),
  type('is_false', 'Whether it is false. Written `x is false`.', 'debug is false', (value) => value === false),
  type(
    'is_boolean',
    'Whether it is true or false. Written `x is boolean`.',
    'debug is boolean',
    (value) => typeof value === 'boolean',
  ),
  type(
    'is_string',
    'Whether it is text. Written `x is string`.',
    'bond is string',
    (value) => typeof value === 'string',
  ),
  type('is_number', 'Whether it is a number. Written `x is number`.', 'vfs is number', isNumber),
  type(
    'is_integer',
    'Whether it is a whole number. Written `x is integer`.',
    'vfs is integer',
    (value) => typeof value === 'bigint',
  ),
  type(
    'is_float',
    'Whether it is a number with a fraction. Written `x is float`.',
    'share is float',
    (value) => typeof value === 'number',
  ),
  type('is_mapping', 'Whether it is a mapping. Written `x is mapping`.', 'fw is mapping', isMapping),
  type('is_sequence', 'Whether it is a list; a text is none. Written `x is sequence`.', 'ports is sequence', isList),
  {
    name: 'size',
    usage: 'x',
    summary: 'The number of items, keys or characters; also `x | length`.',
    example: 'size(ports) == 2 and ports | length == 2',
    arity: [1, 1],
    run: (args) => BigInt(sizeOf(args.value(0))),
  },
  {
    name: 'first',
    usage: 'list',
    summary: 'The first item; an empty list has none, which `default` can catch.',
    example: 'ports | first == "ens2f0"',
    arity: [1, 1],
    run: (args) => lift(member(args.list(0), 0n, 'the list')),
  },
  {
    name: 'last',
    usage: 'list',
    summary: 'The last item; an empty list has none, which `default` can catch.',
    example: 'ports | last == "ens2f1"',
    arity: [1, 1],
    run: (args) => lift(member(args.list(0), BigInt(Math.max(0, args.list(0).length - 1)), 'the list')),
  },
  {
    name: 'int',
    usage: 'x',
    summary: 'A whole number of text or of a number; a fraction is cut off.',
    example: 'int("4") == vfs',
    arity: [1, 1],
    run: toInt,
  },
  {
    name: 'double',
    usage: 'x',
    summary: 'A number with a fraction of text or of a whole number; also `x | float`.',
    example: 'double(vfs) / 8.0 == 0.5',
    arity: [1, 1],
    run: toDouble,
  },
  {
    name: 'string',
    usage: 'x',
    summary: 'The text of a number or boolean.',
    example: 'string(vfs) == "4"',
    arity: [1, 1],
    run: toText,
  },
  {
    name: 'bool',
    usage: 'x',
    summary: 'True or false of text (true, yes, on, 1 and false, no, off, 0 in any case) or of 1 and 0.',
    example: '"yes" | bool',
    arity: [1, 1],
    run: toBool,
  },
]

type Registered = ReturnType<Operands['registered']>

function outcome(
  name: string,
  summary: string,
  example: string,
  holds: (result: Registered) => boolean,
): ConditionFunction {
  const run = (args: Operands) => holds(args.registered(0))
  return { name, usage: 'result', summary: `${summary} Written \`x is ${name}\`.`, example, arity: [1, 1], run }
}

function type(name: string, summary: string, example: string, holds: (value: Operand) => boolean): ConditionFunction {
  return { name, usage: 'x', summary, example, arity: [1, 1], run: (args) => holds(args.value(0)) }
}

function hasFailed(result: Registered): boolean {
  return result['failed'] === true || ['failed', 'ignored', 'rescued'].includes(String(result['outcome']))
}

function wasLost(result: Registered): boolean {
  return result['outcome'] === 'unreachable' || result['outcome'] === 'lost'
}

function toInt(args: Operands): Operand {
  const value = args.value(0)
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isFinite(value)) return BigInt(Math.trunc(value))
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value === 'string' && /^\s*[+-]?\d{1,18}\s*$/.test(value)) return BigInt(value.trim().replace(/^\+/, ''))
  throw args.wrong(0, 'a number, or text that holds a whole number')
}

function toDouble(args: Operands): Operand {
  const value = args.value(0)
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'string' && /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(value)) return Number(value)
  throw args.wrong(0, 'a number, or text that holds one')
}

function toText(args: Operands): Operand {
  const value = args.value(0)
  if (typeof value === 'string') return value
  if (isNumber(value) || typeof value === 'boolean') return String(value)
  throw args.wrong(0, 'text, a number or a boolean')
}

function toBool(args: Operands): Operand {
  const value = args.value(0)
  if (typeof value === 'boolean') return value
  const text = isNumber(value)
    ? String(value)
    : typeof value === 'string'
      ? value.trim().toLowerCase()
      : describe(value)
  if (['true', 'yes', 'on', '1'].includes(text)) return true
  if (['false', 'no', 'off', '0'].includes(text)) return false
  throw args.wrong(0, 'true or false, or text that says so')
}
