import { expect, test } from 'vitest'
import { comparable } from '../../src/machine/comparable.ts'
import { Fleet, troubles } from '../support/fleet.ts'

const states = (fleet: Fleet) => fleet.hypervisors.map((machine) => comparable(machine.state))

test('a teardown that keeps the bond leaves it running without VFs; a later one takes it down as well', async () => {
  const fleet = new Fleet()
  const pristine = states(fleet)
  const limit = fleet.hypervisors.map(({ state }) => state.name)
  const extraVars = { keep_bond: true }
  await fleet.run('vflag-lacp.yaml', { limit })
  const torn = await fleet.run('teardown.yaml', { limit, extraVars })
  expect([troubles(torn), torn.exit]).toEqual([[], 0])
  for (const { state, kernel } of fleet.hypervisors) {
    const [card] = state.cards
    expect({
      slaves: state.links['bond0']?.bond?.slaves,
      up: state.links['bond0'] && kernel.carrier(state.links['bond0']),
      pfs: card.pfs.map((pf) => [pf.eswitch.mode, pf.numvfs]),
    }).toEqual({
      slaves: Object.values(state.links).flatMap((link) => (link.kind === 'pf' ? [link.name] : [])),
      up: true,
      pfs: [
        ['legacy', 0],
        ['legacy', 0],
      ],
    })
  }
  const again = await fleet.run('teardown.yaml', { limit, extraVars })
  expect([troubles(again), again.exit, again.writes]).toEqual([[], 0, []])
  const rolledOut = await fleet.run('vflag-lacp.yaml', { limit })
  expect([troubles(rolledOut), rolledOut.exit]).toEqual([[], 0])
  await fleet.run('teardown.yaml', { limit, extraVars })
  const last = await fleet.run('teardown.yaml', { limit })
  expect([troubles(last), last.exit]).toEqual([[], 0])
  expect(states(fleet)).toEqual(pristine)
})

test('a teardown that keeps packages leaves the firmware tool', async () => {
  const fleet = new Fleet()
  const limit = fleet.hypervisors.map(({ state }) => state.name)
  await fleet.run('vflag-lacp.yaml', { limit })
  const torn = await fleet.run('teardown.yaml', { limit, extraVars: { keep_packages: true } })
  expect([troubles(torn), torn.exit]).toEqual([[], 0])
  expect(fleet.hypervisors.map(({ state }) => 'mstflint' in state.packages)).toEqual(fleet.hypervisors.map(() => true))
})
