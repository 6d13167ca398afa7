import { describe, expect, test } from 'vitest'
import { ovsPort } from '../../../src/modules/card/ovs-port.ts'
import { ovsTables, type TablePort } from '../../support/ovs-tables.ts'
import { commandsOf, hvFacts, hypervisor, planFor, profiles, type Shown, shown } from '../../support/readings.ts'

type Bridges = Readonly<Record<string, Readonly<Record<string, TablePort>>>>
const vsctl = (words: string) => ({ kind: 'run', argv: `ovs-vsctl --timeout=10 ${words}`.split(' '), timeout: 20 })
const empty: Bridges = { 'br-int': {}, 'ovs-sriov': {} }

describe('ports by name', () => {
  const host = (bridges: Bridges): Shown => ({
    attrs: { '/sys/class/net/bond0/flags': '0x1443', '/sys/class/net/ens2f0_0/flags': '0x1003' },
    commands: ovsTables(bridges),
  })
  const plan = (args: object, bridges: Bridges) =>
    planFor(ovsPort, { bridge: 'ovs-sriov', ports: ['bond0', 'ens2f0_0'], ...args }, host(bridges), hvFacts('el9'))

  test('adds what is missing in one transaction', () => {
    expect(plan({}, empty)).toEqual({
      kind: 'change',
      deltas: [
        { what: 'port bond0 of ovs-sriov', before: null, after: 'present' },
        { what: 'port ens2f0_0 of ovs-sriov', before: null, after: 'present' },
      ],
      steps: [
        vsctl(
          'add-port ovs-sriov bond0 -- set Port bond0 external_ids:vflag-play=added -- add-port ovs-sriov ens2f0_0 -- set Port ens2f0_0 external_ids:vflag-play=added',
        ),
      ],
    })
  })

  test('a second run changes nothing, in one look', () => {
    const done: Bridges = { 'ovs-sriov': { bond0: { mark: 'added' }, ens2f0_0: { mark: 'added' } } }
    expect(plan({}, done)).toEqual({ kind: 'unchanged', because: 'bond0 and ens2f0_0 are ports of ovs-sriov' })
    expect(commandsOf(ovsPort, { bridge: 'ovs-sriov', ports: ['bond0'] }, host(done), hvFacts('el9'))).toHaveLength(3)
  })

  test.each([
    ['sets', {}, 100, null, '100', 'set Port ens2f0_0 tag=100'],
    ['changes', { tag: 7 }, 100, '7', '100', 'set Port ens2f0_0 tag=100'],
    ['removes', { tag: 7 }, 'none', '7', null, 'clear Port ens2f0_0 tag'],
  ] as const)('%s a VLAN once', (_what, port, tag, before, after, words) => {
    const on = (now: TablePort) => plan({ ports: ['ens2f0_0'], tag }, { 'ovs-sriov': { ens2f0_0: now } })
    expect(on(port)).toEqual({
      kind: 'change',
      deltas: [{ what: 'VLAN of ens2f0_0', before, after }],
      steps: [vsctl(words)],
    })
    expect(on(tag === 'none' ? {} : { tag })).toMatchObject({ kind: 'unchanged' })
  })

  test('without a tag it leaves the VLAN as it is', () => {
    expect(plan({ ports: ['ens2f0_0'] }, { 'ovs-sriov': { ens2f0_0: { tag: 7 } } })).toMatchObject({
      kind: 'unchanged',
    })
  })

  test.each([
    ['no bridge', { bridge: 'br9' }, empty, 'there is no bridge br9'],
    [
      'a port of another bridge',
      { ports: ['bond0'] },
      { ...empty, 'br-int': { bond0: {} } },
      'bond0 is a port of bridge br-int, but must be one of ovs-sriov',
    ],
    [
      'an interface that is not there',
      { ports: ['ens2f0_7'] },
      empty,
      'ens2f0_7 is no interface of this host; Open vSwitch would keep it as a dead port',
    ],
  ])('refuses with %s', (_why, args, bridges, because) => {
    expect(plan(args, bridges)).toMatchObject({ kind: 'blocked', because })
  })

  test('a port that Open vSwitch has and does not use is no success', () => {
    const error = 'could not open network device ens2f0_0 (No such device)'
    const sick: Bridges = { 'ovs-sriov': { ens2f0_0: { error, ofport: -1 } } }
    expect(plan({ ports: ['ens2f0_0'] }, sick)).toMatchObject({
      kind: 'wait',
      because: `Open vSwitch does not use ens2f0_0 (${error})`,
      upTo: 10,
    })
  })

  test('absent removes what is on this bridge, and nothing else', () => {
    expect(plan({ state: 'absent' }, { 'ovs-sriov': { bond0: {} }, 'br-int': { ens2f0_0: {} } })).toEqual({
      kind: 'change',
      deltas: [{ what: 'port bond0 of ovs-sriov', before: 'present', after: null }],
      steps: [vsctl('--if-exists del-port ovs-sriov bond0')],
    })
    expect(plan({ state: 'absent' }, empty)).toEqual({
      kind: 'unchanged',
      because: 'none of bond0 or ens2f0_0 is a port of ovs-sriov',
    })
  })
})

