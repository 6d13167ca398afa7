import { factReads, parseFacts } from '../../src/facts/gather.ts'
import type { Host } from '../../src/host/host.ts'
import { loadInventory } from '../../src/inventory/load.ts'
import { limitHosts } from '../../src/inventory/patterns.ts'
import type { Module } from '../../src/module/module.ts'
import { modules } from '../../src/modules/index.ts'
import { loadPlaybook } from '../../src/playbook/load.ts'
import { LocalFiles } from '../../src/playbook/local-files.ts'
import type { RunOptions } from '../../src/run/context.ts'
import type { HostDone, RunEvent } from '../../src/run/event.ts'
import type { Counters } from '../../src/run/outcome.ts'
import { runPlaybook } from '../../src/run/run.ts'
import { resolveTargets } from '../../src/run/targets.ts'
import type { Vars } from '../../src/shared/value.ts'
import { formatDiagnostics } from '../../src/source/print.ts'
import { memoryReader } from './memory-reader.ts'

/** What a test run is made of. */
export interface EngineInput {
  /** The playbook, as YAML. */
  readonly playbook: string
  readonly hosts: readonly Host[]
  /** The inventory, as YAML; `all` with the hosts when not given. */
  readonly inventory?: string
  /** Files besides `site.yaml` and `hosts.yaml`. */
  readonly files?: Readonly<Record<string, string>>
  readonly modules?: ReadonlyMap<string, Module>
  readonly options?: Partial<RunOptions>
  readonly extraVars?: Vars
  readonly limit?: string
  /** Called with every event; may set `control.interrupted`. */
  readonly onEvent?: (event: RunEvent, control: { interrupted: boolean }) => void
}

/** What came of it. */
export interface EngineOutput {
  readonly events: readonly RunEvent[]
  /** `host task: outcome`, in order of completion per task; items have `(label)`. */
  readonly outcomes: readonly string[]
  readonly recap: Readonly<Record<string, Partial<Counters>>>
  readonly exit: number
  readonly done: (task: string, host?: string) => HostDone
  /** Seconds that were slept. */
  readonly slept: readonly number[]
}

/** Loads and runs a playbook text with the real engine; time is modelled: sleeping takes none. */
export async function runEngine(input: EngineInput): Promise<EngineOutput> {
  const names = input.hosts.map((host) => host.name)
  const reader = memoryReader({
    'site.yaml': input.playbook,
    'hosts.yaml': input.inventory ?? `all:\n  hosts:\n${names.map((name) => `    ${name}:\n`).join('')}`,
    ...input.files,
  })
  const registry = new Map([...modules, ...(input.modules ?? [])])
  const inventory = value(loadInventory(reader, ['hosts.yaml'], { playbookDir: '.' }))
  const extraVars = input.extraVars ?? {}
  const searchPaths = { templates: [], files: [] }
  const playbook = value(loadPlaybook('site.yaml', { reader, modules: registry, inventory, extraVars, searchPaths }))
  const limit = input.limit === undefined ? null : limitHosts(inventory, input.limit, reader)
  if (limit && !limit.ok) throw new Error(limit.error.message)
  const targets = value(resolveTargets(playbook, inventory, limit ? limit.value : null, extraVars, () => 0))
  const events: RunEvent[] = []
  const slept: number[] = []
  const control = { interrupted: false, bug: false, pending: null }
  const files = new LocalFiles(reader, '.', searchPaths)
  let clock = 0
  const result = await runPlaybook({
    id: 'test',
    playbook,
    playbookDir: '.',
    inventory,
    targets,
    extraVars,
    connect: (name) => {
      const host = input.hosts.find((each) => each.name === name)
      if (!host) throw new Error(`no host ${name}`)
      return host
    },
    services: {
      now: () => clock++,
      sleep: async (seconds) => {
        slept.push(seconds)
        clock += seconds * 1000
      },
      emit: (event) => {
        events.push(event)
        input.onEvent?.(event, control)
      },
      facts: { reads: factReads, parse: parseFacts },
      localFile: (name) => files.file(name),
      localTemplate: (name) => files.template(name),
    },
    options: {
      check: false,
      diff: false,
      forks: 10,
      forceHandlers: false,
      failOnChange: false,
      tags: { only: [], skip: [] },
      become: { wanted: false },
      verbosity: 0,
      limit: input.limit ?? null,
      ...input.options,
    },
    control,
  })
  const doneEvents = events.filter((event) => event.event === 'host_done')
  return {
    events,
    outcomes: doneEvents.map(
      (event) => `${event.host} ${event.task}${event.item === undefined ? '' : ` (${event.item})`}: ${event.outcome}`,
    ),
    recap: Object.fromEntries(Object.entries(result.hosts).map(([name, counters]) => [name, nonZero(counters)])),
    exit: result.exit,
    done: (task, host) => {
      const found = doneEvents.find(
        (event) => event.task === task && event.item === undefined && (host === undefined || event.host === host),
      )
      if (!found)
        throw new Error(
          `the task "${task}" did not end on ${host ?? 'any host'}; there were ${doneEvents.map((event) => event.task).join(', ')}`,
        )
      return found
    },
    slept,
  }
}

function nonZero(counters: Counters): Partial<Counters> {
  return Object.fromEntries(Object.entries(counters).filter(([, n]) => n > 0))
}

function value<T>(
  result:
    | { readonly ok: true; readonly value: T }
    | { readonly ok: false; readonly error: readonly Parameters<typeof formatDiagnostics>[0][number][] },
): T {
  if (result.ok) return result.value
  throw new Error(formatDiagnostics(result.error, { color: false }))
}
