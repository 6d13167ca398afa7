import { Writable } from 'node:stream'
import {
  DefaultRenderer,
  ListrDefaultRendererLogLevels as Level,
  Listr,
  type ListrDefaultRendererOptions,
  ListrLogger,
  type ListrRendererFactory,
  type ListrTask,
  ProcessOutput,
  Spinner,
} from 'listr2'
import type { RunEvent } from '../run/event.ts'
import { type Colors, colors } from '../shared/color.ts'
import { count } from '../shared/text.ts'
import { failureCard } from './failure-card.ts'
import { LiveTask } from './live-task.ts'
import { Painter } from './painter.ts'
import { recapTable } from './recap-table.ts'
import type { Reporter, ReportOptions, Screen } from './reporter.ts'
import { type Group, TaskView } from './task-view.ts'
import { finishedRows, marks, type TreeStyle } from './tree-rows.ts'
import { hostNames, isTrouble, oneLine } from './words.ts'

/** With more hosts than this, those that count the same share a line of the recap. */
const foldRecapAbove = 40

/**
 * The view for a terminal: plays, below them a row per task, below it the hosts that changed or failed. What is done is
 * printed and stays; only the task that runs is painted anew, by listr2, at most ten times a second.
 */
export class TreeReporter implements Reporter {
  readonly #painter: Painter
  readonly #style: TreeStyle
  readonly #screen: Screen
  readonly #now: () => number
  readonly #failures: Group[] = []
  readonly #pictures = new Set<Promise<void>>()
  #hosts = 0
  #view: TaskView | null = null
  #live: LiveTask | null = null

  constructor(screen: Screen, options: ReportOptions, now: () => number) {
    this.#screen = screen
    this.#now = now
    this.#painter = new Painter(screen, now)
    this.#style = {
      colors: colors(screen.color),
      // Asked for at every row: people resize terminals.
      get columns() {
        return screen.columns ?? 80
      },
      options,
    }
  }

  on(event: RunEvent): void {
    const { colors: color, options } = this.#style
    switch (event.event) {
      case 'run_start': {
        this.#hosts = event.hosts.length
        const check = event.check ? color.magenta('  check mode: nothing is written') : ''
        this.#painter.persist([
          `${color.bold(oneLine(options.playbook ?? event.playbook))}  ${color.dim(count(this.#hosts, 'host'))}${check}`,
        ])
        break
      }
      case 'play_start': {
        const hosts = event.hosts.length === 0 ? 'no host for it' : count(event.hosts.length, 'host')
        this.#painter.persist(['', `${color.bold(color.underline(oneLine(event.play)))}  ${color.dim(hosts)}`])
        break
      }
      case 'batch_start':
        this.#painter.persist([
          color.dim(`  batch ${event.number} of ${event.total}: ${hostNames(event.hosts, this.#hosts)}`),
        ])
        break
      case 'task_start':
        this.#close(null)
        this.#open(new TaskView(event, this.#now()))
        break
      case 'host_start':
      case 'host_retry':
      case 'host_done':
        if (event.id !== this.#view?.start.id) break
        this.#view.on(event, this.#now())
        this.#live?.on(event)
        this.#painter.schedule()
        break
      case 'task_done':
        if (event.id === this.#view?.start.id) this.#close(event.ms)
        break
      case 'handler_notified':
        if (options.verbosity > 0)
          this.#painter.persist([color.dim(`    ${oneLine(event.host)} notifies ${oneLine(event.handler)}`)])
        break
      case 'warning': {
        const host = event.host === undefined ? '' : `${oneLine(event.host)}: `
        this.#painter.persist([`  ${color.yellow(`! ${host}${oneLine(event.message)}`)}`])
        break
      }
      case 'interrupted':
        this.#painter.persist([
          color.yellow('  Interrupted: what runs is finished, nothing new starts. Again: leave now.'),
        ])
        break
      case 'recap':
        this.#close(null)
        this.#painter.persist([
          '',
          ...this.#cards(),
          ...recapTable(event, color, { columns: this.#screen.columns, foldAbove: foldRecapAbove }),
        ])
    }
  }

  /** Stops painting and gives the cursor back. A task that was running is shown as far as it came. */
  async end(): Promise<void> {
    this.#close(null)
    await Promise.all(this.#pictures)
    this.#painter.end()
  }

  #open(view: TaskView): void {
    this.#view = view
    const live = new LiveTask(view, this.#style, this.#now, this.#screen.rows ?? 24)
    this.#live = live
    // Whatever goes wrong while drawing: the run goes on, and the rows that stay do not come from listr2.
    const over = () => void this.#pictures.delete(picture)
    const picture = paintTask(live, this.#painter, this.#style.colors).then(over, over)
    this.#pictures.add(picture)
  }

  #close(ms: number | null): void {
    const view = this.#view
    if (view === null) return
    this.#view = null
    this.#live?.end()
    this.#live = null
    this.#painter.clear()
    this.#painter.persist(finishedRows(view, ms, this.#style))
    this.#failures.push(...view.groups(this.#style.options).filter((group) => isTrouble(group.outcome)))
  }

  #cards(): readonly string[] {
    return this.#failures.flatMap((group) => [...failureCard(group, this.#hosts, this.#style.colors), ''])
  }
}

