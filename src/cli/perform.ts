import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import path from 'node:path'
import { factReads, parseFacts } from '../facts/gather.ts'
import { LocalFiles } from '../playbook/local-files.ts'
import type { Playbook } from '../playbook/types.ts'
import { createReporter } from '../report/create.ts'
import { jsonLine } from '../report/json.ts'
import type { RunControl } from '../run/context.ts'
import type { Listener } from '../run/event.ts'
import { runPlaybook } from '../run/run.ts'
import type { Targets } from '../run/targets.ts'
import { formatDiagnostics } from '../source/print.ts'
import { becomeOf } from './become.ts'
import { playbookName } from './config.ts'
import { exitCode } from './exit-code.ts'
import { openHosts } from './hosts.ts'
import type { RunFlags } from './options.ts'
import { flushOutput, standardScreen } from './screen.ts'
import { Alarm, onInterrupt } from './signals.ts'
import { searchPaths, type World } from './world.ts'

/** Hosts that are worked on at once when nobody says otherwise. */
const defaultForks = 20

/** Runs a checked playbook on the hosts of each play, shows it, keeps the journal, and gives the exit status. */
export async function perform(world: World, playbook: Playbook, targets: Targets, flags: RunFlags): Promise<number> {
  const become = await becomeOf(flags)
  const names = [...new Set([...targets.values()].flat())]
  const hosts = await openHosts(world, names, flags)
  const screen = standardScreen(flags.color)
  const kind = flags.output ?? world.config.output ?? (screen.columns === null ? 'lines' : 'tree')
  const reporter = await createReporter(
    kind === 'tree' && screen.columns === null ? 'lines' : kind,
    screen,
    {
      diff: flags.diff,
      verbosity: flags.verbose,
      playbook: playbookName(playbook.file, world.config, world.cwd),
    },
    () => new Date(),
  )
  const journal = flags.journal === undefined ? null : openJournal(flags.journal)
  const emit: Listener = (event) => {
    journal?.write(`${jsonLine(event, new Date())}\n`)
    reporter.on(event)
  }
  const control: RunControl = { interrupted: false, bug: false, pending: null }
  const alarm = new Alarm()
  const quiet = onInterrupt(
    () => {
      control.interrupted = true
      emit({ event: 'interrupted' })
      alarm.ring()
    },
    () => {
      if (process.stdout.isTTY) process.stdout.write('\u001b[?25h')
      process.stderr.write('left at once: what was under way on the hosts may be half done; run again to finish it\n')
      process.exit(exitCode.interrupted)
    },
  )
  const files = new LocalFiles(world.reader, path.dirname(playbook.file), searchPaths(world))
  try {
    const result = await runPlaybook({
      id: runId(),
      playbook,
      playbookDir: path.dirname(playbook.file),
      inventory: world.inventory,
      targets,
      extraVars: world.extraVars,
      connect: hosts.connect,
      services: {
        now: () => performance.now(),
        sleep: (seconds) => alarm.sleep(seconds),
        emit,
        facts: { reads: factReads, parse: parseFacts },
        localFile: (name) => files.file(name),
        localTemplate: (name) => files.template(name),
      },
      options: {
        check: flags.check,
        diff: flags.diff,
        forks: flags.forks ?? world.config.forks ?? defaultForks,
        forceHandlers: flags.forceHandlers,
        failOnChange: flags.failOnChange,
        tags: { only: flags.tags, skip: flags.skipTags },
        become,
        verbosity: flags.verbose,
        limit: flags.limit ?? null,
      },
      control,
    })
    return result.exit
  } finally {
    quiet()
    await reporter.end()
    await hosts.close()
    await new Promise<void>((resolve) => (journal ? journal.end(resolve) : resolve()))
    await flushOutput()
  }
}

function openJournal(file: string): ReturnType<typeof createWriteStream> {
  const stream = createWriteStream(file, { flags: 'a', mode: 0o600 })
  // A journal that cannot be written must not end a run that is changing hosts; it is said once.
  stream.once('error', (cause) =>
    process.stderr.write(
      formatDiagnostics(
        [{ severity: 'warning', message: `the journal cannot be written: ${cause.message}`, place: null }],
        { color: false },
      ),
    ),
  )
  return stream
}

/** `20261122-213045-3f2a` */
function runId(): string {
  const stamp = new Date().toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15)
  return `${stamp}-${randomBytes(2).toString('hex')}`
}
