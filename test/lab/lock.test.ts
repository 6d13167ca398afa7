import { readdir, readFile, writeFile } from 'node:fs/promises'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { takeLock } from '../../src/lab/lock.ts'
import { temporary } from './temporary.ts'

const now = new Date('2026-01-02T03:04:05Z')

describe('the lock of a lab', () => {
  test('another run is told who has it, and gets it afterwards', async () => {
    const dir = await temporary()
    const lock = await takeLock(dir, 4711, now)
    const who = `process 4711 of ${userInfo().username}@${hostname()}, since 2026-01-02T03:04:05.000Z`
    await expect(takeLock(dir, null, now)).rejects.toMatchObject({
      name: 'LabError',
      message: `The lab in ${dir} is in use by another run (${who}), but only one run at a time may use it`,
      hint: 'wait until it ends, or end it ("vflag-play lab up" runs until Ctrl-C)',
    })
    await lock.release()
    await (await takeLock(dir, null, now)).release()
    expect(await readdir(dir)).toEqual([])
  })

  test.each([
    ['of a run that was killed', { token: 't', user: 'u', host: 'h', pid: 1, since: 's', port: 9 }],
    ['that is empty', ''],
    ['of nonsense', { port: 'x' }],
  ])('a lock %s is stale and replaced', async (_what, content) => {
    const dir = await temporary()
    await writeFile(join(dir, 'lock'), typeof content === 'string' ? content : JSON.stringify(content))
    const lock = await takeLock(dir, 5, now)
    expect(JSON.parse(await readFile(join(dir, 'lock'), 'utf8'))).toMatchObject({ pid: 5 })
    expect(await readdir(dir)).toEqual(['lock'])
    await lock.release()
  })

  test('of many that want it at once one gets it', async () => {
    const dir = await temporary()
    await writeFile(join(dir, 'lock'), 'stale')
    const all = await Promise.allSettled(Array.from({ length: 8 }, (_, pid) => takeLock(dir, pid, now)))
    const winners = all.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    expect(winners.length).toBe(1)
    for (const lock of winners) await lock.release()
  })
})