/** Lets listr2 draw a running task until it ends: its row and, with few hosts, a row for each of them. */
async function paintTask(live: LiveTask, painter: Painter, color: Colors): Promise<void> {
  const spinner = new Spinner()
  const list = new Listr(
    [
      {
        title: live.title(),
        rendererOptions: { outputBar: live.mostLines },
        task: (_, row) => {
          live.attach({
            title: (text) => {
              row.title = text
            },
            line: (text) => {
              row.output = text
            },
          })
          if (live.hosts.length === 0) return live.ended
          // The last one has no row: it keeps the others in sight until the task is over.
          const rows = [...live.hosts.map((name) => hostRow(live, name)), { task: () => live.ended }]
          return row.newListr(rows, { concurrent: true, exitOnError: false })
        },
      },
    ],
    {
      renderer: throttledRenderer(live, painter, spinner),
      rendererOptions: listrStyle(spinner, color),
      concurrent: false,
      exitOnError: false,
      collectErrors: false,
      registerSignalListeners: false,
    },
  )
  try {
    await list.run()
  } finally {
    spinner.stop()
  }
}

function hostRow(live: LiveTask, name: string): ListrTask {
  return {
    title: live.hostTitle(name),
    task: async (_, row) => {
      const result = await live.host(name, (title) => {
        row.title = title
      })
      if (result === 'skipped') row.skip(live.hostTitle(name))
      // What listr2 wants to hear for its cross; the text is in the title.
      if (result === 'failed') throw new Error(name)
    },
  }
}

/**
 * listr2's default renderer draws at every event and writes to the terminal itself; with many hosts that takes longer
 * than the run. This one only says that something is different; the painter asks for the picture when it is time.
 */
function throttledRenderer(live: LiveTask, painter: Painter, spinner: Spinner): ListrRendererFactory {
  return class ThrottledRenderer extends DefaultRenderer {
    static override nonTTY = true

    override async render(): Promise<void> {
      await super.render()
      if (live.isOver) return
      painter.show(() => {
        live.refresh()
        return this.create({ prompt: false }).replaceAll(/^(?=.)/gm, '  ')
      })
    }

    override update(): void {
      if (!live.isOver) painter.schedule()
    }

    override end(): void {
      spinner.stop()
    }
  }
}

function listrStyle(spinner: Spinner, color: Colors): ListrDefaultRendererOptions {
  const plain = (text?: string): string => text ?? ''
  return {
    spinner,
    formatOutput: 'truncate',
    showErrorMessage: false,
    collapseSkips: true,
    logger: new ListrLogger({ processOutput: new ProcessOutput(nowhere(), nowhere()) }),
    icon: {
      [Level.COMPLETED]: marks.ok,
      [Level.FAILED]: marks.failed,
      [Level.SKIPPED_WITH_COLLAPSE]: marks.skipped,
      [Level.OUTPUT]: ' ',
    },
    color: {
      [Level.COMPLETED]: color.green,
      [Level.FAILED]: color.red,
      [Level.SKIPPED_WITH_COLLAPSE]: color.cyan,
      [Level.PENDING]: color.cyan,
      [Level.OUTPUT]: plain,
    },
  }
}

/** listr2 takes streams over while it draws; these lead nowhere, for the painter alone writes. */
function nowhere(): NodeJS.WriteStream {
  return new Writable({ write: (_chunk, _encoding, done) => done() }) as unknown as NodeJS.WriteStream
}
