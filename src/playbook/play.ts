import { join } from 'node:path'
import { show } from '../shared/schema-words.ts'
import { readYaml } from '../source/read-yaml.ts'
import { type MapNode, type Node, type ScalarNode, toValue } from '../source/tree.ts'
import { loadCommon, loadVars, nameOf, textOf } from './common.ts'
import { type LoadContext, PlayLoad } from './context.ts'
import { Fields, isNull } from './fields.ts'
import { checkNotified, loadHandlers } from './handlers.ts'
import { checkNames } from './names.ts'
import { loadTasks } from './task-list.ts'
import type { Play, TemplateVars } from './types.ts'

/** What an `import_playbook` gives the plays it brings in. */
export interface FromImport {
  readonly vars: TemplateVars
  readonly tags: readonly string[]
}

/** Reads one play. */
export function loadPlay(node: MapNode, context: LoadContext, imported: FromImport): Play | undefined {
  const { problems } = context
  const load = new PlayLoad(context, node)
  const fields = new Fields(node, 'play', problems)
  for (const stranger of fields.strangers()) refuseInPlay(stranger, fields, context)

  const own = loadCommon(fields, context)
  const common = { ...own, when: [], vars: { ...own.vars, ...imported.vars }, tags: [...imported.tags, ...own.tags] }
  const varsFiles = loadVarsFiles(fields, context)
  const lazy = context.texts.takeUses()
  const hosts = loadHosts(fields, common.vars, context)
  const names = context.names.inner([
    ...Object.keys(common.vars),
    ...varsFiles.flatMap((each) => Object.keys(each.vars)),
  ])
  for (const name of [...Object.keys(common.vars), ...varsFiles.flatMap((each) => Object.keys(each.vars))]) {
    load.everything.add(name)
  }
  const settings = {
    gatherFacts: fields.bool('gather_facts') ?? true,
    remoteUser: textOf(fields, 'remote_user'),
    serial: loadSerial(fields, context),
    maxFailPercentage: fields.number('max_fail_percentage', 0, 100),
    order:
      fields.word('order', ['inventory', 'reverse_inventory', 'sorted', 'reverse_sorted', 'shuffle']) ?? 'inventory',
    forceHandlers: fields.bool('force_handlers') ?? false,
    allowEmpty: fields.bool('allow_empty') ?? false,
  } as const
  const preTasks = loadTasks(fields.list('pre_tasks'), names, load)
  const tasks = loadTasks(fields.list('tasks'), names, load)
  const postTasks = loadTasks(fields.list('post_tasks'), names, load)
  const handlers = loadHandlers(fields.list('handlers'), names, load)
  checkNotified(handlers, load)
  // Variables are rendered when a task reads them: they may use whatever anything in the play sets.
  if (context.namesKnown) checkNames(lazy, load.everything, problems)
  if (!hosts) return undefined
  return {
    ...common,
    name: nameOf(fields) ?? hosts.source,
    hosts,
    hostsPlace: fields.get('hosts')?.place ?? common.place,
    ...settings,
    varsFiles,
    preTasks,
    tasks,
    postTasks,
    handlers,
  }
}

function refuseInPlay(stranger: MapNode['entries'][number], fields: Fields, context: LoadContext): void {
  if (stranger.key === 'when') {
    context.problems.error(
      stranger.keyPlace,
      '"when" is not known in a play',
      'put it on tasks, or on a block around them',
    )
  } else if (context.modules.has(stranger.key) || ['block', 'register', 'loop'].includes(stranger.key)) {
    context.problems.error(
      stranger.keyPlace,
      `"${stranger.key}" belongs to a task, but this is a play`,
      'a playbook is a list of plays with "hosts:", and tasks stand under their "tasks:"',
    )
  } else fields.refuse(stranger)
}

