import type { Value, Vars } from '../shared/value.ts'
import { known, member, own, variable } from './access.ts'
import { calculate, negate } from './arithmetic.ts'
import { Operands } from './condition-function.ts'
import { findFunction } from './condition-functions.ts'
import { type Binary, type Call, type Logic, type Node, type Over, pathOf } from './condition-tree.ts'
import { compare, contains, equal, isNumber, lift } from './operators.ts'
import { describe, isList, isMapping, type Operand } from './show.ts'
import { at, refused, Trouble, wrongType } from './trouble.ts'

/**
 * The value of a condition; throws {@link Trouble}. The tree is evaluated here and not by the package that parsed it,
 * because values stay as they are (no copy of every host's variables per host), nothing but own properties of plain
 * data is ever read, and what goes wrong can be said with the user's own names and values.
 */
export function evaluateCondition(node: Node, vars: Vars): Operand {
  return evaluate(node, { vars, bound: new Map() })
}

interface Scene {
  readonly vars: Vars
  /** The variables of macros. */
  readonly bound: ReadonlyMap<string, Operand>
}

function evaluate(node: Node, scene: Scene): Operand {
  try {
    return visit(node, scene)
  } catch (thrown) {
    throw at(thrown, node.span)
  }
}

function visit(node: Node, scene: Scene): Operand {
  switch (node.kind) {
    case 'literal':
      return node.value
    case 'name':
      return scene.bound.get(node.name) ?? lift(variable(scene.vars, node.name))
    case 'member':
      return lift(member(evaluate(node.of, scene), node.key, textOf(node.of)))
    case 'index':
      return lift(member(evaluate(node.of, scene), evaluate(node.key, scene), textOf(node.of)))
    case 'call':
      return call(node, scene)
    case 'over':
      return over(node, scene)
    case 'list':
      return node.items.map((item) => lower(evaluate(item, scene)))
    case 'map':
      return Object.fromEntries(
        node.entries.map(([key, value]) => [keyOf(evaluate(key, scene)), lower(evaluate(value, scene))]),
      )
    case 'choice':
      return evaluate(decide(node.condition, scene, '"?"') ? node.yes : node.no, scene)
    case 'logic':
      return logic(node, scene)
    case 'not':
      return !decide(node.of, scene, '"not"')
    case 'minus':
      return negate(evaluate(node.of, scene))
    case 'binary':
      return binary(node, scene)
  }
}

// `unknown and false` is false whatever comes out later; everything else that stops the left side stops the whole.
function logic({ operator, left, right }: Logic, scene: Scene): boolean {
  const word = operator === '&&' ? '"and"' : '"or"'
  const settles = operator === '||'
  let unknown: Trouble | undefined
  try {
    if (decide(left, scene, word) === settles) return settles
  } catch (thrown) {
    if (!(thrown instanceof Trouble) || thrown.problem.kind !== 'unknown') throw thrown
    unknown = thrown
  }
  if (unknown === undefined) return decide(right, scene, word)
  try {
    if (decide(right, scene, word) === settles) return settles
  } catch (thrown) {
    // The right side may be wrong only because the left one would have kept it from being looked at.
    if (!(thrown instanceof Trouble)) throw thrown
  }
  throw unknown
}

function decide(node: Node, scene: Scene, who: string): boolean {
  const value = evaluate(node, scene)
  if (typeof value === 'boolean') return value
  throw at(notBoolean(textOf(node), value, `but ${who} needs true or false`), node.span)
}

/** The trouble of a value where true or false is needed. */
export function notBoolean(text: string, value: Operand, wanted: string): Trouble {
  return wrongType(`${text} is ${describe(value)}, ${wanted}`, booleanHint(text, value))
}

function booleanHint(text: string, value: Operand): string {
  if (typeof value === 'string') {
    return /^(?:true|false|yes|no|on|off)$/i.test(value)
      ? `set it to true or false without quotes, or write ${text} | bool`
      : `compare it: ${text} == "..."`
  }
  if (value === null) return `compare it: ${text} is not none`
  if (isNumber(value)) return `compare it: ${text} != 0`
  return `compare its length: ${text} | length > 0`
}

