import { describe, expect, test } from 'vitest'
import { vfDriver } from '../../../src/modules/card/vf-driver.ts'
import { hvFacts, hypervisor, planFor, profiles } from '../../support/readings.ts'

const device = '/sys/bus/pci/devices/0000:61:00.2'

describe.each(profiles)('vf_driver on %s', (profile) => {
  const plan = (args: object, host: ReturnType<typeof hypervisor>) =>
    planFor(vfDriver, { pf: 'ens2f0', ...args }, host, hvFacts(profile))

  test('takes every VF from the host', () => {
    expect(plan({ driver: 'none' }, hypervisor(profile, { vfs: 2, driver: 'mlx5_core' }))).toMatchObject({
      kind: 'change',
      deltas: [
        { what: 'driver of VF 0 (0000:61:00.2) of ens2f0', before: 'mlx5_core', after: null },
        { what: 'driver of VF 1 (0000:61:00.3) of ens2f0', before: 'mlx5_core', after: null },
      ],
      steps: [
        { kind: 'attr', path: '/sys/bus/pci/drivers/mlx5_core/unbind', value: '0000:61:00.2' },
        { kind: 'attr', path: '/sys/bus/pci/drivers/mlx5_core/unbind', value: '0000:61:00.3' },
      ],
    })
  })

  test.each([
    ['no VFs', hypervisor(profile), 'ens2f0 has no VFs'],
    ['free VFs', hypervisor(profile, { vfs: 2 }), 'no driver of the host holds a VF of ens2f0'],
    [
      'VFs of guests',
      hypervisor(profile, { vfs: 2, driver: 'vfio-pci' }),
      'no driver of the host holds a VF of ens2f0; 2 VFs on vfio-pci are left alone',
    ],
  ])('leaves %s alone', (_what, host, because) => {
    expect(plan({ driver: 'none' }, host)).toMatchObject({ kind: 'unchanged', because })
  })

  test('binds one VF by driver_override, so that probing may be off', () => {
    expect(plan({ driver: 'mlx5_core', vfs: [0] }, hypervisor(profile, { vfs: 2, autoprobe: false }))).toMatchObject({
      kind: 'change',
      steps: [
        { kind: 'attr', path: `${device}/driver_override`, value: 'mlx5_core' },
        { kind: 'attr', path: '/sys/bus/pci/drivers_probe', value: '0000:61:00.2' },
        { kind: 'attr', path: `${device}/driver_override`, value: '' },
      ],
    })
  })

  test('loads vfio-pci when it is not there', () => {
    expect(plan({ driver: 'vfio-pci', vfs: [0] }, hypervisor(profile, { vfs: 1, driver: 'mlx5_core' }))).toMatchObject({
      kind: 'change',
      steps: [
        { kind: 'run', argv: ['modprobe', 'vfio-pci'] },
        { kind: 'attr', path: `${device}/driver_override`, value: 'vfio-pci' },
        { kind: 'attr', path: '/sys/bus/pci/drivers/mlx5_core/unbind', value: '0000:61:00.2' },
        { kind: 'attr', path: '/sys/bus/pci/drivers_probe', value: '0000:61:00.2' },
      ],
    })
  })

  test('takes no VF from a running VM', () => {
    const host = hypervisor(profile, { vfs: 1, driver: 'vfio-pci', vms: [{ name: 'vm1', live: ['0000:61:00.2'] }] })
    expect(plan({ driver: 'mlx5_core' }, host)).toEqual({
      kind: 'blocked',
      because: 'VF 0 (0000:61:00.2) is held by VM vm1',
      hint: 'detach it first (module hostdev with state: detached) or stop vm1',
    })
  })

  test('a VF that is not there is refused', () => {
    expect(plan({ driver: 'none', vfs: [5] }, hypervisor(profile, { vfs: 2 }))).toEqual({
      kind: 'blocked',
      because: 'ens2f0 has VFs 0 to 1, but 5 is asked for',
      hint: 'create them with the vfs module',
    })
  })
})
