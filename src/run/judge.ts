import { checkRows } from '../module/rows.ts'
import type { Task } from '../playbook/types.ts'
import { Unknown } from '../shared/unknown.ts'
import { formatPlace } from '../source/diagnostic.ts'
import type { EvaluationProblem } from '../template/language.ts'
import { testAll } from './condition.ts'
import type { HostRun } from './host-run.ts'
import type { ModuleResult } from './module-call.ts'
import type { Failure, Outcome } from './outcome.ts'
import { registered } from './registered.ts'
import type { Registered, RunningTask, TaskResult } from './running.ts'
import type { Scope } from './scope.ts'

/** Turns the module's result into the task's: `changed_when`, `failed_when`. */
export function judged(host: HostRun, running: RunningTask, scope: Scope, result: ModuleResult): TaskResult {
  const { task } = running
  const path = formatPlace(task.place)
  if (result.kind === 'unreachable' || result.kind === 'lost') {
    const failure = { ...result.failure, path }
    return {
      outcome: result.kind,
      because: result.failure.message,
      deltas: [],
      registered: registered(result.kind, result.failure.message, [], {
        unreachable: true,
        msg: result.failure.message,
      }),
      predicted: false,
      error: failure,
    }
  }
  if (result.kind === 'skipped')
    return {
      outcome: 'skipped',
      because: result.because,
      deltas: [],
      registered: registered('skipped', result.because, [], { skip_reason: result.because }),
      predicted: false,
    }
  if (result.kind === 'unpredicted') {
    const harmless = task.changedWhen?.length === 1 && task.changedWhen[0]?.condition.source.trim() === 'false'
    if (result.disturbance && !harmless && !host.pending.includes(result.disturbance))
      host.pending.push(result.disturbance)
    return {
      outcome: 'unpredicted',
      because: result.because,
      deltas: [],
      registered: new Unknown(`"${running.name}" was not run in check mode`),
      predicted: true,
    }
  }
  const predicted = result.kind === 'changed' && result.predicted
  let outcome: Outcome = result.kind === 'ok' ? 'ok' : result.kind
  let because = result.kind === 'failed' ? result.failure.message : result.because
  let error: Failure | undefined = result.kind === 'failed' ? { ...result.failure, path } : undefined
  const data =
    result.kind === 'failed' && !('msg' in result.data) ? { ...result.data, msg: result.failure.message } : result.data
  const seen = {
    outcome,
    because,
    deltas: result.deltas,
    registered: registered(outcome, because, result.deltas, data),
    predicted,
  }
  const layer = scope.over(registerLayer(task, seen))
  if (task.failedWhen) {
    const failed = testAll(task.failedWhen, layer)
    if (failed.kind === 'problem')
      return predicted
        ? { ...seen, outcome: 'unpredicted', because: failed.problem.message }
        : evaluationResult(host, running, failed.problem, '"failed_when"')
    if (failed.kind === 'true') {
      because =
        result.kind === 'failed'
          ? because
          : `"failed_when" holds: ${task.failedWhen.map((each) => each.condition.source).join(' and ')}`
      error = error ?? { message: because, path, ...commandOf(data) }
      outcome = 'failed'
    } else if (outcome === 'failed') {
      outcome = 'ok'
      because = '"failed_when" does not hold'
      error = undefined
      if (task.module.settles === false && task.changedWhen === undefined) outcome = 'changed'
    }
  }
  if (task.changedWhen && outcome !== 'failed') {
    const changed = testAll(task.changedWhen, layer)
    if (changed.kind === 'problem')
      return predicted
        ? { ...seen, outcome: 'unpredicted', because: changed.problem.message }
        : evaluationResult(host, running, changed.problem, '"changed_when"')
    outcome = changed.kind === 'true' ? 'changed' : 'ok'
    if (outcome === 'ok') because = '"changed_when" does not hold'
  }
  const message = task.module.name === 'debug' && typeof data['msg'] === 'string' ? data['msg'] : undefined
  const rows = task.module.showsRows ? checkRows(data['rows']) : []
  return {
    outcome,
    because,
    deltas: result.deltas,
    registered: registered(outcome, because, result.deltas, data),
    predicted,
    ...(message !== undefined && { message }),
    ...(rows.length > 0 && { rows }),
    ...(error && { error }),
  }
}

/** The command part of a failure, from registered data. */
function commandOf(data: Readonly<Record<string, unknown>>): Partial<Failure> {
  return {
    ...(typeof data['rc'] === 'number' && { exit_status: data['rc'] }),
    ...(typeof data['stdout'] === 'string' && { stdout: data['stdout'] }),
    ...(typeof data['stderr'] === 'string' && { stderr: data['stderr'] }),
  }
}

/** The result of a task whose text gave no value on this host: failed, or in check mode unpredicted. */
export function evaluationResult(
  host: HostRun,
  running: RunningTask,
  problem: EvaluationProblem,
  what: string,
  path?: string,
): TaskResult {
  const predicted = [...host.predicted].some((name) => problem.kind === 'undefined' && problem.message.includes(name))
  if (problem.kind === 'unknown' || predicted) {
    return {
      outcome: 'unpredicted',
      because: problem.message,
      deltas: [],
      registered: new Unknown(`"${running.name}" was not run in check mode`),
      predicted: true,
    }
  }
  const message = `${what} cannot be evaluated: ${problem.message}`
  const error = {
    message,
    path: path ?? formatPlace(running.task.place),
    ...(problem.hint !== undefined && { hint: problem.hint }),
  }
  return {
    outcome: 'failed',
    because: message,
    deltas: [],
    registered: registered('failed', message, [], { msg: message }),
    predicted: false,
    error,
  }
}

/** A failure that no module reported. */
export function problemResult(running: RunningTask, message: string, hint?: string, over?: TaskResult): TaskResult {
  const path = formatPlace(running.task.place)
  const data = over && !(over.registered instanceof Unknown) ? over.registered : {}
  return {
    outcome: 'failed',
    because: message.split('\n', 1)[0] ?? message,
    deltas: over?.deltas ?? [],
    registered: registered('failed', message, over?.deltas ?? [], { ...data, msg: message }),
    predicted: false,
    error: { message, path, ...(hint !== undefined && { hint }), ...commandOf(data) },
  }
}

/** The register variable of a task as its own conditions see it. */
export function registerLayer(
  task: Task,
  result: Pick<TaskResult, 'registered'>,
): { readonly kind: 'values'; readonly vars: Readonly<Record<string, Registered | Unknown>> } {
  return { kind: 'values', vars: task.register === undefined ? {} : { [task.register]: result.registered } }
}
