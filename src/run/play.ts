import type { Play, TaskNode } from '../playbook/types.ts'
import { Pool } from '../shared/pool.ts'
import { formatPlace } from '../source/diagnostic.ts'
import { slices } from './batch.ts'
import type { PlayRun, RunControl, RunOptions, Services } from './context.ts'
import { inheritFromPlay } from './context.ts'
import { flushHandlers } from './handlers.ts'
import type { HostRun } from './host-run.ts'
import { gatherFacts } from './module-look.ts'
import { runNodes } from './nodes.ts'
import { countOutcome } from './recap.ts'

/** What a play needs from the run. */
export interface PlayInput {
  readonly play: Play
  /** Hosts that the pattern and the limit leave and that are still fit, in play order. */
  readonly hosts: readonly HostRun[]
  readonly services: Services
  readonly options: RunOptions
  readonly control: RunControl
  readonly nextId: () => number
  readonly layers: (play: Play, batch: readonly HostRun[], all: readonly HostRun[]) => PlayRun['layers']
}

/**
 * Runs a play batch by batch: facts, pre_tasks, tasks, post_tasks, each section followed by its handlers. False when a
 * whole batch was lost or a threshold was passed: then nothing of the playbook is run any more.
 */
export async function runPlay(input: PlayInput): Promise<boolean> {
  const { play, services, control } = input
  services.emit({ event: 'play_start', play: play.name, hosts: input.hosts.map((host) => host.name) })
  const batches = slices(input.hosts, play.serial)
  for (const [index, batch] of batches.entries()) {
    if (control.interrupted) return false
    if (batches.length > 1) {
      services.emit({
        event: 'batch_start',
        play: play.name,
        number: index + 1,
        total: batches.length,
        hosts: batch.map((host) => host.name),
      })
    }
    for (const host of batch) host.forget()
    const goOn = await runBatch(input, batch)
    if (!goOn) return false
  }
  return true
}

async function runBatch(input: PlayInput, batch: readonly HostRun[]): Promise<boolean> {
  const { play, services, options, control } = input
  const pool = new Pool(options.forks)
  const run: PlayRun = {
    play,
    services,
    options,
    control,
    batch,
    eachHost: async (hosts, work) => {
      await Promise.all(hosts.map((host) => pool.run(() => (control.interrupted ? Promise.resolve() : work(host)))))
    },
    layers: input.layers(play, batch, input.hosts),
    nextId: input.nextId,
  }
  const inherited = inheritFromPlay(play)
  if (play.gatherFacts && !(await gather(run))) return false
  const sections: readonly (readonly TaskNode[])[] = [play.preTasks, play.tasks, play.postTasks]
  for (const section of sections) {
    if (section.length === 0) continue
    const goOn = await runNodes(run, section, inherited)
    if (control.interrupted) return false
    if (!goOn) {
      await flushHandlers(run, inherited)
      return false
    }
    await flushHandlers(run, inherited)
    if (batch.every((host) => host.state !== 'active')) return false
  }
  return batch.some((host) => host.state === 'active')
}

/** Gathers the facts of hosts that have none yet. False when nobody is left. */
async function gather(run: PlayRun): Promise<boolean> {
  const hosts = run.batch.filter((host) => host.state === 'active' && host.facts === null)
  if (hosts.length === 0) return run.batch.some((host) => host.state === 'active')
  const { services, play } = run
  const id = run.nextId()
  const task = 'Gathering Facts'
  const started = services.now()
  services.emit({ event: 'facts_start', play: play.name, hosts: hosts.map((host) => host.name) })
  services.emit({
    event: 'task_start',
    play: play.name,
    task,
    module: 'setup',
    id,
    path: formatPlace(play.place),
    handler: false,
    hosts: hosts.map((host) => host.name),
  })
  await run.eachHost(hosts, async (host) => {
    const from = services.now()
    services.emit({ event: 'host_start', id, task, host: host.name })
    const trouble = await gatherFacts(host, {}, services)
    const outcome = trouble?.kind ?? 'ok'
    host.seen = true
    countOutcome(host.tally, outcome)
    if (trouble) host.state = 'unreachable'
    services.emit({
      event: 'host_done',
      play: play.name,
      id,
      task,
      module: 'setup',
      host: host.name,
      outcome,
      because: trouble ? trouble.failure.message : 'facts were gathered',
      deltas: [],
      ms: Math.round(services.now() - from),
      ...(trouble && { error: trouble.failure }),
    })
    if (trouble) services.emit({ event: 'host_lost', host: host.name, because: trouble.failure.message })
  })
  services.emit({ event: 'task_done', id, task, ms: Math.round(services.now() - started) })
  return run.batch.some((host) => host.state === 'active')
}
