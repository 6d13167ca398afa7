import { describe, expect, test } from 'vitest'
import { eswitch } from '../../../src/modules/card/eswitch.ts'
import { hvFacts, hypervisor, pfFact, planFor, profiles, type Shown, shown } from '../../support/readings.ts'

const set = ['devlink', 'dev', 'eswitch', 'set', 'pci/0000:61:00.0']

describe.each(profiles)('eswitch on %s', (profile) => {
  const plan = (mode: string, host: Shown, facts = hvFacts(profile)) =>
    planFor(eswitch, { pf: 'ens2f0', mode }, host, facts)

  test('enters switchdev mode with free VFs, and sends nothing but the mode', () => {
    expect(plan('switchdev', hypervisor(profile, { vfs: 2 }))).toEqual({
      kind: 'change',
      deltas: [{ what: 'e-switch mode of ens2f0', before: 'legacy', after: 'switchdev' }],
      steps: [{ kind: 'run', argv: [...set, 'mode', 'switchdev'], timeout: 120 }],
      data: { mode: 'switchdev' },
    })
  })

  test('never repeats a mode that is there: that would tear LAG down', () => {
    const host = hypervisor(profile, { vfs: 2, mode: 'switchdev', driver: 'vfio-pci', bond: {} })
    expect(plan('switchdev', host)).toEqual({
      kind: 'unchanged',
      because: 'the e-switch of ens2f0 is in switchdev mode with 2 representors',
      data: { mode: 'switchdev', representors: ['ens2f0_0', 'ens2f0_1'] },
    })
    expect(plan('legacy', hypervisor(profile))).toEqual({
      kind: 'unchanged',
      because: 'the e-switch of ens2f0 is in legacy mode',
      data: { mode: 'legacy', representors: [] },
    })
  })

  test('waits for representors and for the interface of the port', () => {
    const host = hypervisor(profile, { vfs: 2, mode: 'switchdev' })
    expect(plan('switchdev', shown(host, { attrs: { '/sys/class/net/ens2f0_1/flags': null } }))).toMatchObject({
      kind: 'wait',
      because: '1 of 2 representors of ens2f0 have appeared',
    })
    expect(plan('switchdev', shown(host, { attrs: { '/sys/class/net/ens2f0/flags': null } }))).toMatchObject({
      kind: 'wait',
      because: 'the interface ens2f0 is not back yet',
    })
  })

  test.each([
    [
      'a VF bound to the host',
      'switchdev',
      hypervisor(profile, { vfs: 1, driver: 'mlx5_core' }),
      'VF 0 (0000:61:00.2) is bound to mlx5_core; the firmware refuses to change the e-switch of ens2f0 while VFs are in use',
    ],
    [
      'a VF of a VM',
      'legacy',
      hypervisor(profile, {
        vfs: 1,
        mode: 'switchdev',
        driver: 'vfio-pci',
        vms: [{ name: 'vm1', live: ['0000:61:00.2'] }],
      }),
      'VF 0 (0000:61:00.2) is held by VM vm1; changing the e-switch of ens2f0 would cut off its network',
    ],
    [
      'ports of Open vSwitch',
      'legacy',
      shown(hypervisor(profile, { vfs: 1, mode: 'switchdev', bond: { inOvs: true } }), {
        links: { '/sys/class/net/ens2f0_0/master': '../ovs-system' },
      }),
      'bond0 and ens2f0_0 are ports of Open vSwitch, whose offloaded rules keep the e-switch of ens2f0 busy (EBUSY), and a refused request tears LAG down all the same',
    ],
    [
      'an e-switch that the host does not own',
      'switchdev',
      shown(hypervisor(profile, { vfs: 1 }), {
        commands: {
          'devlink dev eswitch show pci/0000:61:00.0': {
            status: 1,
            stderr: 'kernel answers: Operation not supported\n',
          },
        },
      }),
      'devlink cannot show the e-switch of ens2f0: kernel answers: Operation not supported',
    ],
    [
      'no devlink',
      'switchdev',
      shown(hypervisor(profile, { vfs: 1 }), { commands: { 'devlink dev eswitch show pci/0000:61:00.0': null } }),
      'devlink is not installed',
    ],
  ])('refuses with %s', (_why, mode, host, because) => {
    expect(plan(mode, host)).toMatchObject({ kind: 'blocked', because })
  })

  test('gives ConnectX-4 its inline mode first', () => {
    const facts = hvFacts(profile, { pfs: [pfFact(0, { device: '1013', card: 'ConnectX-4' }), pfFact(1)] })
    expect(plan('switchdev', hypervisor(profile, { vfs: 1 }), facts)).toMatchObject({
      steps: [{ argv: [...set, 'inline-mode', 'transport'] }, { argv: [...set, 'mode', 'switchdev'] }],
    })
  })
})

test('an old kernel needs VFs before switchdev mode', () => {
  expect(planFor(eswitch, { pf: 'ens2f0', mode: 'switchdev' }, hypervisor('rhel7.7'), hvFacts('rhel7.7'))).toEqual({
    kind: 'blocked',
    because: 'ens2f0 has no VFs, but this kernel enters switchdev mode only with VFs',
    hint: 'create them first (module vfs)',
  })
})
