import type { Unknown } from '../shared/unknown.ts'
import type { Value, Vars } from '../shared/value.ts'
import { known, member, own, plain, variable } from './access.ts'
import { Args } from './helper.ts'
import { findHelper } from './helpers.ts'
import { describe, isList, isMapping } from './show.ts'
import type { Block, Call, Expression, Part, Path } from './template-tree.ts'
import { at, missing, refused, Trouble, wrongType } from './trouble.ts'

/** How values become part of a text: `none` for configuration files and arguments, `xml` for XML text and attributes. */
export type Escape = 'none' | 'xml'

/** The text of a template; throws {@link Trouble}. The templates of a fleet are the users' own, their values come from hosts and are only ever read. */
export function renderParts(parts: readonly Part[], vars: Vars, escaping: Escape): string {
  return write(parts, { vars, escaping, frame: undefined })
}

/** The value of the one expression that a template is, with its type; throws {@link Trouble}. */
export function evaluateAlone(expression: Expression, vars: Vars): Value {
  return plain(evaluate(expression, { vars, escaping: 'none', frame: undefined }), expression.text)
}

interface Scene {
  readonly vars: Vars
  readonly escaping: Escape
  /** Inside `#each` and `#with`. */
  readonly frame: Frame | undefined
}

interface Frame {
  readonly context: Value
  readonly contextText: string
  /** `@index`, `@key`, `@first`, `@last`. */
  readonly loop: Readonly<Record<string, Value>>
  readonly params: Readonly<Record<string, Value>>
  readonly outer: Frame | undefined
}

function write(parts: readonly Part[], scene: Scene): string {
  let text = ''
  for (const part of parts) {
    if (part.kind === 'text') text += part.text
    else if (part.kind === 'output') {
      const printed = print(evaluate(part.expression, scene), part.expression)
      text += scene.escaping === 'xml' && part.escaped ? escapeXml(printed, part.expression) : printed
    } else text += writeBlock(part, scene)
  }
  return text
}

function writeBlock(block: Block, scene: Scene): string {
  const value = evaluate(block.argument, scene)
  const { text, span } = block.argument
  try {
    switch (block.kind) {
      case 'if':
      case 'unless':
        return write(
          decide(value, `#${block.kind}`, text) === (block.kind === 'if') ? block.body : block.otherwise,
          scene,
        )
      case 'with':
        if (!isMapping(value)) throw wrongType(`${text} is ${describe(value)}, but #with needs a mapping`)
        return write(block.body, enter(scene, value, text, {}, block.params, [value]))
      case 'each':
        return writeEach(block, value, scene)
    }
  } catch (thrown) {
    throw at(thrown, span)
  }
}

function writeEach(block: Block, value: Value, scene: Scene): string {
  const name = block.argument.text
  if (!isList(value) && !isMapping(value)) {
    throw wrongType(`${name} is ${describe(value)}, but #each needs a list or a mapping`)
  }
  const entries = isList(value) ? value.map((_, index) => index) : Object.keys(value)
  if (entries.length === 0) return write(block.otherwise, scene)
  return entries
    .map((key, index) => {
      const each = member(value, key, name)
      const loop = { index, key, first: index === 0, last: index === entries.length - 1 }
      return write(block.body, enter(scene, each, `${name}.[${key}]`, loop, block.params, [each, key]))
    })
    .join('')
}

function enter(
  scene: Scene,
  context: Value,
  contextText: string,
  loop: Readonly<Record<string, Value>>,
  names: readonly string[],
  values: readonly Value[],
): Scene {
  const params = Object.fromEntries(names.map((name, index) => [name, values[index] ?? null]))
  return { ...scene, frame: { context, contextText, loop, params, outer: scene.frame } }
}

function evaluate(expression: Expression, scene: Scene): Value {
  try {
    switch (expression.kind) {
      case 'literal':
        return expression.value
      case 'path':
        return follow(expression, scene)
      case 'call':
        return call(expression, scene)
    }
  } catch (thrown) {
    throw at(thrown, expression.span)
  }
}

function call(expression: Call, scene: Scene): Value {
  const { helper: name, args } = expression
  const [first, second] = args
  if (name === 'default' && first && second) {
    const value = attempt(first, scene)
    return value === undefined ? evaluate(second, scene) : value
  }
  if (name === 'defined' && first) return attempt(first, scene, 'presence') !== undefined
  if (name === 'and' || name === 'or') return combine(expression, scene)
  const helper = findHelper(name)
  if (!helper) throw refused(`there is no helper "${name}"`)
  const values = args.map((arg) => {
    const value = evaluate(arg, scene)
    return helper.needs === 'whole' ? plain(value, arg.text) : value
  })
  return helper.run(new Args(name, values))
}

/** The value, or undefined when something on its way is not defined. */
function attempt(expression: Expression, scene: Scene, want: 'value' | 'presence' = 'value'): Value | undefined {
  try {
    return evaluate(expression, scene)
  } catch (thrown) {
    if (!(thrown instanceof Trouble)) throw thrown
    if (thrown.problem.kind === 'undefined') return undefined
    // A registered result that check mode does not know is there all the same.
    const bare = expression.kind === 'path' && expression.from === 'name' && expression.parts.length === 1
    if (want === 'presence' && thrown.problem.kind === 'unknown' && bare) return true
    throw thrown
  }
}

