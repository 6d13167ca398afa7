import { typeName } from '../shared/value.ts'
import { entry, type MapNode, type Node } from '../source/tree.ts'
import { loadCommon, nameOf } from './common.ts'
import type { PlayLoad } from './context.ts'
import { Fields } from './fields.ts'
import type { Names } from './names.ts'
import { loadTask } from './task.ts'
import type { Block, TaskNode } from './types.ts'

/** Reads tasks and blocks; what cannot be read is noted and left out. */
export function loadTasks(nodes: readonly Node[], names: Names, load: PlayLoad): readonly TaskNode[] {
  return nodes.flatMap((node) => {
    if (node.kind !== 'map') {
      refuseNonTask(node, load)
      return []
    }
    const loaded = isBlock(node) ? loadBlock(node, names, load) : loadTask(node, 'task', names, load)
    return loaded ? [loaded] : []
  })
}

/** Notes that something in a list of tasks is no mapping. */
export function refuseNonTask(node: Node, load: PlayLoad): void {
  const type = node.kind === 'list' ? 'a list' : node.kind === 'scalar' ? typeName(node.value) : 'a mapping'
  const word = node.kind === 'scalar' && typeof node.value === 'string' ? node.value : ''
  load.context.problems.error(
    node.place,
    `a task is ${type}, but must be a mapping with a module`,
    load.context.modules.has(word) ? `write "${word}:"` : undefined,
  )
}

/** Whether a mapping is a block: `rescue` and `always` alone are ones with a missing `block`. */
export function isBlock(node: MapNode): boolean {
  return ['block', 'rescue', 'always'].some((key) => entry(node, key) !== undefined)
}

function loadBlock(node: MapNode, names: Names, load: PlayLoad): Block {
  const { context } = load
  const fields = new Fields(node, 'block', context.problems)
  for (const stranger of fields.strangers()) refuseInBlock(stranger, fields, load)
  if (!fields.get('block')) {
    context.problems.error(fields.node.place, 'the block has no "block", but must list its tasks there')
  }
  const own = names.inner(fields.map('vars')?.entries.map((each) => each.key) ?? [])
  const topics = fields.texts('notify', { comma: false })
  load.notified.push(...topics)
  const inside = (key: string, names: Names) =>
    loadTasks(fields.list(key), names, load).map((each) =>
      addNotify(
        each,
        topics.map((topic) => String(topic.value)),
      ),
    )
  const tasks = inside('block', own)
  const afterFailure = own.inner(['ansible_failed_task', 'ansible_failed_result'])
  const rescue = inside('rescue', afterFailure)
  const always = inside('always', afterFailure)
  const common = loadCommon(fields, context)
  for (const name of Object.keys(common.vars)) load.everything.add(name)
  // Conditions and variables of a block are evaluated for each task inside, with what the ones before registered.
  load.check(own.inner(load.everything.all()))
  return { kind: 'block', ...common, name: nameOf(fields), tasks, rescue, always }
}

/** What a block notifies, each task inside does. */
function addNotify(node: TaskNode, topics: readonly string[]): TaskNode {
  if (topics.length === 0) return node
  if (node.kind === 'task') return { ...node, notify: [...new Set([...node.notify, ...topics])] }
  const all = (nodes: readonly TaskNode[]) => nodes.map((each) => addNotify(each, topics))
  return { ...node, tasks: all(node.tasks), rescue: all(node.rescue), always: all(node.always) }
}

function refuseInBlock(stranger: MapNode['entries'][number], fields: Fields, { context }: PlayLoad): void {
  if (!context.modules.has(stranger.key)) {
    fields.refuse(stranger)
    return
  }
  context.problems.error(
    stranger.keyPlace,
    `the module "${stranger.key}" stands beside "block", but must be a task inside it`,
  )
}
