import type { Host } from '../host/host.ts'
import type { Inventory } from '../inventory/types.ts'
import type { Playbook } from '../playbook/types.ts'
import type { Vars } from '../shared/value.ts'
import type { RunControl, RunOptions, Services } from './context.ts'
import { HostRun } from './host-run.ts'
import type { Counters } from './outcome.ts'
import { runPlay } from './play.ts'
import { exitStatus } from './recap.ts'
import type { Targets } from './targets.ts'
import { variableLayers } from './variables.ts'

/** Everything a run needs. The playbook, the names in it and the targets were checked. */
export interface RunInput {
  /** `20261122-213045-3f2a` */
  readonly id: string
  readonly playbook: Playbook
  readonly playbookDir: string
  readonly inventory: Inventory
  readonly targets: Targets
  readonly extraVars: Vars
  /** The way to a host; called once per host of the run. */
  readonly connect: (name: string) => Host
  readonly services: Services
  readonly options: RunOptions
  readonly control: RunControl
}

/** How a run ended. */
export interface RunResult {
  readonly exit: number
  readonly hosts: Readonly<Record<string, Counters>>
}

/** Runs a playbook and sends its events; the last one is the recap. Hosts' trouble never rejects it. */
export async function runPlaybook(input: RunInput): Promise<RunResult> {
  const { services, playbook, targets, options, control } = input
  const started = services.now()
  const names = [...new Set(playbook.plays.flatMap((play) => targets.get(play) ?? []))]
  const hosts = new Map(names.map((name) => [name, new HostRun(name, input.connect(name), services.now)]))
  services.emit({
    event: 'run_start',
    run: input.id,
    playbook: playbook.file,
    check: options.check,
    diff: options.diff,
    hosts: names,
  })
  let id = 0
  const layers = variableLayers({
    inventory: input.inventory,
    extraVars: input.extraVars,
    options,
    playbookDir: input.playbookDir,
    hosts,
  })
  try {
    for (const play of playbook.plays) {
      if (control.interrupted) break
      const addressed = (targets.get(play) ?? []).flatMap((name) => hosts.get(name) ?? [])
      const fit = addressed.filter((host) => host.state === 'active')
      if (fit.length === 0) {
        services.emit({ event: 'play_start', play: play.name, hosts: [] })
        continue
      }
      const goOn = await runPlay({ play, hosts: fit, services, options, control, layers, nextId: () => ++id })
      if (!goOn) break
    }
  } catch (cause) {
    control.bug = true
    services.emit({
      event: 'warning',
      message: `internal error: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`,
    })
  } finally {
    await Promise.all([...hosts.values()].map((host) => host.disconnect().catch(() => undefined)))
  }
  warnOfPendingHandlers(input, hosts)
  const counters = Object.fromEntries(
    [...hosts].filter(([, host]) => host.seen).map(([name, host]) => [name, { ...host.tally }]),
  )
  const exit = exitStatus(Object.values(counters), {
    interrupted: control.interrupted,
    bug: control.bug,
    failOnChange: options.check && options.failOnChange,
  })
  services.emit({
    event: 'recap',
    hosts: counters,
    exit,
    ms: Math.round(services.now() - started),
    check: options.check,
  })
  return { exit, hosts: counters }
}

/** A handler that was notified and never ran leaves a host half configured: say so. */
function warnOfPendingHandlers({ services }: RunInput, hosts: ReadonlyMap<string, HostRun>): void {
  for (const host of hosts.values()) {
    const names = [...host.notified].map((handler) => handler.name ?? handler.module.name)
    if (names.length > 0)
      services.emit({
        event: 'warning',
        host: host.name,
        message: `notified handlers did not run: ${names.join(', ')}`,
      })
  }
}
