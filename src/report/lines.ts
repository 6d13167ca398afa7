import type { RunEvent } from '../run/event.ts'
import { type Colors, colors } from '../shared/color.ts'
import { count, escapeControl } from '../shared/text.ts'
import { checkTable } from './check-table.ts'
import { changeLines } from './diff.ts'
import { failureLines } from './failure-card.ts'
import { recapTable } from './recap-table.ts'
import type { Reporter, ReportOptions, Screen } from './reporter.ts'
import { type Group, TaskView } from './task-view.ts'
import { hostNames, isQuiet, isTrouble, oneLine, tint } from './words.ts'

/** Lines that are only ever added, in words that users of Ansible know; hosts that ended the same way share one. */
export function linesReporter(screen: Screen, options: ReportOptions, now: () => number): Reporter {
  const color = colors(screen.color)
  let view: TaskView | null = null
  const print = (lines: readonly string[]): void => screen.write(lines.map((line) => `${line}\n`).join(''))
  const close = (): void => {
    const done = view
    view = null
    if (done) print(done.groups(options).flatMap((group) => groupLines(group, done.total, options, color)))
  }
  return {
    on(event) {
      switch (event.event) {
        case 'task_start':
          close()
          view = new TaskView(event, now())
          break
        case 'host_start':
        case 'host_done':
          view?.on(event, now())
          break
        case 'task_done':
        case 'recap':
          close()
      }
      print(eventLines(event, options, screen.columns, color))
    },
    async end() {
      close()
    },
  }
}

/** The lines of an event that need nothing else. */
function eventLines(event: RunEvent, options: ReportOptions, columns: number | null, color: Colors): readonly string[] {
  switch (event.event) {
    case 'play_start':
      return ['', banner(`PLAY [${oneLine(event.play)}]`), ...(event.hosts.length === 0 ? ['no host for it'] : [])]
    case 'batch_start':
      return ['', `batch ${event.number} of ${event.total}: ${hostNames(event.hosts, event.hosts.length + 1, 12)}`]
    case 'task_start':
      return ['', banner(`${event.handler ? 'RUNNING HANDLER' : 'TASK'} [${oneLine(event.task)}]`)]
    case 'host_retry': {
      // Without a count of attempts the host is merely on its way: nothing for a log.
      if (event.left === null) return []
      const item = event.item === undefined ? '' : ` (item=${oneLine(event.item)})`
      const left = count(event.left, 'retry', 'retries')
      return [color.yellow(`retrying: [${event.host}]${item} (${left} left): ${oneLine(event.because)}`)]
    }
    case 'handler_notified':
      return options.verbosity > 0 ? [`notified: [${event.host}] => ${oneLine(event.handler)}`] : []
    case 'warning':
      return [color.yellow(`[WARNING]: ${event.host === undefined ? '' : `${event.host}: `}${oneLine(event.message)}`)]
    case 'interrupted':
      return [color.yellow('Interrupted: what runs is finished, nothing new starts.')]
    case 'recap':
      return ['', ...recapTable(event, color, { columns })]
    default:
      return []
  }
}

function banner(text: string): string {
  return `${text} ${'*'.repeat(Math.max(3, 79 - text.length - 1))}`
}

/** `changed: [hv1, hv2] (item=a) => because`, with diff, message or failure below. */
function groupLines(group: Group, total: number, options: ReportOptions, color: Colors): readonly string[] {
  const word = group.outcome === 'skipped' ? 'skipping' : group.outcome
  const item = group.item === undefined ? '' : ` (item=${oneLine(group.item)})`
  const head = `${word}: [${hostNames(group.hosts, total, 12)}]${item}`
  const told = !isQuiet(group.outcome) || options.verbosity > 0
  const because = told && !isTrouble(group.outcome) && group.because !== '' ? ` => ${oneLine(group.because)}` : ''
  return [
    tint(group.outcome, `${head}${because}`, color),
    ...(group.message === undefined
      ? []
      : escapeControl(group.message)
          .split('\n')
          .map((line) => `  ${line}`)),
    ...(group.rows ? checkTable(group.rows, null, color).map((line) => `  ${line}`) : []),
    ...(isTrouble(group.outcome) ? failureLines(group, color) : []),
    ...(options.diff && group.outcome === 'changed' ? changeLines(group, color) : []),
  ]
}
