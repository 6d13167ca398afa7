import { describe, expect, test } from 'vitest'
import { ovsBridge } from '../../../src/modules/card/ovs-bridge.ts'
import { ovsOffload } from '../../../src/modules/card/ovs-offload.ts'
import { type Answer, hvFacts, hypervisor, planFor, profiles, type Shown, shown } from '../../support/readings.ts'

const facts = hvFacts('el9')
const vsctl = (words: string): string => `ovs-vsctl --timeout=10 ${words}`
const down = {
  status: 1,
  stderr: 'ovs-vsctl: unix:/var/run/openvswitch/db.sock: database connection failed (No such file or directory)\n',
}
const noAnswer = {
  kind: 'blocked',
  because:
    'Open vSwitch does not answer: unix:/var/run/openvswitch/db.sock: database connection failed (No such file or directory)',
  hint: 'start it (module service)',
}

const table = (names: readonly string[]): string =>
  `${JSON.stringify({ data: names.map((name) => [name, ['map', [['vflag-play', 'made']]]]), headings: ['name', 'external_ids'] })}\n`
/** The tables of bridges and ports, all of these names marked as made here. */
const marks = (names: readonly string[]): Record<string, Answer> =>
  Object.fromEntries(
    ['Bridge', 'Port'].map((each) => [vsctl(`-f json --columns=name,external_ids list ${each}`), table(names)]),
  )

describe('ovs_bridge', () => {
  const plan = (
    state: string,
    list: Answer | null,
    ports: Answer = { status: 1, stderr: 'ovs-vsctl: no bridge named ovs-sriov\n' },
    ours: readonly string[] = ['ovs-sriov', 'bond0', 'ens2f0_0'],
    args: object = {},
  ) =>
    planFor(
      ovsBridge,
      { name: 'ovs-sriov', state, ...args },
      { commands: { [vsctl('list-br')]: list, [vsctl('list-ports ovs-sriov')]: ports, ...marks(ours) } },
      facts,
    )

  test('makes a bridge once', () => {
    expect(plan('present', 'br-int\n')).toEqual({
      kind: 'change',
      deltas: [{ what: 'bridge ovs-sriov', before: null, after: 'present' }],
      steps: [
        {
          kind: 'run',
          argv: vsctl('add-br ovs-sriov -- br-set-external-id ovs-sriov vflag-play made').split(' '),
          timeout: 20,
        },
      ],
      data: { ports: [] },
    })
    expect(plan('present', 'ovs-sriov\n', 'bond0\n')).toEqual({
      kind: 'unchanged',
      because: 'bridge ovs-sriov is there',
      data: { ports: ['bond0'] },
    })
  })

  test('removes a bridge with its ports once', () => {
    expect(plan('absent', 'ovs-sriov\n', 'bond0\nens2f0_0\n')).toMatchObject({
      deltas: [{ what: 'bridge ovs-sriov', before: 'with bond0 and ens2f0_0', after: null }],
      steps: [{ argv: ['ovs-vsctl', '--timeout=10', '--if-exists', 'del-br', 'ovs-sriov'] }],
    })
    expect(plan('absent', '')).toEqual({
      kind: 'unchanged',
      because: 'there is no bridge ovs-sriov',
      data: { ports: [] },
    })
  })

  test('of a bridge that others made it takes only the ports that were added here', () => {
    const stays = 'bridge ovs-sriov was not made by vflag-play and stays'
    expect(plan('absent', 'ovs-sriov\n', 'eno3\n', [])).toMatchObject({ kind: 'unchanged', because: stays })
    expect(plan('absent', 'ovs-sriov\n', 'eno3\nbond0\n', ['bond0'])).toMatchObject({
      deltas: [{ what: 'port bond0 of ovs-sriov', before: 'present', after: null }],
      steps: [{ argv: vsctl('--if-exists del-port ovs-sriov bond0').split(' ') }],
      data: { ports: ['eno3'] },
    })
  })

  test('a bridge with ports that others added stays until they are gone', () => {
    expect(plan('absent', 'ovs-sriov\n', 'bond0\nvnet0\n')).toEqual({
      kind: 'blocked',
      because: 'bridge ovs-sriov also has vnet0, which vflag-play did not add and which would lose its network',
      hint: 'take vnet0 out of ovs-sriov first (ovs-vsctl del-port), or set foreign: true',
    })
    expect(plan('absent', 'ovs-sriov\n', 'bond0\nvnet0\n', [], { foreign: true })).toMatchObject({ kind: 'change' })
  })

  test.each(profiles)('on %s it stays while the VF of a running VM has its network through it', (profile) => {
    const on = (vm: { readonly live: readonly string[]; readonly running?: boolean }, ports = 'bond0\nens2f0_0\n') =>
      shown(hypervisor(profile, { vfs: 2, mode: 'switchdev', driver: 'vfio-pci', vms: [{ name: 'vm1', ...vm }] }), {
        commands: {
          [vsctl('list-br')]: 'ovs-sriov\n',
          [vsctl('list-ports ovs-sriov')]: ports,
          ...marks(['ovs-sriov', 'bond0', 'ens2f0_0']),
        },
      })
    const absent = (host: Shown) =>
      planFor(ovsBridge, { name: 'ovs-sriov', state: 'absent' }, host, hvFacts(profile)).kind
    const held = on({ live: ['0000:61:00.2'] })
    expect(planFor(ovsBridge, { name: 'ovs-sriov', state: 'absent' }, held, hvFacts(profile))).toEqual({
      kind: 'blocked',
      because: 'VF 0 (0000:61:00.2) is held by VM vm1, which has its network through bridge ovs-sriov',
      hint: 'detach it first (module hostdev with state: detached) or stop vm1',
    })
    expect(absent(on({ live: ['0000:61:00.2'], running: false }))).toBe('change')
    expect(absent(on({ live: ['0000:61:00.3'] }))).toBe('change')
    expect(absent(on({ live: ['0000:61:00.2'] }, 'bond0\n'))).toBe('change')
  })

  test('a database that does not answer is no absent bridge', () => {
    expect(plan('absent', down, down)).toEqual(noAnswer)
    expect(plan('present', null)).toMatchObject({ kind: 'blocked', because: 'Open vSwitch is not installed' })
    expect(plan('absent', null)).toEqual({ kind: 'unchanged', because: 'Open vSwitch is not installed' })
  })
})

