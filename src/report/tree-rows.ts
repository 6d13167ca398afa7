import type { Outcome } from '../run/outcome.ts'
import type { Colors } from '../shared/color.ts'
import { count, escapeControl } from '../shared/text.ts'
import { checkTable } from './check-table.ts'
import { changeLines } from './diff.ts'
import type { ReportOptions } from './reporter.ts'
import type { Group, TaskView } from './task-view.ts'
import { cutTo, duration, hostNamesWithin, isQuiet, isTrouble, oneLine, tint } from './words.ts'

/** How the tree is drawn. */
export interface TreeStyle {
  readonly colors: Colors
  /** Of the terminal. */
  readonly columns: number
  readonly options: ReportOptions
}

/** The mark in front of a row. Plain characters of one column, no emoji. */
export const marks: Readonly<Record<Outcome, string>> = {
  ok: '✓',
  changed: '●',
  skipped: '-',
  unpredicted: '?',
  ignored: '!',
  rescued: '↺',
  failed: '✗',
  unreachable: '✗',
  lost: '✗',
}

const indent = '    '
/** From more hosts than this on, only a few of those that changed are named. */
const manyHosts = 8
const mostAmongMany = 5
const mostGroups = 12

/**
 * The lines that stay of a task: one row with its counts, and below it the hosts that changed or failed. `ms` is how long
 * it took, null when it was broken off.
 */
export function finishedRows(view: TaskView, ms: number | null, style: TreeStyle): readonly string[] {
  const { colors, options } = style
  const counts = view.counts()
  const worst = counts.at(-1)?.[0] ?? 'skipped'
  const name = cutTo(titleOf(view), nameWidth(style))
  const open = view.total - view.finished
  const unfinished = ms === null && open > 0 ? colors.yellow(`  ${open} unfinished`) : ''
  const time = ms !== null && ms >= 1000 ? colors.dim(`  ${duration(ms)}`) : ''
  const mark = tint(worst, marks[worst], colors)
  const head = `  ${mark} ${emphasised(worst, name, colors)}${' '.repeat(nameWidth(style) - [...name].length)}`
  const told = view.groups(options).filter((group) => options.verbosity > 0 || isTold(group))
  const trouble = told.filter((group) => isTrouble(group.outcome))
  const rest = told.filter((group) => !isTrouble(group.outcome))
  return [
    `${head}  ${countsText(counts, colors)}${unfinished}${time}`,
    ...cappedRows(rest, view.total > manyHosts ? mostAmongMany : mostGroups, view.total, style),
    ...cappedRows(trouble, mostGroups, view.total, style),
  ]
}

/** The first groups; of the others only how many hosts they are about. */
function cappedRows(groups: readonly Group[], most: number, total: number, style: TreeStyle): readonly string[] {
  const rows = groups.slice(0, most).flatMap((group) => groupRows(group, total, style))
  const left = new Set(groups.slice(most).flatMap((group) => group.hosts))
  return left.size === 0 ? rows : [...rows, style.colors.dim(`${indent}… ${count(left.size, 'more host')}`)]
}

/** `ok 2 · changed 1`, each in its colour. */
export function countsText(counts: readonly (readonly [Outcome, number])[], colors: Colors): string {
  return counts.map(([outcome, number]) => tint(outcome, `${outcome} ${number}`, colors)).join(colors.dim(' · '))
}

/** What a task is called in the tree. */
export function titleOf({ start }: TaskView): string {
  return `${oneLine(start.task)}${start.handler ? ' (handler)' : ''}`
}

/** The column that the names of tasks have, so that counts stand below each other. */
function nameWidth({ columns }: TreeStyle): number {
  return Math.max(24, Math.min(56, columns - 30))
}

function emphasised(outcome: Outcome, text: string, colors: Colors): string {
  return isQuiet(outcome) ? text : colors.bold(text)
}

function isTold(group: Group): boolean {
  return !isQuiet(group.outcome) || group.message !== undefined || group.rows !== undefined
}

function groupRows(group: Group, total: number, { colors, columns, options }: TreeStyle): readonly string[] {
  const hosts = hostNamesWithin(Math.max(24, Math.floor(columns / 2)), group.hosts, total)
  if (group.message !== undefined) {
    const [first = '', ...more] = escapeControl(group.message).split('\n')
    return [`${indent}${colors.dim(`${hosts}:`)} ${first}`, ...more.map((line) => `${indent}  ${line}`)]
  }
  const item = group.item === undefined ? '' : `${oneLine(group.item)}: `
  const because = cutTo(
    `${item}${oneLine(group.because)}`,
    Math.max(20, columns - indent.length - hosts.length - group.outcome.length - 5),
  )
  return [
    `${indent}${hosts}  ${tint(group.outcome, group.outcome, colors)}  ${because}`,
    ...(group.rows ? checkTable(group.rows, columns - indent.length - 2, colors) : []).map(
      (line) => `${indent}  ${line}`,
    ),
    ...(options.diff && group.outcome === 'changed' ? changeLines(group, colors) : []).map(
      (line) => `${indent}  ${line}`,
    ),
  ]
}
