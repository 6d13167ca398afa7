import { type Inherited, inherit, type PlayRun } from './context.ts'
import type { HostRun } from './host-run.ts'
import { runOneTask } from './nodes.ts'

/**
 * Runs notified handlers in the order of their definition, each once per host; a handler that notifies an earlier one
 * makes another pass. Hosts that failed keep theirs unrun unless handlers are forced.
 */
export async function flushHandlers(run: PlayRun, inherited: Inherited): Promise<void> {
  const forced = run.options.forceHandlers || run.play.forceHandlers
  for (let again = true; again; ) {
    again = false
    for (const handler of run.play.handlers) {
      if (run.control.interrupted) return
      const hosts = run.batch.filter(
        (host) => host.notified.has(handler) && (host.state === 'active' || (forced && host.state === 'failed')),
      )
      if (hosts.length === 0) continue
      again = true
      for (const host of hosts) host.notified.delete(handler)
      const states = new Map<HostRun, HostRun['state']>(hosts.map((host) => [host, host.state]))
      // Tags chose the tasks; a handler that one of them notified runs whatever its own tags are.
      const own = { ...inherit(inherited, handler), tags: ['always'] }
      await runOneTask(run, handler, own, { upcoming: () => [], handler: true, hosts })
      for (const [host, before] of states) if (before === 'failed' && host.state === 'active') host.state = before
    }
  }
}
