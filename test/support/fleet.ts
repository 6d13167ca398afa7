import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { factReads, parseFacts } from '../../src/facts/gather.ts'
import type { Exchange, Host } from '../../src/host/host.ts'
import { unsendable } from '../../src/host/wire.ts'
import { loadInventory } from '../../src/inventory/load.ts'
import { createMachines } from '../../src/lab/machines.ts'
import { type LabHost, labSettings } from '../../src/lab/settings.ts'
import type { Machine } from '../../src/machine/machine.ts'
import { instantTime } from '../../src/machine/time.ts'
import type { Frame } from '../../src/module/frame.ts'
import { modules } from '../../src/modules/index.ts'
import { loadPlaybook } from '../../src/playbook/load.ts'
import { LocalFiles } from '../../src/playbook/local-files.ts'
import type { RunOptions } from '../../src/run/context.ts'
import type { HostDone, RunEvent } from '../../src/run/event.ts'
import type { Counters } from '../../src/run/outcome.ts'
import { runPlaybook } from '../../src/run/run.ts'
import { resolveTargets } from '../../src/run/targets.ts'
import type { Value, Vars } from '../../src/shared/value.ts'
import { formatDiagnostics } from '../../src/source/print.ts'
import { diskReader } from '../../src/source/reader.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const reader = diskReader(root)

/** A host that is a modelled machine, without SSH in between. */
export class MachineHost implements Host {
  readonly name: string
  readonly #machine: Machine
  /** How many steps it still performs before its link dies for good. */
  #stepsLeft: number
  #last: Promise<unknown> = Promise.resolve()

  constructor(name: string, machine: Machine, steps = Number.POSITIVE_INFINITY) {
    this.name = name
    this.#machine = machine
    this.#stepsLeft = steps
  }

  exchange(frame: Frame): Promise<Exchange> {
    const wrong = unsendable(frame)
    if (wrong !== null) return Promise.resolve({ kind: 'unreachable', failure: { reason: 'protocol', message: wrong } })
    const exchange = this.#last.then(() => this.#perform(frame))
    this.#last = exchange
    return exchange
  }

  async #perform(frame: Frame): Promise<Exchange> {
    if (this.#stepsLeft < 0)
      return { kind: 'unreachable', failure: { reason: 'connect', message: 'the host does not answer' } }
    const steps = frame.steps.slice(0, this.#stepsLeft)
    const cut = steps.length < frame.steps.length
    this.#stepsLeft = cut ? -1 : this.#stepsLeft - steps.length
    const result = await this.#machine.perform(cut ? { ...frame, steps, after: [] } : frame)
    return cut
      ? { kind: 'lost', failure: { reason: 'link', message: 'the connection died' } }
      : { kind: 'done', result }
  }

  async disconnect(): Promise<void> {}
}

/** How a playbook ended on a fleet. */
export interface FleetRun {
  readonly exit: number
  readonly events: readonly RunEvent[]
  readonly done: readonly HostDone[]
  readonly recap: Readonly<Record<string, Counters>>
  /** What was written on the machines during this run, as `hv1 attr /sys/...`. */
  readonly writes: readonly string[]
}

/** The machines of an inventory with modelled time, on which shipped playbooks run through the real engine. */
export class Fleet {
  readonly machines: ReadonlyMap<string, Machine>
  readonly #time = instantTime()
  readonly #inventory
  readonly #playbookDir: string

  /** @param change changes the `lab:` variable of a host, for faults and other profiles */
  constructor(
    inventory = 'inventory/lab.yaml',
    change: (name: string, lab: Readonly<Record<string, Value>>) => Value = (_name, lab) => lab,
  ) {
    this.#playbookDir = 'playbooks'
    this.#inventory = value(loadInventory(reader, [inventory], { playbookDir: this.#playbookDir }))
    const hosts = [...this.#inventory.hosts.values()].map((host): LabHost => {
      const vars = Object.fromEntries(Object.entries(host.vars).map(([name, each]) => [name, each.value]))
      const lab = vars['lab']
      const checked = labSettings(host.name, {
        ...vars,
        lab: change(
          host.name,
          typeof lab === 'object' && lab !== null && !Array.isArray(lab) ? (lab as Record<string, Value>) : {},
        ),
      })
      if (!checked.ok) throw new Error(checked.error.map((each) => each.message).join('\n'))
      return checked.value
    })
    const made = createMachines(
      hosts.map((host) => ({ host, state: null, cut: () => undefined })),
      { time: this.#time },
    )
    this.machines = new Map(made.map(({ host, machine }) => [host.name, machine]))
  }

