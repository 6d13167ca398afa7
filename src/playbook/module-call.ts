import { checkArgs, fullSchema } from '../module/args.ts'
import type { Module } from '../module/module.ts'
import { coerceRendered, type SchemaProblem } from '../shared/schema.ts'
import { didYouMean } from '../shared/text.ts'
import { isMap, type ValueMap } from '../shared/value.ts'
import type { Place } from '../source/diagnostic.ts'
import { nodeAt, placeAt } from '../source/place-at.ts'
import { type Entry, type MapNode, type Node, toValue } from '../source/tree.ts'
import type { LoadContext } from './context.ts'
import { type Fields, isNull } from './fields.ts'
import { keywords, moduleAlternatives, unsupported } from './keywords.ts'
import type { LocalProblem } from './local-files.ts'
import type { PlacedCondition, TemplateValue } from './types.ts'

/** The module of a task with its arguments. */
export interface ModuleCall {
  readonly module: Module
  readonly args: readonly (readonly [string, TemplateValue])[]
  readonly conditions: Readonly<Record<string, readonly PlacedCondition[]>>
  readonly argPlaces: Readonly<Record<string, Place>>
  /** The names that set_fact sets. */
  readonly sets: readonly string[]
}

/** Finds and checks the module call of a task; undefined when there is none, which is noted. */
export function loadModuleCall(fields: Fields, context: LoadContext): ModuleCall | undefined {
  const named = findModule(fields, context)
  if (!named) return undefined
  const { module } = named
  const args = joinArgs(named.entry, module, fields, context)
  return args && { module, ...loadArgs(module, args, context), sets: setsOf(module, args) }
}

const prefixes = /^ansible\.(?:builtin|legacy)\./

function findModule(fields: Fields, context: LoadContext): { module: Module; entry: Entry } | undefined {
  const { modules, problems } = context
  const strangers = fields.strangers()
  const calls = strangers.flatMap((entry) => {
    const module = modules.get(entry.key.replace(prefixes, ''))
    return module ? [{ module, entry }] : []
  })
  const [first, second] = calls
  if (second && first) {
    problems.error(
      second.entry.keyPlace,
      `the task has two modules, "${first.entry.key}" and "${second.entry.key}", but must have one`,
      'begin a task of its own with "- "',
    )
  }
  const unknown = strangers.filter((entry) => !calls.some((call) => call.entry === entry))
  for (const entry of unknown) refuseStranger(entry, fields, context, first?.module)
  if (!first && unknown.length === 0) {
    problems.error(
      fields.node.entries[0]?.keyPlace ?? fields.node.place,
      'the task has no module, but must say what to do',
      'add one, such as "command: uptime"; vflag-play modules lists them',
    )
  }
  return first
}

/** A key that is neither keyword nor module: which of the two was meant depends on whether there is a module already. */
function refuseStranger(entry: Entry, fields: Fields, context: LoadContext, module: Module | undefined): void {
  const { key, keyPlace } = entry
  const name = key.replace(prefixes, '')
  const names = [...context.modules.keys()]
  const plays = ['hosts', 'tasks', 'pre_tasks', 'post_tasks', 'handlers']
  if (plays.includes(key)) {
    context.problems.error(
      keyPlace,
      `"${key}" is a keyword of a play, but this is a task`,
      'begin the play in the first column',
    )
  } else if (
    Object.hasOwn(unsupported, key) ||
    Object.hasOwn(keywords.play, key) ||
    Object.hasOwn(keywords.block, key)
  ) {
    fields.refuse(entry)
  } else if (key.startsWith('with_')) {
    context.problems.error(keyPlace, `"${key}" of Ansible is not supported`, 'use "loop" with a list')
  } else if (module && Object.hasOwn(module.args.properties, key)) {
    context.problems.error(
      keyPlace,
      `"${key}" is not known in a task`,
      `it is an argument of ${module.name}: indent it further than "${module.name}:"`,
    )
  } else if (module) fields.refuse(entry, names)
  else {
    const other = Object.hasOwn(moduleAlternatives, name) ? `use ${moduleAlternatives[name]}` : undefined
    const near = didYouMean(name, [...names, ...Object.keys(keywords.task)])
    context.problems.error(
      keyPlace,
      `there is no module "${key}"`,
      other ?? near ?? 'vflag-play modules lists those that there are',
    )
  }
}

/** The arguments as one mapping: those of the module's key, free-form text by its name, and those under `args:`. */
function joinArgs(call: Entry, module: Module, fields: Fields, context: LoadContext): MapNode | undefined {
  const own = argEntries(call, module, context)
  const more = fields.map('args')
  if (!own) return undefined
  const entries = [...own]
  for (const entry of more?.entries ?? []) {
    if (entries.some((each) => each.key === entry.key)) {
      context.problems.error(entry.keyPlace, `the argument "${entry.key}" is given twice, but must be given once`)
    } else entries.push(entry)
  }
  return { kind: 'map', entries, place: call.keyPlace }
}

