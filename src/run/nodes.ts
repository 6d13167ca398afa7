import { selectedByTags } from '../playbook/tags.ts'
import type { Block, Task, TaskNode } from '../playbook/types.ts'
import { formatPlace } from '../source/diagnostic.ts'
import { type Inherited, inherit, insideBlock, type PlayRun } from './context.ts'
import type { HostRun } from './host-run.ts'
import { countOutcome } from './recap.ts'
import type { RunningTask, TaskResult, Upcoming } from './running.ts'
import { runTask } from './task.ts'
import { taskName } from './task-name.ts'

/** Runs a list of tasks and blocks, task by task over the hosts that are still fit. False when the play has to end. */
export async function runNodes(run: PlayRun, nodes: readonly TaskNode[], inherited: Inherited): Promise<boolean> {
  for (const [index, node] of nodes.entries()) {
    if (run.control.interrupted) return false
    if (active(run).length === 0) return true
    const goOn =
      node.kind === 'block'
        ? await runBlock(run, node, inherited)
        : await runOneTask(run, node, inherit(inherited, node), {
            upcoming: () => upcomingIn(nodes.slice(index + 1), inherited),
            handler: false,
          })
    if (!goOn) return false
  }
  return true
}

/** Runs a block: its tasks, `rescue` on the hosts that failed in them, `always` on every host that entered. */
async function runBlock(run: PlayRun, block: Block, outer: Inherited): Promise<boolean> {
  const here: PlayRun = { ...run, batch: active(run) }
  const inner = inherit(outer, block)
  let goOn = await runNodes(here, block.tasks, insideBlock(outer, block))
  if (block.rescue.length > 0 && !run.control.interrupted) {
    const rescued = here.batch.filter((host) => host.state === 'failed')
    for (const host of rescued) host.state = 'active'
    goOn = (await runNodes({ ...run, batch: rescued }, block.rescue, inner)) && goOn
  }
  if (block.always.length > 0 && !run.control.interrupted) {
    const failed = here.batch.filter((host) => host.state === 'failed')
    for (const host of failed) host.state = 'active'
    const ended = await runNodes(here, block.always, inner)
    for (const host of failed) if (host.state === 'active') host.state = 'failed'
    goOn = goOn && ended
  }
  return goOn
}

/** Runs one task or handler on the active hosts; hosts that fail drop out. False when the play has to end. */
export async function runOneTask(
  run: PlayRun,
  task: Task,
  inherited: Inherited,
  how: { readonly upcoming: () => readonly Upcoming[]; readonly handler: boolean; readonly hosts?: readonly HostRun[] },
): Promise<boolean> {
  if (!selectedByTags(inherited.tags, run.options.tags)) return true
  const hosts = how.hosts ?? active(run)
  const { services } = run
  const running: RunningTask = {
    id: run.nextId(),
    task,
    inherited,
    name: taskName(run, task, hosts),
    upcoming: how.upcoming(),
  }
  const started = services.now()
  services.emit({
    event: 'task_start',
    play: run.play.name,
    task: running.name,
    module: task.module.name,
    id: running.id,
    path: formatPlace(task.place),
    handler: how.handler,
    hosts: (inherited.runOnce ? hosts.slice(0, 1) : hosts).map((host) => host.name),
  })
  const failed: HostRun[] = []
  const settle = (host: HostRun, result: TaskResult) => {
    countOutcome(host.tally, result.outcome)
    notify(run, task, running, host, result)
    if (drops(result)) failed.push(host)
    drop(run, host, result)
  }
  const [first, ...others] = hosts
  if (inherited.runOnce && first) {
    await run.eachHost([first], async (host) => {
      const result = await runTask(run, host, running)
      settle(host, result)
      if (task.register !== undefined)
        for (const other of others) other.remember(task.register, result.registered, result.predicted)
      if (drops(result)) for (const other of others) drop(run, other, result)
    })
  } else {
    await run.eachHost(hosts, async (host) => settle(host, await runTask(run, host, running)))
  }
  services.emit({ event: 'task_done', id: running.id, task: running.name, ms: Math.round(services.now() - started) })
  return !run.control.interrupted && !thresholdPassed(run, inherited, failed)
}

function drops(result: TaskResult): boolean {
  return ['failed', 'rescued', 'unreachable', 'lost'].includes(result.outcome)
}

function drop(run: PlayRun, host: HostRun, result: TaskResult): void {
  if (result.outcome === 'failed' || result.outcome === 'rescued') host.state = 'failed'
  if (result.outcome === 'unreachable' || result.outcome === 'lost') host.state = 'unreachable'
  if (result.outcome !== 'rescued' && drops(result))
    run.services.emit({ event: 'host_lost', host: host.name, because: result.because })
}

function notify(run: PlayRun, task: Task, running: RunningTask, host: HostRun, result: TaskResult): void {
  if (result.outcome !== 'changed') return
  for (const handler of run.play.handlers) {
    const called = task.notify.some((name) => handler.name === name || handler.listen.includes(name))
    if (!called || host.notified.has(handler)) continue
    host.notified.add(handler)
    run.services.emit({
      event: 'handler_notified',
      handler: handler.name ?? handler.module.name,
      task: running.name,
      host: host.name,
    })
  }
}

/** `any_errors_fatal` and `max_fail_percentage`; hosts that were lost count like hosts that failed. */
function thresholdPassed(run: PlayRun, inherited: Inherited, failed: readonly HostRun[]): boolean {
  if (failed.length === 0) return false
  const limit = run.play.maxFailPercentage
  const out = run.batch.filter((host) => host.state !== 'active').length
  const passed = inherited.anyErrorsFatal || (limit !== undefined && (out / run.batch.length) * 100 > limit)
  if (!passed || inherited.rescuable) return false
  const because = inherited.anyErrorsFatal
    ? '"any_errors_fatal" ends the play for every host'
    : `more than ${limit} % of the hosts failed ("max_fail_percentage")`
  run.services.emit({ event: 'warning', message: because })
  for (const host of active(run)) host.state = 'failed'
  return true
}

function active(run: PlayRun): readonly HostRun[] {
  return run.batch.filter((host) => host.state === 'active')
}

/** The tasks that follow in a list, blocks opened (their `rescue` and `always` are not foreseeable). */
function upcomingIn(nodes: readonly TaskNode[], inherited: Inherited): readonly Upcoming[] {
  return nodes.flatMap((node) =>
    node.kind === 'block'
      ? upcomingIn(node.tasks, insideBlock(inherited, node))
      : [{ task: node, inherited: inherit(inherited, node) }],
  )
}
