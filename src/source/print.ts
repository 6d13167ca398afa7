import { type Colors, colors } from '../shared/color.ts'
import { count, escapeControl } from '../shared/text.ts'
import { type Diagnostic, formatPlace, type Place } from './diagnostic.ts'

/** How diagnostics are printed. */
export interface PrintOptions {
  readonly color: boolean
  /** How many are shown before the rest is only counted; 20 when not given. */
  readonly max?: number
}

/**
 * Diagnostics as a block of text for people, sorted by file and line, each with its line, a squiggle and the next move:
 *
 *     playbooks/a.yaml:3:5: error: "hots" is not a keyword of a play, but must be one of ...
 *       3 |   hots: all
 *         |   ~~~~
 *         hint: did you mean "hosts"?
 */
export function formatDiagnostics(list: readonly Diagnostic[], options: PrintOptions): string {
  const paint = colors(options.color)
  const max = options.max ?? 20
  const sorted = sortDiagnostics(list)
  const blocks = sorted.slice(0, max).map((each) => formatOne(each, paint))
  const rest = sorted.slice(max)
  if (rest.length > 0) blocks.push(`... and ${count(rest.length, 'more problem')}\n`)
  return blocks.join('\n')
}

/** By file, line and column, each mistake once; those without a place first. */
export function sortDiagnostics(list: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>()
  return list
    .filter((each) => {
      const key = `${each.place ? formatPlace(each.place) : ''} ${each.message}`
      return seen.has(key) ? false : seen.add(key)
    })
    .sort((a, b) => compare(a.place, b.place))
}

function compare(a: Place | null, b: Place | null): number {
  if (!a || !b) return a ? 1 : b ? -1 : 0
  if (a.file !== b.file) return a.file < b.file ? -1 : 1
  return a.line - b.line || a.column - b.column
}

function formatOne({ severity, message, place, hint }: Diagnostic, paint: Colors): string {
  const word = severity === 'error' ? paint.red('error') : paint.yellow('warning')
  const where = place ? `${paint.bold(escapeControl(formatPlace(place)))}: ` : ''
  const head = `${where}${word}: ${escapeControl(message)}\n`
  const gutter = place ? String(place.line).length : 0
  const quoted = place && place.text.trim() !== '' ? quote(place, paint) : ''
  const next = hint === undefined ? '' : `${' '.repeat(gutter + 4)}${paint.cyan('hint')}: ${escapeControl(hint)}\n`
  return `${head}${quoted}${next}`
}

/** Long lines are cut around what is pointed at. */
const lineWidth = 110

function quote(place: Place, paint: Colors): string {
  const number = String(place.line)
  const start = place.column + place.length <= lineWidth ? 0 : Math.max(0, place.column - 1 - 40)
  const cut = place.text.slice(start, start + lineWidth)
  const before = start > 0 ? '...' : ''
  const after = start + lineWidth < place.text.length ? '...' : ''
  const column = place.column - 1 - start + before.length
  const length = Math.max(1, Math.min(place.length, before.length + cut.length - column))
  // One character stays one column, or the squiggle would move.
  const line = `${before}${cut}${after}`.replaceAll(
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    ' ',
  )
  const bar = paint.dim('|')
  return (
    `  ${paint.dim(number)} ${bar} ${line}\n` +
    `  ${' '.repeat(number.length)} ${bar} ${' '.repeat(column)}${paint.red('~'.repeat(length))}\n`
  )
}