function argEntries(
  { key, keyPlace, value }: Entry,
  module: Module,
  context: LoadContext,
): readonly Entry[] | undefined {
  if (value.kind === 'map') return value.entries
  if (isNull(value)) return []
  const { freeForm } = module.args
  if (freeForm !== undefined) {
    refusePairs(value, module, context)
    return [{ key: freeForm, keyPlace, value }]
  }
  const pairs = value.kind === 'scalar' && typeof value.value === 'string' && /^\s*\w+=/.test(value.value)
  context.problems.error(
    value.place,
    `the arguments of ${key} must be a mapping`,
    pairs
      ? 'write "name: value" on lines of their own instead of "name=value"'
      : `write them under "${key}:", one on a line; vflag-play modules ${module.name} shows them`,
  )
  return undefined
}

/** In Ansible `command: ls creates=/x` hides an argument in the text; here the text is the text. */
function refusePairs(value: Node, module: Module, context: LoadContext): void {
  if (value.kind !== 'scalar' || typeof value.value !== 'string') return
  for (const match of value.value.matchAll(/(?:^|\s)(\w+)=\S/g)) {
    const [, name = ''] = match
    if (!['creates', 'removes', 'chdir', 'unless', 'stdin'].includes(name)) continue
    if (!Object.hasOwn(module.args.properties, name)) continue
    context.problems.error(
      value.within(match.index + match[0].indexOf(name), name.length),
      `"${name}=" inside the text of ${module.name} is part of the command, but must be an argument`,
      `write "${name}:" under "args:"`,
    )
  }
}

function loadArgs(
  module: Module,
  args: MapNode,
  context: LoadContext,
): Pick<ModuleCall, 'args' | 'conditions' | 'argPlaces'> {
  const value = toValue(args)
  const problems = isMap(value) ? checkArgs(module.args, value, 'unrendered') : []
  for (const problem of problems) report(problem, module, args, context)
  const isCondition = (key: string) => module.args.expressions?.includes(key) ?? false
  const loaded = {
    args: args.entries
      .filter((each) => !isCondition(each.key))
      .map((each) => [each.key, context.texts.value(each.value)] as const),
    conditions: Object.fromEntries(
      args.entries
        .filter((each) => isCondition(each.key))
        .map((each) => [each.key, context.texts.conditions(each.value, each.key)]),
    ),
    argPlaces: Object.fromEntries(args.entries.map((each) => [each.key, each.value.place])),
  }
  if (problems.length === 0 && isMap(value)) checkLocal(module, value, args, context)
  return loaded
}

function report(problem: SchemaProblem, module: Module, args: MapNode, context: LoadContext): void {
  const node = nodeAt(args, problem.path)
  const name = problem.path.at(-1)
  const place = placeAt(args, problem.path, problem.atKey)
  if (problem.atKey && problem.path.length === 1 && !module.args.oneOf?.includes(String(name))) {
    const near = didYouMean(String(name), Object.keys(module.args.properties))
    const keyword = Object.hasOwn(keywords.task, String(name))
    context.problems.error(
      place,
      `"${name}" is not an argument of ${module.name}`,
      near ??
        (keyword
          ? `"${name}" is a keyword of the task: indent it as far as "${module.name}"`
          : `vflag-play modules ${module.name} shows them: ${Object.keys(module.args.properties).sort().join(', ')}`),
    )
    return
  }
  // Only of a file: a bonding mode may be a number.
  const mode =
    /(?:^|_)mode$/.test(String(name)) &&
    node.kind === 'scalar' &&
    typeof node.value === 'number' &&
    problem.message.endsWith('must be text')
  const hint = mode
    ? `quote it, for YAML 1.2 reads it as a decimal number: ${name}: "${node.raw.replace(/^0o/, '0').padStart(4, '0')}"`
    : problem.hint
  const message = problem.path.length === 0 ? `${module.name}: ${problem.message}` : problem.message
  context.problems.error(place, message, hint)
}

/** Controller files whose names are known now have to be there, and templates have to compile. */
function checkLocal(module: Module, value: ValueMap, args: MapNode, context: LoadContext): void {
  const complete = coerceRendered(fullSchema(module.args), value)
  const isKnown = (name: unknown): name is string => typeof name === 'string' && !name.includes('{{')
  const missing = (name: string, problem: LocalProblem) => {
    if (problem.inside.length > 0) {
      context.problems.add(problem.inside)
      return
    }
    const found = args.entries.find((each) => each.value.kind === 'scalar' && each.value.value === name)
    context.problems.error(found?.value.place ?? args.place, problem.message, problem.hint)
  }
  for (const name of (module.local?.(complete) ?? []).filter(isKnown)) {
    const file = context.files.findFile(name)
    if (!file.ok) missing(name, file.error)
  }
  for (const name of (module.templates?.(complete) ?? []).filter(isKnown)) {
    const template = context.files.findTemplate(name)
    if (!template.ok) missing(name, template.error)
    // Other modules give their templates variables of their own; this one has those of the task alone.
    else if (module.name === 'template') context.texts.note(template.value.node, template.value.template.names)
  }
}

/** set_fact's arguments are names of variables, all but those that are documented. */
function setsOf(module: Module, args: MapNode): readonly string[] {
  if (module.name !== 'set_fact') return []
  return args.entries.map((each) => each.key).filter((key) => !Object.hasOwn(module.args.properties, key))
}
