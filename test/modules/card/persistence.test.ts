import { describe, expect, test } from 'vitest'
import { interfaceNames } from '../../../src/modules/card/interface-names.ts'
import { persistence } from '../../../src/modules/card/persistence.ts'
import { hvFacts, hypervisor, planFor, profiles, type Shown, shown } from '../../support/readings.ts'

const pfs = ['ens2f0', 'ens2f1']
const args = { pfs, vfs: 2, bridge: 'ovs-sriov', steering: 'smfs' }
const show = 'systemctl show -p Id,ActiveState,UnitFileState vflag-pre.service vflag-post.service'
const units = (state: string, file: string) =>
  ['pre', 'post'].map((name) => `Id=vflag-${name}.service\nActiveState=${state}\nUnitFileState=${file}\n`).join('\n')

describe.each(profiles)('persistence on %s', (profile) => {
  const facts = hvFacts(profile)
  const standing = shown(hypervisor(profile, { vfs: 2, mode: 'switchdev' }), {
    commands: { [show]: units('inactive', ''), 'devlink -V': 'devlink utility\n' },
  })
  const written = (host: Shown, over: object = {}): Readonly<Record<string, string>> => {
    const plan = planFor(persistence, { ...args, ...over }, host, facts)
    const steps = plan.kind === 'change' ? plan.steps : []
    return Object.fromEntries(
      steps.flatMap((step) => (step.kind === 'write' ? [[step.path, String(step.content)] as const] : [])),
    )
  }
  const done = shown(standing, { files: written(standing), commands: { [show]: units('inactive', 'enabled') } })

  test('writes the script and the units, and enables them', () => {
    const plan = planFor(persistence, args, standing, facts)
    expect(plan).toMatchObject({
      kind: 'change',
      steps: [
        { kind: 'mkdir', path: '/var/lib/vflag-play' },
        { kind: 'write', path: '/var/lib/vflag-play/vflag-boot' },
        { kind: 'write', path: '/etc/systemd/system/vflag-pre.service' },
        { kind: 'write', path: '/etc/systemd/system/vflag-post.service' },
        { kind: 'run', argv: ['systemctl', 'daemon-reload'] },
        { kind: 'run', argv: ['systemctl', 'enable', 'vflag-pre.service', 'vflag-post.service'] },
      ],
    })
    const texts = written(standing)
    expect([
      texts['/etc/systemd/system/vflag-pre.service'],
      texts['/etc/systemd/system/vflag-post.service'],
    ]).toMatchSnapshot()
  })

  test('changes nothing where they are', () => {
    expect(planFor(persistence, args, done, facts)).toMatchObject({ kind: 'unchanged' })
  })

  test('binds VFs after the LAG, and only when asked to', () => {
    const bound = written(standing, { driver: 'vfio-pci' })['/etc/systemd/system/vflag-post.service'] ?? ''
    expect(bound.match(/^ExecStart=.*(?: lag | bind |modprobe).*$/gm)).toEqual([
      'ExecStart=/bin/sh /var/lib/vflag-play/vflag-boot lag 60 0000:61:00.0 0000:61:00.1',
      'ExecStart=/usr/sbin/modprobe vfio-pci',
      'ExecStart=/bin/sh /var/lib/vflag-play/vflag-boot bind 0000:61:00.0 vfio-pci 0 1',
      'ExecStart=/bin/sh /var/lib/vflag-play/vflag-boot bind 0000:61:00.1 vfio-pci 0 1',
    ])
  })

  test('trusts the VFs before switchdev mode, those that get no address too, and only when asked to', () => {
    const given = '52:54:00:01:00:01'
    const vms = [{ name: 'vm1', pf: 'ens2f0', vf: 0, mac: given }]
    const set = (over: object) =>
      (written(standing, { mac: 'keep', vms, ...over })['/etc/systemd/system/vflag-pre.service'] ?? '').match(
        /^ExecStart=.* (?:vf \d.*|mode switchdev)$/gm,
      )
    const modes = [0, 1].map((at) => `ExecStart=/usr/sbin/devlink dev eswitch set pci/0000:61:00.${at} mode switchdev`)
    const ip = 'ExecStart=/usr/sbin/ip link set dev'
    expect(set({})).toEqual([`${ip} ens2f0 vf 0 mac ${given}`, ...modes])
    expect(set({ trust: true })).toEqual([
      `${ip} ens2f0 vf 0 mac ${given} trust on`,
      `${ip} ens2f0 vf 1 trust on`,
      `${ip} ens2f1 vf 0 trust on`,
      `${ip} ens2f1 vf 1 trust on`,
      ...modes,
    ])
  })

  test('takes everything back', () => {
    expect(planFor(persistence, { state: 'absent' }, done, facts)).toMatchObject({
      steps: [
        { argv: ['systemctl', 'disable', 'vflag-pre.service', 'vflag-post.service'] },
        { kind: 'remove', path: '/etc/systemd/system/vflag-pre.service' },
        { kind: 'remove', path: '/etc/systemd/system/vflag-post.service' },
        { argv: ['systemctl', 'daemon-reload'] },
        { kind: 'remove', path: '/var/lib/vflag-play/vflag-boot' },
      ],
    })
    expect(planFor(persistence, { state: 'absent' }, standing, facts)).toMatchObject({ kind: 'unchanged' })
  })

  test('keeps a unit of others and gives it back', () => {
    const path = '/etc/systemd/system/vflag-pre.service'
    const kept = `/var/lib/vflag-play/backup${path}`
    const theirs = shown(standing, { files: { [path]: '[Service]\n' } })
    expect(planFor(persistence, args, theirs, facts)).toMatchObject({
      steps: [{}, {}, { kind: 'write', path, backup: kept }, {}, {}, {}],
    })
    const taken = planFor(persistence, { state: 'absent' }, shown(done, { files: { [kept]: '[Service]\n' } }), facts)
    expect(taken.kind === 'change' && taken.steps.filter((step) => 'path' in step && step.path === path)).toMatchObject(
      [{ kind: 'write', content: Buffer.from('[Service]\n') }],
    )
  })

  test.each<[string, Shown, string]>([
    ['the representors are not there', hypervisor(profile, { vfs: 2 }), 'wait'],
    ['devlink is missing', { commands: { 'devlink -V': null } }, 'blocked'],
    ['netplan would bind VFs', { files: { '/run/systemd/system/netplan-sriov-rebind.service': '' } }, 'blocked'],
  ])('waits or refuses when %s', (_why, over, kind) => {
    const base = kind === 'wait' ? shown(over, { commands: { ...standing.commands } }) : shown(standing, over)
    expect(planFor(persistence, args, base, facts).kind).toBe(kind)
  })

  test('names are kept by rules, before there are representors as after', () => {
    const plan = planFor(interfaceNames, { pfs, vfs: 2 }, hypervisor(profile), facts)
    const [step] = plan.kind === 'change' ? plan.steps : []
    const text = step?.kind === 'write' ? String(step.content) : ''
    expect(text.match(/^SUBSYSTEM.*NAME=.*$/gm)).toEqual([
      'SUBSYSTEM=="net", ACTION=="add", KERNELS=="0000:61:00.0", ATTR{phys_port_name}=="*vf0", NAME="ens2f0_0"',
      'SUBSYSTEM=="net", ACTION=="add", KERNELS=="0000:61:00.0", ATTR{phys_port_name}=="*vf1", NAME="ens2f0_1"',
      'SUBSYSTEM=="net", ACTION=="add", KERNELS=="0000:61:00.1", ATTR{phys_port_name}=="*vf0", NAME="ens2f1_0"',
      'SUBSYSTEM=="net", ACTION=="add", KERNELS=="0000:61:00.1", ATTR{phys_port_name}=="*vf1", NAME="ens2f1_1"',
      'SUBSYSTEM=="net", ACTION=="add", KERNELS=="0000:61:00.0", ENV{VFLAG_REPRESENTOR}!="1", NAME="ens2f0"',
      'SUBSYSTEM=="net", ACTION=="add", KERNELS=="0000:61:00.1", ENV{VFLAG_REPRESENTOR}!="1", NAME="ens2f1"',
    ])
    const after = shown(standing, { files: { '/etc/udev/rules.d/70-vflag.rules': text } })
    expect(planFor(interfaceNames, { pfs, vfs: 2 }, after, facts)).toMatchObject({ kind: 'unchanged' })
  })
})