function call(node: Call, scene: Scene): Operand {
  const { name, args } = node
  const [first, second, third] = args
  if ((name === 'defined' || name === 'has') && first) return isDefined(first, scene)
  if (name === 'default' && first && second) {
    const value = attempt(first, scene)
    const empty = value !== undefined && third !== undefined && decide(third, scene, '"default"') && isEmpty(value)
    return value === undefined || empty ? evaluate(second, scene) : value
  }
  const run = findFunction(name)?.run
  if (!run) throw refused(`there is no function "${name}"`)
  return run(
    new Operands(
      name,
      args.map((arg) => evaluate(arg, scene)),
    ),
  )
}

function isDefined(node: Node, scene: Scene): boolean {
  // A registered result that check mode does not know is there all the same.
  if (node.kind === 'name' && !scene.bound.has(node.name)) return own(scene.vars, node.name) !== undefined
  return attempt(node, scene) !== undefined
}

function attempt(node: Node, scene: Scene): Operand | undefined {
  try {
    return evaluate(node, scene)
  } catch (thrown) {
    if (thrown instanceof Trouble && thrown.problem.kind === 'undefined') return undefined
    throw thrown
  }
}

function isEmpty(value: Operand): boolean {
  if (value === null || value === false || value === '' || value === 0n || value === 0) return true
  return isList(value) ? value.length === 0 : isMapping(value) && Object.keys(value).length === 0
}

function over(node: Over, scene: Scene): Operand {
  const of = evaluate(node.of, scene)
  if (!isList(of) && !isMapping(of)) {
    throw wrongType(`${textOf(node.of)} is ${describe(of)}, but "${node.macro}" needs a list or a mapping`)
  }
  const text = textOf(node.of)
  const items = isList(of) ? of.map((_, index) => lift(member(of, BigInt(index), text))) : Object.keys(of)
  const inside = (item: Operand): Scene => ({ ...scene, bound: new Map(scene.bound).set(node.variable, item) })
  const [step, transform] = node.steps
  if (!step) throw refused(`"${node.macro}" has nothing to look for`)
  const holds = (item: Operand) => decide(step, inside(item), `"${node.macro}"`)
  switch (node.macro) {
    case 'all':
      return settle(items, holds, false)
    case 'exists':
      return settle(items, holds, true)
    case 'exists_one':
      return items.filter(holds).length === 1
    case 'filter':
      return items.filter(holds).map(lower)
    case 'map':
      if (!transform) return items.map((item) => lower(evaluate(step, inside(item))))
      return items.filter(holds).map((item) => lower(evaluate(transform, inside(item))))
  }
}

// Like a row of "and" or "or": an unknown item does not matter when another one settles it.
function settle(items: readonly Operand[], holds: (item: Operand) => boolean, settles: boolean): boolean {
  let unknown: Trouble | undefined
  for (const item of items) {
    try {
      if (holds(item) === settles) return settles
    } catch (thrown) {
      if (!(thrown instanceof Trouble) || thrown.problem.kind !== 'unknown') throw thrown
      unknown ??= thrown
    }
  }
  if (unknown) throw unknown
  return !settles
}

function binary({ operator, left, right }: Binary, scene: Scene): Operand {
  const a = evaluate(left, scene)
  const b = evaluate(right, scene)
  switch (operator) {
    case '==':
      return equal(a, b)
    case '!=':
      return !equal(a, b)
    case '<':
      return compare(a, b, operator) < 0
    case '<=':
      return compare(a, b, operator) <= 0
    case '>':
      return compare(a, b, operator) > 0
    case '>=':
      return compare(a, b, operator) >= 0
    case 'in':
      return contains(b, a)
    default:
      return calculate(operator, a, b)
  }
}

/** A value as it can stand in a list or mapping of plain data. */
function lower(value: Operand): Value {
  const plainly = known(value, 'an item')
  if (typeof plainly !== 'bigint') return plainly
  if (BigInt(Number(plainly)) === plainly) return Number(plainly)
  throw refused(`the number ${plainly} is too large to stand in a list or mapping`)
}

function keyOf(value: Operand): string {
  if (typeof value === 'string' || isNumber(value)) return String(value)
  throw wrongType(`a key of a mapping is ${describe(value)}, but must be text`)
}

function textOf(node: Node): string {
  return pathOf(node) ?? 'the value'
}
