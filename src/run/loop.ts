import type { Task } from '../playbook/types.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { isMap, typeName, type Value, type ValueMap } from '../shared/value.ts'
import type { EvaluationProblem } from '../template/language.ts'
import type { Scope } from './scope.ts'

/** One item of a loop: the variables it sets, and how it is shown. */
export interface LoopItem {
  readonly vars: ValueMap
  readonly label: string
}

/** The items of a task's loop with the variables of engine A2.8: `item` or `loop_var`, `index_var`, `ansible_loop`. */
export function loopItems(task: Task, scope: Scope): Result<readonly LoopItem[], EvaluationProblem> {
  if (task.loop === undefined) return ok([])
  const rendered = scope.render(task.loop)
  if (!rendered.ok) return rendered
  const list = rendered.value
  if (!Array.isArray(list)) {
    return err({
      kind: 'type',
      message: `"loop" is ${typeName(list)}, but must be a list`,
      ...(isMap(list) && { hint: 'loop over {{keys it}} or {{values it}}' }),
    })
  }
  const { loopVar, indexVar, label } = task.loopControl
  const items: LoopItem[] = []
  for (const [index, item] of (list as readonly Value[]).entries()) {
    const vars: ValueMap = {
      [loopVar]: item,
      ansible_loop_var: loopVar,
      ...(indexVar !== undefined && { [indexVar]: index }),
      ansible_loop: {
        index: index + 1,
        index0: index,
        first: index === 0,
        last: index === list.length - 1,
        length: list.length,
        revindex: list.length - index,
      },
    }
    let shown = labelOf(item, index)
    if (label) {
      const own = scope.over({ kind: 'values', vars }).render({ kind: 'template', template: label, place: task.place })
      if (!own.ok) return own
      shown = typeof own.value === 'string' ? own.value : String(own.value)
    }
    items.push({ vars, label: shown })
  }
  return ok(items)
}

/** How an item is shown without a label: never the whole of a mapping, which may hold secrets. */
function labelOf(item: Value, index: number): string {
  if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') return String(item)
  if (isMap(item)) {
    for (const key of ['name', 'id', 'path', 'dest', 'key', 'host']) {
      const value = item[key]
      if (typeof value === 'string' || typeof value === 'number') return String(value)
    }
  }
  return `#${index + 1}`
}
