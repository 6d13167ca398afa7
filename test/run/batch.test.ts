import { expect, test } from 'vitest'
import { slices } from '../../src/run/batch.ts'

const five = ['a', 'b', 'c', 'd', 'e']

// Ansible 2.14 slices five hosts with serial [1, "50%", 2] into 1, 2, 2.
test.each([
  [[], [five]],
  [[2], [['a', 'b'], ['c', 'd'], ['e']]],
  [
    [1, { percent: 50 }, 2],
    [['a'], ['b', 'c'], ['d', 'e']],
  ],
  [[{ percent: 1 }], [['a'], ['b'], ['c'], ['d'], ['e']]],
  [
    [1, 3],
    [['a'], ['b', 'c', 'd'], ['e']],
  ],
  [[0], [five]],
])('serial %j slices five hosts into %j', (serial, batches) => {
  expect(slices(five, serial)).toEqual(batches)
})

test('no hosts make no slices', () => {
  expect(slices([], [2])).toEqual([])
})
