import { describe, expect, test } from 'vitest'
import type { Facts } from '../../../src/module/facts.ts'
import { firmwareReset } from '../../../src/modules/card/firmware-reset.ts'
import {
  type Answer,
  hvFacts,
  hypervisor,
  pfAddresses,
  planFor,
  type Shown,
  type Standing,
  shown,
  stateFor,
} from '../../support/readings.ts'
import { withDefaults } from '../../support/tiny-host.ts'

const query = 'mstfwreset -d 0000:61:00.0 query'
const settings = 'mstconfig -d 0000:61:00.0 -e q'
const levels = (third: string) =>
  `Reset-levels:\n0: Driver, PCI link, network link will remain up ("live-Patch")  -Not Supported \n3: Driver restart and PCI reset    -${third} \n4: Warm Reboot     -Supported \n`
const table = (current: string, next: string) =>
  `Configurations:   Default   Current   Next Boot\n     NUM_OF_VFS   0   ${current}   ${next}\n     SRIOV_EN   False(0)   True(1)   True(1)\n`

const host = (over: Shown = {}, standing: Standing = {}): Shown => {
  const base = hypervisor('el9', standing)
  const links = Object.fromEntries(
    pfAddresses.map((pci) => [`/sys/bus/pci/devices/${pci}/driver`, '../../../bus/pci/drivers/mlx5_core']),
  )
  const attrs = Object.fromEntries(
    pfAddresses.map((pci, at) => [`/sys/bus/pci/devices/${pci}/net/ens2f${at}/address`, '98:03:9b:11:22:30']),
  )
  return shown(
    shown(base, { links, attrs, commands: { [query]: levels('Supported'), [settings]: table('0', '4') } }),
    over,
  )
}
const plan = (over: Shown = {}, standing: Standing = {}, facts: Partial<Facts> = {}) =>
  planFor(firmwareReset, { pf: 'ens2f0' }, host(over, standing), hvFacts('el9', facts))
const answer = (command: string, what: Answer | null): Shown => ({ commands: { [command]: what } })
const instead = 'restart the host instead (vflag_firmware_reset: reboot)'

describe('firmware_reset', () => {
  test('resets the card when settings wait', () => {
    expect(plan()).toEqual({
      kind: 'change',
      deltas: [{ what: 'NUM_OF_VFS of ens2f0', before: '0', after: '4' }],
      steps: [{ kind: 'run', argv: ['mstfwreset', '-d', '0000:61:00.0', '-y', '-l', '3', 'reset'], timeout: 300 }],
      data: { reset: true },
    })
  })

  test('does nothing while none waits, whatever else there is', () => {
    expect(plan(answer(settings, table('4', '4')), { vfs: 2 })).toEqual({
      kind: 'unchanged',
      because: 'the firmware of ens2f0 runs with what is stored',
    })
  })

  test('is done when the firmware runs with them and both ports are back', () => {
    const state = (over: Shown) => stateFor(firmwareReset, { pf: 'ens2f0' }, host(over), hvFacts('el9'))
    const args = withDefaults(firmwareReset, { pf: 'ens2f0' })
    const settled = (over: Shown) => firmwareReset.settled?.(args, state({}), state(over))
    const loaded = answer(settings, table('4', '4'))
    expect([
      settled({}),
      settled(loaded),
      settled({ ...loaded, attrs: { '/sys/bus/pci/devices/0000:61:00.1/net/ens2f1/address': null } }),
      settled({ ...loaded, links: { '/sys/bus/pci/devices/0000:61:00.0/driver': null } }),
    ]).toEqual([false, true, false, false])
  })

  test.each<[string, Shown, Standing, Partial<Facts>, string, string]>([
    [
      'without the tool',
      answer(query, null),
      {},
      {},
      'mstfwreset is not installed',
      'install the package mstflint (module package)',
    ],
    [
      'on a card that does not support it',
      answer(query, levels('Not Supported')),
      {},
      {},
      'ens2f0 does not support reset level 3 (Driver restart and PCI reset) on this host',
      instead,
    ],
    [
      'where the tool fails',
      answer(query, { status: 1, stdout: '-E- Failed to open device\n' }),
      {},
      {},
      'mstfwreset cannot say how 0000:61:00.0 may be reset: -E- Failed to open device',
      instead,
    ],
    [
      'over the SSH session',
      {},
      {},
      { management: { interface: 'ens2f1.5', uses: ['ens2f1.5', 'ens2f1'] } },
      'the SSH session runs over ens2f1, which a reset takes down',
      instead,
    ],
    [
      'under a VF that a VM has',
      {},
      { vfs: 1, driver: 'vfio-pci' },
      {},
      '0000:61:00.2 (vfio-pci) and 0000:61:00.6 (vfio-pci) are held by another driver than mlx5_core, and mstfwreset does not reset under those',
      `detach them from their VMs first, or ${instead}`,
    ],
    [
      'under an active LAG',
      {},
      { lag: 'switchdev' },
      {},
      'the card of ens2f0 has an active LAG, which a reset would tear apart',
      `run teardown.yaml first, or ${instead}`,
    ],
    [
      'under VFs',
      {},
      { vfs: 2 },
      {},
      'ens2f0 has 2 VFs and ens2f1 has 2 VFs, which a reset removes',
      `remove them first (module vfs with count: 0), or ${instead}`,
    ],
    [
      'where the firmware does not say what runs',
      answer(settings, 'Configurations:   Next Boot\n  NUM_OF_VFS  4\n'),
      {},
      {},
      'the firmware of ens2f0 does not say what runs, so nobody could tell what a reset did',
      instead,
    ],
  ])('is refused %s', (_where, over, standing, facts, because, hint) => {
    expect(plan(over, standing, facts)).toEqual({ kind: 'blocked', because, hint })
  })
})
