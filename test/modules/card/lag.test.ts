import { describe, expect, test } from 'vitest'
import { lag } from '../../../src/modules/card/lag.ts'
import { commandsOf, hvFacts, hypervisor, planFor, profiles, type Shown, shown } from '../../support/readings.ts'

const args = { pfs: ['ens2f0', 'ens2f1'], bond: 'bond0' }
const standing = { vfs: 2, mode: 'switchdev', bond: {} } as const
const dmesg = (...lines: string[]): Shown => ({
  commands: {
    dmesg: [
      '[    0.000000] Linux version 3.10.0',
      ...lines.map((line, at) => `[  ${100 + at}.000000] mlx5_core 0000:61:00.0: ${line}`),
      '',
    ].join('\n'),
  },
})
const active = { ...args, state: 'active' }
const disabled = { ...args, state: 'disabled' }

describe('with the files of the driver (el9)', () => {
  const facts = hvFacts('el9')
  const on = hypervisor('el9', { ...standing, lag: 'switchdev' })

  test('active and of type switchdev on both ports is VF-LAG, and the log is not read', () => {
    expect(planFor(lag, active, on, facts)).toEqual({
      kind: 'unchanged',
      because: 'LAG of type switchdev is active on ens2f0 and ens2f1',
      data: {
        active: true,
        type: 'switchdev',
        port_select: 'hash',
        map: ['1', '2'],
        evidence: ['debugfs of ens2f0: active, type switchdev', 'debugfs of ens2f1: active, type switchdev'],
      },
    })
    expect(commandsOf(lag, active, on, facts)).not.toContain('dmesg')
  })

  test('an active RoCE LAG is not mistaken for it', () => {
    const host = shown(hypervisor('el9', { bond: {}, lag: 'roce' }), dmesg())
    expect(planFor(lag, active, host, facts)).toMatchObject({
      kind: 'wait',
      because:
        'LAG is active but of type roce, which is no VF-LAG: the e-switch of ens2f0 and ens2f1 is not in switchdev mode',
      again: 1,
      upTo: 15,
      data: { active: false, type: 'roce' },
    })
  })

  test('disabled waits while it is active, and is content with a RoCE LAG or none', () => {
    expect(planFor(lag, disabled, shown(on, dmesg()), facts)).toMatchObject({
      kind: 'wait',
      because: 'VF-LAG is still active on ens2f0 and ens2f1',
    })
    for (const other of [hypervisor('el9', { bond: {}, lag: 'roce' }), hypervisor('el9')])
      expect(planFor(lag, disabled, shown(other, dmesg()), facts)).toMatchObject({
        kind: 'unchanged',
        because: 'there is no VF-LAG on ens2f0 and ens2f1',
      })
  })

  test('a LAG that could not be dissolved is a failure that waiting does not mend', () => {
    const host = shown(
      hypervisor('el9', { vfs: 2 }),
      dmesg(
        'lag map active ports: 1, 2',
        'mlx5_deactivate_lag:702:(pid 9): Failed to deactivate VF LAG; driver restart required',
      ),
    )
    expect(planFor(lag, disabled, host, facts)).toMatchObject({
      kind: 'failed',
      because:
        'the driver could not dissolve the LAG ("mlx5_deactivate_lag:702:(pid 9): Failed to deactivate VF LAG; driver restart required"): it and the firmware disagree from now on',
    })
  })
})

describe('without them (rhel7.7)', () => {
  const facts = hvFacts('rhel7.7')
  const made = 'lag map port 1:1 port 2:2'

  test('the rules and the kernel log are the evidence', () => {
    expect(planFor(lag, active, shown(hypervisor('rhel7.7', standing), dmesg(made)), facts)).toEqual({
      kind: 'unchanged',
      because: 'LAG of type switchdev is active on ens2f0 and ens2f1',
      data: {
        active: true,
        type: 'switchdev',
        port_select: 'queue_affinity',
        map: ['1', '2'],
        evidence: [
          'both e-switches are in switchdev mode',
          'bond0 is over the two ports and nothing else',
          `kernel log: "${made}"`,
        ],
      },
    })
  })

  test('a map of an earlier LAG is no evidence once the driver has been loaded anew', () => {
    const host = shown(hypervisor('rhel7.7', standing), dmesg(made, 'firmware version: 16.35.3006'))
    expect(planFor(lag, active, host, facts)).toMatchObject({ kind: 'wait' })
  })

  test('a log that has lost its beginning does not turn a LAG into none', () => {
    const host = shown(hypervisor('rhel7.7', standing), { commands: { dmesg: '[99999.000000] usb 1-1: new device\n' } })
    expect(planFor(lag, active, host, facts)).toMatchObject({ kind: 'unchanged' })
  })

  test.each([
    ['gone', hypervisor('rhel7.7')],
    ['there with legacy e-switches', hypervisor('rhel7.7', { vfs: 2, bond: {} })],
  ])('LAG is disabled when the bond is %s', (_how, host) => {
    expect(planFor(lag, disabled, shown(host, dmesg(made)), facts)).toMatchObject({ kind: 'unchanged' })
  })
})

