import { describe, expect, test } from 'vitest'
import { preflight } from '../../../src/modules/card/preflight.ts'
import {
  type Answer,
  hvFacts,
  hypervisor,
  pfFact,
  planFor,
  profiles,
  type Shown,
  shown,
} from '../../support/readings.ts'

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
    const ports = `ens2f0 and ens2f1 are the two ports of one ${first?.card}`
    const fine = (check: string, evidence: string) => ({ check, state: 'ok', evidence })
    expect(planFor(preflight, args, host, facts)).toEqual({
      kind: 'unchanged',
      because: ports,
      data: {
        findings: [
          fine('card', ports),
          fine('bond', 'no bond0 yet'),
          fine('network files', profile === 'el9' ? 'NetworkManager keyfiles' : 'ifcfg files'),
          fine('SSH session', 'runs over eno1'),
          fine('addresses', 'none on the ports'),
          fine('VFs', 'ens2f0 has 1 VF and ens2f1 has 1 VF'),
          fine('VMs', 'VF 0 (0000:61:00.2) is held by VM vm1, and they keep them'),
          fine('wanted VMs', 'none gets a VF'),
          fine('IOMMU', 'on'),
          fine('e-switch of ens2f0', 'legacy'),
          fine('e-switch of ens2f1', 'legacy'),
          profile === 'el9'
            ? fine('LAG', 'the driver has one for both ports: disabled')
            : {
                check: 'LAG',
                state: 'unknown',
                evidence:
                  'the kernel has no files of it (before 5.19, or debugfs is closed); seen when the LAG is made',
              },
          fine('SR-IOV', 'the firmware allows 4 VFs on each port'),
        ],
        rows: [],
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
      { pfs: [pfFact(0, { serial: 'MT1' }), pfFact(1, { serial: 'MT2' })] },
      'ens2f0 (0000:61:00.0) and ens2f1 (0000:61:00.1) are on different cards, and VF-LAG joins the two ports of one',
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
    [
      'no MAC address',
      [{ mac: 'vm1' }],
      'VM vm1 is given the MAC address "vm1", but it must be six pairs of hexadecimal digits, 52:54:00:12:34:56',
    ],
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

  const ovs = { 'ovs-vsctl --version': 'ovs-vsctl (Open vSwitch) 2.17.9\nDB Schema 8.3.0\n' }
  const withOvs = shown(hypervisor(profile), { commands: ovs })

  test('refuses more VFs than the firmware is going to allow, and a bridge with a long name', () => {
    expect(
      planFor(preflight, { ...args, vfs: 8, firmware_vfs: 4, bridge: 'ovs-of-hypervisor' }, withOvs, facts),
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

  const commands = (over: Readonly<Record<string, Answer>>): Shown => shown(withOvs, { commands: over })
  const asked = { ...args, bridge: 'ovs-sriov', vfs: 2, firmware_vfs: 4 }
  const query = 'mstconfig -d 0000:61:00.0 -e q SRIOV_EN NUM_OF_VFS'
  const settings = (sriov: string, vfs: string) =>
    `Configurations:   Default   Current   Next Boot\n  SRIOV_EN   False(0)   ${sriov}\n  NUM_OF_VFS   0   ${vfs}\n`

  test.each<[string, Shown, object, string]>([
    [
      'an Open vSwitch that is too old',
      commands({ 'ovs-vsctl --version': 'ovs-vsctl (Open vSwitch) 2.9.0\n' }),
      {},
      "Open vSwitch is 2.9, but must be 2.12 or newer to offload a bond's flows",
    ],
    ['a host without Open vSwitch', hypervisor(profile), {}, 'Open vSwitch is not installed'],
    [
      'a host without devlink',
      shown(withOvs, {
        commands: {
          'devlink dev eswitch show pci/0000:61:00.0': null,
          'devlink dev eswitch show pci/0000:61:00.1': null,
        },
      }),
      {},
      'devlink is not installed; devlink is not installed',
    ],
    [
      'a kernel without devlink',
      commands({
        'devlink dev eswitch show pci/0000:61:00.1': { status: 1, stderr: 'Failed to connect to devlink Netlink\n' },
      }),
      {},
      'the kernel has no devlink',
    ],
    [
      'firmware with SR-IOV on and a BIOS without',
      shown(hypervisor(profile, { total: null }), {
        commands: { ...ovs, [query]: settings('True(1) True(1)', '4 4') },
      }),
      {},
      'the firmware of ens2f0 has SR-IOV on, but the host sees none of it',
    ],
    [
      'a bond over OFED’s multiport e-switch',
      shown(withOvs, {
        attrs: { '/sys/bus/pci/devices/0000:61:00.0/net/ens2f0/compat/devlink/lag_port_select_mode': 'multiport_esw' },
      }),
      {},
      'the card of ens2f0 runs as a multiport e-switch, which excludes VF-LAG',
    ],
    [
      'the session over another bridge that a port is in',
      commands({ 'ovs-vsctl --timeout=10 iface-to-br ens2f1': 'eno1\n' }),
      {},
      'the SSH session runs over ens2f1, which the roll-out takes down for a while',
    ],
    [
      'a VM that is given a VF of a port that is not of the card',
      withOvs,
      { vms: [{ name: 'vm1', pf: 'ens9', vf: 0 }] },
      'VM vm1 is given a VF of ens9, but the ports are ens2f0 and ens2f1; there is no VM vm1 on this host, which has none',
    ],
    [
      'a VLAN that there cannot be',
      shown(hypervisor(profile, { vms: [{ name: 'vm1' }] }), {
        commands: ovs,
      }),
      { vms: [{ name: 'vm1', pf: '61:00.0', vf: 0, vlan: 5000 }] },
      'VM vm1 is given the VLAN 5000, but must be given one from 1 to 4094',
    ],
    [
      'another number of VFs in the firmware under VMs that name them',
      shown(hypervisor(profile, { vfs: 2, vms: [{ name: 'vm1', stored: ['0000:61:00.6'] }] }), {
        files: begun,
        commands: ovs,
      }),
      { firmware_vfs: 8 },
      'NUM_OF_VFS moves VFs to other PCI addresses at the next restart, and VM vm1 has a VF of this card by its address',
    ],
  ])('refuses %s', (_what, host, over, because) => {
    expect(planFor(preflight, { ...asked, ...over }, host, facts)).toMatchObject({ kind: 'blocked', because })
  })

  test.each<[string, Shown, object, string]>([
    [
      'unequal numbers of VFs',
      shown(hypervisor(profile, { vfs: 2 }), {
        files: begun,
        attrs: { '/sys/bus/pci/devices/0000:61:00.1/sriov_numvfs': '1' },
        commands: ovs,
      }),
      { vfs: undefined },
      'ens2f0 has 2 VFs and ens2f1 has 1 VF, but old kernels want as many on both ports',
    ],
    [
      'a change of the firmware that waits',
      commands({ [query]: settings('True(1) True(1)', '4 8') }),
      {},
      'a change of the firmware waits for a restart: NUM_OF_VFS is 4 and is going to be 8',
    ],
    [
      'more VFs than old firmware makes a LAG with',
      withOvs,
      { firmware_vfs: 65 },
      '65 VFs are asked of the firmware, and with more than 64 old kernels and firmware make no LAG',
    ],
    [
      'steering by firmware',
      shown(withOvs, {
        attrs: { '/sys/bus/pci/devices/0000:61:00.1/net/ens2f1/compat/devlink/steering_mode': 'dmfs' },
      }),
      {},
      'ens2f1 steers flows by firmware (dmfs)',
    ],
    [
      'a libvirt that does not say who holds VFs',
      shown(hypervisor(profile, { vfs: 1, driver: 'vfio-pci' }), {
        files: begun,
        commands: { ...ovs, 'virsh list --all --name': { status: 1, stderr: 'error: no connection\n' } },
      }),
      { vfs: undefined },
      '2 VFs (0000:61:00.2 and 0000:61:00.6) are on vfio-pci, and libvirt cannot say which VM holds them (error: no connection)',
    ],
    [
      'the session over the ports, where that is allowed',
      commands({ 'ovs-vsctl --timeout=10 iface-to-br ens2f1': 'eno1\n' }),
      { allow_management: true },
      'the SSH session runs over ens2f1, which the roll-out takes down for a while',
    ],
  ])('warns of %s and goes on', (_what, host, over, evidence) => {
    expect(planFor(preflight, { ...asked, ...over }, host, facts)).toMatchObject({
      kind: 'unchanged',
      data: { rows: [{ state: 'warn', evidence }] },
    })
  })

  test('shows the whole table where one thing stands in the way', () => {
    const { data } = { data: undefined, ...planFor(preflight, { ...args, mode: 0 }, hypervisor(profile), facts) }
    expect(data?.['rows']).toEqual(data?.['findings'])
  })
})
