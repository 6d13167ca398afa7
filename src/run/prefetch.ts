import type { ExchangeOptions } from '../host/host.ts'
import type { Read } from '../module/read.ts'
import type { Task, TemplateValue } from '../playbook/types.ts'
import { callOptions, renderArgs } from './call.ts'
import { testAll } from './condition.ts'
import type { Inherited, PlayRun } from './context.ts'
import type { HostRun } from './host-run.ts'
import { loopItems } from './loop.ts'
import type { RunningTask, Upcoming } from './running.ts'
import { type TaskContext, taskScope } from './task-scope.ts'

/**
 * The reads of the tasks that follow and whose arguments are known already, as far as the host's window goes: they ride
 * along with a look that is made anyway. It ends at a task that depends on a result still to come, that always acts
 * (a command), or whose readings mean "now".
 */
export function readsAhead(
  run: PlayRun,
  host: HostRun,
  running: RunningTask,
  exchange: ExchangeOptions,
): readonly Read[] {
  const reads: Read[] = []
  const pending = new Set<string>(resultsOf(running.task))
  for (const { task, inherited } of running.upcoming.slice(0, host.window)) {
    if (dependsOn(task, inherited, pending) || task.until !== undefined) break
    const { module } = task
    if (module.fresh || module.awaitsLink || module.settles === false || module.name === 'pause') break
    if (module.needsFacts && host.facts === null) break
    const context = taskScope(run, host, { ...running, task, inherited })
    const when = testAll(inherited.when, context.scope)
    if (when.kind === 'problem') break
    if (when.kind === 'true' && !module.controllerOnly) {
      const more = readsOf(run, host, { task, inherited }, context, exchange)
      if (more === null) break
      reads.push(...more)
    }
    for (const name of resultsOf(task)) pending.add(name)
  }
  return reads
}

/** What a task will look at; null when that cannot be said yet, or when it would be done as another user. */
function readsOf(
  run: PlayRun,
  host: HostRun,
  { task, inherited }: Upcoming,
  context: TaskContext,
  exchange: ExchangeOptions,
): readonly Read[] | null {
  const items = task.loop === undefined ? null : loopItems(task, context.scope)
  if (items && !items.ok) return null
  const scopes = items ? items.value.map((item) => context.forItem(item).scope) : [context.scope]
  const reads: Read[] = []
  for (const scope of scopes) {
    const options = callOptions(run, task, inherited, scope)
    if (
      !options.ok ||
      options.value.become?.user !== exchange.become?.user ||
      options.value.become?.method !== exchange.become?.method
    )
      return null
    const args = renderArgs(task, scope)
    if (!args.ok || host.facts === null) return null
    reads.push(...(task.module.reads?.(args.value, host.facts) ?? []))
  }
  return reads
}

function resultsOf(task: Task): readonly string[] {
  const set = task.module.name === 'set_fact' ? task.args.map(([name]) => name) : []
  return task.register === undefined ? set : [task.register, ...set]
}

function dependsOn(task: Task, inherited: Inherited, names: ReadonlySet<string>): boolean {
  if (names.size === 0) return false
  const uses = [
    ...inherited.when.flatMap((each) => each.condition.names.map((use) => use.name)),
    ...task.args.flatMap(([, value]) => namesIn(value)),
    ...(task.loop ? namesIn(task.loop) : []),
    ...inherited.vars.flatMap((vars) => Object.values(vars).flatMap(namesIn)),
  ]
  return uses.some((name) => names.has(name) || name === 'hostvars')
}

function namesIn(value: TemplateValue): readonly string[] {
  switch (value.kind) {
    case 'constant':
      return []
    case 'template':
      return value.template.names.map((use) => use.name)
    case 'list':
      return value.items.flatMap(namesIn)
    case 'map':
      return value.entries.flatMap(([, item]) => namesIn(item))
  }
}
