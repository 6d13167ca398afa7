import { describe, expect, test } from 'vitest'
import { hostdev } from '../../../src/modules/card/hostdev.ts'
import { vfMac } from '../../../src/modules/card/vf-mac.ts'
import { hvFacts, hypervisor, planFor, profiles, type Shown, type Standing, shown } from '../../support/readings.ts'

const mac = '52:54:00:01:00:01'
const args = { vm: 'vm1', pf: 'ens2f0', vf: 0, mac }
const vf0 = '0000:61:00.2'
const xml = `<interface type='hostdev' managed='yes'>
  <mac address='${mac}'/>
  <source>
    <address type='pci' domain='0x0000' bus='0x61' slot='0x00' function='0x2'/>
  </source>
</interface>
`

describe.each(profiles)('hostdev on %s', (profile) => {
  const facts = hvFacts(profile)
  const host = (vms: NonNullable<Standing['vms']>, more: Standing = {}) =>
    hypervisor(profile, { vfs: 2, mode: 'switchdev', ...more, vms })
  const plan = (vms: NonNullable<Standing['vms']>, over: object = {}) =>
    planFor(hostdev, { ...args, ...over }, host(vms), facts)
  const run = (verb: string, ...flags: string[]) => ({
    kind: 'run',
    argv: ['virsh', `${verb}-device`, 'vm1', '/dev/stdin', ...flags],
    stdin: xml,
    timeout: 60,
  })
  const running = 'interface with MAC address 52:54:00:01:00:01'

  test.each([
    ['a running VM gets it now and for good', { name: 'vm1' }, ['--live', '--config']],
    ['a VM that has it stored gets it now', { name: 'vm1', stored: [vf0] }, ['--live']],
    ['a VM that has it now gets it for good', { name: 'vm1', live: [vf0] }, ['--config']],
    ['a VM that is shut off gets it for good', { name: 'vm1', running: false }, ['--config']],
  ])('%s', (_what, vm, flags) => {
    expect(plan([vm, { name: 'vm2', live: ['0000:61:00.3'] }])).toEqual({
      kind: 'change',
      deltas: [
        ...(flags.includes('--live') ? [{ what: `${vf0} in the running vm1`, before: null, after: running }] : []),
        ...(flags.includes('--config')
          ? [{ what: `${vf0} in the definition of vm1`, before: null, after: running }]
          : []),
      ],
      steps: [run('attach', ...flags)],
      data: { vm: 'vm1', pci: vf0 },
    })
  })

  test('without a MAC address it gets the one that is derived for the VF, and a VM that has that is left alone', () => {
    const derived = vfMac('hv1', '0000:61:00.0', 0)
    const without = { vm: 'vm1', pf: 'ens2f0', vf: 0 }
    expect(planFor(hostdev, without, host([{ name: 'vm1', running: false }]), facts)).toMatchObject({
      steps: [{ ...run('attach', '--config'), stdin: xml.replace(mac, derived) }],
    })
    expect(
      planFor(hostdev, without, host([{ name: 'vm1', live: [vf0], stored: [vf0], mac: derived }]), facts),
    ).toMatchObject({ kind: 'unchanged' })
  })

  test('a VM that has it is left alone', () => {
    expect(plan([{ name: 'vm1', live: [vf0], stored: [vf0] }], { mac: '52-54-00-01-00-01' })).toEqual({
      kind: 'unchanged',
      because: `VF 0 of ens2f0 (${vf0}) belongs to vm1`,
      data: { vm: 'vm1', pci: vf0 },
    })
  })

  test.each([
    [
      'a VF of another VM',
      [{ name: 'vm1' }, { name: 'vm2', running: false, stored: [vf0] }],
      {},
      `VF 0 of ens2f0 (${vf0}) belongs to VM vm2`,
    ],
    ['an unknown VM', [{ name: 'web' }, { name: 'db' }], {}, 'there is no VM vm1 on this host, which has web and db'],
    ['a VF that is not there', [{ name: 'vm1' }], { vf: 2 }, 'ens2f0 has no VF 2: it has 2 VFs'],
    [
      'another MAC address',
      [{ name: 'vm1', live: [vf0], mac: '52:54:00:09:09:09' }],
      {},
      `vm1 has ${vf0} with the MAC address 52:54:00:09:09:09, but must have it with ${mac}`,
    ],
    [
      'the MAC address elsewhere',
      [{ name: 'vm1', stored: ['0000:61:00.3'] }],
      {},
      `vm1 has the MAC address ${mac} on 0000:61:00.3, but must have it on ${vf0}`,
    ],
    ['a VLAN', [{ name: 'vm1' }], { vlan: 100 }, 'vlan is given, but a VF in switchdev mode takes none from libvirt'],
  ])('refuses %s', (_what, vms, over, because) => {
    expect(plan(vms, over)).toMatchObject({ kind: 'blocked', because })
  })

  test('it is taken from the running VM and its definition in one call', () => {
    expect(plan([{ name: 'vm1', live: [vf0], stored: [vf0] }], { state: 'detached' })).toEqual({
      kind: 'change',
      deltas: [
        { what: `${vf0} in the running vm1`, before: running, after: null },
        { what: `${vf0} in the definition of vm1`, before: running, after: null },
      ],
      steps: [run('detach', '--live', '--config')],
      data: { vm: 'vm1', pci: vf0 },
    })
    expect(plan([{ name: 'vm1' }], { state: 'detached' })).toEqual({
      kind: 'unchanged',
      because: 'vm1 has no VF 0 of ens2f0',
      data: { vm: 'vm1', pci: vf0 },
    })
  })

  test('a VF that is gone is still found by its MAC address', () => {
    expect(
      planFor(
        hostdev,
        { ...args, state: 'detached' },
        host([{ name: 'vm1', running: false, stored: [vf0] }], { vfs: 0 }),
        facts,
      ),
    ).toMatchObject({
      kind: 'change',
      steps: [run('detach', '--config')],
    })
  })
})

