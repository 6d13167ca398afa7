import { didYouMean } from '../shared/text.ts'
import type { Node } from '../source/tree.ts'
import type { PlayLoad } from './context.ts'
import type { Names } from './names.ts'
import { loadTask } from './task.ts'
import { isBlock, refuseNonTask } from './task-list.ts'
import type { Task } from './types.ts'

/** Reads the handlers of a play: tasks with a name of their own. */
export function loadHandlers(nodes: readonly Node[], names: Names, load: PlayLoad): readonly Task[] {
  const { problems } = load.context
  const lines = new Map<string, number>()
  return nodes.flatMap((node) => {
    if (node.kind !== 'map') {
      refuseNonTask(node, load)
      return []
    }
    if (isBlock(node)) {
      problems.error(
        node.place,
        'a handler is a block, but must be one task',
        'let several handlers listen to one topic',
      )
      return []
    }
    const handler = loadTask(node, 'handler', names, load)
    if (!handler) return []
    if (handler.name === undefined && handler.listen.length === 0) {
      problems.error(handler.place, 'a handler has no name, but must have one to be notified by')
    }
    const first = handler.name === undefined ? undefined : lines.get(handler.name)
    if (first !== undefined) {
      problems.error(
        handler.place,
        `the handler "${handler.name}" is defined twice, but must be defined once`,
        `the first one is in line ${first}; several handlers may listen to one topic`,
      )
    }
    if (handler.name !== undefined && first === undefined) lines.set(handler.name, handler.place.line)
    return [handler]
  })
}

/** Refuses notifications that no handler of the play answers. */
export function checkNotified(handlers: readonly Task[], load: PlayLoad): void {
  const known = new Set(handlers.flatMap((each) => [...(each.name === undefined ? [] : [each.name]), ...each.listen]))
  for (const node of load.notified) {
    const name = String(node.value)
    if (known.has(name)) continue
    const hint =
      didYouMean(name, known) ??
      (known.size === 0 ? 'define it under "handlers:" of the play' : `known are: ${[...known].sort().join(', ')}`)
    load.context.problems.error(node.place, `there is no handler "${name}" in this play`, hint)
  }
}
