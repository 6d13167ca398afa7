import type { ExchangeOptions } from '../host/host.ts'
import type { Facts } from '../module/facts.ts'
import type { Module, PlanContext } from '../module/module.ts'
import type { Delta, Plan } from '../module/plan.ts'
import type { Read } from '../module/read.ts'
import { Readings } from '../module/reading.ts'
import type { Step, StepResult } from '../module/step.ts'
import type { ValueMap } from '../shared/value.ts'
import type { Services } from './context.ts'
import { type Disturbance, disturbanceOf, disturbedBy } from './disturbance.ts'
import type { HostRun } from './host-run.ts'
import { failedStep, failureOf, failureOfLink, notSettled, troubleOf } from './module-failure.ts'
import type { Failure } from './outcome.ts'

/** What a module came to on a host, before `changed_when`, `failed_when` and `ignore_errors` have their say. */
export type ModuleResult =
  | { readonly kind: 'ok'; readonly because: string; readonly deltas: readonly Delta[]; readonly data: ValueMap }
  /** Performed and confirmed; in check mode: would be, and `data` is what is known of it. */
  | {
      readonly kind: 'changed'
      readonly because: string
      readonly deltas: readonly Delta[]
      readonly data: ValueMap
      readonly predicted: boolean
    }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly deltas: readonly Delta[]; readonly data: ValueMap }
  /** Nothing was done: the run was interrupted first. */
  | { readonly kind: 'skipped'; readonly because: string }
  /** Check mode cannot say. */
  | { readonly kind: 'unpredicted'; readonly because: string; readonly disturbance: Disturbance | null }
  | Trouble

/** The host could not be talked to. */
export type Trouble =
  | { readonly kind: 'unreachable'; readonly failure: Failure }
  | { readonly kind: 'lost'; readonly failure: Failure }

/** One call of a module: everything is rendered and checked. */
export interface ModuleCall {
  readonly task: string
  readonly module: Module
  readonly args: unknown
  readonly check: boolean
  readonly exchange: ExchangeOptions
  readonly environment: Readonly<Record<string, string>>
  readonly context: Omit<PlanContext, 'elapsed' | 'facts' | 'host' | 'check'>
  /** Reads of the tasks that follow, made along when a round trip is needed. */
  readonly ahead: () => readonly Read[]
  readonly onRetry: (because: string, attempt: number) => void
  readonly stopped: () => boolean
  /** In check mode: the first task on any host whose change was not made. */
  readonly pendingAnywhere: () => string | null
}

const noFacts: Facts = {
  hostname: '',
  fqdn: '',
  distribution: { id: '', version: '', major: 0, family: 'other', name: '' },
  kernel: '',
  architecture: '',
  boot_id: '',
  package_manager: null,
  network_backend: null,
  pfs: [],
  management: { interface: null, uses: [] },
}

/** Looks, decides, and - when there is something to do and this is no check - performs and looks again. */
export async function runModule(host: HostRun, call: ModuleCall, services: Services): Promise<ModuleResult> {
  const { module, args } = call
  if (module.needsFacts && host.facts === null) {
    const trouble = await gatherFacts(host, call.exchange, services)
    if (trouble) return trouble
  }
  if (module.awaitsLink && !call.check) {
    const trouble = await awaitLink(host, module.awaitsLink(args), call, services)
    if (trouble) return trouble
  }
  const before = call.check && module.fresh ? call.pendingAnywhere() : null
  if (before !== null) {
    // Traffic and counters say something about the fleet as it is, not as it would be; and a check sends no load.
    return { kind: 'unpredicted', because: `"${before}" would come first`, disturbance: null }
  }
  const started = services.now()
  const elapsed = () => (services.now() - started) / 1000
  for (let attempt = 1; ; attempt++) {
    const looked = await lookAt(host, call, attempt === 1)
    if (looked.kind !== 'seen') return looked
    const plan = decide(host, call, looked.state, elapsed())
    const reads = looked.reads
    if (call.check) {
      const doubt = doubtOf(host, call, plan, reads)
      if (doubt) return doubt
    }
    switch (plan.kind) {
      case 'unchanged':
        return { kind: 'ok', because: plan.because, deltas: [], data: plan.data ?? {} }
      case 'blocked':
      case 'failed':
        return { kind: 'failed', failure: failureOf(plan), deltas: [], data: plan.data ?? {} }
      case 'change':
        if (call.check) return predict(host, call, plan)
        // Who interrupts while a host is looked at does not want it changed, let alone restarted, a moment later.
        if (call.stopped()) return { kind: 'skipped', because: 'the run was interrupted before anything was changed' }
        return await perform(host, call, plan, looked, services)
      case 'wait':
        if (call.check && module.controllerOnly)
          return { kind: 'ok', because: 'not waited for in check mode', deltas: [], data: plan.data ?? {} }
        if (call.stopped() && module.controllerOnly)
          return { kind: 'ok', because: 'the run was interrupted', deltas: [], data: plan.data ?? {} }
        if (elapsed() >= plan.upTo || call.stopped()) {
          return {
            kind: 'failed',
            failure: failureOf(
              plan,
              `${plan.because} (waited ${Math.round(elapsed())} s${elapsed() >= plan.upTo ? '' : ', then the run was interrupted'})`,
            ),
            deltas: [],
            data: plan.data ?? {},
          }
        }
        if (!module.controllerOnly) call.onRetry(plan.because, attempt)
        await services.sleep(Math.min(plan.again, Math.max(0, plan.upTo - elapsed())))
        host.forget()
    }
  }
}