describe.each(profiles)('a VF-LAG that does not come names the rule that is broken, on %s', (profile) => {
  test.each([
    ['a port missing', { ...standing, bond: { slaves: ['ens2f0'] } }, [], 'ens2f1 is not a member of bond0'],
    [
      'a third member',
      { ...standing, bond: { slaves: ['ens2f0', 'ens2f1', 'eno2'] } },
      [],
      'bond0 also has eno2 as a member, and the card makes a LAG only of a bond over its own ports',
    ],
    [
      'a mode without LAG',
      { ...standing, bond: { mode: 'balance-rr 0' } },
      [],
      'bond0 runs in mode balance-rr, but must run in active-backup, balance-xor or 802.3ad',
    ],
    ['legacy mode', { ...standing, mode: 'legacy' }, [], 'the e-switch of ens2f0 and ens2f1 is not in switchdev mode'],
    [
      'a bound VF',
      { vfs: 1, mode: 'switchdev', bond: {}, driver: 'mlx5_core' },
      ['mlx5_create_lag:646:(pid 1): Failed to create LAG (-22)'],
      'VF 0 (0000:61:00.2) is bound to mlx5_core and VF 0 (0000:61:00.6) is bound to mlx5_core, and the firmware answered "mlx5_create_lag:646:(pid 1): Failed to create LAG (-22)"',
    ],
    [
      'a refusal before',
      standing,
      ['mlx5_activate_lag:705:(pid 1): Failed to activate VF LAG'],
      'the driver reports "mlx5_activate_lag:705:(pid 1): Failed to activate VF LAG"',
    ],
  ] as const)('%s', (_what, how, log, because) => {
    const plan = planFor(lag, active, shown(hypervisor(profile, how), dmesg(...log)), hvFacts(profile))
    expect(plan).toMatchObject({ kind: 'wait', because: `the card has not made a VF-LAG: ${because}` })
  })

  test('no bond: there is nothing to wait for', () => {
    const plan = planFor(
      lag,
      active,
      shown(hypervisor(profile, { ...standing, bond: null }), dmesg()),
      hvFacts(profile),
    )
    expect(plan).toMatchObject({
      kind: 'failed',
      because: 'the card has not made a VF-LAG: there is no bond bond0',
      hint: 'make it with bond_files and network_restart',
    })
  })

  test('e-switches in different modes', () => {
    const host = shown(hypervisor(profile, standing), {
      commands: {
        ...dmesg().commands,
        'devlink dev eswitch show pci/0000:61:00.1':
          'pci/0000:61:00.1: mode legacy inline-mode none encap-mode basic\n',
      },
    })
    expect(planFor(lag, active, host, hvFacts(profile))).toMatchObject({
      because:
        'the card has not made a VF-LAG: the e-switch of ens2f1 is not in switchdev mode, and both must be in the same',
    })
  })
})

test.each([
  ['2\n', ['ens2f1'], 'unchanged'],
  ['1:2\n2:2\n', ['0000:61:00.1'], 'unchanged'],
  ['1:1\n2:2\n', ['ens2f0', 'ens2f1'], 'unchanged'],
  ['1\n2\n', ['ens2f1'], 'wait'],
  ['1:1\n2:1\n', ['ens2f0', 'ens2f1'], 'wait'],
])('a LAG with the map %j, which must run over %j: %s', (mapping, over, kind) => {
  const host = shown(hypervisor('el9', { ...standing, lag: 'switchdev' }), {
    files: { '/sys/kernel/debug/mlx5/0000:61:00.0/lag/mapping': mapping },
  })
  expect(planFor(lag, { ...active, over }, host, hvFacts('el9')).kind).toBe(kind)
})

const lines = (...text: string[]): Shown => ({
  commands: {
    dmesg: ['[    0.000000] Linux version', ...text.map((line, at) => `[  ${100 + at}.000000] ${line}`), ''].join('\n'),
  },
})
const card = (text: string) => `mlx5_core 0000:61:00.0: ${text}`

describe('what the kernel log said before the bond or an e-switch changed is no evidence', () => {
  const made = card('lag map port 1:1 port 2:2')
  const refused = card('mlx5_create_lag:646:(pid 1): Failed to create LAG (-22)')
  const joined = 'bond0: Enslaving ens2f1 as a backup interface with an up link'
  const plan = (...text: string[]) =>
    planFor(lag, active, shown(hypervisor('rhel7.7', standing), lines(...text)), hvFacts('rhel7.7'))

  test.each([
    ['a port has joined since', [made, joined]],
    ['an e-switch has changed since', [made, card('E-Switch: E-Switch enable SRIOV: nvfs(2) mode (2)')]],
    ['a LAG was refused before, and nothing is known yet', [refused, joined]],
  ])('%s: it is waited for', (_what, text) => {
    expect(plan(...text)).toMatchObject({
      kind: 'wait',
      because: 'the card has not made a VF-LAG, and no rule of the driver is seen to be broken',
    })
  })

  test('a LAG that was made afterwards is there, whatever was refused before', () => {
    expect(plan(refused, joined, made)).toMatchObject({ kind: 'unchanged' })
  })
})

