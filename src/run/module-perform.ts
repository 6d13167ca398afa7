import type { Explanation, StepFailure } from '../module/module.ts'
import type { Plan } from '../module/plan.ts'
import { Readings } from '../module/reading.ts'
import type { Step, StepResult } from '../module/step.ts'
import type { Services } from './context.ts'
import type { HostRun } from './host-run.ts'
import type { ModuleCall, ModuleResult, Trouble } from './module-call.ts'
import { failedStep, notSettled, troubleOf } from './module-failure.ts'
import { decide, type Looked, lookAt, noFacts } from './module-look.ts'

/** Performs a plan's steps in one round trip with the second look, and counts it as changed only when that finds nothing left to do. */
export async function perform(
  host: HostRun,
  call: ModuleCall,
  plan: Extract<Plan, { kind: 'change' }>,
  before: Looked,
  services: Services,
): Promise<ModuleResult> {
  const { module, args } = call
  const steps = plan.steps.map((step) => withEnvironment(step, call.environment))
  const cuts = module.cutsLink?.(args) ?? null
  const secondLook = module.settles !== false && cuts === null && !module.more
  const exchange = await host.perform({ before: [], steps, after: secondLook ? before.reads : [] }, call.exchange)
  if (exchange.kind === 'unreachable' || (exchange.kind === 'lost' && cuts === null)) return troubleOf(exchange)
  const results: readonly StepResult[] =
    exchange.kind === 'done'
      ? exchange.result.steps
      : steps.map(() => ({ state: 'done', status: 0, stdout: '', stderr: '' }))
  const broken = failedStep(steps, results, explained(host, call, before.state))
  if (broken) {
    const data = module.conclude?.(args, results, null) ?? {}
    return { kind: 'failed', failure: broken, deltas: plan.deltas, data: { ...plan.data, ...data } }
  }
  if (module.settles === false) {
    return {
      kind: 'changed',
      because: summary(plan, 'done'),
      deltas: plan.deltas,
      data: { ...plan.data, ...module.conclude?.(args, results, null) },
      predicted: false,
    }
  }
  const first =
    secondLook && exchange.kind === 'done'
      ? module.state(args, Readings.of(before.reads, exchange.result.after), host.facts ?? noFacts)
      : undefined
  return await settle(host, call, plan, before, results, first, services)
}

/** The second look: a change counts only when nothing is left to do. */
async function settle(
  host: HostRun,
  call: ModuleCall,
  plan: Extract<Plan, { kind: 'change' }>,
  before: Looked,
  results: readonly StepResult[],
  firstState: unknown,
  services: Services,
): Promise<ModuleResult> {
  const { module, args } = call
  const cuts = module.cutsLink?.(args) ?? null
  const budget = Math.max(cuts ?? 0, module.settles ? module.settles.within(args) : 0)
  const started = services.now()
  const elapsed = () => (services.now() - started) / 1000
  const deltas = [...plan.deltas]
  const performed = new Set([JSON.stringify(plan.steps)])
  let state = firstState
  let trouble: Trouble | null = null
  if (cuts !== null) await host.disconnect()
  for (let attempt = 1; ; attempt++) {
    if (state === undefined) {
      const looked = await lookAt(host, call, false)
      if (looked.kind === 'seen') state = looked.state
      else trouble = looked
    }
    if (state !== undefined) {
      trouble = null
      const next = decide(host, call, state, elapsed())
      const arrived = module.settled ? module.settled(args, before.state, state) : next.kind === 'unchanged'
      if (arrived) {
        if (cuts !== null) host.facts = null
        const data = {
          ...plan.data,
          ...(next.kind === 'unchanged' ? next.data : {}),
          ...module.conclude?.(args, results, state),
        }
        return { kind: 'changed', because: summary({ ...plan, deltas }, 'done'), deltas, data, predicted: false }
      }
      const more = next.kind === 'change' && module.follows ? fresh(next, performed) : null
      if (more) {
        const followed = await followUp(host, call, more, state)
        if (followed) return followed
        deltas.push(...more.deltas)
      } else if (elapsed() >= budget)
        return { kind: 'failed', failure: notSettled(next, budget), deltas, data: plan.data ?? {} }
    } else if (trouble && (cuts === null || elapsed() >= budget)) {
      return cuts === null
        ? trouble
        : {
            kind: 'unreachable',
            failure: {
              ...trouble.failure,
              message: `the host did not come back within ${budget} s: ${trouble.failure.message}`,
            },
          }
    }
    if (call.stopped()) {
      const message = 'the run was interrupted before the change could be confirmed'
      return {
        kind: 'failed',
        failure: { message, hint: 'run it again: what is done already is not done twice' },
        deltas,
        data: plan.data ?? {},
      }
    }
    call.onRetry(trouble ? 'the host does not answer yet' : 'on its way', attempt)
    await services.sleep(
      Math.min(cuts === null ? 0.1 * 1.5 ** Math.min(attempt, 6) : 1, Math.max(0.05, budget - elapsed())),
    )
    host.forget()
    state = undefined
  }
}

/** A change whose steps were not performed in this task yet; null for one that was. */
function fresh(
  plan: Extract<Plan, { kind: 'change' }>,
  performed: Set<string>,
): Extract<Plan, { kind: 'change' }> | null {
  const key = JSON.stringify(plan.steps)
  if (performed.has(key)) return null
  performed.add(key)
  return plan
}

/** Performs what the second look found; the result when that ends the task. */
async function followUp(
  host: HostRun,
  call: ModuleCall,
  plan: Extract<Plan, { kind: 'change' }>,
  state: unknown,
): Promise<ModuleResult | null> {
  const steps = plan.steps.map((step) => withEnvironment(step, call.environment))
  const exchange = await host.perform({ before: [], steps, after: [] }, call.exchange)
  if (exchange.kind !== 'done') return troubleOf(exchange)
  const broken = failedStep(steps, exchange.result.steps, explained(host, call, state))
  return broken ? { kind: 'failed', failure: broken, deltas: plan.deltas, data: plan.data ?? {} } : null
}

function explained(host: HostRun, call: ModuleCall, state: unknown): (failure: StepFailure) => Explanation | null {
  return (failure) => call.module.explain?.(call.args, failure, state, host.facts ?? noFacts) ?? null
}

function withEnvironment(step: Step, environment: Readonly<Record<string, string>>): Step {
  if ((step.kind !== 'run' && step.kind !== 'shell') || Object.keys(environment).length === 0) return step
  return { ...step, env: { ...environment, ...step.env } }
}

/** A short clause about a plan, for a task row: the deltas, or how many there are. */
export function summary(plan: Extract<Plan, { kind: 'change' }>, otherwise: string): string {
  const [first, ...rest] = plan.deltas
  if (!first) return otherwise
  const shown =
    first.text || first.secret || first.before === null || first.after === null
      ? first.what
      : `${first.what}: ${first.before} -> ${first.after}`
  return rest.length === 0 ? shown : `${shown} and ${rest.length} more`
}
