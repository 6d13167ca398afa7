import { describe, expect, test } from 'vitest'
import { firmware } from '../../../src/modules/card/firmware.ts'
import {
  type Answer,
  hvFacts,
  hypervisor,
  planFor,
  profiles,
  type Standing,
  shown,
  stateFor,
} from '../../support/readings.ts'
import { withDefaults } from '../../support/tiny-host.ts'

const args = { pf: 'ens2f0', settings: { SRIOV_EN: true, NUM_OF_VFS: 4 } }
const query = 'mstconfig -d 0000:61:00.0 -e q SRIOV_EN NUM_OF_VFS'

const rows = (...lines: string[]): string => `
Device #1:
----------

Device type:        ConnectX5
Name:               MCX516A-CDA_Ax_Bx
Description:        ConnectX-5 Ex EN network interface card; 100GbE dual-port QSFP28; PCIe4.0 x16
Device:             0000:61:00.0

Configurations:                              Default         Current         Next Boot
${lines.join('\n')}
The '*' shows parameters with next value different from default/current value.
`
const table = (current: string, next: string): string => {
  const enabled = (vfs: string) => (vfs === '0' ? 'False(0)' : 'True(1)')
  return rows(
    `*        SRIOV_EN                            False(0)        ${enabled(current)}        ${enabled(next)}`,
    `*        NUM_OF_VFS                          0               ${current}               ${next}`,
  )
}