test('a plain hostdev element is taken back as one', () => {
  const domain = `<domain><name>vm1</name><devices><hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' bus='0x61' slot='0x00' function='0x2'/></source></hostdev></devices></domain>`
  const host = shown(hypervisor('el9', { vfs: 2, vms: [{ name: 'vm1' }] }), {
    commands: { 'virsh dumpxml vm1': domain, 'virsh dumpxml --inactive vm1': domain },
  })
  expect(planFor(hostdev, { ...args, state: 'detached' }, host, hvFacts('el9'))).toMatchObject({
    steps: [
      {
        argv: ['virsh', 'detach-device', 'vm1', '/dev/stdin', '--live', '--config'],
        stdin: `<hostdev mode='subsystem' type='pci' managed='yes'>
  <source>
    <address domain='0x0000' bus='0x61' slot='0x00' function='0x2'/>
  </source>
</hostdev>
`,
      },
    ],
  })
})

test.each([
  [
    null,
    'attached',
    { kind: 'blocked', because: 'virsh is not installed', hint: 'install the package libvirt-client' },
  ],
  [null, 'detached', { kind: 'unchanged', because: 'libvirt is not installed' }],
  [
    { status: 1, stderr: 'error: failed to connect to the hypervisor\n' },
    'detached',
    {
      kind: 'blocked',
      because: 'libvirt does not answer: error: failed to connect to the hypervisor',
      hint: 'start libvirtd or virtqemud (module service)',
    },
  ],
])('libvirt that says %j, %s', (answer, state, expected) => {
  const host = shown(hypervisor('el9', { vfs: 1 }), { commands: { 'virsh list --all --name': answer } })
  expect(planFor(hostdev, { ...args, state }, host, hvFacts('el9'))).toEqual(expected)
})

describe('kind hostdev, for kernels that refuse VLAN 0 in switchdev mode', () => {
  const facts = hvFacts('el9')
  const shownMac = (given: string) => ({
    'ip link show dev ens2f0': `5: ens2f0: <UP> mtu 1500\n    vf 0     link/ether ${given} brd ff:ff:ff:ff:ff:ff, spoof checking off\n`,
  })
  const plain = `<hostdev mode='subsystem' type='pci' managed='yes'>
  <source>
    <address domain='0x0000' bus='0x61' slot='0x00' function='0x2'/>
  </source>
</hostdev>
`
  const domain = `<domain><name>vm1</name><devices>${plain}</devices></domain>`
  const host = (given: string, live?: string) =>
    shown(hypervisor('el9', { vfs: 2, mode: 'switchdev', vms: [{ name: 'vm1' }] }), {
      commands: {
        ...shownMac(given),
        ...(live !== undefined && { 'virsh dumpxml vm1': live, 'virsh dumpxml --inactive vm1': live }),
      },
    })
  const plan = (on: Shown) => planFor(hostdev, { ...args, kind: 'hostdev' }, on, facts)
  const attach = {
    kind: 'run',
    argv: ['virsh', 'attach-device', 'vm1', '/dev/stdin', '--live', '--config'],
    stdin: plain,
    timeout: 60,
  }

  test('the MAC address is set first, for libvirt does not', () => {
    expect(plan(host('00:00:00:00:00:00'))).toEqual({
      kind: 'change',
      deltas: [
        { what: 'MAC address of VF 0 of ens2f0', before: '00:00:00:00:00:00', after: mac },
        { what: `${vf0} in the running vm1`, before: null, after: 'device of the host' },
        { what: `${vf0} in the definition of vm1`, before: null, after: 'device of the host' },
      ],
      steps: [{ kind: 'run', argv: ['ip', 'link', 'set', 'dev', 'ens2f0', 'vf', '0', 'mac', mac] }, attach],
      data: { vm: 'vm1', pci: vf0 },
    })
  })

  test('a MAC address that is right is not set again', () => {
    expect(plan(host(mac))).toMatchObject({ kind: 'change', steps: [attach] })
  })

  test('a second run changes nothing', () => {
    expect(plan(host(mac, domain))).toMatchObject({ kind: 'unchanged' })
  })
})
