import { beforeAll, describe, expect, test } from 'vitest'
import { Fleet, type FleetRun, troubles } from '../support/fleet.ts'

const limit = ['hv1', 'hv3', 'client1']

/** A fleet with VF-LAG in a bond mode, and the switch that goes with it. */
async function rolledOut(
  mode: string,
  switchMode: string,
): Promise<{ fleet: Fleet; extraVars: { vflag_bond_mode: string } }> {
  const fleet = new Fleet('inventory/lab.yaml', (_name, lab) => ({ ...lab, switch: switchMode }))
  const extraVars = { vflag_bond_mode: mode }
  const run = await fleet.run('vflag-lacp.yaml', { limit, extraVars })
  expect([troubles(run), run.exit]).toEqual([[], 0])
  return { fleet, extraVars }
}

/** What was measured per failed port and VM, without the rates. */
const gaps = (run: FleetRun) =>
  run.done
    .filter((event) => event.task === 'No stream stood still for longer than allowed' && event.item !== undefined)
    .map((event) => event.because.replace(/, and .* to /, ' to '))

const ports = (fleet: Fleet) =>
  ['hv1', 'hv3'].flatMap((name) => {
    const { links, timers, cards } = fleet.machine(name).state
    return cards[0].pfs.map((pf) => ({ up: links[pf.netdev]?.up, timers }))
  })
const everyPortUp = Array(4).fill({ up: true, timers: undefined })

const failures = (fleet: Fleet) =>
  ['hv1', 'hv3'].map((name) => Object.values(fleet.machine(name).state.links['bond0']?.bond?.failures ?? {}))

/** Nothing of the traffic is left on the client: no program, no file. */
const leftovers = (fleet: Fleet) => {
  const client = fleet.machine('client1')
  return [client.processes.running.map((each) => each.argv.join(' ')), client.files.glob('/run/vflag-play/*')]
}

describe('failover', () => {
  test.each([
    ['802.3ad', 'lacp'],
    ['balance-xor', 'static'],
    ['active-backup', 'none'],
  ])('in %s each port fails in turn, traffic goes on after a moment, and both come back', async (mode, switchMode) => {
    const { fleet, extraVars } = await rolledOut(mode, switchMode)
    const run = await fleet.run('failover.yaml', { limit, extraVars })
    expect([troubles(run), run.exit]).toEqual([[], 0])
    const vms = ['198.51.100.11', '198.51.100.12', '198.51.100.31', '198.51.100.32']
    expect(gaps(run)).toEqual([...vms, ...vms].map((vm) => `the longest gap was 0.2 s to ${vm}`))
    expect([ports(fleet), failures(fleet), leftovers(fleet)]).toEqual([
      everyPortUp,
      [
        [1, 1],
        [1, 1],
      ],
      [[], []],
    ])
  })
})

describe('on one fleet', () => {
  let fleet: Fleet
  const extraVars = { vflag_failover_seconds: 30, vflag_failover_restore_after: 20 }
  const interrupt = async () => {
    const run = await fleet.run('failover.yaml', { limit, extraVars, stopAfter: 'Fail the port' })
    expect([run.exit, troubles(run)]).toEqual([130, []])
    expect(ports(fleet).map((each) => [each.up, Object.keys(each.timers ?? {})])).toEqual(
      ['hv1', 'hv3'].flatMap(() => [
        [false, ['vflag-restore-ens2f0']],
        [true, ['vflag-restore-ens2f0']],
      ]),
    )
  }

  beforeAll(async () => {
    fleet = (await rolledOut('802.3ad', 'lacp')).fleet
  })

  test('a check that fails in between ends in a restored port', async () => {
    // The check is given the port that has failed as the one that stays.
    const run = await fleet.run('failover.yaml', {
      limit,
      extraVars: { ...extraVars, vflag_failover_restore_after: 120, vflag_staying: '0000:61:00.0' },
    })
    expect([run.exit, new Set(troubles(run))]).toEqual([
      2,
      new Set([
        'hv1 The bond goes on over the other port: failed: the link of ens2f0 is down (waited 30 s)',
        'hv3 The bond goes on over the other port: failed: the link of ens2f0 is down (waited 30 s)',
      ]),
    ])
    expect(ports(fleet)).toEqual(everyPortUp)
  })

  test('a run that is interrupted while a port is down leaves a host that restores it by itself', async () => {
    await interrupt()
    await fleet.machine('hv1').time.sleep(21)
    expect(ports(fleet)).toEqual(everyPortUp)
  })

  test('the next run restores the port and ends the traffic of one that was interrupted, and ends well', async () => {
    await interrupt()
    const again = await fleet.run('failover.yaml', { limit, extraVars })
    expect([troubles(again), again.exit]).toEqual([[], 0])
    expect([ports(fleet), leftovers(fleet)]).toEqual([everyPortUp, [[], []]])
  })

  test('VFs whose queues were made before the LAG do not fail over, and that is measured', async () => {
    for (const vf of fleet.machine('hv1').state.cards[0].pfs[0]?.vfs ?? []) vf.pinned = true
    const run = await fleet.run('failover.yaml', { limit, extraVars })
    expect([run.exit, troubles(run)[0]]).toEqual([
      2,
      expect.stringMatching(
        /^client1 No stream stood still for longer than allowed: failed: the longest gap was [\d.]+ s, and [\d.]+ GB came late, at [\d.]+ Gbit\/s to 198\.51\.100\.11; the gap must be at most 1 s$/,
      ),
    ])
    expect([ports(fleet), leftovers(fleet)]).toEqual([everyPortUp, [[], []]])
  })
})
