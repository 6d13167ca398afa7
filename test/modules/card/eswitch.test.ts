import { describe, expect, test } from 'vitest'
import { eswitch } from '../../../src/modules/card/eswitch.ts'
import {
  guid,
  hvFacts,
  hypervisor,
  pfFact,
  planFor,
  profiles,
  type Shown,
  shown,
  stateFor,
} from '../../support/readings.ts'

const steeringShow = 'devlink dev param show pci/0000:61:00.0 name flow_steering_mode'
const steeringIs = (value: string): string =>
  `pci/0000:61:00.0:\n  name flow_steering_mode type driver-specific\n    values:\n      cmode runtime value ${value}\n`
const compat = (port: number, file: string): string =>
  `/sys/bus/pci/devices/0000:61:00.${port}/net/ens2f${port}/compat/devlink/${file}`
const set = ['devlink', 'dev', 'eswitch', 'set', 'pci/0000:61:00.0']

describe.each(profiles)('eswitch on %s', (profile) => {
  const plan = (mode: string, host: Shown, facts = hvFacts(profile), more: object = {}, elapsed = 0) =>
    planFor(eswitch, { pf: 'ens2f0', mode, ...more }, host, facts, { elapsed })

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
      data: { mode: 'switchdev', representors: ['ens2f0_0', 'ens2f0_1'], steering: null, port_select: null },
    })
    expect(plan('legacy', hypervisor(profile))).toEqual({
      kind: 'unchanged',
      because: 'the e-switch of ens2f0 is in legacy mode',
      data: { mode: 'legacy', representors: [], steering: null, port_select: null },
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
        commands: { 'ovs-vsctl --timeout=10 iface-to-br bond0': 'ovs-sriov\n' },
      }),
      'bond0 and ens2f0_0 are ports of Open vSwitch (bridge ovs-sriov), whose offloaded rules keep the e-switch of ens2f0 busy (EBUSY), and a refused request tears LAG down all the same',
    ],
    [
      'rules of somebody else in the card',
      'legacy',
      shown(hypervisor(profile, { vfs: 1, mode: 'switchdev' }), {
        commands: { 'tc filter show dev ens2f0_0 ingress': 'filter protocol ip pref 1 flower chain 0\n  in_hw\n' },
      }),
      'ens2f0_0 has 1 offloaded rule, which keeps the e-switch of ens2f0 busy (EBUSY), and a refused request tears LAG down all the same',
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

  test('refuses the e-switch of a BlueField in DPU mode, which belongs to its Arm cores', () => {
    const host = shown(hypervisor(profile), {
      commands: {
        'devlink dev eswitch show pci/0000:61:00.0': { status: 1, stderr: 'kernel answers: Operation not supported\n' },
      },
    })
    const facts = hvFacts(profile, { pfs: [pfFact(0, { device: 'a2d6' }), pfFact(1, { device: 'a2d6' })] })
    expect(plan('switchdev', host, facts)).toMatchObject({
      kind: 'blocked',
      because:
        "the e-switch of ens2f0 is not the host's: this BlueField is in DPU mode, where it belongs to the Arm cores",
    })
  })

  test('steers flows by software when asked to, before the mode', () => {
    const free = shown(hypervisor(profile, { vfs: 1 }), { commands: { [steeringShow]: steeringIs('dmfs') } })
    expect(plan('switchdev', free, hvFacts(profile), { steering: 'smfs' })).toEqual({
      kind: 'change',
      deltas: [
        { what: 'how ens2f0 steers flows', before: 'dmfs', after: 'smfs' },
        { what: 'e-switch mode of ens2f0', before: 'legacy', after: 'switchdev' },
      ],
      steps: [
        {
          kind: 'run',
          argv: [
            ...['devlink', 'dev', 'param', 'set', 'pci/0000:61:00.0'],
            ...['name', 'flow_steering_mode', 'value', 'smfs', 'cmode', 'runtime'],
          ],
          timeout: 60,
        },
        { kind: 'run', argv: [...set, 'mode', 'switchdev'], timeout: 120 },
      ],
      data: { mode: 'switchdev' },
    })
  })

  test('says that only legacy mode lets one change how flows are steered, and changes nothing', () => {
    const host = shown(hypervisor(profile, { vfs: 1, mode: 'switchdev' }), {
      commands: { [steeringShow]: steeringIs('dmfs') },
    })
    expect(plan('switchdev', host, hvFacts(profile), { steering: 'smfs' })).toMatchObject({
      kind: 'unchanged',
      because:
        'the e-switch of ens2f0 is in switchdev mode with 1 representor; it steers flows by dmfs, not smfs, which only legacy mode lets one change',
      data: { steering: 'dmfs' },
    })
  })

  test.each([
    ['a host that cannot say', { status: 1, stderr: 'Command "param" not found\n' }],
    ['a host that steers so already', steeringIs('smfs')],
  ])('leaves the steering of %s alone', (_which, said) => {
    const host = shown(hypervisor(profile, { vfs: 1 }), { commands: { [steeringShow]: said } })
    expect(plan('switchdev', host, hvFacts(profile), { steering: 'smfs' })).toMatchObject({
      steps: [{ argv: [...set, 'mode', 'switchdev'] }],
    })
  })

  test("takes MLNX_OFED's files where devlink is missing, and lets the LAG choose ports as asked on both ports first", () => {
    const host = shown(hypervisor(profile, { vfs: 1 }), {
      commands: {
        'devlink dev eswitch show pci/0000:61:00.0': null,
        'devlink dev eswitch show pci/0000:61:00.1': null,
      },
      attrs: Object.fromEntries(
        [0, 1].flatMap((port) => [
          [compat(port, 'mode'), 'legacy'],
          [compat(port, 'steering_mode'), 'dmfs'],
          [compat(port, 'lag_port_select_mode'), 'queue_affinity'],
        ]),
      ),
    })
    expect(plan('switchdev', host, hvFacts(profile), { steering: 'smfs', port_select: 'hash' })).toMatchObject({
      kind: 'change',
      steps: [
        { kind: 'attr', path: compat(0, 'lag_port_select_mode'), value: 'hash' },
        { kind: 'attr', path: compat(1, 'lag_port_select_mode'), value: 'hash' },
        { kind: 'attr', path: compat(0, 'steering_mode'), value: 'smfs' },
        { kind: 'attr', path: compat(0, 'mode'), value: 'switchdev' },
      ],
    })
    const half = shown(host, { attrs: { [compat(1, 'mode')]: 'switchdev' } })
    expect(plan('switchdev', half, hvFacts(profile), { port_select: 'hash' })).toMatchObject({
      kind: 'blocked',
      because:
        'a LAG of ens2f1 chooses ports by queue_affinity, but must by hash, and its e-switch is in switchdev mode already',
    })
  })

  test('gives an interface that came back under another name its own again, once udev has had its time', () => {
    const renamed = (up: boolean): Shown =>
      shown(hypervisor(profile, { vfs: 1, mode: 'switchdev' }), {
        attrs: {
          '/sys/class/net/ens2f0/flags': null,
          '/sys/class/net/eth0/flags': up ? '0x1003' : '0x1002',
          '/sys/class/net/eth0/phys_switch_id': guid,
          '/sys/class/net/eth0/phys_port_name': 'p0',
        },
        links: { '/sys/class/net/eth0/device': '../../../0000:61:00.0' },
      })
    expect(plan('switchdev', renamed(false))).toMatchObject({
      kind: 'wait',
      because: 'the interface of 0000:61:00.0 came back as eth0, not ens2f0',
    })
    expect(plan('switchdev', renamed(false), hvFacts(profile), {}, 3)).toEqual({
      kind: 'change',
      deltas: [{ what: 'name of the interface of 0000:61:00.0', before: 'eth0', after: 'ens2f0' }],
      steps: [{ kind: 'run', argv: ['ip', 'link', 'set', 'dev', 'eth0', 'name', 'ens2f0'] }],
      data: { mode: 'switchdev' },
    })
    expect(plan('switchdev', renamed(true), hvFacts(profile), {}, 3)).toMatchObject({
      steps: [
        { argv: ['ip', 'link', 'set', 'dev', 'eth0', 'down'] },
        { argv: ['ip', 'link', 'set', 'dev', 'eth0', 'name', 'ens2f0'] },
        { argv: ['ip', 'link', 'set', 'dev', 'ens2f0', 'up'] },
      ],
    })
  })

  test('does not take a name from another interface', () => {
    const host = shown(hypervisor(profile, { vfs: 0, mode: 'switchdev' }), {
      attrs: {
        '/sys/class/net/eth0/flags': '0x1002',
        '/sys/class/net/eth0/phys_switch_id': guid,
        '/sys/class/net/eth0/phys_port_name': 'p0',
      },
      links: {
        '/sys/class/net/eth0/device': '../../../0000:61:00.0',
        '/sys/class/net/ens2f0/device': '../../../0000:05:00.0',
      },
      commands: { 'devlink dev eswitch show pci/0000:61:00.0': 'pci/0000:61:00.0: mode switchdev\n' },
    })
    expect(plan('switchdev', host, hvFacts(profile), {}, 9)).toMatchObject({
      kind: 'blocked',
      because: 'the interface of 0000:61:00.0 is called eth0 now, and another one has its name ens2f0',
    })
  })

  test.each([
    [
      'a busy e-switch',
      {
        argv: [...set, 'mode', 'legacy'],
        stderr: "Error: mlx5_core: Can't change mode, E-Switch is busy.\nkernel answers: Device or resource busy\n",
      },
      'offloaded rules hold the e-switch, or another change of it is under way',
    ],
    [
      'a busy e-switch of an old kernel',
      { argv: [...set, 'mode', 'legacy'], stderr: 'devlink answers: Device or resource busy\n' },
      'offloaded rules hold the e-switch, or another change of it is under way',
    ],
    [
      'strict firmware',
      {
        argv: [...set, 'mode', 'switchdev'],
        stderr: 'Error: mlx5_core: Failed setting eswitch to offloads.\nkernel answers: Invalid argument\n',
      },
      'the firmware refuses while VFs of ens2f0 are bound, or still being probed',
    ],
    [
      "an e-switch that is not the host's",
      { argv: [...set, 'mode', 'switchdev'], stderr: 'kernel answers: Operation not supported\n' },
      'the host does not own the e-switch of ens2f0, or the driver has none',
    ],
    [
      'steering',
      {
        argv: ['devlink', 'dev', 'param', 'set', 'pci/0000:61:00.0', 'name', 'flow_steering_mode', 'value', 'smfs'],
        stderr: 'kernel answers: Operation not supported\n',
      },
      'the driver changes how ens2f0 steers flows in legacy mode only, on cards that can do both',
    ],
    [
      'a name that is taken',
      { argv: ['ip', 'link', 'set', 'dev', 'eth0', 'name', 'ens2f0'], stderr: 'RTNETLINK answers: File exists\n' },
      'another interface is called ens2f0 now',
    ],
  ])('explains the error of %s', (_what, { argv, stderr }, because) => {
    const state = stateFor(eswitch, { pf: 'ens2f0', mode: 'switchdev' }, hypervisor(profile), hvFacts(profile))
    const result = {
      state: 'failed',
      reason: stderr.trim().split('\n').at(-1) ?? '',
      status: 1,
      stdout: '',
      stderr,
    } as const
    const args = { pf: 'ens2f0', mode: 'switchdev', steering: 'keep', port_select: 'keep' }
    expect(eswitch.explain?.(args, { step: { kind: 'run', argv }, result }, state, hvFacts(profile))).toMatchObject({
      because,
    })
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
