import { describe, expect, test } from 'vitest'
import { comparable } from '../../src/machine/comparable.ts'
import { Fleet, troubles } from '../support/fleet.ts'

/** Without the failures that a bond has counted: they are history, not condition. */
const states = (fleet: Fleet): unknown =>
  JSON.parse(
    JSON.stringify(
      Object.fromEntries(fleet.hypervisors.map((machine) => [machine.state.name, comparable(machine.state)])),
      (key, value: unknown) => (key === 'failures' ? {} : value),
    ),
  )
/** Without the traffic test, which performs no step on a hypervisor. */
const tags = { only: [], skip: ['verify'] }
/** The most steps that any host performs in a run. */
const stepsOf = (writes: readonly string[]) => {
  const counts = new Map<string, number>()
  for (const write of writes) {
    const host = write.split(' ', 1)[0] ?? ''
    counts.set(host, (counts.get(host) ?? 0) + 1)
  }
  return Math.max(0, ...counts.values())
}

/** LACP may still be about to agree when the last task is done. */
async function settled(fleet: Fleet): Promise<unknown> {
  for (const machine of fleet.hypervisors) await machine.time.sleep(10)
  return states(fleet)
}

const whole = new Fleet()
const pristine = states(whole)
const rollOut = stepsOf((await whole.run('vflag-lacp.yaml', { tags })).writes)
const done = await settled(whole)
const teardown = stepsOf((await whole.run('teardown.yaml')).writes)
/** All of them takes minutes: at home every fifth, with another first one each day. */
const stride = process.env['CI'] === undefined ? 5 : 1
const first = Math.floor(Date.now() / 86_400_000) % stride
const upTo = (count: number) =>
  Array.from({ length: count }, (_, steps) => steps).filter((each) => each % stride === first)

/** One of the lab's hosts stands for its profile; the links of all die at the same step. */
describe('hosts whose link dies in the middle', () => {
  test('a roll-out and a teardown have enough steps for this to mean something', () => {
    expect([rollOut > 30, teardown > 15]).toEqual([true, true])
  })

  test.each(upTo(rollOut))('a roll-out that got as far as step %i is finished by the next run', async (steps) => {
    const fleet = new Fleet()
    await fleet.run('vflag-lacp.yaml', { tags, steps })
    const second = await fleet.run('vflag-lacp.yaml', { tags })
    expect([troubles(second), second.exit]).toEqual([[], 0])
    expect(await settled(fleet)).toEqual(done)
    const third = await fleet.run('vflag-lacp.yaml', { tags })
    expect([troubles(third), third.exit, third.writes]).toEqual([[], 0, []])
  })

  test.each(upTo(rollOut))('a roll-out that got as far as step %i is taken down', async (steps) => {
    const fleet = new Fleet()
    await fleet.run('vflag-lacp.yaml', { tags, steps })
    const torn = await fleet.run('teardown.yaml')
    expect([troubles(torn), torn.exit]).toEqual([[], 0])
    expect(states(fleet)).toEqual(pristine)
  })

  test.each(upTo(teardown))('a teardown that got as far as step %i is finished by the next', async (steps) => {
    const fleet = new Fleet()
    await fleet.run('vflag-lacp.yaml', { tags })
    await fleet.run('teardown.yaml', { steps })
    const torn = await fleet.run('teardown.yaml')
    expect([troubles(torn), torn.exit]).toEqual([[], 0])
    expect(states(fleet)).toEqual(pristine)
  })

  test.each(upTo(teardown))('a teardown that got as far as step %i is rolled out again', async (steps) => {
    const fleet = new Fleet()
    await fleet.run('vflag-lacp.yaml', { tags })
    await fleet.run('teardown.yaml', { steps })
    const again = await fleet.run('vflag-lacp.yaml', { tags })
    expect([troubles(again), again.exit]).toEqual([[], 0])
    expect(await settled(fleet)).toEqual(done)
  })
})
