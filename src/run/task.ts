import type { PlacedCondition, Task } from '../playbook/types.ts'
import { Unknown } from '../shared/unknown.ts'
import { callOptions, environmentOf, renderArgs } from './call.ts'
import { testAll } from './condition.ts'
import type { PlayRun } from './context.ts'
import { EvaluationError } from './evaluation-error.ts'
import type { HostRun } from './host-run.ts'
import { evaluationResult, judged, problemResult, registerLayer } from './judge.ts'
import { type LoopItem, loopItems } from './loop.ts'
import type { ModuleResult } from './module-call.ts'
import { runModule } from './module-run.ts'
import { readsAhead } from './prefetch.ts'
import { combined, registered } from './registered.ts'
import type { RunningTask, TaskResult } from './running.ts'
import type { Scope } from './scope.ts'
import { moduleContext, type TaskContext, taskScope } from './task-scope.ts'

/** Runs a task on one host: condition, loop, retries, result, register; sends its events and counts it. Never rejects. */
export async function runTask(run: PlayRun, host: HostRun, running: RunningTask): Promise<TaskResult> {
  const started = run.services.now()
  run.services.emit({ event: 'host_start', id: running.id, task: running.name, host: host.name })
  let result: TaskResult
  try {
    result = await decideAndRun(run, host, running)
  } catch (cause) {
    run.control.bug = true
    result = problemResult(
      running,
      `internal error: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`,
      'this is a bug in vflag-play, not in your playbook: please report it with the lines above',
    )
  }
  result = softened(running, result)
  keep(host, running, result)
  emitDone(run, host, running, result, run.services.now() - started)
  return result
}

async function decideAndRun(run: PlayRun, host: HostRun, running: RunningTask): Promise<TaskResult> {
  const context = taskScope(run, host, running)
  if (running.task.loop === undefined) return await runOnce(run, host, running, context, null)
  const items = loopItems(running.task, context.scope)
  if (!items.ok) {
    // A false condition excuses a loop list that cannot be made here.
    const skipped = whenResult(host, running, running.inherited.when, context.scope)
    if (skipped && skipped.outcome === 'skipped') return skipped
    return evaluationResult(host, running, items.error, 'the loop')
  }
  const results: { readonly item: LoopItem; readonly result: TaskResult }[] = []
  for (const item of items.value) {
    if (run.control.interrupted) break
    if (results.length > 0 && running.task.loopControl.pause > 0)
      await run.services.sleep(running.task.loopControl.pause)
    const started = run.services.now()
    const itemResult = await runOnce(run, host, running, context.forItem(item), item)
    const shown = softened(running, itemResult)
    emitDone(run, host, running, shown, run.services.now() - started, item.label)
    results.push({ item, result: itemResult })
    if (itemResult.outcome === 'lost' || itemResult.outcome === 'unreachable') break
  }
  return combined(results.map(({ item, result }) => ({ item: item.vars, result })))
}

/** One call: the condition, then the module as often as `until` wants it. */
async function runOnce(
  run: PlayRun,
  host: HostRun,
  running: RunningTask,
  context: TaskContext,
  item: LoopItem | null,
): Promise<TaskResult> {
  const { task, inherited } = running
  const skipped = whenResult(host, running, inherited.when, context.scope)
  if (skipped) return skipped
  const retries = number(task.retries, context.scope, 3)
  const delay = number(task.delay, context.scope, 5)
  for (let attempt = 1; ; attempt++) {
    const result = await callModule(run, host, running, context, item)
    if (task.until === undefined || run.options.check) return result
    const settled = testAll(task.until, context.scope.over(registerLayer(task, result)))
    if (settled.kind === 'problem') return evaluationResult(host, running, settled.problem, '"until"')
    const met = settled.kind === 'true' && result.outcome !== 'failed'
    if (met || result.outcome === 'unreachable' || result.outcome === 'lost') return result
    if (attempt > retries || run.control.interrupted) {
      return result.outcome === 'failed'
        ? result
        : problemResult(
            running,
            `"until" did not hold ${attempt > retries ? `after ${attempt} attempts` : 'when the run was interrupted'}: ${settled.kind === 'false' ? settled.text : ''}`,
            undefined,
            result,
          )
    }
    const because = settled.kind === 'false' ? `not yet ${settled.text}` : 'it failed'
    emitRetry(run, host, running, item, because, attempt, retries - attempt + 1)
    await run.services.sleep(delay)
  }
}

