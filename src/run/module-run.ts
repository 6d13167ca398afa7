import type { Plan } from '../module/plan.ts'
import type { Read } from '../module/read.ts'
import type { Step } from '../module/step.ts'
import type { Services } from './context.ts'
import { type Disturbance, disturbanceOf, disturbedBy } from './disturbance.ts'
import type { HostRun } from './host-run.ts'
import type { ModuleCall, ModuleResult } from './module-call.ts'
import { failureOf } from './module-failure.ts'
import { awaitLink, decide, gatherFacts, lookAt, noFacts } from './module-look.ts'
import { perform, summary } from './module-perform.ts'

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
