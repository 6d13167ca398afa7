import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { Plan } from '../../../src/module/plan.ts'
import { checkRows } from '../../../src/module/rows.ts'
import { health } from '../../../src/modules/card/health.ts'
import { ovsTables, type TablePort } from '../../support/ovs-tables.ts'
import { hvFacts, hypervisor, planFor, profiles, type Shown, shown } from '../../support/readings.ts'

const transcript = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../transcripts/${name}`, import.meta.url)), 'utf8')
    .replaceAll('eni1np1', 'ens2f0')
    .replaceAll('eni2np1', 'ens2f1')
const vms = [
  { name: 'vm1', pf: 'ens2f0', vf: 0, mac: '52:54:00:01:00:01' },
  { name: 'vm2', pf: 'ens2f1', vf: 0, mac: '52:54:00:01:00:02' },
]
const ports: Readonly<Record<string, TablePort>> = {
  bond0: { mark: 'added' },
  ens2f0_0: { mark: '0000:61:00.0/vf0' },
  ens2f0_1: { mark: '0000:61:00.0/vf1' },
  ens2f1_0: { mark: '0000:61:00.1/vf0' },
  ens2f1_1: { mark: '0000:61:00.1/vf1' },
}
const offload = 'ovs-vsctl --timeout=10 --if-exists get Open_vSwitch . other_config:hw-offload'

describe.each(profiles)('health on %s', (profile) => {
  const fine = shown(
    hypervisor(profile, {
      vfs: 2,
      mode: 'switchdev',
      driver: 'vfio-pci',
      bond: { inOvs: true },
      lag: 'switchdev',
      vms: [{ name: 'vm1', live: ['0000:61:00.2'] }],
    }),
    {
      attrs: Object.fromEntries(
        ['ens2f0_0', 'ens2f0_1', 'ens2f1_0', 'ens2f1_1'].map((name) => [`/sys/class/net/${name}/flags`, '0x1003']),
      ),
      files: { '/proc/net/bonding/bond0': transcript('bonding-lacp.txt') },
      commands: {
        [offload]: '"true"\n',
        ...Object.fromEntries(
          ['ens2f0', 'ens2f1'].map((name) => [`ethtool -k ${name}`, `Features for ${name}:\nhw-tc-offload: on\n`]),
        ),
        ...ovsTables({ 'ovs-sriov': ports }),
        dmesg:
          '[    1.0] Linux version 3.10\n[   60.0] mlx5_core 0000:61:00.0: lag map port 1:1 port 2:2 shared_fdb:1\n',
        'virsh list --all --name': 'vm1\nvm2\n',
        ...vmAnswers('vm2', '0000:61:00.6', '52:54:00:01:00:02'),
      },
    },
  )
  const plan = (over: Shown = {}, args: object = {}, elapsed = 0): Plan =>
    planFor(
      health,
      { pfs: ['ens2f0', 'ens2f1'], bond: 'bond0', mode: '802.3ad', bridge: 'ovs-sriov', vfs: 2, vms, ...args },
      shown(fine, over),
      hvFacts(profile),
      { elapsed },
    )
  const rowOf = (of: Plan, check: string) => {
    const row = 'data' in of ? checkRows(of.data?.['rows']).find((each) => each.check === check) : undefined
    return row && [row.state, row.evidence]
  }

  test('has a row for each layer, with what was seen', () => {
    const found = plan()
    expect(found).toMatchObject({ kind: 'unchanged', because: '10 checks hold' })
    expect('data' in found ? found.data?.['rows'] : null).toMatchSnapshot()
  })

  test.each<readonly [string, string, Shown, object, string, string]>([
    [
      'firmware',
      'SR-IOV off',
      { attrs: { '/sys/bus/pci/devices/0000:61:00.1/sriov_totalvfs': null } },
      {},
      'failed',
      'the firmware offers no VFs on ens2f0 and ens2f1',
    ],
    [
      'VFs',
      'another number of VFs',
      {},
      { vfs: 3 },
      'failed',
      '2 VFs on ens2f0 and 2 VFs on ens2f1, but must be 3 on each',
    ],
    [
      'e-switch',
      'one PF in legacy mode',
      { commands: { 'devlink dev eswitch show pci/0000:61:00.1': 'pci/0000:61:00.1: mode legacy inline-mode none\n' } },
      {},
      'failed',
      'ens2f1 is in legacy mode, but must be in switchdev',
    ],
    ['bond', 'another mode', {}, { mode: 1 }, 'failed', 'bond0 runs in mode 802.3ad, but must run in active-backup'],
    [
      'LACP',
      'a switch without LACP',
      { files: { '/proc/net/bonding/bond0': transcript('bonding-lacp-no-partner.txt') } },
      {},
      'wait',
      'ens2f0 and ens2f1 have no LACP partner',
    ],
    [
      'representors',
      'one that is down',
      { attrs: { '/sys/class/net/ens2f0_0/flags': '0x1002' } },
      {},
      'failed',
      'ens2f0_0 is down, so VF 0 of ens2f0 (VM vm1) has no link',
    ],
    [
      'representors',
      'one that is missing',
      { attrs: { '/sys/class/net/ens2f1_1/flags': null } },
      {},
      'wait',
      'there are only 1 of 2 of ens2f1',
    ],
    [
      'OVS ports',
      'a bridge without the bond',
      { commands: ovsTables({ 'ovs-sriov': { ...ports, bond0: { ofport: 1 } }, br9: {} }) },
      { bridge: 'br9' },
      'failed',
      'bond0, ens2f0_0, ens2f0_1, ens2f1_0 and ens2f1_1 are no ports of br9',
    ],
    [
      'OVS ports',
      'a dead port of ours',
      {
        commands: ovsTables({
          'ovs-sriov': {
            ...ports,
            old0: { mark: 'yes', ofport: -1, error: 'could not open network device old0 (No such device)' },
            vnet7: { ofport: -1, error: 'could not open network device vnet7 (No such device)' },
          },
        }),
      },
      {},
      'wait',
      'Open vSwitch does not use old0 (could not open network device old0 (No such device))',
    ],
    [
      'OVS ports',
      'a VM outside its VLAN',
      {},
      { vms: [{ ...vms[0], vlan: 100 }] },
      'failed',
      'ens2f0_0 is in no VLAN, but must be in VLAN 100',
    ],
    ['offload', 'hw-offload off', { commands: { [offload]: '\n' } }, {}, 'failed', 'hw-offload of Open vSwitch is off'],
    [
      'offload',
      'a restart that is due',
      { files: { '/var/lib/vflag-play/ovs-restart-due': 'x' } },
      {},
      'failed',
      'Open vSwitch was not restarted since hw-offload was changed',
    ],
    ['VMs', 'one that is off', { commands: { 'virsh domstate vm2': 'shut off\n\n' } }, {}, 'failed', 'vm2 is shut off'],
    [
      'VMs',
      'one without its VF',
      { commands: vmAnswers('vm2', '0000:61:00.7', '52:54:00:01:00:02') },
      {},
      'failed',
      'vm2 runs without VF 0 of ens2f1 (0000:61:00.6)',
    ],
  ])('%s: %s is not ok', (check, _what, over, args, kind, evidence) => {
    const found = plan(
      check === 'firmware'
        ? { attrs: { ...over.attrs, '/sys/bus/pci/devices/0000:61:00.0/sriov_totalvfs': null } }
        : over,
      args,
    )
    expect([found.kind, rowOf(found, check)]).toEqual([kind, ['not ok', evidence]])
  })

  test('what may come right is waited for, and then failed with all that is wrong', () => {
    const lonely = {
      files: { '/proc/net/bonding/bond0': transcript('bonding-lacp-no-partner.txt') },
      attrs: { '/sys/class/net/ens2f1_1/flags': null },
    }
    const because =
      '2 of 10 checks do not hold: LACP: ens2f0 and ens2f1 have no LACP partner; representors: there are only 1 of 2 of ens2f1'
    expect(plan(lonely)).toMatchObject({ kind: 'wait', upTo: 15, because })
    expect(plan(lonely, {}, 20)).toMatchObject({ kind: 'failed', because })
  })

  test('what could not be asked is unknown, and said', () => {
    const silent = { status: 1, stderr: 'error: failed to connect to the hypervisor\n' }
    const found = plan({ commands: { 'virsh list --all --name': silent } })
    expect(found).toMatchObject({ kind: 'unchanged', because: '9 checks hold; unknown: VMs' })
    expect(rowOf(found, 'VMs')).toEqual([
      'unknown',
      'libvirt does not answer: error: failed to connect to the hypervisor',
    ])
  })

  test('LACP is unknown to a reader who is not root', () => {
    const text = transcript('bonding-lacp.txt')
      .replaceAll(/^(System priority|System MAC address):.*\n/gm, '')
      .replaceAll(/^Active Aggregator Info:\n(?:\t.*\n)*/gm, '')
      .replaceAll(/^details (?:actor|partner) lacp pdu:\n(?: {4}.*\n)*/gm, '')
    expect(rowOf(plan({ files: { '/proc/net/bonding/bond0': text } }), 'LACP')).toEqual([
      'unknown',
      'the kernel tells its state to root only',
    ])
  })
})

function vmAnswers(name: string, pci: string, mac: string): Record<string, string> {
  const one = hypervisor('el9', { vms: [{ name, live: [pci], stored: [pci], mac }] }).commands
  return Object.fromEntries(
    ['domstate', 'dumpxml', 'dumpxml --inactive'].map((word) => [
      `virsh ${word} ${name}`,
      String(one[`virsh ${word} ${name}`]),
    ]),
  )
}
