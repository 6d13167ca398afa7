import { readFileSync } from 'node:fs'
import { exitCode } from './exit-code.ts'
import { type Commands, commandLine, usageStatus } from './options.ts'
import { Stop } from './stop.ts'

// Commands are loaded when they are asked for: --help answers at once.
const commands: Commands = {
  run: async (playbook, flags) => await (await import('./commands/run.ts')).run(playbook, flags),
  // Whoever verifies wants to see the evidence: as with -v.
  verify: async (flags) =>
    await (await import('./commands/run.ts')).run('verify.yaml', { ...flags, verbose: Math.max(1, flags.verbose) }),
  facts: async (pattern, flags) => await (await import('./commands/facts.ts')).facts(pattern, flags),
  map: async (pattern, flags) => await (await import('./commands/map.ts')).map(pattern, flags),
  modules: async (name, flags) => await (await import('./commands/modules.ts')).modules(name, flags),
  inventory: async (action, host, flags) =>
    await (await import('./commands/inventory.ts')).inventory(action, host, flags),
  lab: async (action, host, flags) => await (await import('./commands/lab.ts')).lab(action, host, flags),
}

/** The program: argv in, exit status out. */
async function main(): Promise<number> {
  // A reader that goes away (`| head`) ends the output, not the run with a stack.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  const pending: Promise<number>[] = []
  const program = commandLine(version(), commands, (status) => pending.push(status))
  program.exitOverride()
  for (const command of program.commands) {
    command.exitOverride()
    for (const inner of command.commands) inner.exitOverride()
  }
  try {
    program.parse()
    return (await pending[0]) ?? exitCode.ok
  } catch (cause) {
    const usage = usageStatus(cause)
    if (usage !== null) return usage
    if (cause instanceof Stop) return await explain(cause)
    return apologise(cause)
  }
}

async function explain(stopped: Stop): Promise<number> {
  const { formatDiagnostics } = await import('../source/print.ts')
  process.stderr.write(formatDiagnostics(stopped.diagnostics, { color: wantsColor() }))
  return stopped.status
}

function wantsColor(): boolean {
  return process.stderr.isTTY === true && (process.env['NO_COLOR'] ?? '') === '' && !process.argv.includes('--no-color')
}

function apologise(cause: unknown): number {
  const stack = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  process.stderr.write(
    `\nThis is a bug in vflag-play ${version()}, not a mistake of yours. Sorry.\nPlease report it with the lines below and the command that you gave.\n\n${stack}\n`,
  )
  return exitCode.bug
}

function version(): string {
  const parsed: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : 'unknown'
}

process.on('uncaughtException', (cause) => {
  // The terminal may be in the middle of a live tree: show the cursor again.
  if (process.stdout.isTTY) process.stdout.write('\u001b[?25h')
  process.exit(apologise(cause))
})

process.exitCode = await main()
