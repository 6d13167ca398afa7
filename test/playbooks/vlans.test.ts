import { expect, test } from 'vitest'
import type { Machine } from '../../src/machine/machine.ts'
import { Fleet, troubles } from '../support/fleet.ts'

const limit = ['hv3']
const skip = { only: [], skip: ['verify'] }
const vms = (vlan?: number) => [
  { name: 'vm1', pf: 'ens2f0', vf: 0, mac: '52:54:00:03:00:01', address: '198.51.100.31', ...(vlan && { vlan }) },
  { name: 'vm2', pf: 'ens2f1', vf: 0, mac: '52:54:00:03:00:02', address: '198.51.100.32' },
]

/** The interface that stands for a VF, by whatever name udev gave it. */
function representor(machine: Machine, pf: number, vf: number): string {
  const links = Object.values(machine.state.links)
  return links.find(({ kind, port }) => kind === 'representor' && port?.pf === pf && port.vf === vf)?.name ?? 'none'
}

test('the VLAN of a VM is set, changed and removed at its representor, each once', async () => {
  const fleet = new Fleet()
  const machine = fleet.machine('hv3')
  const tags = () =>
    Object.entries(machine.state.ovs.bridges['ovs-sriov']?.ports ?? {}).flatMap(([name, { tag }]) =>
      tag === null ? [] : [`${name === representor(machine, 0, 0) ? 'first' : name} ${tag}`],
    )
  for (const [vlan, expected] of [
    [100, ['first 100']],
    [200, ['first 200']],
    [undefined, []],
  ] as const) {
    const extraVars = { vflag_vms: vms(vlan) }
    const run = await fleet.run('vflag-lacp.yaml', { limit, tags: skip, extraVars })
    expect([troubles(run), run.exit, tags()]).toEqual([[], 0, expected])
    const again = await fleet.run('vflag-lacp.yaml', { limit, tags: skip, extraVars })
    expect([again.exit, again.writes]).toEqual([0, []])
  }
})

test('a VLAN that there cannot be is found out before anything is written', async () => {
  const run = await new Fleet().run('vflag-lacp.yaml', { limit, extraVars: { vflag_vms: vms(5000) } })
  expect([run.exit, run.writes, troubles(run)]).toEqual([
    2,
    [],
    [
      'hv3 Check that this host can carry VF-LAG: failed: VM vm1 is given the VLAN 5000, but must be given one from 1 to 4094',
    ],
  ])
})

test('representors that got other names are ports by their new names, and the old ports go', async () => {
  const fleet = new Fleet()
  const machine = fleet.machine('hv3')
  const options = { limit, tags: skip }
  await fleet.run('vflag-lacp.yaml', options)
  const ports = () => Object.keys(machine.state.ovs.bridges['ovs-sriov']?.ports ?? {}).sort()
  const right = ports()
  expect(right).toHaveLength(5)
  // As after a reboot with other names: the database keeps the port by the old one.
  for (const line of [
    `ovs-vsctl del-port ${representor(machine, 0, 1)} -- add-port ovs-sriov rep9`,
    'ovs-vsctl set Port rep9 external_ids:vflag-play=0000:61:00.0/vf1',
  ])
    await machine.exec(line.split(' '))
  const run = await fleet.run('vflag-lacp.yaml', options)
  expect([troubles(run), run.exit, ports()]).toEqual([[], 0, right])
  expect((await fleet.run('vflag-lacp.yaml', options)).writes).toEqual([])
})
