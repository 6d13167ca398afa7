import { describe, expect, test } from 'vitest'
import { comparable } from '../../src/machine/comparable.ts'
import type { Value, Vars } from '../../src/shared/value.ts'
import { Fleet, type FleetRun, troubles } from '../support/fleet.ts'

type Lab = Readonly<Record<string, Value>>

/** Four hosts at a time: each distribution, each card, each kind of network files, MLNX_OFED, firmware that is lax or old. */
const fleets: Readonly<Record<string, readonly [Lab, Lab, Lab, Lab]>> = {
  'the shipped four': [
    { os: 'rhel7.7', card: 'cx5ex' },
    { os: 'ubuntu24.04', card: 'cx7' },
    { os: 'el9', card: 'cx6dx' },
    { os: 'debian12', card: 'cx6lx' },
  ],
  'the other distributions': [
    { os: 'el8.4', card: 'cx5' },
    { os: 'ubuntu22.04', card: 'cx6lx' },
    { os: 'el10', card: 'cx7' },
    { os: 'el9', card: 'cx6dx-old' },
  ],
  'MLNX_OFED, lax firmware, ports that lose their names': [
    { os: 'rhel7.7', card: 'cx5ex', ofed: true },
    { os: 'ubuntu22.04', card: 'cx6dx', ofed: true },
    { os: 'el9', card: 'cx6dx', firmware: 'lax' },
    { os: 'el8.4', card: 'cx5', renames: true },
  ],
}

/** Each bonding mode with what the switch has to do for it. */
const modes: readonly (readonly [mode: string, sw: string])[] = [
  ['802.3ad', 'lacp'],
  ['balance-xor', 'static'],
  ['active-backup', 'none'],
]

const states = (fleet: Fleet) => fleet.hypervisors.map((machine) => comparable(machine.state))
/** Without history: failures that a bond has counted, and whether the boot units have run since they were installed. */
const condition = (fleet: Fleet): unknown =>
  JSON.parse(
    JSON.stringify(states(fleet), (key, value: unknown) =>
      key === 'failures' || /^vflag-(pre|post)\.service$/.test(key) ? {} : value,
    ),
  )
const changes = (run: FleetRun) => Object.values(run.recap).reduce((sum, { changed }) => sum + changed, 0)

describe.each(Object.entries(fleets))('%s', (_name, labs) => {
  test.each(modes)(
    'in mode %s: rolled out, found so, restarted, verified, failed over, taken down to what they were',
    async (mode, sw) => {
      const hosts = ['hv1', 'hv2', 'hv3', 'hv4']
      const fleet = new Fleet('inventory/lab.yaml', (name, lab) => {
        const at = hosts.indexOf(name)
        return at < 0 ? lab : { firmware: 'strict', switch: sw, ...labs[at] }
      })
      const extraVars: Vars = { vflag_bond_mode: mode }
      const pristine = states(fleet)

      const first = await fleet.run('vflag-lacp.yaml', { extraVars })
      expect([troubles(first), first.exit]).toEqual([[], 0])
      expect(fleet.hypervisors.map(({ state }) => state.cards[0].lag.mode)).toEqual(hosts.map(() => 'sriov'))
      const done = condition(fleet)

      const second = await fleet.run('vflag-lacp.yaml', { extraVars })
      expect([troubles(second), second.exit, changes(second), second.writes]).toEqual([[], 0, 0, []])

      await Promise.all(fleet.hypervisors.map((machine) => machine.reboot()))
      await fleet.machine('hv1').time.sleep(120)
      const third = await fleet.run('vflag-lacp.yaml', { extraVars })
      expect([troubles(third), third.exit, changes(third), third.writes]).toEqual([[], 0, 0, []])
      expect(condition(fleet)).toEqual(done)

      const failover = await fleet.run('failover.yaml', { extraVars })
      expect([troubles(failover), failover.exit]).toEqual([[], 0])
      expect(condition(fleet)).toEqual(done)

      const torn = await fleet.run('teardown.yaml', { extraVars })
      expect([troubles(torn), torn.exit]).toEqual([[], 0])
      expect(states(fleet)).toEqual(pristine)
    },
  )
})