// What is unknown does not matter when another argument settles it.
function combine({ helper, args }: Call, scene: Scene): boolean {
  const settles = helper === 'or'
  let unknown: Trouble | undefined
  for (const arg of args) {
    try {
      if (decide(evaluate(arg, scene), `the helper "${helper}"`, arg.text) === settles) return settles
    } catch (thrown) {
      if (!(thrown instanceof Trouble) || thrown.problem.kind !== 'unknown') throw at(thrown, arg.span)
      unknown ??= thrown
    }
  }
  if (unknown) throw unknown
  return !settles
}

function decide(value: Value, who: string, text: string): boolean {
  if (typeof value === 'boolean') return value
  const hint =
    typeof value === 'string' && /^(?:true|false|yes|no|on|off)$/i.test(value)
      ? 'set it to true or false without quotes'
      : typeof value === 'string'
        ? `compare it: (eq ${text} "...")`
        : isList(value) || isMapping(value)
          ? `compare its length: (gt (length ${text}) 0)`
          : value === null
            ? `compare it: (ne ${text} null)`
            : `compare it: (ne ${text} 0)`
  throw wrongType(`${text} is ${describe(value)}, but ${who} needs true or false`, hint)
}

function follow(path: Path, scene: Scene): Value {
  const { parts } = path
  const [head, ...rest] = parts
  switch (path.from) {
    case 'root':
      return head === undefined ? refuseRoot(path) : walk(variable(scene.vars, head), rest, head)
    case 'loop':
      return walk(loopValue(path, scene.frame), rest, `@${head}`)
    case 'context': {
      let frame = scene.frame
      for (let up = path.up; up > 0 && frame; up--) frame = frame.outer
      if (frame) return walk(frame.context, parts, frame.contextText)
      return head === undefined ? refuseRoot(path) : walk(variable(scene.vars, head), rest, head)
    }
    case 'name':
      return head === undefined ? refuseRoot(path) : walk(byName(head, scene), rest, head)
  }
}

// As the word suggests: what the item has is meant first, then what is around it, then the variables.
function byName(name: string, scene: Scene): Value {
  for (let frame = scene.frame; frame; frame = frame.outer) {
    if (Object.hasOwn(frame.params, name)) return frame.params[name] ?? null
    const found = isMapping(frame.context) ? own(frame.context, name) : undefined
    if (found !== undefined) return known(found, `${frame.contextText}.${name}`)
  }
  const { frame } = scene
  if (!frame || Object.hasOwn(scene.vars, name)) return variable(scene.vars, name)
  try {
    return member(frame.context, name, frame.contextText)
  } catch (thrown) {
    const inner = thrown instanceof Trouble && isMapping(frame.context) ? thrown.problem : undefined
    throw missing(
      isMapping(frame.context)
        ? `${frame.contextText} has no key "${name}", and the variable "${name}" is not defined`
        : `the variable "${name}" is not defined`,
      inner?.hint,
    )
  }
}

function loopValue(path: Path, frame: Frame | undefined): Value {
  const [name = ''] = path.parts
  let from = frame
  for (let up = path.up; up > 0 && from; up--) from = from.outer
  for (; from; from = from.outer) {
    const value = Object.hasOwn(from.loop, name) ? from.loop[name] : undefined
    if (value !== undefined) return value
  }
  throw missing(`${path.text} is only defined inside of #each`)
}

function walk(start: Value, parts: readonly string[], text: string): Value {
  let value = start
  let path = text
  for (const part of parts) {
    value = member(value, part, path)
    path = /^\d+$/.test(part) ? `${path}.[${part}]` : `${path}.${part}`
  }
  return known(value, path)
}

function refuseRoot(path: Path): never {
  throw refused(`${path.text} would be all variables at once; name the one that is meant`)
}

function print(value: Value | Unknown, { text, span }: Expression): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw at(
    value === null
      ? wrongType(
          `${text} is null, but must be text, a number or a boolean to be printed`,
          `set it, or print it with {{json ${asArgument(text)}}}`,
        )
      : wrongType(
          `${text} is ${describe(value)}, but must be text, a number or a boolean to be printed`,
          isList(value)
            ? `use {{json ${asArgument(text)}}} or {{join ${asArgument(text)} ", "}}`
            : `use {{json ${asArgument(text)}}}, or name one of its keys`,
        ),
    span,
  )
}

function asArgument(text: string): string {
  return text.includes(' ') && !text.startsWith('(') ? `(${text})` : text
}

const xmlEntities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // An XML reader turns these into spaces inside of an attribute unless they are written as references (XML 1.0, 3.3.3).
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}

function escapeXml(text: string, { text: name, span }: Expression): string {
  // Characters that no XML 1.0 document can hold, not even as references (XML 1.0, 2.2).
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text) || /\p{Cs}/u.test(text)) {
    throw at(refused(`${name} holds a control character, but XML has no way to write one`), span)
  }
  return text.replaceAll(/[&<>"'\t\n\r]/g, (char) => xmlEntities[char] ?? char)
}