describe.each(profiles)('firmware on %s', (profile) => {
  const plan = (answer: Answer, standing: Standing = { total: null }, over: object = {}) =>
    planFor(
      firmware,
      { ...args, ...over },
      shown(hypervisor(profile, standing), { commands: { [query]: answer } }),
      hvFacts(profile),
    )

  test.each([
    ['current and next as asked', '4', '4', 'unchanged', 'the firmware of ens2f0 has these settings', false],
    [
      'stored, restart due',
      '0',
      '4',
      'unchanged',
      'SRIOV_EN and NUM_OF_VFS are stored and take effect at the next restart',
      true,
    ],
  ])('%s', (_what, current, next, kind, because, reboot) => {
    expect(plan(table(current, next))).toMatchObject({
      kind,
      because,
      data: { reboot_required: reboot, power_cycle: false },
    })
  })

  test('a setting that the next boot would not have is written, and a restart is due', () => {
    expect(plan(table('0', '0'))).toEqual({
      kind: 'change',
      deltas: [
        { what: 'SRIOV_EN of ens2f0 at the next boot', before: 'False(0)', after: 'True(1)' },
        { what: 'NUM_OF_VFS of ens2f0 at the next boot', before: '0', after: '4' },
      ],
      steps: [
        {
          kind: 'run',
          argv: ['mstconfig', '-d', '0000:61:00.0', '-y', 'set', 'SRIOV_EN=1', 'NUM_OF_VFS=4'],
          timeout: 120,
        },
      ],
      data: {
        reboot_required: true,
        power_cycle: false,
        settings: {
          SRIOV_EN: { default: 'False(0)', current: 'False(0)', next: 'False(0)' },
          NUM_OF_VFS: { default: '0', current: '0', next: '0' },
        },
      },
    })
  })

  test('a pending change is cancelled without a restart, and only what differs is written', () => {
    const host = rows('*        SRIOV_EN   False(0)   True(1)   True(1)', '*  NUM_OF_VFS   0   4   8')
    expect(plan(host, { total: 4 })).toMatchObject({
      kind: 'change',
      steps: [{ argv: ['mstconfig', '-d', '0000:61:00.0', '-y', 'set', 'NUM_OF_VFS=4'] }],
      data: { reboot_required: false },
    })
  })

  test.each([[true], [1], ['True'], ['True(1)']])('%j means the same for SRIOV_EN', (value) => {
    const answer = { [`mstconfig -d 0000:61:00.0 -e q SRIOV_EN`]: rows('  SRIOV_EN  False(0)  True(1)  True(1)') }
    const host = shown(hypervisor(profile), { commands: answer })
    expect(planFor(firmware, { pf: 'ens2f0', settings: { SRIOV_EN: value } }, host, hvFacts(profile))).toMatchObject({
      kind: 'unchanged',
    })
  })

  test('a text setting is compared by its word', () => {
    const answer = { [`mstconfig -d 0000:61:00.0 -e q LINK_TYPE_P1`]: rows('  LINK_TYPE_P1  ETH(2)  ETH(2)  ETH(2)') }
    const host = shown(hypervisor(profile), { commands: answer })
    const with_ = (value: string) =>
      planFor(firmware, { pf: 'ens2f0', settings: { LINK_TYPE_P1: value } }, host, hvFacts(profile))
    expect(with_('ETH')).toMatchObject({ kind: 'unchanged' })
    expect(with_('IB')).toMatchObject({
      kind: 'change',
      steps: [{ argv: ['mstconfig', '-d', '0000:61:00.0', '-y', 'set', 'LINK_TYPE_P1=IB'] }],
    })
  })

  test('firmware that cannot report what runs is asked on the PCI bus', () => {
    const text =
      'Device Firmware does not support reading current configurations\nConfigurations:     Default    Next Boot\n   SRIOV_EN   False(0)   True(1)\n   NUM_OF_VFS   0   4\n'
    expect(plan(text, { total: null })).toMatchObject({ kind: 'unchanged', data: { reboot_required: true } })
    expect(plan(text, { total: 4 })).toMatchObject({ kind: 'unchanged', data: { reboot_required: false } })
  })

  test('a move of VF addresses that no VM minds is made, and people are warned', () => {
    expect(plan(table('2', '2'), { total: 2 })).toMatchObject({
      kind: 'change',
      data: {
        rows: [
          {
            check: 'VF addresses',
            state: 'warn',
            evidence:
              'those of the second port move to other PCI addresses at the next restart; no VM names one of them',
          },
        ],
      },
    })
    expect(plan(table('0', '0'))).not.toHaveProperty('data.rows')
  })

  test('after a restart that did not load them, stored settings are a failure', () => {
    expect(plan(table('0', '4'), { total: null }, { effective: true })).toMatchObject({
      kind: 'failed',
      because: 'SRIOV_EN and NUM_OF_VFS of ens2f0 are stored, but the firmware still runs with False(0) and 0',
      hint: 'switch the power of the host off and on: some settings are not loaded by a warm restart',
    })
    expect(plan(table('4', '4'), { total: 4 }, { effective: true })).toMatchObject({ kind: 'unchanged' })
  })

  test('NUM_OF_VFS is not moved under VMs that name VFs by address', () => {
    const vms = [{ name: 'vm1', running: false, stored: ['0000:61:00.6'] }]
    expect(plan(table('2', '2'), { total: 2, vfs: 2, vms })).toEqual({
      kind: 'blocked',
      because:
        'NUM_OF_VFS moves VFs to other PCI addresses at the next restart, and VM vm1 has a VF of this card by its address',
      hint: 'detach the VFs first (hostdev with state: detached), or run teardown.yaml',
    })
  })

  test.each([
    ['no tool', { status: 127 }, 'mstconfig is not installed', 'install the package mstflint (module package)'],
    [
      'an unknown parameter',
      { status: 3, stdout: "-E- The Device doesn't support NUM_OF_VFZ parameter\n" },
      'this card has no firmware parameter NUM_OF_VFZ',
      '"mstconfig -d 0000:61:00.0 q" on the host lists those it has',
    ],
    [
      'a device that cannot be opened',
      { status: 3, stdout: '-E- Failed to open the device\n' },
      'mstconfig cannot query 0000:61:00.0: Failed to open the device',
      'it needs root and access to the PCI configuration space (kernel lockdown takes it away)',
    ],
    [
      'a parameter that the query leaves out',
      rows('  SRIOV_EN  False(0)  True(1)  True(1)'),
      'this card has no firmware parameter NUM_OF_VFS',
      '"mstconfig -d 0000:61:00.0 q" on the host lists those it has',
    ],
    [
      'a read-only parameter',
      rows('  RO     SRIOV_EN  False(0)  False(0)  False(0)', '     NUM_OF_VFS 0 4 4'),
      'SRIOV_EN of this card is read-only',
      'its firmware does not let the host change it',
    ],
  ])('refuses with %s', (_why, answer, because, hint) => {
    expect(plan(answer)).toEqual({ kind: 'blocked', because, hint })
  })
})