async function callModule(
  run: PlayRun,
  host: HostRun,
  running: RunningTask,
  context: TaskContext,
  item: LoopItem | null,
): Promise<TaskResult> {
  const { task, inherited } = running
  const args = renderArgs(task, context.scope)
  if (!args.ok) return evaluationResult(host, running, args.error.problem, args.error.what, args.error.path)
  const options = callOptions(run, task, inherited, context.scope)
  if (!options.ok) return evaluationResult(host, running, options.error, 'how to reach the host')
  const environment = environmentOf(inherited, context.scope)
  if (!environment.ok) return evaluationResult(host, running, environment.error, '"environment"')
  const inner = moduleContext(run, running, context, args.value)
  if (!inner.ok) return problemResult(running, inner.error)
  let result: ModuleResult
  try {
    result = await runModule(
      host,
      {
        task: running.name,
        module: task.module,
        args: args.value,
        check: context.check,
        exchange: options.value,
        environment: environment.value,
        context: inner.value,
        ahead: () => (item === null ? readsAhead(run, host, running, options.value) : []),
        onRetry: (because, attempt) => emitRetry(run, host, running, item, because, attempt, null),
        stopped: () => run.control.interrupted,
        pendingAnywhere: () => run.control.pending,
      },
      run.services,
    )
  } catch (cause) {
    if (cause instanceof EvaluationError) return evaluationResult(host, running, cause.problem, cause.what)
    throw cause
  }
  if (result.kind === 'ok') host.widen()
  run.control.pending ??= host.pending[0]?.task ?? null
  return judged(host, running, context.scope, result)
}

/** The skip that a false condition makes; null when all hold. */
function whenResult(
  host: HostRun,
  running: RunningTask,
  when: readonly PlacedCondition[],
  scope: Scope,
): TaskResult | null {
  const tested = testAll(when, scope)
  switch (tested.kind) {
    case 'true':
      return null
    case 'problem':
      return evaluationResult(host, running, tested.problem, '"when"', tested.path)
    case 'false':
      return {
        outcome: 'skipped',
        because: `not ${tested.text}`,
        deltas: [],
        registered: registered('skipped', `not ${tested.text}`, [], {
          skip_reason: 'Conditional result was False',
          false_condition: tested.condition,
        }),
        predicted: false,
      }
  }
}

/** `ignore_errors` and `ignore_unreachable` turn trouble into `ignored`; a failure that a `rescue` catches is `rescued`. */
function softened({ inherited }: RunningTask, result: TaskResult): TaskResult {
  if (result.outcome === 'failed') {
    if (inherited.ignoreErrors) return { ...result, outcome: 'ignored' }
    if (inherited.rescuable) return { ...result, outcome: 'rescued' }
  }
  if ((result.outcome === 'unreachable' || result.outcome === 'lost') && inherited.ignoreUnreachable)
    return { ...result, outcome: 'ignored' }
  return result
}

function keep(host: HostRun, { task }: RunningTask, result: TaskResult): void {
  if (task.register !== undefined) host.remember(task.register, result.registered, result.predicted)
  const facts = result.registered instanceof Unknown ? undefined : result.registered['ansible_facts']
  if (typeof facts === 'object' && facts !== null && !Array.isArray(facts) && result.outcome !== 'failed') {
    for (const [name, value] of Object.entries(facts)) host.remember(name, value, result.predicted)
  }
}

function emitDone(
  run: PlayRun,
  host: HostRun,
  running: RunningTask,
  result: TaskResult,
  ms: number,
  item?: string,
): void {
  host.seen = true
  const hidden = running.inherited.noLog
  const deltas = running.inherited.diff === false ? [] : result.deltas
  run.services.emit({
    event: 'host_done',
    play: running.inherited.play.name,
    id: running.id,
    task: running.name,
    module: running.task.module.name,
    host: host.name,
    ...(item !== undefined && { item: hidden ? '(hidden: no_log)' : item }),
    outcome: result.outcome,
    because: hidden ? 'hidden: no_log' : result.because,
    deltas: hidden ? [] : deltas,
    ms: Math.round(ms),
    ...(result.message !== undefined && !hidden && { message: result.message }),
    ...(result.rows && !hidden && { rows: result.rows }),
    ...(result.error && {
      error: hidden
        ? { message: 'hidden: no_log', ...(result.error.path !== undefined && { path: result.error.path }) }
        : result.error,
    }),
  })
}

function number(value: Task['retries'], scope: Scope, otherwise: number): number {
  if (value === undefined) return otherwise
  const rendered = scope.render(value)
  const found = rendered.ok ? Number(rendered.value) : Number.NaN
  return Number.isFinite(found) && found >= 0 ? found : otherwise
}

function emitRetry(
  run: PlayRun,
  host: HostRun,
  running: RunningTask,
  item: LoopItem | null,
  because: string,
  attempt: number,
  left: number | null,
): void {
  run.services.emit({
    event: 'host_retry',
    id: running.id,
    task: running.name,
    host: host.name,
    ...(item && { item: item.label }),
    because,
    attempt,
    left,
  })
}
