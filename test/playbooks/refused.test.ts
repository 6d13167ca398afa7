import { beforeAll, describe, expect, test } from 'vitest'
import { comparable } from '../../src/machine/comparable.ts'
import type { Vars } from '../../src/shared/value.ts'
import { Fleet, type FleetRun } from '../support/fleet.ts'

const profiles = [
  ['rhel7.7', 'hv1'],
  ['el9', 'hv3'],
] as const
const wrongs = (run: FleetRun): readonly string[] => [
  ...new Set(run.done.flatMap((event) => (event.error ? [event.error.message] : []))),
]

describe.each(profiles)('on %s (%s), before anything is written, the roll-out refuses', (_os, name) => {
  const limit = [name, 'client1']

  test.each<[string, Vars, string]>([
    [
      'a bonding mode without LAG',
      { vflag_bond_mode: 'balance-rr' },
      'bonding mode balance-rr makes no VF-LAG, but must be active-backup, balance-xor or 802.3ad',
    ],
    [
      'a bond with a long name',
      { vflag_bond: 'bond-of-hypervisor' },
      '"bond-of-hypervisor" is no name for a bond, but must be 1 to 15 letters, digits, "_", "." or "-"',
    ],
    [
      'a bridge with a long name',
      { vflag_bridge: 'ovs-of-hypervisor' },
      '"ovs-of-hypervisor" is no name for a bridge, but must be 1 to 15 letters, digits, "_", "." or "-"',
    ],
    [
      'more VFs than the firmware is going to allow',
      { vflag_vfs: 8 },
      '8 VFs are asked for on each port, but the firmware is going to allow 4',
    ],
    [
      'a port that the host does not have',
      { vflag_pfs: ['ens2f0', 'ens3f0'] },
      'ens3f0 is no ConnectX port of this host, but must be one of ens2f0 or ens2f1',
    ],
    [
      'one port twice',
      { vflag_pfs: ['ens2f0', 'ens2f0'] },
      'pfs names one port, but must name the two ports of a card',
    ],
  ])('%s', async (_what, extraVars, because) => {
    const run = await new Fleet().run('vflag-lacp.yaml', { limit, extraVars })
    expect([run.exit, run.writes, wrongs(run)]).toEqual([2, [], [because]])
  })
})

describe.each(profiles)('on %s (%s), where VMs use VF-LAG already', (_os, name) => {
  const limit = [name, 'client1']
  const fleet = new Fleet()
  let before: unknown

  beforeAll(async () => {
    await fleet.run('vflag-lacp.yaml', { limit })
    before = comparable(fleet.machine(name).state)
  })

  test.each<[string, Vars, string]>([
    [
      'another bonding mode',
      { vflag_bond_mode: 'active-backup' },
      'bond0 runs in mode 802.3ad with VFs on it, but active-backup is asked for, and the mode of a bond changes only without ports',
    ],
    [
      'more VFs',
      { vflag_vfs: 4 },
      'ens2f0 has 2 VFs and ens2f1 has 2 VFs, but 4 are asked for on each port, and the kernel changes the number only by removing all of them',
    ],
    [
      'another number of VFs in the firmware',
      { vflag_firmware_vfs: 8 },
      'NUM_OF_VFS moves VFs to other PCI addresses at the next restart, and VM vm1 and VM vm2 have a VF of this card by its address',
    ],
    ['another name of the bond', { vflag_bond: 'bond9' }, 'ens2f0 belongs to bond0; ens2f1 belongs to bond0'],
  ])('%s is refused and nothing is written', async (_what, extraVars, because) => {
    const run = await fleet.run('vflag-lacp.yaml', { limit, extraVars })
    const stuck = [
      ...new Set(run.done.filter((event) => event.outcome === 'failed').map((event) => event.error?.message)),
    ]
    expect([run.exit, run.writes, stuck.join(' | ')]).toEqual([2, [], because])
    expect(comparable(fleet.machine(name).state)).toEqual(before)
  })
})
