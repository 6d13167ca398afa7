import { describe, expect, test } from 'vitest'
import type { Machine } from '../../src/machine/machine.ts'
import type { Vars } from '../../src/shared/value.ts'
import { Fleet, type FleetRun, troubles } from '../support/fleet.ts'

const limit = ['hv3', 'client1']
const twoCards = () => new Fleet('inventory/lab.yaml', (name, lab) => (name === 'hv3' ? { ...lab, cards: 2 } : lab))
const switchdev = (machine: Machine) =>
  machine.state.cards.map((card) => card.pfs.map((pf) => pf.eswitch.mode === 'switchdev'))
const says = (run: FleetRun, task: string) =>
  run.done.find((event) => event.host === 'hv3' && event.task === task)?.because

/** The VMs of hv3 with VFs of the ports of a card. */
const vmsOn = (pfs: readonly string[]): Vars => ({
  vflag_vms: pfs.map((pf, at) => ({ name: `vm${at + 1}`, pf, vf: 0, address: `198.51.100.3${at + 1}` })),
})

describe('a host with two cards', () => {
  test('is refused until it is said which, with both and nothing written', async () => {
    const run = await twoCards().run('vflag-lacp.yaml', { limit })
    expect([run.exit, run.writes, troubles(run)]).toMatchSnapshot()
  })

  test('gets VF-LAG on the second card when that is named by address, and a teardown finds it without', async () => {
    const fleet = twoCards()
    const machine = fleet.machine('hv3')
    const [, second] = machine.state.cards
    const pfs = second?.pfs.map((pf) => pf.netdev) ?? []
    const extraVars = { vflag_card: second?.pfs[1]?.pci ?? '', ...vmsOn(pfs) }
    const run = await fleet.run('vflag-lacp.yaml', { limit, extraVars })
    expect([troubles(run), run.exit, switchdev(machine), machine.state.links['bond0']?.bond?.slaves]).toEqual([
      [],
      0,
      [
        [false, false],
        [true, true],
      ],
      pfs,
    ])
    const again = await fleet.run('vflag-lacp.yaml', { limit, extraVars })
    expect([troubles(again), again.writes]).toEqual([[], []])
    const torn = await fleet.run('teardown.yaml', { limit, extraVars: vmsOn(pfs) })
    expect([troubles(torn), torn.exit, switchdev(machine).flat()]).toEqual([[], 0, [false, false, false, false]])
  })
})

describe('a card that was taken out after the roll-out', () => {
  test('leaves a bridge and files behind, which a teardown takes down', async () => {
    const fleet = new Fleet()
    const machine = fleet.machine('hv3')
    const run = await fleet.run('vflag-lacp.yaml', { limit, extraVars: { vflag_vms: [] } })
    expect(troubles(run)).toEqual([])
    const [card] = machine.state.cards
    card.pfs.splice(0)
    for (const [name, link] of Object.entries(machine.state.links)) {
      if (link.port) delete machine.state.links[name]
      if (link.bond) link.bond.slaves = []
    }
    for (const bridge of Object.values(machine.state.ovs.bridges))
      for (const port of Object.values(bridge.ports)) port.ofport = -1
    const torn = await fleet.run('teardown.yaml', { limit, extraVars: { vflag_vms: [] } })
    expect([troubles(torn), torn.exit, says(torn, 'Find the card')]).toEqual([
      [],
      0,
      'the card that the roll-out used is not in this host any more',
    ])
    expect([machine.state.ovs.bridges, machine.state.links['bond0']]).toEqual([{}, undefined])
    const again = await fleet.run('teardown.yaml', { limit, extraVars: { vflag_vms: [] } })
    expect([troubles(again), again.writes]).toEqual([[], []])
  })
})

describe('the packet filter', () => {
  test('is flushed on request and put back by the teardown', async () => {
    const fleet = new Fleet()
    const machine = fleet.machine('hv3')
    await machine.exec('iptables -A INPUT -i eno1 -p tcp --dport 22 -j ACCEPT'.split(' '))
    await machine.exec('iptables -P FORWARD DROP'.split(' '))
    const before = structuredClone(machine.state.packetFilter)
    const reboots = { vflag_vms: [], vflag_flush_firewall: true }
    // Rules do not survive the restart that firmware needs: it is made first.
    await fleet.run('vflag-lacp.yaml', { limit, extraVars: reboots, tags: { only: ['firmware'], skip: [] } })
    machine.state.packetFilter = structuredClone(before ?? {})
    const run = await fleet.run('vflag-lacp.yaml', { limit, extraVars: reboots })
    expect([troubles(run), machine.state.packetFilter?.['filter']]).toEqual([
      [],
      { policies: { FORWARD: 'DROP' }, chains: [], rules: [] },
    ])
    const again = await fleet.run('vflag-lacp.yaml', { limit, extraVars: reboots })
    expect([troubles(again), again.writes]).toEqual([[], []])
    const torn = await fleet.run('teardown.yaml', { limit, extraVars: reboots })
    expect([troubles(torn), machine.state.packetFilter]).toEqual([[], before])
  })

  test('is not flushed where that would close the host', async () => {
    const fleet = new Fleet()
    const machine = fleet.machine('hv3')
    const extraVars = { vflag_vms: [], vflag_flush_firewall: true }
    await fleet.run('vflag-lacp.yaml', { limit, extraVars, tags: { only: ['firmware'], skip: [] } })
    await machine.exec('iptables -A INPUT -p tcp --dport 22 -j ACCEPT'.split(' '))
    await machine.exec('iptables -P INPUT DROP'.split(' '))
    const before = structuredClone(machine.state.packetFilter)
    const run = await fleet.run('vflag-lacp.yaml', { limit, extraVars, tags: { only: ['ovs'], skip: [] } })
    expect([run.exit, troubles(run), machine.state.packetFilter]).toMatchObject([
      2,
      [
        'hv3 Look at the packet filter: failed: the policy of INPUT is DROP, and without the rules nothing would come through, this session neither',
      ],
      before,
    ])
  })
})
