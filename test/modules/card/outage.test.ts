import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { outageOf } from '../../../src/modules/card/outage.ts'
import { parseIperf3 } from '../../../src/parsers/iperf3.ts'
import { transcript } from '../../parsers/transcript.ts'

/** Intervals of 0.1 s with the bytes of each stream. */
const intervals = (...streams: readonly (readonly number[])[]) =>
  (streams[0] ?? []).map((_, at) => ({
    start: at / 10,
    end: (at + 1) / 10,
    bytes: streams.map((stream) => stream[at] ?? 0),
  }))

describe('an outage', () => {
  test.each([
    ['is none while every stream goes on', [[10, 12, 9, 10, 11]], 0, 0],
    ['is as long as a stream stands still', [[10, 10, 10, 0, 0, 10, 10]], 0.2, 20],
    [
      'is seen although the other streams take over',
      [
        [10, 10, 10, 0, 0, 10, 10],
        [10, 10, 10, 20, 20, 10, 10],
      ],
      0.2,
      20,
    ],
    [
      'is the longest of all, and what every stream lost is added up',
      [
        [10, 10, 0, 10, 10],
        [10, 10, 0, 0, 10],
      ],
      0.2,
      30,
    ],
    ['counts a trickle of less than a tenth as standing still', [[100, 100, 100, 9, 11, 100]], 0.1, 91],
    ['lasts to the end when the stream does not come back', [[10, 10, 10, 0, 0, 0]], 0.3, 30],
    ['does not begin before the stream does', [[0, 0, 10, 10, 10]], 0, 0],
    ['is measured against the rate before it, not the lower one after', [[20, 20, 20, 0, 5, 5, 5, 5]], 0.1, 20],
    ['is the whole test when nothing was ever sent', [[0, 0, 0]], 0.3, 0],
    ['is none where there was no test', [], 0, 0],
  ] as const)('%s', (_title, streams, longestGap, bytesLost) => {
    expect(outageOf(intervals(...streams))).toEqual({ longestGap, bytesLost })
  })

  test('of a real link that was down for 0.12 s is that of TCP, which tries again late', () => {
    const result = parseIperf3(transcript('iperf3-outage.json'))
    expect(result.ok && outageOf(result.intervals)).toEqual({ longestGap: 0.9, bytesLost: 44_559_799 })
  })

  test('is found wherever it is, and never longer than the test', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 20 }),
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        (before, gap, after) => {
          const stream = [...Array(before).fill(100), ...Array(gap).fill(0), ...Array(after).fill(100)]
          const found = outageOf(intervals(stream, Array(stream.length).fill(50)))
          expect(found.longestGap).toBeCloseTo(gap / 10)
          expect(found.bytesLost).toBe(gap * 100)
        },
      ),
    )
  })
})
