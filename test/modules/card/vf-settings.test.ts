import { describe, expect, test } from 'vitest'
import { vfMac } from '../../../src/modules/card/vf-mac.ts'
import { vfSettings } from '../../../src/modules/card/vf-settings.ts'
import {
  commandsOf,
  hvFacts,
  hypervisor,
  planFor,
  profiles,
  type Shown,
  type Standing,
  shown,
} from '../../support/readings.ts'

const zero = '00:00:00:00:00:00'
const given = '52:54:00:01:00:01'
const derived = (index: number): string => vfMac('hv1', '0000:61:00.0', index)
const vm1 = { name: 'vm1', pf: 'ens2f0', vf: 0, mac: given }

describe.each(profiles)('vf_settings on %s', (profile) => {
  /** A PF whose VFs have these addresses. */
  const host = (standing: Standing, macs: readonly string[], rights = 'trust off'): Shown =>
    shown(hypervisor(profile, { vfs: macs.length, ...standing }), {
      commands: {
        'ip link show dev ens2f0': [
          '4: ens2f0: <BROADCAST,MULTICAST> mtu 1500 qdisc mq state DOWN mode DEFAULT group default qlen 1000',
          '    link/ether 98:03:9b:11:22:30 brd ff:ff:ff:ff:ff:ff',
          ...macs.map((mac, index) =>
            profile === 'rhel7.7'
              ? `    vf ${index} MAC ${mac}, spoof checking off, link-state auto, ${rights}`
              : `    vf ${index}     link/ether ${mac} brd ff:ff:ff:ff:ff:ff, spoof checking off, link-state auto, ${rights}`,
          ),
          '',
        ].join('\n'),
        'devlink port show':
          standing.mode === 'switchdev' && profile === 'el9'
            ? macs
                .map(
                  (mac, index) =>
                    `pci/0000:61:00.0/${index + 1}: type eth netdev ens2f0_${index} flavour pcivf controller 0 pfnum 0 vfnum ${index} external false splittable false\n  function:\n    hw_addr ${mac} roce enable\n`,
                )
                .join('')
            : 'pci/0000:61:00.0/65535: type eth netdev ens2f0 flavour physical port 0 splittable false\n',
      },
    })
  const plan = (args: object, on: Shown) => planFor(vfSettings, { pf: 'ens2f0', ...args }, on, hvFacts(profile))
  const set = (index: number, ...words: string[]) => ({
    kind: 'run',
    argv: ['ip', 'link', 'set', 'dev', 'ens2f0', 'vf', String(index), ...words],
  })

  test('gives every VF the address that is derived for it, unless a VM brings one', () => {
    expect(
      plan({ vms: [vm1, { name: 'vm2', pf: 'ens2f1', vf: 1, mac: '52:54:00:01:00:02' }] }, host({}, [zero, zero])),
    ).toEqual({
      kind: 'change',
      deltas: [
        { what: 'MAC address of VF 0 (0000:61:00.2) of ens2f0', before: zero, after: given },
        { what: 'MAC address of VF 1 (0000:61:00.3) of ens2f0', before: zero, after: derived(1) },
      ],
      steps: [set(0, 'mac', given), set(1, 'mac', derived(1))],
      data: {
        macs: [
          { vf: 0, pci: '0000:61:00.2', mac: given, held_by: null },
          { vf: 1, pci: '0000:61:00.3', mac: derived(1), held_by: null },
        ],
      },
    })
  })

  test('a second run changes nothing and asks no VM', () => {
    const on = host({}, [derived(0), derived(1)])
    expect(plan({}, on)).toMatchObject({ kind: 'unchanged', because: 'the VFs of ens2f0 are as asked' })
    expect(commandsOf(vfSettings, { pf: 'ens2f0' }, on, hvFacts(profile))).not.toContain('virsh domstate vm1')
  })

  test('keep gives an address only to those that a VM brings', () => {
    expect(plan({ mac: 'keep', vms: [{ ...vm1, mac: undefined }] }, host({}, [zero, zero]))).toMatchObject({
      steps: [set(0, 'mac', derived(0))],
    })
    expect(plan({ mac: 'keep' }, host({}, [zero, zero]))).toMatchObject({ kind: 'unchanged' })
  })

  test('leaves a VF alone that a VM holds', () => {
    const standing = { driver: 'vfio-pci', vms: [{ name: 'vm1', live: ['0000:61:00.2'] }] } as const
    expect(plan({ trust: true }, host({ ...standing }, ['52:54:00:aa:aa:aa', derived(1)], 'trust on'))).toEqual({
      kind: 'unchanged',
      because: 'the VFs of ens2f0 are as asked; VF 0, held by vm1, is left alone',
      data: {
        macs: [
          { vf: 0, pci: '0000:61:00.2', mac: '52:54:00:aa:aa:aa', held_by: 'vm1' },
          { vf: 1, pci: '0000:61:00.3', mac: derived(1), held_by: null },
        ],
      },
    })
  })

  test('sets trust and spoof checking with the address, in legacy mode', () => {
    expect(plan({ trust: true, spoofchk: true }, host({}, [zero]))).toMatchObject({
      steps: [set(0, 'mac', derived(0), 'trust', 'on', 'spoofchk', 'on')],
    })
  })

  test('a right that is not shown is one that nobody gave', () => {
    const silent = (standing: Standing) => host(standing, [derived(0)], 'query_rss off')
    for (const mode of ['legacy', 'switchdev'] as const)
      expect(plan({ trust: false }, silent({ mode }))).toMatchObject({ kind: 'unchanged' })
    expect(plan({ trust: true }, silent({}))).toMatchObject({ steps: [set(0, 'trust', 'on')] })
  })

  test('in switchdev mode the address goes through devlink where it knows the port, else as before', () => {
    expect(plan({}, host({ mode: 'switchdev' }, [zero]))).toMatchObject({
      steps: [
        profile === 'el9'
          ? { kind: 'run', argv: ['devlink', 'port', 'function', 'set', 'pci/0000:61:00.0/1', 'hw_addr', derived(0)] }
          : set(0, 'mac', derived(0)),
      ],
    })
  })

  test.each([
    [
      'trust in switchdev mode',
      { trust: true, spoofchk: true },
      host({ mode: 'switchdev' }, [derived(0)]),
      'trust and spoofchk of VF 0 (0000:61:00.2) cannot be set in switchdev mode: the driver refuses it (EOPNOTSUPP), for the bridge decides what a VF may do',
    ],
    [
      'a VF that a driver has',
      {},
      host({ driver: 'mlx5_core' }, [zero]),
      'VF 0 (0000:61:00.2) is bound to mlx5_core, and what a PF says of a VF takes effect when a driver takes it',
    ],
    [
      'libvirt that does not answer while a VF is lent',
      {},
      shown(host({ driver: 'vfio-pci' }, [zero]), {
        commands: { 'virsh list --all --name': { status: 1, stderr: 'error: failed to connect to the hypervisor\n' } },
      }),
      '1 VF (0000:61:00.2) is on vfio-pci, and libvirt cannot say which VM holds it (error: failed to connect to the hypervisor)',
    ],
    [
      'an interface that is gone',
      {},
      shown(host({}, [zero]), {
        commands: { 'ip link show dev ens2f0': { status: 1, stderr: 'Device "ens2f0" does not exist.\n' } },
      }),
      'ens2f0 cannot say what its VFs are given: Device "ens2f0" does not exist.',
    ],
  ])('refuses with %s', (_why, args, on, because) => {
    expect(plan(args, on)).toMatchObject({ kind: 'blocked', because })
  })

  test('a PF without VFs has nothing to give', () => {
    expect(plan({}, host({}, []))).toEqual({ kind: 'unchanged', because: 'ens2f0 has no VFs', data: { macs: [] } })
  })
})
