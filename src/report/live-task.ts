import type { HostDone, HostRetry, HostStart } from '../run/event.ts'
import type { TaskView } from './task-view.ts'
import { countsText, type TreeStyle, titleOf } from './tree-rows.ts'
import { cutTo, duration, hostNames, isQuiet, isTrouble, oneLine, tint } from './words.ts'

/** With more hosts than this a running task shows only those that changed or failed. */
const mostHosts = 8

/** What of a drawn row can be set. */
export interface Row {
  readonly title: (text: string) => void
  /** Adds a line below the row; only the last few are shown. */
  readonly line: (text: string) => void
}

/** The text of the task that runs now: made when a picture is due, not when something happens. */
export class LiveTask {
  /** Hosts that have rows of their own; none when there are too many. */
  readonly hosts: readonly string[]
  /** Lines below the row of a task with too many hosts. */
  readonly mostLines = 5
  /** Resolves when the task is over. */
  readonly ended: Promise<void>
  readonly #view: TaskView
  readonly #style: TreeStyle
  readonly #now: () => number
  readonly #rows = new Map<string, { readonly title: (text: string) => void; readonly done: () => void }>()
  readonly #lines: string[] = []
  #row: Row | null = null
  #drawn = false
  #end: () => void = () => {}
  #over = false

  constructor(view: TaskView, style: TreeStyle, now: () => number, rows: number) {
    this.#view = view
    this.#style = style
    this.#now = now
    this.hosts = view.total <= Math.min(mostHosts, Math.floor(rows / 4)) ? view.start.hosts : []
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  /** Whether nobody needs a picture of it any more. */
  get isOver(): boolean {
    return this.#over
  }

  /** The task's own row was drawn. */
  attach(row: Row): void {
    this.#row = row
  }

  /** A host's row was drawn; resolves when the host is through with the task, or the task is over. */
  async host(name: string, title: (text: string) => void): Promise<'done' | 'skipped' | 'failed'> {
    if (!this.#over && this.#view.result(name) === undefined) {
      title(this.hostTitle(name))
      await new Promise<void>((done) => this.#rows.set(name, { title, done }))
    }
    const outcome = this.#view.result(name)?.outcome
    title(this.hostTitle(name))
    if (outcome === undefined || outcome === 'skipped') return 'skipped'
    return isTrouble(outcome) || outcome === 'rescued' || outcome === 'ignored' ? 'failed' : 'done'
  }

  /** An event of this task; the view has it already. */
  on(event: HostStart | HostRetry | HostDone): void {
    if (event.event !== 'host_done') return
    if (this.hosts.length === 0) {
      if (!isQuiet(event.outcome)) this.#lines.push(this.#exception(event))
      if (this.#lines.length > this.mostLines) this.#lines.shift()
    } else if (event.item === undefined) {
      this.#rows.get(event.host)?.done()
      this.#rows.delete(event.host)
    }
  }

  /** Brings the drawn rows up to date. */
  refresh(): void {
    this.#row?.title(this.title())
    // listr2 listens for lines only once it has drawn the row.
    if (this.#drawn) for (const line of this.#lines.splice(0)) this.#row?.line(line)
    this.#drawn = true
    for (const [name, row] of this.#rows) row.title(this.hostTitle(name))
  }

  /** The task is over: its rows go. */
  end(): void {
    this.#over = true
    this.#end()
    for (const row of this.#rows.values()) row.done()
    this.#rows.clear()
  }

  /** The row of the task: its name, and how far it is. */
  title(): string {
    const { colors } = this.#style
    const name = cutTo(titleOf(this.#view), Math.max(20, this.#style.columns - 60))
    const age = this.#view.age(this.#now())
    const time = age >= 1000 ? duration(age) : ''
    if (this.hosts.length > 0) return `${colors.bold(name)}${time === '' ? '' : `  ${colors.dim(time)}`}`
    const notes = [time, this.#slowest()].filter((part) => part !== '').join(', ')
    const { finished, total } = this.#view
    const parts = [
      colors.bold(name),
      bar(finished, total),
      `${finished}/${total}`,
      countsText(this.#view.counts(), colors),
      notes === '' ? '' : colors.dim(notes),
    ]
    return parts.filter((part) => part !== '').join('  ')
  }

  /** The row of a host: what became of it, or what it is up to. */
  hostTitle(name: string): string {
    const { colors, columns } = this.#style
    const done = this.#view.result(name)
    const width = Math.max(...this.hosts.map((host) => oneLine(host).length))
    const host = oneLine(name).padEnd(width)
    const room = Math.max(20, columns - width - 24)
    if (done) {
      const because = isQuiet(done.outcome) ? '' : `  ${cutTo(oneLine(done.because), room)}`
      return `${host}  ${tint(done.outcome, done.outcome, colors)}${because}`
    }
    const running = this.#view.running.find((each) => each.host === name)
    if (!running) return colors.dim(`${host}  waiting`)
    const { retry } = running
    if (!retry) return host
    const item = retry.item === undefined ? '' : `${oneLine(retry.item)}: `
    const left = retry.left === null ? `look ${retry.attempt}` : `${retry.left} left`
    return `${host}  ${colors.dim(cutTo(`${item}${oneLine(retry.because)} (${left})`, room))}`
  }

  /** When few hosts are left, which; else the one that has taken longest. */
  #slowest(): string {
    const running = this.#view.running
    const [first] = running
    if (!first || this.#view.finished === 0) return ''
    if (running.length <= 3 && this.#view.finished + running.length === this.#view.total)
      return `waiting for ${hostNames(
        running.map((each) => each.host),
        this.#view.total,
      )}`
    const age = this.#now() - first.since
    return age < 3000 ? '' : `slowest ${oneLine(first.host)} ${duration(age)}`
  }

  #exception(event: HostDone): string {
    const item = event.item === undefined ? '' : `${oneLine(event.item)}: `
    const text = cutTo(`${item}${oneLine(event.because)}`, Math.max(20, this.#style.columns - 40))
    return `${oneLine(event.host)}  ${tint(event.outcome, event.outcome, this.#style.colors)}  ${text}`
  }
}

function bar(finished: number, total: number): string {
  const full = total === 0 ? 10 : Math.floor((finished / total) * 10)
  return `[${'#'.repeat(full)}${'-'.repeat(10 - full)}]`
}
