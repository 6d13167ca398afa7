import type { Colors } from '../shared/color.ts'
import { escapeControl } from '../shared/text.ts'
import type { Group } from './task-view.ts'
import { hostNames, oneLine, tint } from './words.ts'

const mostLines = 10

/** A failure with all that helps: hosts, task, message, command, exit status, its last lines, the place, the next move. */
export function failureCard(group: Group, totalHosts: number, colors: Colors): readonly string[] {
  const item = group.item === undefined ? '' : ` (${oneLine(group.item)})`
  const head = `${group.outcome}: ${hostNames(group.hosts, totalHosts)}`
  return [
    `${tint(group.outcome, head, colors)}  ${colors.bold(oneLine(group.task))}${item}`,
    ...failureLines(group, colors),
  ]
}

/** The same without its first line, indented. */
export function failureLines({ error, because }: Pick<Group, 'error' | 'because'>, colors: Colors): readonly string[] {
  const message = escapeControl(error?.message ?? because).split('\n')
  const label = (name: string, value: string): string => `  ${colors.dim(name.padEnd(11))} ${value}`
  return [
    ...message.map((line) => `  ${line}`),
    ...(error?.command === undefined ? [] : [label('command', oneLine(error.command))]),
    ...(error?.exit_status === undefined ? [] : [label('exit status', String(error.exit_status))]),
    ...lastLines(error?.stderr || error?.stdout).map((line, at) =>
      label(at > 0 ? '' : error?.stderr ? 'stderr' : 'stdout', line),
    ),
    ...(error?.path ? [label('at', oneLine(error.path))] : []),
    ...(error?.hint === undefined ? [] : [label('next', oneLine(error.hint))]),
  ]
}

/** Programs say what is wrong at the end. */
function lastLines(text: string | undefined): readonly string[] {
  if (text === undefined || text.trim() === '') return []
  const lines = escapeControl(text).trimEnd().split('\n')
  const cut = lines.length - mostLines
  return cut > 0 ? [`… (${cut} lines before)`, ...lines.slice(-mostLines)] : lines
}