  machine(name: string): Machine {
    const found = this.machines.get(name)
    if (!found) throw new Error(`no machine ${name}`)
    return found
  }

  /** The hypervisors, by name. */
  get hypervisors(): readonly Machine[] {
    return [...this.machines.values()].filter((machine) => machine.state.profile.card !== 'none')
  }

  /** Runs a playbook of playbooks/. */
  async run(
    name: string,
    options: Omit<Partial<RunOptions>, 'limit'> & {
      readonly extraVars?: Vars
      readonly limit?: readonly string[]
      /** Interrupts the run, as Ctrl-C does, when so many tasks are done, or the first of a name. */
      readonly stopAfter?: number | string
      /** The link of each host dies after it has performed so many steps: in the middle of a task, if need be. */
      readonly steps?: number
    } = {},
  ): Promise<FleetRun> {
    const {
      extraVars = {},
      stopAfter = Number.POSITIVE_INFINITY,
      steps = Number.POSITIVE_INFINITY,
      limit = null,
      ...given
    } = options
    const control = { interrupted: false, bug: false, pending: null }
    let tasks = 0
    const file = path.join(this.#playbookDir, name)
    const searchPaths = { templates: [path.join(root, 'templates')], files: [] }
    const playbook = value(
      loadPlaybook(file, {
        reader,
        modules,
        inventory: this.#inventory,
        extraVars,
        searchPaths,
      }),
    )
    const targets = value(resolveTargets(playbook, this.#inventory, limit, extraVars, () => 0))
    const files = new LocalFiles(reader, this.#playbookDir, searchPaths)
    const events: RunEvent[] = []
    const before = new Map([...this.machines].map(([host, machine]) => [host, machine.writes.length]))
    const result = await runPlaybook({
      id: 'test',
      playbook,
      playbookDir: this.#playbookDir,
      inventory: this.#inventory,
      targets,
      extraVars,
      connect: (host) => new MachineHost(host, this.machine(host), steps),
      services: {
        now: () => this.#time.now() * 1000,
        sleep: (seconds) => this.#time.sleep(seconds),
        emit: (event) => {
          events.push(event)
          if (event.event !== 'task_done') return
          tasks++
          if (typeof stopAfter === 'number' ? tasks >= stopAfter : event.task === stopAfter) control.interrupted = true
        },
        facts: { reads: factReads, parse: parseFacts },
        localFile: (each) => files.file(each),
        localTemplate: (each) => files.template(each),
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
        ...given,
        limit: null,
      },
      control,
    })
    return {
      exit: result.exit,
      events,
      done: events.filter((event) => event.event === 'host_done'),
      recap: result.hosts,
      writes: [...this.machines].flatMap(([host, machine]) =>
        machine.writes.slice(before.get(host)).map((each) => `${host} ${each.kind} ${each.what}`),
      ),
    }
  }
}

/** What went wrong in a run, for messages of tests: failed, lost and unpredicted outcomes. */
export function troubles(run: FleetRun): readonly string[] {
  return run.done
    .filter((event) => !['ok', 'changed', 'skipped'].includes(event.outcome))
    .map((event) => `${event.host} ${event.task}: ${event.outcome}: ${event.error?.message ?? event.because}`)
}

function value<T>(
  result:
    | { readonly ok: true; readonly value: T }
    | { readonly ok: false; readonly error: readonly Parameters<typeof formatDiagnostics>[0][number][] },
): T {
  if (result.ok) return result.value
  throw new Error(formatDiagnostics(result.error, { color: false }))
}
