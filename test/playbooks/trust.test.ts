import { expect, test } from 'vitest'
import { comparable } from '../../src/machine/comparable.ts'
import { Fleet, troubles } from '../support/fleet.ts'

const skip = { only: [], skip: ['verify'] }
const trusted = { vflag_trust: true }

test('VFs are trusted when asked to, once; a restart keeps it and a teardown leaves nothing of it', async () => {
  const fleet = new Fleet()
  const trust = () =>
    fleet.hypervisors.map(({ state }) =>
      state.cards.flatMap(({ pfs }) => pfs.flatMap(({ vfs }) => vfs.map((vf) => vf.trust ?? false))),
    )
  const pristine = fleet.hypervisors.map(({ state }) => comparable(state))
  const run = await fleet.run('vflag-lacp.yaml', { tags: skip, extraVars: trusted })
  const all = fleet.hypervisors.map(() => Array(4).fill(true))
  expect([troubles(run), run.exit, trust()]).toEqual([[], 0, all])
  expect((await fleet.run('vflag-lacp.yaml', { tags: skip, extraVars: trusted })).writes).toEqual([])

  for (const machine of fleet.hypervisors) {
    await machine.reboot()
    await machine.time.sleep(30)
  }
  expect(trust()).toEqual(all)
  const again = await fleet.run('vflag-lacp.yaml', { tags: skip, extraVars: trusted })
  expect([troubles(again), again.exit, again.writes]).toEqual([[], 0, []])

  const torn = await fleet.run('teardown.yaml', { extraVars: trusted })
  expect([troubles(torn), torn.exit]).toEqual([[], 0])
  expect(fleet.hypervisors.map(({ state }) => comparable(state))).toEqual(pristine)
})

test('without being asked to nobody says a word of trust, and in switchdev mode it is refused before anything is written', async () => {
  const fleet = new Fleet()
  const limit = ['hv3']
  const run = await fleet.run('vflag-lacp.yaml', { limit, tags: skip })
  expect([run.exit, run.writes.filter((write) => write.includes('trust'))]).toEqual([0, []])
  const late = await fleet.run('vflag-lacp.yaml', { limit, tags: skip, extraVars: trusted })
  expect([late.exit, late.writes, troubles(late)[0]]).toEqual([
    2,
    [],
    'hv3 Trust the VFs: failed: trust of VF 1 (0000:61:00.3) cannot be set in switchdev mode: the driver refuses it (EOPNOTSUPP), for the bridge decides what a VF may do',
  ])
})