describe('ovs_offload', () => {
  const get = vsctl('--if-exists get Open_vSwitch . other_config:hw-offload')
  const mark = '/var/lib/vflag-play/ovs-restart-due'
  const plan = (enabled: boolean, answer: Answer, files = {}, over = {}) =>
    planFor(ovsOffload, { enabled }, { commands: { [get]: answer }, files }, hvFacts('el9', over))
  const restart = { kind: 'run', argv: ['systemctl', 'restart', 'openvswitch'], timeout: 120 }
  const marked = {
    kind: 'write',
    path: mark,
    content: 'other_config:hw-offload was changed; Open vSwitch has to be restarted\n',
    mode: '0644',
  }
  const made = { kind: 'mkdir', path: '/var/lib/vflag-play', mode: '0755' }
  const noted = (value: string) => ({
    kind: 'write',
    path: '/var/lib/vflag-play/ovs-offload-before',
    content: `${value}\n`,
    mode: '0644',
  })
  const unmarked = { kind: 'remove', path: mark, recursive: false }

  test.each([
    [true, '\n', ['set', 'Open_vSwitch', '.', 'other_config:hw-offload=true'], null, 'on'],
    [true, '"false"\n', ['set', 'Open_vSwitch', '.', 'other_config:hw-offload=true'], 'off', 'on'],
    [false, '"true"\n', ['remove', 'Open_vSwitch', '.', 'other_config', 'hw-offload'], 'on', 'off'],
  ])('enabled: %s with %j in the database restarts once', (enabled, stdout, words, before, after) => {
    expect(plan(enabled, stdout)).toEqual({
      kind: 'change',
      deltas: [{ what: 'hardware offload of Open vSwitch', before, after }],
      steps: [
        made,
        ...(enabled ? [noted(JSON.parse(stdout.trim() || '""'))] : []),
        marked,
        { kind: 'run', argv: ['ovs-vsctl', '--timeout=10', ...words], timeout: 20 },
        restart,
        unmarked,
      ],
    })
  })

  test.each([
    [true, '"true"\n', 'hardware offload of Open vSwitch is on'],
    [false, '\n', 'hardware offload of Open vSwitch is off'],
    [false, '"false"\n', 'hardware offload of Open vSwitch is off'],
  ])('enabled: %s with %j in the database never restarts', (enabled, stdout, because) => {
    expect(plan(enabled, stdout)).toEqual({ kind: 'unchanged', because })
  })

  test('a restart that a broken run left out is made up for', () => {
    expect(plan(true, '"true"\n', { [mark]: 'due' })).toEqual({
      kind: 'change',
      deltas: [{ what: 'openvswitch since the setting changed', before: 'not restarted', after: 'restarted' }],
      steps: [made, marked, restart, unmarked],
    })
  })

  test('the unit is the one of the distribution', () => {
    const debian = {
      distribution: { id: 'debian', version: '12', major: 12, family: 'debian', name: 'Debian 12' },
    } as const
    expect(plan(true, '\n', {}, debian)).toMatchObject({
      steps: [{}, {}, {}, {}, { argv: ['systemctl', 'restart', 'openvswitch-switch'] }, {}],
    })
  })

  test('a database that does not answer is said to be so', () => {
    expect(plan(true, down)).toEqual(noAnswer)
  })
})
