import { beforeAll, describe, expect, test } from 'vitest'
import { comparable } from '../../src/machine/comparable.ts'
import type { Counters } from '../../src/run/outcome.ts'
import { Fleet, type FleetRun, troubles } from '../support/fleet.ts'

const hypervisors = ['hv1', 'hv2', 'hv3', 'hv4']
const states = (fleet: Fleet) =>
  new Map(fleet.hypervisors.map((machine) => [machine.state.name, comparable(machine.state)]))
const changes = (run: FleetRun) =>
  Object.fromEntries(Object.entries(run.recap).map(([name, counters]) => [name, counters.changed]))
const nobody = { hv1: 0, hv2: 0, hv3: 0, hv4: 0, client1: 0 }
const clean = (counters: Counters) => counters.failed === 0 && counters.unreachable === 0 && counters.unpredicted === 0

describe('the shipped playbooks on the shipped lab', () => {
  const fleet = new Fleet()
  const pristine = states(fleet)
  let rolledOut: FleetRun

  beforeAll(async () => {
    rolledOut = await fleet.run('vflag-lacp.yaml')
  })

  test('the roll-out ends well on every host', () => {
    expect([troubles(rolledOut), rolledOut.exit, Object.keys(rolledOut.recap)]).toEqual([
      [],
      0,
      [...hypervisors, 'client1'],
    ])
    expect(Object.values(rolledOut.recap).every(clean)).toBe(true)
  })

  test.each(hypervisors)('%s has VF-LAG: active and of type switchdev, both VMs with a VF each', (name) => {
    const {
      cards: [card],
      domains,
      links,
    } = fleet.machine(name).state
    expect({
      lag: card.lag.mode,
      stuck: card.lag.stuck,
      modes: card.pfs.map((pf) => pf.eswitch.mode),
      vfs: card.pfs.map((pf) => pf.vfs.map((vf) => vf.heldBy)),
      drivers: card.pfs.map((pf) => pf.vfs.map((vf) => vf.driver)),
      bond: links['bond0']?.bond?.slaves,
      running: Object.values(domains).map((domain) => domain.state),
    }).toEqual({
      lag: 'sriov',
      stuck: false,
      modes: ['switchdev', 'switchdev'],
      vfs: [
        ['vm1', null],
        ['vm2', null],
      ],
      drivers: [
        ['vfio-pci', null],
        ['vfio-pci', null],
      ],
      bond: card.pfs.map((pf) => pf.netdev),
      running: ['running', 'running'],
    })
  })

  test.each(hypervisors)('on %s the VMs’ traffic went through both ports of the card', (name) => {
    const seen = rolledOut.done.find((event) => event.host === name && event.task === 'Packets went through both ports')
    expect(seen?.outcome).toBe('ok')
    for (const pf of fleet.machine(name).state.cards[0].pfs) {
      expect(pf.counters.rx_packets_phy).toBeGreaterThan(100_000)
      expect(pf.counters.tx_packets_phy).toBeGreaterThan(10_000)
    }
  })

  test('a second run changes nothing and performs no step at all', async () => {
    const before = states(fleet)
    const second = await fleet.run('vflag-lacp.yaml')
    expect([troubles(second), second.exit, second.writes, changes(second)]).toEqual([[], 0, [], nobody])
    expect(states(fleet)).toEqual(before)
  })

  test('a check of hosts that are as they should be finds nothing to do', async () => {
    const checked = await fleet.run('vflag-lacp.yaml', { check: true, failOnChange: true })
    expect([troubles(checked), checked.exit, checked.writes, changes(checked)]).toEqual([[], 0, [], nobody])
  })

  test('verify.yaml proves it and changes nothing', async () => {
    const verified = await fleet.run('verify.yaml')
    expect([troubles(verified), verified.exit, verified.writes]).toEqual([[], 0, []])
  })

  test('failover.yaml fails each port in turn, sees traffic on the other, and restores it', async () => {
    const before = states(fleet)
    const failedOver = await fleet.run('failover.yaml')
    expect([troubles(failedOver), failedOver.exit]).toEqual([[], 0])
    const restored = states(fleet)
    // Only what a failed link leaves behind is different: the bond counted it.
    for (const machine of fleet.hypervisors)
      expect(Object.values(machine.state.links['bond0']?.bond?.failures ?? {})).toEqual([1, 1])
    expect(withoutFailures(restored)).toEqual(withoutFailures(before))
  })

  test('a teardown that leaves the VMs out is refused with the reason, and harms nothing', async () => {
    const before = states(fleet)
    const refused = await fleet.run('teardown.yaml', { tags: { only: [], skip: ['boot', 'vms', 'ovs'] } })
    expect([refused.exit, refused.writes]).toEqual([2, []])
    expect([...new Set(troubles(refused).map((each) => each.replace(/^hv\d /, '')))]).toMatchSnapshot()
    expect(states(fleet)).toEqual(before)
  })

  test('the teardown gives back the hosts as they were before the first run', async () => {
    const torn = await fleet.run('teardown.yaml')
    expect([troubles(torn), torn.exit]).toEqual([[], 0])
    expect(states(fleet)).toEqual(pristine)
  })

  test('a second teardown changes nothing', async () => {
    const again = await fleet.run('teardown.yaml')
    expect([troubles(again), again.exit, again.writes]).toEqual([[], 0, []])
  })

  test('firmware settings stay after a teardown, and go back when that is asked for', async () => {
    const firmware = () =>
      fleet.hypervisors.map(({ state }) => ({
        SRIOV_EN: state.cards[0].firmware['SRIOV_EN']?.current,
        NUM_OF_VFS: state.cards[0].firmware['NUM_OF_VFS']?.current,
      }))
    expect(firmware()).toEqual(hypervisors.map(() => ({ SRIOV_EN: 1, NUM_OF_VFS: 4 })))
    const again = await fleet.run('vflag-lacp.yaml')
    const torn = await fleet.run('teardown.yaml', { extraVars: { keep_firmware: false } })
    expect([again.exit, troubles(torn), torn.exit]).toEqual([0, [], 0])
    expect(firmware()).toEqual(hypervisors.map(() => ({ SRIOV_EN: 0, NUM_OF_VFS: 0 })))
    expect(states(fleet)).toEqual(pristine)
  })
})

