import type { LocalFile, PlanContext } from '../module/module.ts'
import type { Task } from '../playbook/types.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { Unknown } from '../shared/unknown.ts'
import type { PlayRun } from './context.ts'
import { EvaluationError } from './evaluation-error.ts'
import type { HostRun } from './host-run.ts'
import type { LoopItem } from './loop.ts'
import type { RunningTask } from './running.ts'
import type { Layer, Scope } from './scope.ts'
import { Scope as Variables } from './scope.ts'

/** The variables of a task on a host, and whether it is only a check there. */
export interface TaskContext {
  readonly scope: Scope
  readonly check: boolean
  /** The same with the variables of one item. */
  forItem(item: LoopItem): TaskContext
}

/** Makes the scope of a task: extra and magic variables, registered ones, loop variables, task, blocks, play, facts, inventory. */
export function taskScope(run: PlayRun, host: HostRun, { inherited }: RunningTask): TaskContext {
  const { above, below } = run.layers(host)
  const own: readonly Layer[] = inherited.vars.map((vars) => ({ kind: 'templates', vars }))
  const check = inherited.checkMode ?? run.options.check
  const make = (item: LoopItem | null): TaskContext => ({
    scope: new Variables([...above, ...(item ? [{ kind: 'values', vars: item.vars } as const] : []), ...own, ...below]),
    check: check || run.options.check,
    forItem: make,
  })
  // `check_mode: false` runs a task for real even in a check; a play in check mode never becomes less of one otherwise.
  const context = make(null)
  return inherited.checkMode === false ? realOne(context) : context
}

function realOne(context: TaskContext): TaskContext {
  return { scope: context.scope, check: false, forItem: (item) => realOne(context.forItem(item)) }
}

/** What `plan` may use: controller files, templates, conditions, variables. A missing file is said here, before the host is looked at. */
export function moduleContext(
  run: PlayRun,
  running: RunningTask,
  context: TaskContext,
  args: unknown,
): Result<Pick<PlanContext, 'files' | 'render' | 'test' | 'variable'>, string> {
  const { module } = running.task
  const files = new Map<string, LocalFile>()
  for (const name of module.local?.(args) ?? []) {
    const file = run.services.localFile(name)
    if (!file.ok) return file
    files.set(name, file.value)
  }
  for (const name of module.templates?.(args) ?? []) {
    const template = run.services.localTemplate(name)
    if (!template.ok) return err(template.error)
  }
  return ok({
    files,
    render: (name, extra) => renderLocal(run, context.scope, name, extra),
    test: (arg) => testArg(running.task, context.scope, arg),
    variable: (name) => {
      const found = context.scope.get(name)
      if (found === undefined) return undefined
      if (!found.ok) throw new EvaluationError(found.error, `the variable "${name}"`)
      if (found.value instanceof Unknown)
        throw new EvaluationError({ kind: 'unknown', message: found.value.because }, `the variable "${name}"`)
      return found.value
    },
  })
}

function renderLocal(run: PlayRun, scope: Scope, name: string, extra: Parameters<PlanContext['render']>[1]): string {
  const template = run.services.localTemplate(name)
  if (!template.ok) throw new EvaluationError({ kind: 'other', message: template.error }, `the template ${name}`)
  const inner = extra ? scope.over({ kind: 'values', vars: extra }) : scope
  const vars = inner.context(template.value.names)
  const rendered = vars.ok ? template.value.render(vars.value) : vars
  if (!rendered.ok) throw new EvaluationError(rendered.error, `the template ${name}`)
  return rendered.value
}

function testArg(task: Task, scope: Scope, arg: string): ReturnType<PlanContext['test']> {
  for (const { condition } of task.conditions[arg] ?? []) {
    const tested = scope.test(condition)
    if (!tested.ok) throw new EvaluationError(tested.error, `the condition "${condition.source}"`)
    if (!tested.value) return { holds: false, condition: condition.source, values: scope.explain(condition) }
  }
  return { holds: true }
}
