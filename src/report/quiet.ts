import { colors } from '../shared/color.ts'
import { failureCard } from './failure-card.ts'
import { recapTable } from './recap-table.ts'
import type { Reporter, Screen } from './reporter.ts'
import { TaskView } from './task-view.ts'
import { isTrouble, oneLine } from './words.ts'

/** Failures as they happen, warnings, and the recap: nothing else. */
export function quietReporter(screen: Screen): Reporter {
  const color = colors(screen.color)
  let view: TaskView | null = null
  let printed = false
  const print = (lines: readonly string[]): void => {
    printed = true
    screen.write(lines.map((line) => `${line}\n`).join(''))
  }
  const close = (): void => {
    const done = view
    view = null
    if (!done) return
    for (const group of done.groups({ diff: false, verbosity: 0 })) {
      if (isTrouble(group.outcome)) print([...(printed ? [''] : []), ...failureCard(group, done.total, color)])
    }
  }
  return {
    on(event) {
      switch (event.event) {
        case 'task_start':
          close()
          view = new TaskView(event, 0)
          break
        case 'host_done':
          view?.on(event, 0)
          break
        case 'task_done':
          close()
          break
        case 'warning':
          print([
            color.yellow(`warning: ${event.host === undefined ? '' : `${event.host}: `}${oneLine(event.message)}`),
          ])
          break
        case 'recap':
          close()
          print([...(printed ? [''] : []), ...recapTable(event, color, { columns: screen.columns })])
      }
    },
    async end() {
      close()
    },
  }
}
