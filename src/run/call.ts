import type { Become, ExchangeOptions } from '../host/host.ts'
import { becomeVarNames, readBecome } from '../inventory/become-vars.ts'
import { VariableReader } from '../inventory/variable-reader.ts'
import { checkArgs, fullSchema } from '../module/args.ts'
import type { Task } from '../playbook/types.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { coerceRendered } from '../shared/schema.ts'
import { Unknown } from '../shared/unknown.ts'
import { isMap, typeName, type Value, type ValueMap } from '../shared/value.ts'
import { formatPlace } from '../source/diagnostic.ts'
import type { EvaluationProblem } from '../template/language.ts'
import type { Inherited, PlayRun } from './context.ts'
import type { Scope } from './scope.ts'

/** Why a task's arguments cannot be used on a host, and where they stand. */
export interface ArgsProblem {
  readonly problem: EvaluationProblem
  readonly what: string
  readonly path: string
}

/** The arguments of a task for one host: rendered, checked against the module's schema, defaults filled in. */
export function renderArgs(task: Task, scope: Scope): Result<unknown, ArgsProblem> {
  const args: Record<string, Value> = {}
  for (const [name, template] of task.args) {
    const rendered = scope.render(template)
    if (!rendered.ok) return err({ problem: rendered.error, what: `the argument "${name}"`, path: placeOf(task, name) })
    args[name] = rendered.value
  }
  const schema = task.module.args
  const complete = coerceRendered(fullSchema(schema), args) as ValueMap
  const problems = checkArgs(schema, { ...complete, ...conditionsOf(task) })
  const [first] = problems
  if (!first) return ok(complete)
  return err({
    problem: {
      kind: 'type',
      message: problems.map((each) => each.message).join('; '),
      ...(first.hint !== undefined && { hint: first.hint }),
    },
    what: `the arguments of ${task.module.name}`,
    path: placeOf(task, String(first.path[0] ?? '')),
  })
}

/** Conditions are no values: `plan` tests them. For the schema they are what the user wrote. */
function conditionsOf(task: Task): ValueMap {
  return Object.fromEntries(
    Object.entries(task.conditions).map(([name, conditions]) => [
      name,
      conditions.map((each) => each.condition.source),
    ]),
  )
}

function placeOf(task: Task, name: string): string {
  return formatPlace(task.argPlaces[name] ?? task.place)
}

/** As whom a task is performed, and how long it may take. Keywords win over `ansible_become*` variables, those over the command line. */
export function callOptions(
  run: PlayRun,
  task: Task,
  inherited: Inherited,
  scope: Scope,
): Result<ExchangeOptions, EvaluationProblem> {
  const become = becomeOf(run, inherited, scope)
  if (!become.ok) return become
  let timeoutMs: number | undefined
  if (task.timeout !== undefined) {
    const rendered = scope.render(task.timeout)
    if (!rendered.ok) return rendered
    const seconds = Number(rendered.value)
    if (!(seconds > 0))
      return err({
        kind: 'type',
        message: `"timeout" is ${String(rendered.value)}, but must be a number of seconds above 0`,
      })
    timeoutMs = seconds * 1000
  }
  return ok({ ...(become.value && { become: become.value }), ...(timeoutMs !== undefined && { timeoutMs }) })
}

function becomeOf(run: PlayRun, inherited: Inherited, scope: Scope): Result<Become | null, EvaluationProblem> {
  const vars: Record<string, Value> = {}
  for (const name of becomeVarNames) {
    const found = scope.get(name)
    if (found === undefined) continue
    if (!found.ok) return found
    if (found.value instanceof Unknown) return err({ kind: 'unknown', message: found.value.because })
    vars[name] = found.value
  }
  const reader = new VariableReader(vars)
  const said = readBecome(reader)
  const [wrong] = reader.problems
  if (wrong) return err({ kind: 'type', message: wrong.message, ...(wrong.hint !== undefined && { hint: wrong.hint }) })
  const given = run.options.become
  if (!(inherited.become ?? said.wanted ?? given.wanted)) return ok(null)
  const password = said.password ?? given.password
  return ok({
    method: inherited.becomeMethod ?? said.method ?? given.method ?? 'sudo',
    user: inherited.becomeUser ?? said.user ?? given.user ?? 'root',
    ...(password && { password }),
  })
}

/** The environment of a task's commands; inner keywords win. */
export function environmentOf(
  inherited: Inherited,
  scope: Scope,
): Result<Readonly<Record<string, string>>, EvaluationProblem> {
  const environment: Record<string, string> = {}
  for (const template of inherited.environment) {
    const rendered = scope.render(template)
    if (!rendered.ok) return rendered
    if (!isMap(rendered.value))
      return err({
        kind: 'type',
        message: `"environment" is ${typeName(rendered.value)}, but must be a mapping of names to text`,
      })
    for (const [name, value] of Object.entries(rendered.value)) {
      if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
        return err({ kind: 'type', message: `"${name}" in "environment" is ${typeName(value)}, but must be text` })
      }
      environment[name] = String(value)
    }
  }
  return ok(environment)
}
