import { expect, test } from 'vitest'
import { Fleet, troubles } from '../support/fleet.ts'

test('a reset of the card does what a restart of the host would, and the second run needs neither', async () => {
  const fleet = new Fleet()
  const machine = fleet.machine('hv3')
  const extraVars = { vflag_firmware_reset: 'mstfwreset', vflag_reboot: false }
  const limit = ['hv3', 'client1']
  const boot = machine.state.boot.id
  const run = await fleet.run('vflag-lacp.yaml', { limit, extraVars })
  expect([troubles(run), run.exit, machine.state.boot.id === boot, machine.state.cards[0].lag.mode]).toEqual([
    [],
    0,
    true,
    'sriov',
  ])
  const again = await fleet.run('vflag-lacp.yaml', { limit, extraVars })
  expect([troubles(again), again.writes]).toEqual([[], []])
})
