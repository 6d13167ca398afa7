import type { Screen } from './reporter.ts'

const hideCursor = '\u001b[?25l'
const showCursor = '\u001b[?25h'
const lineUpAndErase = '\u001b[1A\u001b[2K'
const colorCode = /\u001b\[[0-9;]*m/g

/**
 * The lower end of a terminal: lines that stay, and below them a frame that is painted anew at most ten times a second.
 * Painting is never done where events come in, so a run does not wait for its picture.
 */
export class Painter {
  readonly #screen: Screen
  readonly #now: () => number
  #frame: (() => string) | null = null
  #shown = ''
  #timer: NodeJS.Timeout | null = null
  #last = 0
  #painting = false
  #cursorHidden = false

  constructor(screen: Screen, now: () => number) {
    this.#screen = screen
    this.#now = now
  }

  /** From now on this is the frame. What is over in a moment is never painted: it would only flicker. */
  show(frame: () => string): void {
    this.#frame = frame
    this.#last = this.#now()
    this.schedule()
  }

  /** No frame any more; lines that were under it may follow. */
  clear(): void {
    this.#frame = null
    this.#stopTimer()
    this.#write(this.#erase())
  }

  /** Something in the frame is different. */
  schedule(): void {
    if (this.#timer !== null || this.#painting || this.#frame === null) return
    this.#timer = setTimeout(() => this.#paint(), Math.max(0, this.#last + 100 - this.#now()))
  }

  /** Lines that stay, above the frame. */
  persist(lines: readonly string[]): void {
    this.#write(`${this.#erase()}${lines.map((line) => `${line}\n`).join('')}`)
    this.schedule()
  }

  /** Leaves the terminal as it was, but for the lines that stay. */
  end(): void {
    this.clear()
    if (this.#cursorHidden) this.#write(showCursor)
    this.#cursorHidden = false
  }

  #paint(): void {
    this.#timer = null
    if (this.#frame === null) return
    this.#painting = true
    const text = this.#capped(this.#frame())
    this.#painting = false
    this.#last = this.#now()
    if (text === this.#shown) return
    const hide = this.#cursorHidden ? '' : hideCursor
    this.#cursorHidden = true
    const erase = this.#erase()
    this.#shown = text
    this.#write(`${hide}${erase}${text}${text === '' ? '' : '\n'}`)
  }

  /** A frame taller than the terminal could never be erased again. */
  #capped(text: string): string {
    const lines = text.split('\n')
    const most = Math.max(1, (this.#screen.rows ?? 24) - 4)
    if (lines.length <= most) return text
    return [...lines.slice(0, most - 1), `  … ${lines.length - most + 1} more`].join('\n')
  }

  #erase(): string {
    if (this.#shown === '') return ''
    // A terminal that became narrower has wrapped the lines.
    const columns = this.#screen.columns ?? 80
    const rows = this.#shown
      .split('\n')
      .map((line) => Math.max(1, Math.ceil([...line.replaceAll(colorCode, '')].length / columns)))
    this.#shown = ''
    return `${lineUpAndErase.repeat(rows.reduce((sum, each) => sum + each, 0))}\r`
  }

  #write(text: string): void {
    if (text !== '') this.#screen.write(text)
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }
}
