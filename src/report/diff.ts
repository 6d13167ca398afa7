import { structuredPatch } from 'diff'
import type { Delta } from '../module/plan.ts'
import type { Colors } from '../shared/color.ts'
import { count, escapeControl } from '../shared/text.ts'
import { oneLine } from './words.ts'

/** A file that differs in more lines than this is not compared further: nobody would read it. */
const mostEdits = 600
const mostLines = 400

/** Lines that show what changes: a unified diff for whole files, `what: before -> after` for all else, secrets never. */
export function deltaLines(deltas: readonly Delta[], colors: Colors): readonly string[] {
  return deltas.flatMap((delta) => {
    const what = oneLine(delta.what)
    if (delta.secret) return [`${what}: (secret)`]
    if (delta.text) return fileLines(what, delta.before, delta.after, colors)
    return [`${what}: ${colors.red(shown(delta.before))} -> ${colors.green(shown(delta.after))}`]
  })
}

/** The deltas of a result, without the one that its reason says already. */
export function changeLines(
  result: { readonly deltas: readonly Delta[]; readonly because: string },
  colors: Colors,
): readonly string[] {
  const [only, ...more] = result.deltas
  const said =
    only && more.length === 0 && !only.text && `${only.what}: ${only.before} -> ${only.after}` === result.because
  return said ? [] : deltaLines(result.deltas, colors)
}

function shown(value: string | null): string {
  return value === null ? 'absent' : value === '' ? '(empty)' : oneLine(value)
}

function fileLines(path: string, before: string | null, after: string | null, colors: Colors): string[] {
  const options = { context: 3, maxEditLength: mostEdits }
  const patch = structuredPatch(path, path, before ?? '', after ?? '', undefined, undefined, options)
  if (patch === undefined)
    return [`${path}: ${count(lineCount(before), 'line')} -> ${count(lineCount(after), 'line')}, too different to show`]
  const lines = patch.hunks.flatMap((hunk) => [
    colors.cyan(`@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`),
    ...hunk.lines.map((line) => tinted(escapeControl(line), colors)),
  ])
  const rest = lines.length - mostLines
  return [
    `--- ${before === null ? 'absent' : 'before'}: ${path}`,
    `+++ ${after === null ? 'absent' : 'after'}: ${path}`,
    ...lines.slice(0, mostLines),
    ...(rest > 0 ? [`… ${count(rest, 'more line')}`] : []),
  ]
}

/** An empty range is named by the line before it, as diff(1) does. */
function range(start: number, lines: number): string {
  return `${lines === 0 ? start - 1 : start},${lines}`
}

function tinted(line: string, colors: Colors): string {
  if (line.startsWith('+')) return colors.green(line)
  if (line.startsWith('-')) return colors.red(line)
  return line
}

function lineCount(text: string | null): number {
  return text === null ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
}
