import type { Delta } from '../module/plan.ts'
import type { CheckRow } from '../module/rows.ts'
import type { HostDone, HostRetry, HostStart, TaskStart } from '../run/event.ts'
import type { Failure, Outcome } from '../run/outcome.ts'
import { colors } from '../shared/color.ts'
import { changeLines } from './diff.ts'
import { failureLines } from './failure-card.ts'
import type { ReportOptions } from './reporter.ts'
import { isQuiet, isTrouble, oneLine, outcomes } from './words.ts'

/** Hosts that one task ended the same way for, and how. */
export interface Group {
  readonly task: string
  readonly hosts: readonly string[]
  readonly outcome: Outcome
  /** The label of the loop's item it is about. */
  readonly item?: string
  readonly because: string
  readonly deltas: readonly Delta[]
  readonly message?: string
  readonly rows?: readonly CheckRow[]
  readonly error?: Failure
}

/** What a running host is up to. */
export interface RunningHost {
  readonly host: string
  /** Milliseconds, as the clock says. */
  readonly since: number
  /** Why it is looked at again; null while it was not. */
  readonly retry: HostRetry | null
}

/** What is known of one task while it runs and when it is done: the events of it, counted and grouped. */
export class TaskView {
  readonly start: TaskStart
  readonly #since: number
  readonly #running = new Map<string, RunningHost>()
  readonly #done = new Map<string, HostDone>()
  readonly #items = new Map<string, HostDone[]>()
  readonly #counts = new Map<Outcome, number>()

  constructor(start: TaskStart, now: number) {
    this.start = start
    this.#since = now
  }

  /** Takes an event of this task; `now` in milliseconds. */
  on(event: HostStart | HostRetry | HostDone, now: number): void {
    switch (event.event) {
      case 'host_start':
        this.#running.set(event.host, { host: event.host, since: now, retry: null })
        break
      case 'host_retry':
        this.#running.set(event.host, {
          host: event.host,
          since: this.#running.get(event.host)?.since ?? now,
          retry: event,
        })
        break
      case 'host_done':
        if (event.item === undefined) this.#finish(event)
        else this.#items.set(event.host, [...(this.#items.get(event.host) ?? []), event])
    }
  }

  #finish(event: HostDone): void {
    this.#running.delete(event.host)
    this.#done.set(event.host, event)
    this.#counts.set(event.outcome, (this.#counts.get(event.outcome) ?? 0) + 1)
  }

  /** Milliseconds since it began. */
  age(now: number): number {
    return now - this.#since
  }

  /** The hosts it is for. */
  get total(): number {
    return this.start.hosts.length
  }

  /** How many hosts are through with it. */
  get finished(): number {
    return this.#done.size
  }

  /** Hosts that work on it, longest first. */
  get running(): readonly RunningHost[] {
    return [...this.#running.values()]
  }

  /** What became of it on a host, undefined while it runs. */
  result(host: string): HostDone | undefined {
    return this.#done.get(host)
  }

  /** How many hosts ended how, in the order of reports; outcomes that nobody had are not in it. */
  counts(): readonly (readonly [Outcome, number])[] {
    return outcomes.flatMap((outcome) => {
      const number = this.#counts.get(outcome)
      return number === undefined ? [] : [[outcome, number] as const]
    })
  }

  /**
   * Hosts of which the same is shown, together: what nobody sees (deltas without `--diff`, why a quiet host had nothing
   * to do without `-v`) keeps none apart. A loop is told by those of its items that are worth telling; the line for the
   * whole of it stands only when none of them says the same. Hosts are in the order of the play.
   */
  groups(options: ReportOptions): readonly Group[] {
    const groups = new Map<string, { readonly like: HostDone; readonly hosts: string[] }>()
    for (const host of this.start.hosts) {
      const done = this.#done.get(host)
      if (!done) continue
      for (const each of told(done, this.#items.get(done.host) ?? [])) {
        const key = likeness(each, options)
        const group = groups.get(key)
        if (!group) groups.set(key, { like: each, hosts: [each.host] })
        // Two items may read the same.
        else if (group.hosts.at(-1) !== each.host) group.hosts.push(each.host)
      }
    }
    const all = [...groups.values()].map(({ like, hosts }) => ({ ...content(like), hosts }))
    return all.sort((a, b) => outcomes.indexOf(a.outcome) - outcomes.indexOf(b.outcome))
  }
}

const plain = colors(false)

function told(done: HostDone, items: readonly HostDone[]): readonly HostDone[] {
  const loud = items.filter((item) => !isQuiet(item.outcome) || item.message !== undefined || item.rows)
  return loud.some((item) => item.outcome === done.outcome) ? loud : [...loud, done]
}

/** What is shown of a result, as a key. */
function likeness(done: HostDone, { diff, verbosity }: ReportOptions): string {
  const { outcome, item, message, rows } = done
  if (isQuiet(outcome) && verbosity === 0) return JSON.stringify([outcome, item, message, rows])
  const below = isTrouble(outcome)
    ? failureLines(done, plain)
    : diff && outcome === 'changed'
      ? changeLines(done, plain)
      : []
  return JSON.stringify([outcome, item, oneLine(done.because), message, rows, below])
}

function content({ task, outcome, item, because, deltas, message, rows, error }: HostDone): Omit<Group, 'hosts'> {
  return {
    task,
    outcome,
    because,
    deltas,
    ...(item !== undefined && { item }),
    ...(message !== undefined && { message }),
    ...(rows && { rows }),
    ...(error && { error }),
  }
}
