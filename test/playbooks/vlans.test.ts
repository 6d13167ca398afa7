import { expect, test } from 'vitest'
import { Fleet, troubles } from '../support/fleet.ts'

const limit = ['hv3']
const skip = { only: [], skip: ['verify'] }
const vms = (vlan?: number) => [
  { name: 'vm1', pf: 'ens2f0', vf: 0, mac: '52:54:00:03:00:01', address: '198.51.100.31', ...(vlan && { vlan }) },
  { name: 'vm2', pf: 'ens2f1', vf: 0, mac: '52:54:00:03:00:02', address: '198.51.100.32' },
]

test('the VLAN of a VM is set, changed and removed at its representor, each once', async () => {
  const fleet = new Fleet()
  const machine = fleet.machine('hv3')
  const tags = () =>
    Object.entries(machine.state.ovs.bridges['ovs-sriov']?.ports ?? {}).flatMap(([name, { tag }]) =>
      tag === null ? [] : [`${name} ${tag}`],
    )
  for (const [vlan, expected] of [
    [100, ['ens2f0_0 100']],
    [200, ['ens2f0_0 200']],
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
  expect(ports()).toEqual(['bond0', 'ens2f0_0', 'ens2f0_1', 'ens2f1_0', 'ens2f1_1'])
  // As after a reboot with other names: the database keeps the port by the old one.
  for (const line of [
    'ovs-vsctl del-port ens2f0_1 -- add-port ovs-sriov rep9',
    'ovs-vsctl set Port rep9 external_ids:vflag-play=0000:61:00.0/vf1',
  ])
    await machine.exec(line.split(' '))
  const run = await fleet.run('vflag-lacp.yaml', options)
  expect([troubles(run), run.exit, ports()]).toEqual([[], 0, ['bond0', 'ens2f0_0', 'ens2f0_1', 'ens2f1_0', 'ens2f1_1']])
  expect((await fleet.run('vflag-lacp.yaml', options)).writes).toEqual([])
})