describe('a check of pristine hosts', () => {
  test('writes nothing, predicts what it can and says unpredicted elsewhere', async () => {
    const fleet = new Fleet()
    const pristine = states(fleet)
    const checked = await fleet.run('vflag-lacp.yaml', { check: true, diff: true })
    expect([checked.exit, checked.writes]).toEqual([0, []])
    expect(states(fleet)).toEqual(pristine)
    const outcomes = new Map(
      checked.done.filter((event) => event.host === 'hv1').map((event) => [event.task, event.outcome]),
    )
    expect(outcomes.get('Write the network files of the bond')).toBe('changed')
    expect(outcomes.get('Find the representors')).toBe('unpredicted')
    expect([...outcomes.values()]).not.toContain('failed')
  })
})

describe('a fleet whose VMs get no VFs yet', () => {
  test('is rolled out and failed over all the same: there is no traffic to count', async () => {
    const fleet = new Fleet()
    const options = { extraVars: { vflag_vms: [] }, limit: ['hv1', 'hv3', 'client1'] }
    for (const playbook of ['vflag-lacp.yaml', 'failover.yaml', 'teardown.yaml']) {
      const run = await fleet.run(playbook, options)
      expect([playbook, troubles(run), run.exit]).toEqual([playbook, [], 0])
    }
  })
})

describe('a fleet that cannot do LACP', () => {
  test('is found out: the bond has no partner, and that is said', async () => {
    const fleet = new Fleet('inventory/lab.yaml', (name, lab) => (name === 'hv1' ? { ...lab, switch: 'none' } : lab))
    const run = await fleet.run('vflag-lacp.yaml')
    expect(run.exit).toBe(2)
    expect(troubles(run)).toMatchSnapshot()
  })
})

function withoutFailures(map: ReadonlyMap<string, unknown>): unknown {
  return JSON.parse(JSON.stringify([...map], (key, each: unknown) => (key === 'failures' ? {} : each)))
}