/** The host pattern: text, or a list of texts that are joined. It may read extra vars and the play's own. */
function loadHosts(fields: Fields, vars: TemplateVars, context: LoadContext): Play['hosts'] | undefined {
  const node = fields.get('hosts')
  if (!node) {
    // A task among the plays was reported as that.
    if (fields.strangers().some((each) => context.modules.has(each.key))) return undefined
    context.problems.error(
      fields.node.entries[0]?.keyPlace ?? fields.node.place,
      'the play has no "hosts", but must say which hosts it is for',
      'write "hosts: all" for every host of the inventory',
    )
    return undefined
  }
  const single = node.kind === 'list' ? joined(node.items, node) : node
  if (single.kind !== 'scalar' || typeof single.value !== 'string' || single.value.trim() === '') {
    context.problems.error(node.place, `"hosts" is ${show(toValue(node))}, but must be a host pattern`)
    return undefined
  }
  const template = context.texts.template(single)
  for (const { node: at, use } of context.texts.takeUses()) {
    if (use.guarded || Object.hasOwn(vars, use.name) || Object.hasOwn(context.extraVars, use.name)) continue
    context.problems.error(
      at.within(use.span.offset, use.span.length),
      `"hosts" reads the variable "${use.name}", but there are only extra vars and vars of the play before hosts are known`,
      `give it with -e ${use.name}=...`,
    )
  }
  return template
}

function joined(items: readonly Node[], list: Node): Node {
  const texts = items.map((item) => (item.kind === 'scalar' && typeof item.value === 'string' ? item.value : ''))
  if (texts.length === 0 || texts.includes('')) return list
  const [only] = items
  if (items.length === 1 && only) return only
  const value = texts.join(',')
  return { kind: 'scalar', value, place: list.place, style: 'plain', raw: value, within: () => list.place }
}

function loadSerial(fields: Fields, context: LoadContext): Play['serial'] {
  const node = fields.get('serial')
  if (!node || isNull(node)) return []
  const items = node.kind === 'list' ? node.items : [node]
  return items.flatMap((item): Play['serial'] => {
    const value = item.kind === 'scalar' ? item.value : null
    if (typeof value === 'number' && Number.isInteger(value) && value > 0) return [value]
    const percent = typeof value === 'string' ? /^(\d+(?:\.\d+)?)%$/.exec(value.trim())?.[1] : undefined
    if (percent !== undefined && Number(percent) > 0 && Number(percent) <= 100) return [{ percent: Number(percent) }]
    context.problems.error(
      item.place,
      `"serial" is ${show(toValue(item))}, but must be a number of hosts or a percentage, or a list of them`,
      'such as 2, "25%" or [1, "50%"]',
    )
    return []
  })
}

/** Files with variables: looked for beside the playbook, then in `vars/` there. */
function loadVarsFiles(fields: Fields, context: LoadContext): Play['varsFiles'] {
  return fields.texts('vars_files', { comma: false }).flatMap((named) => {
    const name = String(named.value)
    const paths = [join(context.playbookDir, name), join(context.playbookDir, 'vars', name)]
    const path = name.startsWith('/') ? name : paths.find((each) => context.reader.readBytes(each).ok)
    if (path === undefined) {
      context.problems.error(
        named.place,
        `the file "${name}" of "vars_files" does not exist, but must be in ${context.playbookDir} or ${join(context.playbookDir, 'vars')}`,
      )
      return []
    }
    const vars = loadVarsFile(path, named, context)
    return vars ? [{ file: path, vars }] : []
  })
}

function loadVarsFile(path: string, named: ScalarNode, context: LoadContext): TemplateVars | undefined {
  const tree = readYaml(context.reader, path, 'the variables file')
  if (!tree.ok) {
    context.problems.add(tree.error.map((each) => ({ ...each, place: each.place ?? named.place })))
    return undefined
  }
  if (isNull(tree.value)) return {}
  if (tree.value.kind === 'map') return loadVars(tree.value, context)
  context.problems.error(tree.value.place, 'the file must be a mapping of variables')
  return undefined
}