/** Learns a host's facts; the trouble when it could not be talked to. As the login user: nothing in the facts needs more. */
export async function gatherFacts(
  host: HostRun,
  exchange: ExchangeOptions,
  services: Services,
): Promise<Trouble | null> {
  const looked = await host.look(
    services.facts.reads,
    exchange.timeoutMs === undefined ? {} : { timeoutMs: exchange.timeoutMs },
  )
  if (!looked.ok) return troubleOf(looked.trouble)
  host.facts = services.facts.parse(looked.seen, host.name)
  host.version++
  return null
}

interface Looked {
  readonly kind: 'seen'
  readonly reads: readonly Read[]
  readonly state: unknown
}

async function lookAt(host: HostRun, call: ModuleCall, first: boolean): Promise<Looked | Trouble> {
  const { module, args } = call
  const facts = host.facts ?? noFacts
  const reads = [...(module.reads?.(args, facts) ?? [])]
  let seen = new Readings(new Map())
  if (reads.length > 0) {
    const looked = await host.look(reads, {
      ...call.exchange,
      fresh: module.fresh === true,
      ...(first && { ahead: call.ahead }),
    })
    if (!looked.ok) return troubleOf(looked.trouble)
    seen = looked.seen
  }
  const more = module.more?.(args, seen, facts) ?? []
  if (more.length > 0) {
    reads.push(...more)
    const looked = await host.look(reads, call.exchange)
    if (!looked.ok) return troubleOf(looked.trouble)
    seen = looked.seen
  }
  return { kind: 'seen', reads, state: module.state(args, seen, facts) }
}

function decide(host: HostRun, call: ModuleCall, state: unknown, elapsed: number): Plan {
  return call.module.plan(call.args, state, {
    ...call.context,
    facts: host.facts ?? noFacts,
    host: host.name,
    check: call.check,
    elapsed,
  })
}

/** In check mode: why the plan cannot be believed, when an earlier change that was not made would alter what it rests on. */
function doubtOf(host: HostRun, call: ModuleCall, plan: Plan, reads: readonly Read[]): ModuleResult | null {
  const task = disturbedBy(reads, host.pending)
  if (task !== null) {
    const disturbance =
      plan.kind === 'change'
        ? disturb(host, call, plan.steps)
        : { task: call.task, patterns: call.module.disturbs?.(call.args, host.facts ?? noFacts) ?? [] }
    host.pending.push(disturbance)
    return { kind: 'unpredicted', because: `looks at what "${task}" would change`, disturbance }
  }
  if (plan.kind !== 'blocked' && plan.kind !== 'failed' && plan.kind !== 'wait') return null
  const first = host.pending[0]
  if (first === undefined || call.module.controllerOnly) return null
  return {
    kind: 'unpredicted',
    because: `as things are now: ${plan.because}; "${first.task}" would come first`,
    disturbance: null,
  }
}

function disturb(host: HostRun, call: ModuleCall, steps: readonly Step[]): Disturbance {
  return disturbanceOf(call.task, call.module, call.args, host.facts ?? noFacts, steps)
}

function predict(host: HostRun, call: ModuleCall, plan: Extract<Plan, { kind: 'change' }>): ModuleResult {
  const disturbance = disturb(host, call, plan.steps)
  if (call.module.settles === false) return { kind: 'unpredicted', because: 'not run in check mode', disturbance }
  host.pending.push(disturbance)
  return {
    kind: 'changed',
    because: summary(plan, 'would change'),
    deltas: plan.deltas,
    data: plan.data ?? {},
    predicted: true,
  }
}

async function perform(
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
  const broken = failedStep(steps, results)
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
        return { kind: 'changed', because: summary(plan, 'done'), deltas: plan.deltas, data, predicted: false }
      }
      if (elapsed() >= budget)
        return { kind: 'failed', failure: notSettled(next, budget), deltas: plan.deltas, data: plan.data ?? {} }
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
        deltas: plan.deltas,
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

async function awaitLink(
  host: HostRun,
  timing: { readonly within: number; readonly delay: number; readonly pause: number },
  call: ModuleCall,
  services: Services,
): Promise<Trouble | null> {
  const started = services.now()
  await host.disconnect()
  if (timing.delay > 0) await services.sleep(timing.delay)
  for (let attempt = 1; ; attempt++) {
    const looked = await host.look([{ kind: 'command', argv: ['true'] }], { ...call.exchange, fresh: true })
    if (looked.ok) return null
    const waited = (services.now() - started) / 1000
    if (waited >= timing.within || call.stopped()) {
      return {
        kind: 'unreachable',
        failure: {
          ...failureOfLink(looked.trouble.failure),
          message: `the host did not answer within ${timing.within} s: ${looked.trouble.failure.message}`,
        },
      }
    }
    call.onRetry(looked.trouble.failure.message, attempt)
    await services.sleep(timing.pause)
  }
}

function withEnvironment(step: Step, environment: Readonly<Record<string, string>>): Step {
  if ((step.kind !== 'run' && step.kind !== 'shell') || Object.keys(environment).length === 0) return step
  return { ...step, env: { ...environment, ...step.env } }
}

/** A short clause about a plan, for a task row: the deltas, or how many there are. */
function summary(plan: Extract<Plan, { kind: 'change' }>, otherwise: string): string {
  const [first, ...rest] = plan.deltas
  if (!first) return otherwise
  const shown =
    first.text || first.secret || first.before === null || first.after === null
      ? first.what
      : `${first.what}: ${first.before} -> ${first.after}`
  return rest.length === 0 ? shown : `${shown} and ${rest.length} more`
}
