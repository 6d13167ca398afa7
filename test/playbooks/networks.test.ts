import { expect, test } from 'vitest'
import { comparable } from '../../src/machine/comparable.ts'
import { Fleet, troubles } from '../support/fleet.ts'

test.each([
  ['el8.4', '/etc/sysconfig/network-scripts/ifcfg-bond0'],
  ['el10', '/etc/NetworkManager/system-connections/bond0.nmconnection'],
  ['ubuntu24.04', '/etc/netplan/60-vflag-bond0.yaml'],
  ['debian12', '/etc/systemd/network/10-vflag-bond0.netdev'],
])(
  'on %s the bond of a roll-out comes from %s, and a teardown leaves nothing of it',
  async (os, file) => {
    const fleet = new Fleet('inventory/lab.yaml', (name, lab) => (name === 'hv3' ? { ...lab, os } : lab))
    // Without VMs: the inventory names the ports that they get VFs of.
    const options = { limit: ['hv3', 'client1'], extraVars: { vflag_vms: [] } }
    const machine = fleet.machine('hv3')
    const before = comparable(machine.state)
    expect(troubles(await fleet.run('vflag-lacp.yaml', options))).toEqual([])
    expect([machine.files.stat(file, false).ok, machine.kernel.link('bond0')?.bond?.mode]).toEqual([true, '802.3ad'])
    const again = await fleet.run('vflag-lacp.yaml', options)
    expect([troubles(again), again.writes]).toEqual([[], []])
    expect(troubles(await fleet.run('teardown.yaml', options))).toEqual([])
    expect(comparable(machine.state)).toEqual(before)
  },
  60_000,
)
