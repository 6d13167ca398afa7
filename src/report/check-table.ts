import type { CheckRow, CheckState } from '../module/rows.ts'
import type { Colors } from '../shared/color.ts'
import { oneLine } from './words.ts'

const gap = '  '
/** Evidence is broken at no less than this. */
const leastEvidence = 24

/** A table of checks in plain columns: `check  state  evidence`. Evidence that a terminal of `columns` has no room for goes on below itself. */
export function checkTable(rows: readonly CheckRow[], columns: number | null, colors: Colors): readonly string[] {
  const checkWidth = Math.max(...rows.map((row) => oneLine(row.check).length))
  const stateWidth = Math.max(...rows.map((row) => row.state.length))
  const before = checkWidth + stateWidth + 2 * gap.length
  const room = columns === null ? null : Math.max(leastEvidence, columns - before)
  return rows.flatMap((row) => {
    const head = [oneLine(row.check).padEnd(checkWidth), tintState(row.state, row.state.padEnd(stateWidth), colors)]
    // A failure says its next moves itself; a warning has nobody else to say them.
    const text = row.state === 'warn' && row.hint !== undefined ? `${row.evidence}; ${row.hint}` : row.evidence
    return wrap(oneLine(text), room).map((line, at) =>
      at === 0 ? [...head, line].join(gap) : `${' '.repeat(before)}${line}`,
    )
  })
}

/** Puts text into the colour of a check's state. */
function tintState(state: CheckState, text: string, colors: Colors): string {
  if (state === 'ok') return colors.green(text)
  return state === 'not ok' || state === 'blocked' ? colors.red(text) : colors.yellow(text)
}

/** Breaks a line at blanks; a word longer than the width stays whole. */
function wrap(text: string, width: number | null): readonly string[] {
  if (width === null) return [text]
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
