import { expect, test } from 'vitest'
import { instantTime, realTime } from '../../src/machine/time.ts'

test('in instant time sleepers wake in the order of their moments, without waiting', async () => {
  const time = instantTime(1000)
  const woken: [string, number][] = []
  const sleeper = async (name: string, seconds: number) => {
    await time.sleep(seconds)
    woken.push([name, time.now()])
  }
  await Promise.all([sleeper('late', 3600), sleeper('early', 1), sleeper('between', 60)])
  expect(woken).toEqual([
    ['early', 1001],
    ['between', 1060],
    ['late', 4600],
  ])
})

test('a sleep that is given up does not move the clock', async () => {
  const time = instantTime(1000)
  const alarm = new AbortController()
  const sleeping = time.sleep(3600, alarm.signal)
  alarm.abort()
  await sleeping
  await time.sleep(1)
  expect(time.now()).toBe(1001)
})

test('real time passes as much faster as it is told', async () => {
  const time = realTime({ speed: 1000 })
  const before = time.now()
  await time.sleep(20)
  const passed = time.now() - before
  expect(passed).toBeGreaterThanOrEqual(18)
  expect(passed).toBeLessThan(2000)
})

test('real time never overtakes a sleeper, however late the program is', async () => {
  const time = realTime({ speed: 1000 })
  const woken: string[] = []
  const sleeper = async (seconds: number) => {
    const began = time.now()
    await time.sleep(seconds)
    woken.push(`${seconds} s: after ${(time.now() - began).toFixed(3)}`)
    // What follows from a moment follows that moment, not the time at which the program got to it.
    await time.sleep(0.25)
    woken.push(`${seconds} s: after ${(time.now() - began).toFixed(3)}`)
  }
  const all = Promise.all([sleeper(5), sleeper(15), sleeper(30)])
  const busyUntil = Date.now() + 50
  while (Date.now() < busyUntil);
  await all
  expect(woken).toEqual([
    '5 s: after 5.000',
    '5 s: after 5.250',
    '15 s: after 15.000',
    '15 s: after 15.250',
    '30 s: after 30.000',
    '30 s: after 30.250',
  ])
})
