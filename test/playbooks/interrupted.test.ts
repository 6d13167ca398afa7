import { describe, expect, test } from 'vitest'
import { comparable } from '../../src/machine/comparable.ts'
import { Fleet, troubles } from '../support/fleet.ts'

const states = (fleet: Fleet) =>
  Object.fromEntries(fleet.hypervisors.map((machine) => [machine.state.name, comparable(machine.state)]))
/** One hypervisor of each profile is enough: the others are the same again. */
const limit = ['hv1', 'hv3', 'client1']
/** Without the traffic test, which changes nothing: it is tested elsewhere. */
const tags = { only: [], skip: ['verify'] }

const fleet = new Fleet()
const pristine = states(fleet)
/** How many tasks a playbook has, gathering of facts included. */
const tasksOf = async (name: string): Promise<number> =>
  (await fleet.run(name, { limit, tags })).events.filter((event) => event.event === 'task_done').length
const rollOutTasks = await tasksOf('vflag-lacp.yaml')
const teardownTasks = await tasksOf('teardown.yaml')
const stopsIn = (count: number) => Array.from({ length: count - 1 }, (_, index) => index + 1)

describe('a run that was stopped', () => {
  test.each(stopsIn(rollOutTasks))(
    'a roll-out that stopped after task %i is finished by the next run, and the one after changes nothing; so is a teardown',
    async (n) => {
      const fleet = new Fleet()
      await fleet.run('vflag-lacp.yaml', { limit, tags, stopAfter: n })
      const second = await fleet.run('vflag-lacp.yaml', { limit, tags })
      expect([troubles(second), second.exit]).toEqual([[], 0])
      const third = await fleet.run('vflag-lacp.yaml', { limit, tags })
      expect([troubles(third), third.exit, third.writes]).toEqual([[], 0, []])
      await fleet.run('teardown.yaml', { limit, stopAfter: ((n - 1) % (teardownTasks - 1)) + 1 })
      const torn = await fleet.run('teardown.yaml', { limit })
      expect([troubles(torn), torn.exit]).toEqual([[], 0])
      expect(states(fleet)).toEqual(pristine)
    },
  )

  test.each(stopsIn(rollOutTasks))('a roll-out that stopped after task %i can be taken down', async (n) => {
    const fleet = new Fleet()
    await fleet.run('vflag-lacp.yaml', { limit, tags, stopAfter: n })
    const torn = await fleet.run('teardown.yaml', { limit })
    expect([troubles(torn), torn.exit]).toEqual([[], 0])
    expect(states(fleet)).toEqual(pristine)
  })
})