test('mlxconfig serves where mstconfig is not installed', () => {
  const host = shown(hypervisor('el9'), {
    commands: { 'mlxconfig -d 0000:61:00.0 -e q SRIOV_EN NUM_OF_VFS': table('0', '0') },
  })
  expect(planFor(firmware, args, host, hvFacts('el9'))).toMatchObject({
    steps: [{ argv: ['mlxconfig', '-d', '0000:61:00.0', '-y', 'set', 'SRIOV_EN=1', 'NUM_OF_VFS=4'] }],
  })
})

test('what is registered after a change is what the firmware says then, a power cycle included', () => {
  const host = shown(hypervisor('el9', { total: null }), { commands: { [query]: table('0', '4') } })
  const after = stateFor(firmware, args, host, hvFacts('el9'))
  const stdout = 'Applying... Done!\n-I- Please power cycle machine to load new configurations.\n'
  expect(
    firmware.conclude?.(withDefaults(firmware, args), [{ state: 'done', status: 0, stdout, stderr: '' }], after),
  ).toMatchObject({
    reboot_required: true,
    power_cycle: true,
  })
})

describe('the firmware of a ConnectX-6 Dx', () => {
  const hash = 'mstconfig -d 0000:61:00.0 -e q LAG_RESOURCE_ALLOCATION'
  const plan = (
    version: string,
    mode: string | number,
    allocation = 'DEVICE_DEFAULT(0) DEVICE_DEFAULT(0) DEVICE_DEFAULT(0)',
  ) =>
    planFor(
      firmware,
      { ...args, bond_mode: mode },
      shown(hypervisor('el9', { total: 4 }), {
        commands: {
          [query]: table('4', '4'),
          [hash]: rows(`     LAG_RESOURCE_ALLOCATION  ${allocation}`),
          'ethtool -i ens2f0': `driver: mlx5_core\nfirmware-version: ${version} (MT_0000000359)\n`,
        },
      }),
      hvFacts('el9'),
    )
  const set = (value: number) => ({
    kind: 'change',
    steps: [{ argv: ['mstconfig', '-d', '0000:61:00.0', '-y', 'set', `LAG_RESOURCE_ALLOCATION=${value}`] }],
  })

  test.each([
    ['22.31.1014', '802.3ad'],
    ['22.33.1047', 'balance-xor'],
    ['22.31.1014', 4],
  ])('that is old (%s) gets LAG_RESOURCE_ALLOCATION for a bond in mode %s', (version, mode) => {
    expect(plan(version, mode)).toMatchObject(set(1))
  })

  test.each([
    ['22.33.1048', '802.3ad'],
    ['22.39.1002', '802.3ad'],
    ['22.31.1014', 'active-backup'],
  ])('%s gets none for a bond in mode %s', (version, mode) => {
    expect(plan(version, mode)).toMatchObject({ kind: 'unchanged' })
  })

  test('gives it back after a teardown', () => {
    const given = 'DEVICE_DEFAULT(0) DEVICE_MODIFY(1) DEVICE_MODIFY(1)'
    expect(plan('22.31.1014', 'none', given)).toMatchObject(set(0))
    expect(plan('22.39.1002', 'none', given)).toMatchObject({ kind: 'unchanged' })
  })
})
