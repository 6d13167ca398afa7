import type { Screen } from '../../src/report/reporter.ts'

/** A screen that keeps what is written to it. */
export class FakeScreen implements Screen {
  readonly writes: string[] = []
  readonly columns: number | null
  readonly rows: number | null
  readonly color: boolean

  constructor(given: Partial<Pick<Screen, 'columns' | 'rows' | 'color'>> = {}) {
    this.columns = given.columns ?? null
    this.rows = given.rows ?? null
    this.color = given.color ?? false
  }

  write(text: string): void {
    this.writes.push(text)
  }

  /** All of it. */
  get text(): string {
    return this.writes.join('')
  }

  /** What a terminal shows in the end: the little that the tree uses of a terminal is obeyed (line up, erase line, carriage return). */
  get visible(): readonly string[] {
    const lines: string[] = ['']
    let row = 0
    for (const part of this.text.split(/(\u001b\[[0-9;?]*[A-Za-z]|\n|\r)/)) {
      if (part === '\n') lines[++row] ??= ''
      else if (part === '\u001b[1A') row = Math.max(0, row - 1)
      else if (part === '\u001b[2K') lines[row] = ''
      else if (part !== '\r' && !part.startsWith('\u001b')) lines[row] = `${lines[row] ?? ''}${part}`
    }
    return lines
  }
}
