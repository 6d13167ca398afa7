import { describe, expect, test } from 'vitest'
import { loadInventory } from '../../src/inventory/load.ts'
import { modules } from '../../src/modules/index.ts'
import { loadPlaybook } from '../../src/playbook/load.ts'
import type { Vars } from '../../src/shared/value.ts'
import { Fleet } from '../support/fleet.ts'
import { memoryReader } from '../support/memory-reader.ts'
import { showDiagnostics } from '../support/show-diagnostics.ts'

/** What loading a play with one task says. */
function mistakes(task: string): readonly string[] {
  const reader = memoryReader({
    'hosts.yaml': 'all: {hosts: {h1: }}',
    'site.yaml': `- hosts: all\n  tasks:\n    - name: one\n      ${task}\n`,
  })
  const inventory = loadInventory(reader, ['hosts.yaml'], { playbookDir: null })
  if (!inventory.ok) throw new Error(showDiagnostics(inventory.error).join('\n'))
  const searchPaths = { templates: [], files: [] }
  const loaded = loadPlaybook('site.yaml', { reader, modules, inventory: inventory.value, extraVars: {}, searchPaths })
  return loaded.ok ? [] : showDiagnostics(loaded.error)
}

describe('written into a playbook, it is refused when the playbook is loaded, with its place and what is allowed', () => {
  test.each([
    ['a bonding mode without LAG', 'bond_files: {bond: bond0, ports: [a, b], mode: 6}'],
    ['a bond with a long name', 'bond_files: {bond: bond-of-hypervisor, ports: [a, b]}'],
    ['a bridge with a long name', 'ovs_bridge: {name: ovs-of-hypervisor}'],
    ['a MAC address that is none', 'hostdev: {vm: vm1, pf: ens2f0, vf: 0, mac: "52:54:00:01:00"}'],
    ['a VLAN that there cannot be', 'ovs_port: {bridge: br0, representors: [a], vlans: [{pf: a, vf: 0, vlan: 5000}]}'],
    ['a negative number of VFs', 'vfs: {pf: ens2f0, count: -1}'],
    ['another way to load firmware', 'preflight: {pfs: [a, b], bond: bond0, firmware_reset: mstfwrest}'],
  ])('%s', (_what, task) => {
    expect(mistakes(task)).toMatchSnapshot()
  })
})

describe('set in an inventory or on the command line, it is refused before the first write, with the task and the variable', () => {
  const vms = (over: Vars): Vars => ({
    vflag_vms: [{ name: 'vm1', pf: 'ens2f0', vf: 0, address: '198.51.100.11', ...over }],
  })

  test.each<[string, Vars]>([
    ['a PF that is not there', { vflag_card: 'ens9f0' }],
    ['a PCI address that is none', { vflag_card: '0000:61:00.9' }],
    ['a port that is not there', { vflag_pfs: ['ens2f0', 'ens9f0'] }],
    ['bonding mode 6', { vflag_bond_mode: 6 }],
    ['more VFs than the firmware allows', { vflag_vfs: 8 }],
    ['a bond with a long name', { vflag_bond: 'bond-of-hypervisor' }],
    ['a bridge with a long name', { vflag_bridge: 'ovs-of-hypervisor' }],
    ['another way to load firmware', { vflag_firmware_reset: 'mstfwrest' }],
    ['a VM with a MAC address that is none', vms({ mac: '52:54:00:01:00' })],
    ['a VM in a VLAN that there cannot be', vms({ vlan: 5000 })],
    ['a VM with a VF of a port that is not there', vms({ pf: 'ens9f0' })],
    ['a VM with a VF that is not there', vms({ vf: 2 })],
  ])('%s', async (_what, extraVars) => {
    const run = await new Fleet().run('vflag-lacp.yaml', { limit: ['hv3', 'client1'], extraVars })
    expect([run.exit, run.writes]).toEqual([2, []])
    expect(
      run.done.flatMap(({ task, error }) =>
        error ? [{ task, says: error.message, next: error.hint, place: error.path?.replace(/:\d+:\d+$/, '') }] : [],
      ),
    ).toMatchSnapshot()
  })
})
