import type { ExchangeOptions } from '../host/host.ts'
import type { Facts } from '../module/facts.ts'
import type { Plan } from '../module/plan.ts'
import type { Read } from '../module/read.ts'
import { Readings } from '../module/reading.ts'
import type { Services } from './context.ts'
import type { HostRun } from './host-run.ts'
import type { ModuleCall, Trouble } from './module-call.ts'
import { failureOfLink, troubleOf } from './module-failure.ts'

/** What a module that needs no facts is given. */
export const noFacts: Facts = {
  hostname: '',
  fqdn: '',
  distribution: { id: '', version: '', major: 0, family: 'other', name: '' },
  kernel: '',
  architecture: '',
  boot_id: '',
  package_manager: null,
  systemd: null,
  network_backend: null,
  pfs: [],
  management: { interface: null, uses: [] },
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

/** What was looked at, and what the module makes of it. */
export interface Looked {
  readonly kind: 'seen'
  readonly reads: readonly Read[]
  readonly state: unknown
}

/** Looks at what the module wants to see, in one or two round trips; what was read ahead needs none. */
export async function lookAt(host: HostRun, call: ModuleCall, first: boolean): Promise<Looked | Trouble> {
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

/** Asks the module for its plan. */
export function decide(host: HostRun, call: ModuleCall, state: unknown, elapsed: number): Plan {
  return call.module.plan(call.args, state, {
    ...call.context,
    facts: host.facts ?? noFacts,
    host: host.name,
    check: call.check,
    elapsed,
  })
}

/** Waits until the host answers on a new connection; the trouble when it does not in time. */
export async function awaitLink(
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
