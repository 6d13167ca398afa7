import { describe, expect, it } from 'vitest'
import { Pool } from '../../src/shared/pool.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('a pool', () => {
  it('runs no more at once than it has places, in the order of coming', async () => {
    const pool = new Pool(2)
    const started: number[] = []
    let running = 0
    let most = 0
    const work = (n: number) => async () => {
      started.push(n)
      most = Math.max(most, ++running)
      await turn()
      running--
      return n
    }
    const results = await Promise.all([1, 2, 3, 4, 5].map((n) => pool.run(work(n))))
    expect([results, started, most]).toEqual([[1, 2, 3, 4, 5], [1, 2, 3, 4, 5], 2])
  })

  it('frees the place of work that failed', async () => {
    const pool = new Pool(1)
    await expect(pool.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await expect(pool.run(() => Promise.resolve('yes'))).resolves.toBe('yes')
  })
})
