import type { Become, Exchange, ExchangeOptions, Host } from '../host/host.ts'
import type { Facts } from '../module/facts.ts'
import type { Frame } from '../module/frame.ts'
import { look } from '../module/frame.ts'
import { type Read, readKey } from '../module/read.ts'
import { type Reading, Readings } from '../module/reading.ts'
import type { Task } from '../playbook/types.ts'
import { Unknown } from '../shared/unknown.ts'
import type { Value } from '../shared/value.ts'
import type { Disturbance } from './disturbance.ts'
import { newTally, type Tally } from './recap.ts'

/** Whether a host still takes part. `failed` and `unreachable` hosts get no further tasks in this run. */
export type HostState = 'active' | 'failed' | 'unreachable'

/** How long a reading that was made ahead of its turn may be used, in milliseconds. */
const READING_LIFE = 10_000

/** The most tasks that are read ahead for. */
const WINDOW_MAX = 64

/** Everything that a run keeps about one host. */
export class HostRun {
  readonly name: string
  readonly tally: Tally = newTally()
  /** What `register` and `set_fact` made; names in `predicted` come from a change that check mode did not make. */
  readonly registered: Record<string, Value | Unknown> = Object.create(null)
  readonly predicted = new Set<string>()
  /** Handlers that were notified and did not run yet. */
  readonly notified = new Set<Task>()
  /** Changes that check mode did not make on this host. */
  readonly pending: Disturbance[] = []
  state: HostState = 'active'
  facts: Facts | null = null
  /** Counts up when variables of this host change: what was computed from them is out of date. */
  version = 0
  /** How many tasks ahead reads are made for: doubles while nothing changes, one again after a change. */
  window = 1
  /** Some event about it was sent, so it belongs into the recap. */
  seen = false

  readonly #host: Host
  readonly #readings = new Map<string, { readonly reading: Reading; readonly at: number }>()
  readonly #now: () => number

  constructor(name: string, host: Host, now: () => number) {
    this.name = name
    this.#host = host
    this.#now = now
  }

  /** Sets a variable of the level "registered and set_fact". */
  remember(name: string, value: Value | Unknown, predicted = false): void {
    this.registered[name] = value
    if (predicted || value instanceof Unknown) this.predicted.add(name)
    else this.predicted.delete(name)
    this.version++
  }

  /**
   * Looks at things, with one round trip at most. What was read ahead for this task is not read again; `ahead` is read
   * along when a round trip is needed anyway.
   */
  async look(
    reads: readonly Read[],
    options: ExchangeOptions & { readonly fresh?: boolean; readonly ahead?: () => readonly Read[] },
  ): Promise<
    | { readonly ok: true; readonly seen: Readings }
    | { readonly ok: false; readonly trouble: Exclude<Exchange, { kind: 'done' }> }
  > {
    const scope = becomeKey(options.become)
    if (options.fresh) this.forget()
    const missing = reads.filter((read) => !this.#fresh(scope, read))
    if (missing.length > 0) {
      const asked = unique([...missing, ...(options.ahead?.() ?? []).filter((read) => !this.#fresh(scope, read))])
      const exchange = await this.#host.exchange(look(asked), exchangeOptions(options))
      if (exchange.kind !== 'done') {
        this.forget()
        return { ok: false, trouble: exchange }
      }
      this.#keep(scope, asked, exchange.result.before)
    }
    const known = new Map<string, Reading>()
    for (const read of reads) {
      const kept = this.#readings.get(`${scope} ${readKey(read)}`)
      if (kept) known.set(readKey(read), kept.reading)
    }
    return { ok: true, seen: new Readings(known) }
  }

  /** Performs steps, and looks again in the same round trip. Whatever was read before no longer holds. */
  async perform(frame: Frame, options: ExchangeOptions): Promise<Exchange> {
    this.forget()
    this.window = 1
    return await this.#host.exchange(frame, exchangeOptions(options))
  }

  /** Forgets readings: the host changed, or may have. */
  forget(): void {
    this.#readings.clear()
  }

  /** A task found nothing to change: read further ahead next time. */
  widen(): void {
    this.window = Math.min(this.window * 2, WINDOW_MAX)
  }

  /** Drops the connection; the next look makes a new one. */
  async disconnect(): Promise<void> {
    this.forget()
    await this.#host.disconnect()
  }

  #fresh(scope: string, read: Read): boolean {
    const kept = this.#readings.get(`${scope} ${readKey(read)}`)
    return kept !== undefined && this.#now() - kept.at < READING_LIFE
  }

  #keep(scope: string, reads: readonly Read[], readings: readonly Reading[]): void {
    const at = this.#now()
    for (const [index, read] of reads.entries()) {
      const reading = readings[index]
      if (reading) this.#readings.set(`${scope} ${readKey(read)}`, { reading, at })
    }
  }
}

function becomeKey(become: Become | undefined): string {
  return become ? `${become.method}:${become.user}` : '-'
}

function exchangeOptions({ become, timeoutMs }: ExchangeOptions): ExchangeOptions {
  return { ...(become && { become }), ...(timeoutMs !== undefined && { timeoutMs }) }
}

function unique(reads: readonly Read[]): readonly Read[] {
  return [...new Map(reads.map((read) => [readKey(read), read])).values()]
}
