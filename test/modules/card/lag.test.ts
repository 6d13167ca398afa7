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