describe.each(profiles)('representors on %s', (profile) => {
  const pfs = ['ens2f0', 'ens2f1']
  const vf = (pf: 0 | 1, index: number) => `0000:61:00.${pf}/vf${index}`
  const marked: Readonly<Record<string, TablePort>> = {
    ens2f0_0: { mark: vf(0, 0) },
    ens2f0_1: { mark: vf(0, 1) },
    ens2f1_0: { mark: vf(1, 0) },
    ens2f1_1: { mark: vf(1, 1) },
  }
  const plan = (args: object, bridges: Bridges, over: Shown = {}) =>
    planFor(
      ovsPort,
      { bridge: 'ovs-sriov', representors: pfs, ...args },
      shown(shown(hypervisor(profile, { vfs: 2, mode: 'switchdev' }), over), { commands: ovsTables(bridges) }),
      hvFacts(profile),
    )
  const all = (ports: Readonly<Record<string, TablePort>>): Bridges => ({
    'ovs-sriov': { bond0: { mark: 'added' }, ...ports },
  })

  test('are found by switch id, PF and VF, and marked with their VF', () => {
    const { ens2f0_1: _without, ...rest } = marked
    expect(plan({}, all(rest))).toEqual({
      kind: 'change',
      deltas: [{ what: 'port ens2f0_1 of ovs-sriov', before: null, after: 'present' }],
      steps: [vsctl(`add-port ovs-sriov ens2f0_1 -- set Port ens2f0_1 external_ids:vflag-play=${vf(0, 1)}`)],
    })
    expect(plan({}, all(marked))).toEqual({
      kind: 'unchanged',
      because: 'ens2f0_0, ens2f0_1, ens2f1_0 and ens2f1_1 are ports of ovs-sriov',
    })
  })

  test('get the VLANs of their VFs, which change and go with them', () => {
    const vms = [
      { name: 'vm1', pf: 'ens2f0', vf: 0, vlan: 100 },
      { name: 'vm2', pf: '0000:61:00.1', vf: 1, vlan: 200 },
      { name: 'vm3', pf: 'ens2f1', vf: 0 },
    ]
    const now = { ...marked, ens2f1_1: { mark: vf(1, 1), tag: 7 }, ens2f1_0: { mark: vf(1, 0), tag: 9 } }
    expect(plan({ vlans: vms }, all(now))).toEqual({
      kind: 'change',
      deltas: [
        { what: 'VLAN of ens2f0_0', before: null, after: '100' },
        { what: 'VLAN of ens2f1_0', before: '9', after: null },
        { what: 'VLAN of ens2f1_1', before: '7', after: '200' },
      ],
      steps: [vsctl('set Port ens2f0_0 tag=100 -- clear Port ens2f1_0 tag -- set Port ens2f1_1 tag=200')],
    })
    const done = { ...marked, ens2f0_0: { mark: vf(0, 0), tag: 100 }, ens2f1_1: { mark: vf(1, 1), tag: 200 } }
    expect(plan({ vlans: vms }, all(done))).toEqual({
      kind: 'unchanged',
      because:
        'ens2f0_0, ens2f0_1, ens2f1_0 and ens2f1_1 are ports of ovs-sriov, ens2f0_0 in VLAN 100 and ens2f1_1 in VLAN 200',
    })
  })

  test('that others added keep their VLAN unless one is asked for, and are not marked', () => {
    const foreign = { ...marked, ens2f0_0: { tag: 7 } }
    expect(plan({}, all(foreign))).toMatchObject({ kind: 'unchanged' })
    expect(plan({ vlans: [{ pf: 'ens2f0', vf: 0, vlan: 8 }] }, all(foreign))).toMatchObject({
      steps: [vsctl('set Port ens2f0_0 tag=8')],
    })
  })

  test('a port whose interface is gone goes as well, ours only', () => {
    const stale = { ...marked, ens2f0_2: { mark: vf(0, 2), ofport: -1 }, ens2f0_3: { ofport: -1 } }
    expect(plan({}, { ...all(stale), br9: { old0: { mark: '0000:d1:00.0/vf0', ofport: -1 } } })).toEqual({
      kind: 'change',
      deltas: [
        { what: 'port ens2f0_2 of ovs-sriov', before: 'for VF 2 of 0000:61:00.0', after: null },
        { what: 'port old0 of br9', before: 'for VF 0 of 0000:d1:00.0', after: null },
      ],
      steps: [vsctl('-- --if-exists del-port ovs-sriov ens2f0_2 -- --if-exists del-port br9 old0')],
    })
  })

  test('a port whose name has come to stand for another VF is made anew, without the old VLAN', () => {
    const moved = { ...marked, ens2f0_1: { mark: vf(1, 1), tag: 100 } }
    expect(plan({}, all(moved))).toEqual({
      kind: 'change',
      deltas: [
        { what: 'port ens2f0_1 of ovs-sriov', before: 'for VF 1 of 0000:61:00.1', after: null },
        { what: 'port ens2f0_1 of ovs-sriov', before: null, after: 'present' },
      ],
      steps: [
        vsctl(
          `-- --if-exists del-port ovs-sriov ens2f0_1 -- add-port ovs-sriov ens2f0_1 -- set Port ens2f0_1 external_ids:vflag-play=${vf(0, 1)}`,
        ),
      ],
    })
  })

  test('a port that was added by name is told apart by its VF from now on', () => {
    expect(plan({}, all({ ...marked, ens2f0_0: { mark: 'added' } }))).toEqual({
      kind: 'change',
      deltas: [{ what: 'VF noted with port ens2f0_0', before: null, after: vf(0, 0) }],
      steps: [vsctl(`set Port ens2f0_0 external_ids:vflag-play=${vf(0, 0)}`)],
    })
  })

  test('are waited for', () => {
    expect(plan({}, all({}), { attrs: { '/sys/class/net/ens2f1_1/flags': null } })).toMatchObject({
      kind: 'wait',
      because: 'not all representors have appeared: 1 of 2 of ens2f1',
    })
  })

  test('a VLAN for a VF that is not there is refused', () => {
    expect(plan({ vlans: [{ pf: 'ens2f0', vf: 7, vlan: 100 }] }, all(marked))).toMatchObject({
      kind: 'blocked',
      because: 'VLAN 100 is given for VF 7 of ens2f0, which has no representor here',
    })
  })

  test('absent takes them away with those that they were', () => {
    expect(plan({ state: 'absent' }, all({ ens2f0_0: { mark: vf(0, 0) }, old0: { mark: vf(1, 3) } }))).toMatchObject({
      deltas: [{ what: 'port ens2f0_0 of ovs-sriov' }, { what: 'port old0 of ovs-sriov' }],
      steps: [vsctl('-- --if-exists del-port ovs-sriov ens2f0_0 -- --if-exists del-port ovs-sriov old0')],
    })
    expect(plan({ state: 'absent' }, all({}))).toEqual({
      kind: 'unchanged',
      because: 'no representor of ens2f0 or ens2f1 is a port of ovs-sriov',
    })
  })
})
