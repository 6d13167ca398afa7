import type { Flow, Machine } from '../machine.ts'
import { carry, passes, segments, shares } from './carry.ts'
import { findRoute, type Route } from './route.ts'

/** What some streams brought in a while, in the order of the streams. */
export interface Carried {
  readonly bytes: readonly number[]
  readonly packets: readonly number[]
  readonly retransmits: readonly number[]
}

interface Stream {
  /** Since when its frames are lost; null while they arrive. */
  lostSince: number | null
  /** It sends again from then on; null while it sends. */
  resumes: number | null
  bytes: number
  packets: number
  retransmits: number
}

// Frames of a window that are sent again after a loss, as counted in a transcript (test/transcripts/iperf3-outage.json).
const SENT_AGAIN = 160

/**
 * TCP streams that are under way. What they carry is settled piece by piece: between two changes of what frames cross,
 * each stream either sends at its rate or is lost altogether. A stream that was lost goes on when TCP tries again, which it
 * does after 0.2 s, and then after twice as long each time (RFC 6298, Linux TCP_RTO_MIN).
 */
export class Streams {
  readonly #flow: Flow
  readonly #limit: number | null
  readonly #streams: readonly Stream[]
  readonly #unwatch: () => void
  #route: Route | null
  #settled: number

  /** @param limit bits per second of a stream; null is as fast as it gets */
  constructor(machine: Machine, flow: Omit<Flow, 'from' | 'seconds' | 'kind'>, limit: number | null) {
    this.#flow = { ...flow, from: machine, seconds: 0, kind: 'tcp' }
    this.#limit = limit
    this.#streams = Array.from({ length: flow.streams }, () => newStream())
    this.#settled = machine.time.now()
    this.#route = null
    this.#look(this.#settled)
    this.#unwatch = machine.fabric.watch(() => this.settle(machine.time.now()))
  }

  /** Accounts for the time up to a moment by the way that was known, and looks for the way from then on. */
  settle(now: number): void {
    const from = this.#settled
    if (now > from && this.#route) this.#send(this.#route, from, now)
    this.#settled = Math.max(from, now)
    this.#look(this.#settled)
  }

  /** What was carried since this was last asked. */
  take(): Carried {
    const carried = {
      bytes: this.#streams.map((each) => each.bytes),
      packets: this.#streams.map((each) => each.packets),
      retransmits: this.#streams.map((each) => each.retransmits),
    }
    for (const each of this.#streams) Object.assign(each, { bytes: 0, packets: 0, retransmits: 0 })
    return carried
  }

  /** The streams have ended. */
  close(): void {
    this.#unwatch()
  }

  #send(route: Route, from: number, to: number): void {
    const begins = this.#streams.map(({ lostSince, resumes }) =>
      lostSince !== null ? to : Math.max(from, resumes ?? from),
    )
    const rates = shares(this.#flow, route.path.offloaded, (at) => (begins[at] ?? to) < to)
    for (const [at, stream] of this.#streams.entries()) {
      const begin = begins[at] ?? to
      if (begin >= to) continue
      const rate = Math.min(rates[at] ?? 0, this.#limit ?? Number.POSITIVE_INFINITY)
      const load = segments((rate / 8) * (to - begin))
      const [there, back] = this.#flow.reverse ? [load.acknowledged, load.sent] : [load.sent, load.acknowledged]
      if (!carry(route, at, there, back)) continue
      stream.bytes += load.payload
      stream.packets += load.sent.packets
      if (stream.resumes !== null) stream.retransmits += SENT_AGAIN
      stream.resumes = null
    }
  }

  #look(now: number): void {
    const found = findRoute(this.#flow.from.fabric, this.#flow)
    const route = found.ok ? fixed(found.value, this.#flow.streams) : null
    this.#route = route
    for (const [at, stream] of this.#streams.entries()) {
      const arrives = route !== null && passes(route, at)
      if (!arrives && stream.lostSince === null) {
        // The first try again, which is lost as well.
        stream.retransmits += 1
        stream.lostSince = now
        stream.resumes = null
      } else if (arrives && stream.lostSince !== null) {
        stream.resumes = triesAgain(stream.lostSince, now)
        stream.lostSince = null
      }
    }
  }
}

const newStream = (): Stream => ({ lostSince: null, resumes: null, bytes: 0, packets: 0, retransmits: 0 })

/** The ports of each stream as they are now: they must not change under what is accounted for later. */
function fixed(route: Route, streams: number): Route {
  const numbers = Array.from({ length: streams }, (_, at) => at)
  const [rx, tx] = [numbers.map(route.path.rxPort), numbers.map(route.path.txPort)]
  return {
    ...route,
    path: { ...route.path, rxPort: (flow) => rx[flow] ?? null, txPort: (flow) => tx[flow] ?? null },
  }
}

/** The first moment from `now` on at which TCP sends again what was lost at `since`. */
function triesAgain(since: number, now: number): number {
  let [moment, wait] = [since, 0.2]
  while (moment + wait < now) {
    moment += wait
    wait = Math.min(wait * 2, 120)
  }
  return moment + wait
}
