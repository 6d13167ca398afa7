import { describe, expect, test } from 'vitest'
import { preflight } from '../../../src/modules/card/preflight.ts'
import { hvFacts, hypervisor, pfFact, planFor, profiles, shown } from '../../support/readings.ts'

const args = { pfs: ['ens2f0', 'ens2f1'], bond: 'bond0' }
/** A roll-out was begun here. */
const begun = { '/var/lib/vflag-play/before.json': '{}' }
const ours = { '/etc/sysconfig/network-scripts/ifcfg-bond0': '# Managed by vflag-play\n' }

describe.each(profiles)('preflight on %s', (profile) => {
  const facts = hvFacts(profile)

  test('a fit host is told what was found, its VMs with VFs included', () => {
    const standing = hypervisor(profile, {
      vfs: 1,
      vms: [
        { name: 'vm1', live: ['0000:61:00.2'], stored: ['0000:61:00.2'] },
        { name: 'vm2', running: false, stored: ['0000:61:00.6'] },
        { name: 'vm3' },
      ],
    })
    const host = shown(standing, { files: begun })
    const [first, second] = facts.pfs
    expect(planFor(preflight, args, host, facts)).toEqual({
      kind: 'unchanged',
      because: `ens2f0 and ens2f1 are the two ports of one ${first?.card}`,
      data: {
        pfs: [first, second].map((pf) => ({
          name: pf?.netdev,
          pci: pf?.pci,
          netdev: pf?.netdev,
          port: pf?.port,
          card: pf?.card,
          device: pf?.device,
          switch_id: pf?.switch_id,
        })),
        bond: 'bond0',
        vms: [
          { name: 'vm1', running: true, vfs: ['0000:61:00.2'] },
          { name: 'vm2', running: false, vfs: ['0000:61:00.6'] },
        ],
      },
    })
  })

  test('a host where all is done already passes', () => {
    const host = hypervisor(profile, { vfs: 2, mode: 'switchdev', bond: { inOvs: true }, lag: 'switchdev' })
    expect(planFor(preflight, args, shown(host, { files: { ...begun, ...ours } }), facts)).toMatchObject({
      kind: 'unchanged',
    })
  })

  test.each([
    [
      'a port that is not there',
      { pfs: ['ens2f0', 'ens9'] },
      {},
      'ens9 is no ConnectX port of this host, but must be one of ens2f0 or ens2f1',
    ],
    ['one port twice', { pfs: ['ens2f0', '61:00.0'] }, {}, 'pfs names one port, but must name the two ports of a card'],
    [
      'two cards',
      {},
      { pfs: [pfFact(0), pfFact(1, { pci: '0000:62:00.1' })] },
      'ens2f0 (0000:61:00.0) and ens2f1 (0000:62:00.1) are on different cards, and VF-LAG joins the two ports of one',
    ],
    [
      'two cards that look near, by switch id',
      {},
      { pfs: [pfFact(0, { switch_id: 'aa' }), pfFact(1, { switch_id: 'bb' })] },
      'ens2f0 (0000:61:00.0) and ens2f1 (0000:61:00.1) are on different cards, and VF-LAG joins the two ports of one',
    ],
    [
      'a card without VF-LAG',
      {},
      { pfs: [pfFact(0), pfFact(1, { card: 'ConnectX-4 Lx', device: '1015', vf_lag: false })] },
      'ens2f1 is a ConnectX-4 Lx (15b3:1015), which cannot do VF-LAG',
    ],
    [
      'a port given to a guest',
      {},
      { pfs: [pfFact(0), pfFact(1, { driver: 'vfio-pci' })] },
      'ens2f1 is bound to vfio-pci, but must be bound to mlx5_core',
    ],
    [
      'the SSH session over a port',
      {},
      { management: { interface: 'ens2f0.10', uses: ['ens2f0.10', 'ens2f0'] } },
      'the SSH session runs over ens2f0, which the roll-out takes down for a while',
    ],
    [
      'a long name',
      { bond: 'bond-of-hypervisor' },
      {},
      '"bond-of-hypervisor" is no name for a bond, but must be 1 to 15 letters, digits, "_", "." or "-"',
    ],
    [
      'a mode without LAG',
      { mode: 5 },
      {},
      'bonding mode balance-tlb makes no VF-LAG, but must be active-backup, balance-xor or 802.3ad',
    ],
  ])('refuses %s', (_what, over, factsOver, because) => {
    expect(planFor(preflight, { ...args, ...over }, hypervisor(profile), hvFacts(profile, factsOver))).toMatchObject({
      kind: 'blocked',
      because,
    })
  })

  test.each([
    [
      'a bond that others made',
      shown(hypervisor(profile, { bond: { mode: 'active-backup 1' } }), {}),
      'bond0 runs already, in mode active-backup over ens2f0 and ens2f1, and was not made by vflag-play',
    ],
    [
      'an address on a port',
      shown(hypervisor(profile), {
        commands: {
          'ip -o addr show dev ens2f0': '4: ens2f0    inet 192.0.2.5/24 brd 192.0.2.255 scope global ens2f0\n',
        },
      }),
      'ens2f0 has the address 192.0.2.5/24, which a bond takes away',
    ],
    [
      'a VLAN on a port',
      shown(hypervisor(profile), { attrs: { '/sys/class/net/ens2f1/upper_ens2f1.20': '' } }),
      'ens2f1.20 stands on ens2f1 and loses its network under a bond',
    ],
    [
      'VFs that others made',
      hypervisor(profile, { vfs: 1 }),
      'ens2f0 has 1 VF and ens2f1 has 1 VF already, not made by vflag-play, which would take them from whoever uses them',
    ],
  ])('refuses to take %s away', (_what, host, because) => {
    expect(planFor(preflight, args, host, facts)).toMatchObject({ kind: 'blocked', because })
  })

  test.each([
    [
      'two VMs with one VF',
      [{}, { name: 'vm2', mac: '52:54:00:01:00:02' }],
      'VM vm1 and VM vm2 are both given VF 0 of ens2f0',
    ],
    [
      'two VMs with one MAC',
      [{}, { name: 'vm2', vf: 1 }],
      'VM vm1 and VM vm2 are both given the MAC address 52:54:00:01:00:01',
    ],
    ['a VM that is not there', [{ name: 'vm9' }], 'there is no VM vm9 on this host, which has vm1 and vm2'],
    [
      'a VF that is not there',
      [{ vf: 2 }],
      'VM vm1 is given VF 2 of ens2f0, but there are going to be 2 VFs, numbered from 0',
    ],
    ['no MAC address', [{ mac: 'vm1' }], 'VM vm1 is given the MAC address "vm1", which is none'],
    [
      'a multicast address',
      [{ mac: '01:00:5e:00:00:01' }],
      'the MAC address 01:00:5e:00:00:01 of VM vm1 is a multicast address',
    ],
  ])('refuses %s before anything is written', (_what, vms, because) => {
    const host = hypervisor(profile, { vms: [{ name: 'vm1' }, { name: 'vm2' }] })
    const vm = { name: 'vm1', pf: 'ens2f0', vf: 0, mac: '52:54:00:01:00:01' }
    const asked = { ...args, vfs: 2, vms: vms.map((each) => ({ ...vm, ...each })) }
    expect(planFor(preflight, asked, host, facts)).toMatchObject({ kind: 'blocked', because })
  })

  test('refuses more VFs than the firmware is going to allow, and a bridge with a long name', () => {
    expect(
      planFor(preflight, { ...args, vfs: 8, firmware_vfs: 4, bridge: 'ovs-of-hypervisor' }, hypervisor(profile), facts),
    ).toMatchObject({
      because:
        '"ovs-of-hypervisor" is no name for a bridge, but must be 1 to 15 letters, digits, "_", "." or "-"; 8 VFs are asked for on each port, but the firmware is going to allow 4',
    })
  })

  test('all findings are told together', () => {
    const host = shown(hypervisor(profile, { bond: { slaves: ['ens2f0', 'eno2'] } }), {
      files: ours,
      attrs: { '/sys/kernel/iommu_groups/0/type': null },
      links: { '/sys/class/net/ens2f1/master': '../br0' },
      commands: {
        'devlink dev param show pci/0000:61:00.0 name esw_multiport':
          'pci/0000:61:00.0:\n  name esw_multiport type driver-specific\n    values:\n      cmode runtime value true\n',
      },
    })
    expect(planFor(preflight, args, host, facts)).toMatchObject({
      kind: 'blocked',
      because:
        'bond0 has eno2 as a member, and the card makes a LAG only of a bond over its own two ports; ens2f1 belongs to br0; the host has no IOMMU groups, so no VF can be given to a VM; the card of ens2f0 runs as a multiport e-switch, which excludes VF-LAG',
    })
  })

  test('the SSH session may run over the ports when that is allowed', () => {
    const over = hvFacts(profile, { management: { interface: 'bond0', uses: ['bond0', 'ens2f0'] } })
    expect(planFor(preflight, { ...args, allow_management: true }, hypervisor(profile), over)).toMatchObject({
      kind: 'unchanged',
    })
  })
})
