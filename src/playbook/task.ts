import type { MapNode, Node } from '../source/tree.ts'
import { checkNewName, loadCommon, nameOf } from './common.ts'
import type { PlayLoad } from './context.ts'
import { Fields, isNull } from './fields.ts'
import { loadModuleCall } from './module-call.ts'
import type { Names } from './names.ts'
import { hasTemplate } from './texts.ts'
import type { LoopControl, Task, TemplateValue } from './types.ts'

/** Reads one task or handler; undefined when it has no module, which is noted. */
export function loadTask(node: MapNode, kind: 'task' | 'handler', names: Names, load: PlayLoad): Task | undefined {
  const { context } = load
  const { problems, texts } = context
  const fields = new Fields(node, kind, problems)
  const own = names.inner(fields.map('vars')?.entries.map((each) => each.key) ?? [])

  const loop = loadLoop(fields, load)
  load.check(own)

  const common = loadCommon(fields, context)
  const loopControl = loadLoopControl(fields, load)
  const inLoop = own.inner(
    !hasLoop(fields)
      ? []
      : [
          loopControl.loopVar,
          'ansible_loop',
          'ansible_loop_var',
          ...(loopControl.indexVar ? [loopControl.indexVar] : []),
        ],
  )
  const call = loadModuleCall(fields, context)
  const numbers = {
    retries: loadNumber(fields, 'retries', load),
    delay: loadNumber(fields, 'delay', load),
    timeout: loadNumber(fields, 'timeout', load),
  }
  load.check(inLoop)

  const register = loadRegister(fields, load)
  const verdicts = {
    changedWhen: loadVerdict(fields, 'changed_when', load),
    failedWhen: loadVerdict(fields, 'failed_when', load),
    until: loadVerdict(fields, 'until', load),
  }
  load.check(inLoop.inner(register === undefined ? [] : [register]))

  const name = loadName(fields, load)
  const notify = fields.texts('notify', { comma: false })
  load.notified.push(...notify)
  const listen = kind === 'handler' ? fields.texts('listen', { comma: false }) : []
  for (const each of [...(register === undefined ? [] : [register]), ...(call?.sets ?? [])]) {
    context.names.add(each)
  }
  for (const each of [...Object.keys(common.vars), loopControl.loopVar, loopControl.indexVar, 'ansible_loop']) {
    if (each !== undefined) load.everything.add(each)
  }
  texts.takeUses()
  if (!call) return undefined
  const { module, args, conditions, argPlaces } = call
  return {
    kind: 'task',
    ...common,
    name,
    module,
    args,
    conditions,
    argPlaces,
    loop,
    loopControl,
    register,
    notify: notify.map((each) => String(each.value)),
    listen: listen.map((each) => String(each.value)),
    ...verdicts,
    ...numbers,
  }
}

/** A name may be a template; what it reads is not checked, for it is shown as written when it cannot be rendered. */
function loadName(fields: Fields, { context }: PlayLoad): string | undefined {
  const node = fields.get('name')
  if (node?.kind === 'scalar' && hasTemplate(node)) context.texts.template(node)
  return nameOf(fields)
}

function loadLoop(fields: Fields, { context }: PlayLoad): TemplateValue | undefined {
  const loop = fields.get('loop')
  const items = fields.get('with_items')
  if (loop && items) {
    context.problems.error(fields.place('with_items'), 'a task has "loop" and "with_items", but must have one of them')
  }
  const node = loop ?? items
  if (!node) return undefined
  if (node.kind === 'list') return context.texts.value(loop ? node : { ...node, items: node.items.flatMap(flat) })
  if (hasTemplate(node)) return context.texts.value(node)
  const found = isNull(node) ? 'empty' : node.kind === 'map' ? 'a mapping' : 'text'
  const text = node.kind === 'scalar' && typeof node.value === 'string' ? node.value : ''
  context.problems.error(
    node.place,
    `"loop" is ${found}, but must be a list`,
    /^[\w.]+$/.test(text)
      ? `for the variable write "{{${text}}}"`
      : node.kind === 'map'
        ? 'write "- " before each item'
        : undefined,
  )
  return undefined
}

/** Also a loop with a mistake in it is one: its items are not missing as well. */
function hasLoop(fields: Fields): boolean {
  return fields.node.entries.some(({ key }) => key === 'loop' || key.startsWith('with_'))
}

/** `with_items` opens lists inside its list, one level deep. */
const flat = (item: Node): readonly Node[] => (item.kind === 'list' ? item.items : [item])

function loadLoopControl(fields: Fields, load: PlayLoad): LoopControl {
  const { context } = load
  const node = fields.map('loop_control')
  const none: LoopControl = { loopVar: 'item', indexVar: undefined, label: undefined, pause: 0 }
  if (!node) return none
  if (!hasLoop(fields)) {
    context.problems.error(fields.place('loop_control'), 'the task has "loop_control", but no "loop"')
  }
  const control = new Fields(node, 'loop_control', context.problems)
  for (const entry of control.strangers()) control.refuse(entry)
  control.bool('extended')
  const label = control.get('label')
  const name = (key: string): string | undefined => {
    const text = control.text(key)
    if (text === undefined) return undefined
    checkNewName(String(text.value), text.place, context.problems)
    return String(text.value)
  }
  const readable = label?.kind === 'scalar' && !isNull(label)
  if (label && !readable) context.problems.error(label.place, '"label" must be text')
  return {
    loopVar: name('loop_var') ?? 'item',
    indexVar: name('index_var'),
    label: readable ? context.texts.template(label) : undefined,
    pause: control.number('pause', 0) ?? 0,
  }
}

/** A number, or a template that gives one. */
function loadNumber(fields: Fields, key: string, { context }: PlayLoad): TemplateValue | undefined {
  const node = fields.get(key)
  if (!node) return undefined
  if (hasTemplate(node)) return context.texts.value(node)
  const value = fields.number(key, key === 'timeout' ? 1 : 0)
  if (key === 'retries' && value !== undefined && !Number.isInteger(value)) {
    context.problems.error(node.place, `"retries" is ${value}, but must be a whole number`)
  }
  return value === undefined ? undefined : { kind: 'constant', value }
}

function loadRegister(fields: Fields, { context }: PlayLoad): string | undefined {
  const node = fields.text('register')
  if (!node) return undefined
  checkNewName(String(node.value), node.place, context.problems)
  return String(node.value)
}

function loadVerdict(fields: Fields, key: string, { context }: PlayLoad): Task['until'] {
  const node = fields.get(key)
  return node && context.texts.conditions(node, key)
}
