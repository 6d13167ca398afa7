import { describe, expect, test } from 'vitest'
import { vfs } from '../../../src/modules/card/vfs.ts'
import { commandsOf, hvFacts, hypervisor, planFor, profiles, shown } from '../../support/readings.ts'

const pci = '/sys/bus/pci/devices/0000:61:00.0'
const two = {
  count: 2,
  vfs: [
    { index: 0, pci: '0000:61:00.2' },
    { index: 1, pci: '0000:61:00.3' },
  ],
}

describe.each(profiles)('vfs on %s', (profile) => {
  const facts = hvFacts(profile)
  const plan = (args: object, host = hypervisor(profile)) => planFor(vfs, { pf: 'ens2f0', ...args }, host, facts)

  test('creates VFs with probing off before the first VF appears', () => {
    expect(plan({ count: 2, autoprobe: false })).toEqual({
      kind: 'change',
      deltas: [
        { what: 'probing of new VFs of ens2f0', before: 'on', after: 'off' },
        { what: 'number of VFs of ens2f0', before: '0', after: '2' },
      ],
      steps: [
        { kind: 'attr', path: `${pci}/sriov_drivers_autoprobe`, value: '0' },
        { kind: 'attr', path: `${pci}/sriov_numvfs`, value: '2' },
      ],
      data: { count: 0, vfs: [] },
    })
  })

  test('a second run changes nothing and asks no VM', () => {
    const host = hypervisor(profile, { vfs: 2, autoprobe: false, vms: [{ name: 'vm1', live: ['0000:61:00.2'] }] })
    expect(plan({ count: 2, autoprobe: false }, host)).toEqual({
      kind: 'unchanged',
      because: 'ens2f0 has 2 VFs',
      data: two,
    })
    expect(commandsOf(vfs, { pf: 'ens2f0', count: 2 }, host, facts)).toEqual(['virsh list --all --name'])
  })

  test('waits until every VF is complete', () => {
    const host = shown(hypervisor(profile, { vfs: 2 }), { links: { [`${pci}/virtfn1/physfn`]: null } })
    expect(planFor(vfs, { pf: 'ens2f0', count: 2 }, host, facts)).toEqual({
      kind: 'wait',
      because: '1 of 2 VFs of ens2f0 is complete',
      again: 0.5,
      upTo: 120,
      hint: 'look at the last lines of dmesg on the host',
    })
  })

  test('removes VFs that nobody holds', () => {
    expect(plan({ count: 0, autoprobe: true }, hypervisor(profile, { vfs: 2, autoprobe: false }))).toMatchObject({
      kind: 'change',
      steps: [
        { kind: 'attr', path: `${pci}/sriov_drivers_autoprobe`, value: '1' },
        { kind: 'attr', path: `${pci}/sriov_numvfs`, value: '0' },
      ],
    })
  })

  test('goes over zero to another number only when told to', () => {
    const host = hypervisor(profile, { vfs: 2 })
    expect(plan({ count: 4, recreate: true }, host)).toMatchObject({
      kind: 'change',
      steps: [
        { kind: 'attr', path: `${pci}/sriov_numvfs`, value: '0' },
        { kind: 'attr', path: `${pci}/sriov_numvfs`, value: '4' },
      ],
    })
    expect(plan({ count: 4 }, host)).toEqual({
      kind: 'blocked',
      because: 'ens2f0 has 2 VFs, but 4 are asked for, and the kernel changes the number only by removing all of them',
      hint: 'set recreate: true where nothing uses the present VFs',
    })
  })

  test.each([
    [
      'SR-IOV off in the firmware',
      { count: 2 },
      hypervisor(profile, { total: null }),
      'ens2f0 offers no VFs because SR-IOV is off in its firmware, but 2 are asked for',
    ],
    ['more than the card offers', { count: 8 }, hypervisor(profile), 'ens2f0 offers 4 VFs, but 8 are asked for'],
    [
      'a VM that holds a VF',
      { count: 0 },
      hypervisor(profile, { vfs: 2, driver: 'vfio-pci', vms: [{ name: 'vm1', live: ['0000:61:00.3'] }] }),
      'VF 1 (0000:61:00.3) is held by VM vm1; removing the VFs of ens2f0 would block in the kernel until the guests let go',
    ],
    [
      'libvirt that does not answer while VFs are lent',
      { count: 0 },
      shown(hypervisor(profile, { vfs: 1, driver: 'vfio-pci' }), {
        commands: { 'virsh list --all --name': { status: 1, stderr: 'error: failed to connect to the hypervisor\n' } },
      }),
      '1 VF (0000:61:00.2) is on vfio-pci, and libvirt cannot say which VM holds it (error: failed to connect to the hypervisor); removing a VF that is held blocks in the kernel',
    ],
    [
      'a representor in Open vSwitch',
      { count: 0 },
      shown(hypervisor(profile, { vfs: 2, mode: 'switchdev' }), {
        links: { '/sys/class/net/ens2f0_0/master': '../ovs-system' },
      }),
      'ens2f0_0 stands for VFs of ens2f0 and is a port of Open vSwitch, which would be left with dead ports',
    ],
  ])('refuses with %s', (_why, args, host, because) => {
    expect(planFor(vfs, { pf: 'ens2f0', ...args }, host, facts)).toMatchObject({ kind: 'blocked', because })
  })

  test('a VM that is shut off holds nothing', () => {
    const host = hypervisor(profile, { vfs: 2, vms: [{ name: 'vm1', running: false, stored: ['0000:61:00.2'] }] })
    expect(plan({ count: 0 }, host)).toMatchObject({ kind: 'change' })
  })

  test('no VFs are no change where SR-IOV is off', () => {
    expect(plan({ count: 0, autoprobe: true }, hypervisor(profile, { total: null }))).toEqual({
      kind: 'unchanged',
      because: 'ens2f0 offers no VFs: SR-IOV is off in its firmware',
      data: { count: 0, vfs: [] },
    })
  })

  test('a port that the host does not have is named with those it has', () => {
    expect(planFor(vfs, { pf: 'ens2f2', count: 2 }, hypervisor(profile), facts)).toEqual({
      kind: 'blocked',
      because: 'ens2f2 is no ConnectX port of this host, but must be one of ens2f0 or ens2f1',
      hint: 'did you mean "ens2f0"?',
    })
  })
})

test('VF-LAG is taken down before its VFs', () => {
  const host = hypervisor('el9', { vfs: 2, mode: 'switchdev', bond: {}, lag: 'switchdev' })
  expect(planFor(vfs, { pf: 'ens2f0', count: 0 }, host, hvFacts('el9'))).toEqual({
    kind: 'blocked',
    because: 'VF-LAG is active on ens2f0; its VFs go after the bond',
    hint: 'take the bond down first (network_restart with state: absent); teardown.yaml has the whole order',
  })
})
