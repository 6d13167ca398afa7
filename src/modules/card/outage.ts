import type { Iperf3Interval } from '../../parsers/iperf3.ts'

/** How traffic was interrupted. */
export interface Outage {
  /** The longest time in seconds for which a stream stood still, to an interval on either side. */
  readonly longestGap: number
  /** What the streams would have carried in the intervals in which they stood still, had they gone on at the median of their rates before. TCP sends it later; a datagram would have been lost. */
  readonly bytesLost: number
}

/** A stream stands still in an interval in which it carries less than this part of its median rate. */
const still = 0.1

/**
 * Finds the longest gap of any stream: a failed port stops some streams while others go on, even faster, so that the sum
 * does not tell. TCP waits 0.2 s before it tries again, and then twice as long each time, so a stream stands still for
 * longer than its port was unusable.
 */
export function outageOf(intervals: readonly Iperf3Interval[]): Outage {
  const streams = Math.max(0, ...intervals.map((each) => each.bytes.length))
  let longestGap = 0
  let bytesLost = 0
  for (let stream = 0; stream < streams; stream++) {
    const pieces = intervals.map(({ start, end, bytes }) => ({ seconds: end - start, bytes: bytes[stream] ?? 0 }))
    const found = ofStream(pieces)
    longestGap = Math.max(longestGap, found.longestGap)
    bytesLost += found.bytesLost
  }
  return { longestGap: Math.round(longestGap * 1000) / 1000, bytesLost: Math.round(bytesLost) }
}

interface Piece {
  readonly seconds: number
  readonly bytes: number
}

function ofStream(pieces: readonly Piece[]): Outage {
  const rate = ({ bytes, seconds }: Piece): number => bytes / seconds
  const usual = median(pieces.map(rate).filter((each) => each > 0))
  const stands = (piece: Piece, median: number): boolean => rate(piece) < still * median
  // It has to begin before it can stop.
  const begin = pieces.findIndex((piece) => usual > 0 && !stands(piece, usual))
  if (begin < 0) return { longestGap: pieces.reduce((sum, { seconds }) => sum + seconds, 0), bytesLost: 0 }
  const running = pieces.slice(begin)
  const failure = running.findIndex((piece) => stands(piece, usual))
  if (failure < 0) return { longestGap: 0, bytesLost: 0 }
  const before = median(running.slice(0, failure).map(rate))
  let [gap, longestGap, bytesLost] = [0, 0, 0]
  for (const piece of running) {
    gap = stands(piece, before) ? gap + piece.seconds : 0
    longestGap = Math.max(longestGap, gap)
    if (gap > 0) bytesLost += before * piece.seconds - piece.bytes
  }
  return { longestGap, bytesLost }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const at = (index: number): number => sorted[index] ?? 0
  return Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle))
}