describe('VFs that a driver has had since before LAG was made', () => {
  const on = hypervisor('el9', { vfs: 1, mode: 'switchdev', bond: {}, lag: 'switchdev', driver: 'mlx5_core' })
  const taken = 'mlx5_core 0000:61:00.2: enabling device (0000 -> 0002)'
  const made = [card('lag map active ports: 1, 2'), card('shared_fdb:1 mode:hash')]

  test('stay on one port, which is no LAG for them', () => {
    expect(planFor(lag, active, shown(on, lines(taken, ...made)), hvFacts('el9'))).toMatchObject({
      kind: 'failed',
      because:
        'VF 0 (0000:61:00.2) is bound to mlx5_core since before LAG was made: its queues stay on one port, although LAG is active',
      hint: 'free and bind again (vf_driver with driver: none, then mlx5_core): queues made now use both ports',
    })
  })

  test('are fine when they were bound afterwards, and a link that failed meanwhile changes nothing', () => {
    expect(
      planFor(lag, active, shown(on, lines(...made, taken, card('lag map active ports: 1'))), hvFacts('el9')),
    ).toMatchObject({ kind: 'unchanged' })
  })
})

describe('settings of the driver that forbid it are named', () => {
  const param = (port: number, name: string, value: string): Shown['commands'] => ({
    [`devlink dev param show pci/0000:61:00.${port} name ${name}`]: `pci/0000:61:00.${port}:\n  name ${name} type driver-specific\n    values:\n      cmode ${name === 'enable_roce' ? 'driverinit' : 'runtime'} value ${value}\n`,
  })
  const plan = (over: Shown, how = {}) =>
    planFor(lag, active, shown(shown(hypervisor('el9', { ...standing, ...how }), lines()), over), hvFacts('el9'))

  test('a multiport e-switch', () => {
    expect(plan({ commands: { ...lines().commands, ...param(0, 'esw_multiport', 'true') } })).toMatchObject({
      because: 'the card has not made a VF-LAG: ens2f0 runs as a multiport e-switch, which excludes a LAG of a bond',
    })
  })

  test('RoCE on one port only', () => {
    const over = { ...lines().commands, ...param(0, 'enable_roce', 'true'), ...param(1, 'enable_roce', 'false') }
    expect(plan({ commands: over })).toMatchObject({
      because: 'the card has not made a VF-LAG: RoCE is enabled on ens2f0 only, and must be the same on both ports',
    })
  })

  test('more VFs in the firmware than older drivers take', () => {
    expect(plan({}, { total: 65 })).toMatchObject({
      because:
        'the card has not made a VF-LAG: the firmware offers 65 VFs on a port, and older drivers and firmware make no LAG with more than 64',
    })
  })
})

describe.each(profiles)('retrigger on %s', (profile) => {
  const refused = card('mlx5_create_lag:646:(pid 1): Failed to create LAG (-22)')
  const again = { ...active, retrigger: true }
  const plan = (how: object, elapsed: number, args: object = again, facts = hvFacts(profile)) =>
    planFor(lag, args, shown(hypervisor(profile, { ...standing, ...how }), lines(refused)), facts, { elapsed })
  const set = (...words: string[]) => ({ kind: 'run', argv: ['ip', 'link', 'set', 'dev', 'ens2f1', ...words] })

  test('takes one port out of the bond and puts it back, when the driver has had its time', () => {
    expect(plan({}, 14.9)).toMatchObject({ kind: 'wait' })
    expect(plan({}, 15)).toEqual({
      kind: 'change',
      deltas: [{ what: 'VF-LAG of bond0', before: 'not made', after: 'tried again: ens2f1 leaves bond0 and joins it' }],
      steps: [set('down'), set('nomaster'), set('down'), set('master', 'bond0'), set('up')],
    })
  })

  test.each([
    ['not asked for', {}, active],
    ['a VF is still bound', { driver: 'mlx5_core' }, again],
    ['an e-switch is in legacy mode', { mode: 'legacy' }, again],
    ['somebody else is in the bond', { bond: { slaves: ['ens2f0', 'ens2f1', 'eno2'] } }, again],
  ])('does nothing when %s', (_what, how, args) => {
    expect(plan(how, 15, args)).toMatchObject({ kind: 'wait' })
  })

  test('does nothing while a VM holds a VF', () => {
    const how = { driver: 'vfio-pci', vms: [{ name: 'vm1', live: ['0000:61:00.2'] }] }
    expect(plan(how, 15)).toMatchObject({
      kind: 'failed',
      because: 'the card has not made a VF-LAG, and VF 0 (0000:61:00.2) is held by VM vm1',
    })
  })

  test('does nothing when the SSH session runs over the bond', () => {
    const facts = hvFacts(profile, { management: { interface: 'bond0', uses: ['bond0', 'ens2f0', 'ens2f1'] } })
    expect(plan({}, 15, again, facts)).toMatchObject({
      kind: 'failed',
      because: 'the card has not made a VF-LAG, and the SSH session runs over bond0, so no port is taken out of it',
    })
  })
})
