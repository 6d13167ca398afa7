import type { Delta } from '../../src/module/plan.ts'
import type { HostDone, RunEvent, TaskStart } from '../../src/run/event.ts'
import type { Counters } from '../../src/run/outcome.ts'

/** Counters of one host, zero where not given. */
export function counters(given: Partial<Counters>): Counters {
  return {
    ok: 0,
    changed: 0,
    unreachable: 0,
    failed: 0,
    skipped: 0,
    rescued: 0,
    ignored: 0,
    unpredicted: 0,
    ...given,
  }
}

const playbook = 'playbooks/vflag-lacp.yaml'
const hosts = ['hv1', 'hv2', 'hv3', 'hv4']

/** The events of one task, in the order in which an engine sends them. */
export function task(
  given: Pick<TaskStart, 'id' | 'task' | 'module' | 'hosts'> & { readonly handler?: boolean; readonly ms?: number },
  ...results: readonly (Partial<HostDone> & Pick<HostDone, 'host' | 'outcome'>)[]
): readonly RunEvent[] {
  const play = 'Firmware and card'
  const { id, task: name, module } = given
  return [
    {
      event: 'task_start',
      play,
      task: name,
      module,
      id,
      path: `${playbook}:${20 + id}:7`,
      handler: given.handler ?? false,
      hosts: given.hosts,
    },
    ...given.hosts.map((host) => ({ event: 'host_start', id, task: name, host }) as const),
    ...results.map((result) => ({
      event: 'host_done' as const,
      play,
      id,
      task: name,
      module,
      because: 'it is so already',
      deltas: [],
      ms: 12,
      ...result,
    })),
    { event: 'task_done', id, task: name, ms: given.ms ?? 40 },
  ]
}

const each = (outcome: HostDone['outcome'], because: string, names = hosts) =>
  names.map((host) => ({ host, outcome, because }))

const count: Delta = { what: 'count of ens2f0', before: '0', after: '2' }
const motd: Delta = { what: '/etc/motd', before: 'one\ntwo\n', after: 'one\nthree\n', text: true }

/**
 * A run on four hosts with everything that a report has to show: unchanged and changed tasks, loops, debug, retries,
 * warnings, a handler, a failure of two hosts, a lost host, hostile remote text, and the recap.
 */
export const recordedRun: readonly RunEvent[] = [
  { event: 'run_start', run: '20261122-213045-3f2a', playbook, check: false, diff: true, hosts },
  { event: 'play_start', play: 'Firmware and card', hosts },
  { event: 'facts_start', play: 'Firmware and card', hosts },
  ...task({ id: 1, task: 'Gathering Facts', module: 'setup', hosts, ms: 1240 }, ...each('ok', 'facts were gathered')),
  ...task(
    { id: 2, task: 'Write the message', module: 'template', hosts },
    { host: 'hv1', outcome: 'changed', because: '/etc/motd', deltas: [motd] },
    { host: 'hv3', outcome: 'ok', because: '/etc/motd has this content already' },
    { host: 'hv2', outcome: 'changed', because: '/etc/motd', deltas: [motd] },
    { host: 'hv4', outcome: 'skipped', because: 'not motd' },
  ),
  { event: 'handler_notified', handler: 'Say so', task: 'Write the message', host: 'hv1' },
  ...task(
    { id: 3, task: 'Create the VFs', module: 'vfs', hosts, ms: 3100 },
    ...hosts.flatMap((host) => [
      { host, item: 'ens2f0', outcome: 'changed' as const, because: 'count of ens2f0: 0 -> 2', deltas: [count] },
      { host, item: 'ens2f1', outcome: 'ok' as const },
      { host, outcome: 'changed' as const, because: 'count of ens2f0: 0 -> 2', deltas: [count] },
    ]),
  ),
  ...task(
    { id: 4, task: 'Show it', module: 'debug', hosts },
    ...hosts.map((host) => ({ host, outcome: 'ok' as const, because: 'shown', message: 'vfs: 2\nmode: legacy' })),
  ),
  { event: 'warning', host: 'hv2', message: 'the clock is 3 minutes off' },
  {
    event: 'host_retry',
    id: 5,
    task: 'Set switchdev',
    host: 'hv1',
    because: 'not yet r.rc == 0',
    attempt: 1,
    left: 3,
  },
  ...task(
    { id: 5, task: 'Set switchdev', module: 'eswitch', hosts, ms: 800 },
    ...['hv1', 'hv2'].map((host) => ({
      host,
      outcome: 'failed' as const,
      because: 'the command failed: exit status 1',
      error: {
        message: 'the command failed: exit status 1',
        command: 'devlink dev eswitch set pci/0000:61:00.0 mode switchdev',
        exit_status: 1,
        stdout: '',
        stderr: 'Error: mlx5_core: \u001b[2JFailed to create LAG.\nkernel answers: Device or resource busy\n',
        path: `${playbook}:25:7`,
        hint: 'take the VFs from the host drivers first',
      },
    })),
    {
      host: 'hv3',
      outcome: 'lost',
      because: 'the link died',
      error: { message: 'the link died', path: `${playbook}:25:7` },
    },
    { host: 'hv4', outcome: 'ok' },
  ),
  { event: 'host_lost', host: 'hv1', because: 'the command failed: exit status 1' },
  { event: 'host_lost', host: 'hv2', because: 'the command failed: exit status 1' },
  { event: 'host_lost', host: 'hv3', because: 'the link died' },
  ...task(
    { id: 6, task: 'Say so', module: 'command', hosts: ['hv4'], handler: true },
    { host: 'hv4', outcome: 'ignored', because: 'exit status 2', error: { message: 'exit status 2' } },
  ),
  {
    event: 'recap',
    hosts: {
      hv1: counters({ ok: 4, changed: 2, failed: 1 }),
      hv2: counters({ ok: 4, changed: 2, failed: 1 }),
      hv3: counters({ ok: 4, changed: 1, unreachable: 1 }),
      hv4: counters({ ok: 5, changed: 1, skipped: 1, ignored: 1 }),
    },
    exit: 2,
    ms: 6400,
    check: false,
  },
]

/** A run that changes something on every seventh host, with `tasks` tasks on `size` hosts. */
export function syntheticRun(size: number, tasks: number): readonly RunEvent[] {
  const names = Array.from({ length: size }, (_, at) => `host${at + 1}`)
  return [
    { event: 'run_start', run: 'r', playbook, check: false, diff: false, hosts: names },
    { event: 'play_start', play: 'Fleet', hosts: names },
    ...Array.from({ length: tasks }, (_, id) =>
      task(
        { id, task: `Task ${id}`, module: 'file', hosts: names },
        ...names.map((host, at) => ({
          host,
          outcome: (at + id) % 7 === 0 ? ('changed' as const) : ('ok' as const),
          because: (at + id) % 7 === 0 ? `mode of /srv/${host}: 0644 -> 0600` : 'it is so already',
        })),
      ),
    ).flat(),
    {
      event: 'recap',
      hosts: Object.fromEntries(names.map((name) => [name, counters({ ok: tasks, changed: 3 })])),
      exit: 0,
      ms: 1000,
      check: false,
    },
  ]
}
