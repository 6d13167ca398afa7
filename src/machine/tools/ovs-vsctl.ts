import type { Machine, ProgramResult, Tool } from '../machine.ts'
import { bridgeCommands } from '../ovs/bridge-commands.ts'
import { type Command, type CommandSpec, type Style, said } from '../ovs/command.ts'
import { databaseRuns, syncDatapath, vswitchdRuns } from '../ovs/datapath.ts'
import { show } from '../ovs/show.ts'
import { tableCommands } from '../ovs/table-commands.ts'
import { ovsVersion, schemaVersion } from '../ovs/tables.ts'
import { absent, done, failed, installed } from './program.ts'

/** ovs-vsctl(8): one transaction of commands on the database; without `--no-wait` it waits until vswitchd has carried it out. */
export const ovsVsctl: Tool = async ({ machine, args }) => {
  if (!installed(machine, 'openvswitch', 'openvswitch-switch')) return absent('ovs-vsctl')
  const call = parseCall(args)
  if ('error' in call) return failed(1, `ovs-vsctl: ${call.error}\n`)
  if (call.version) {
    return done(`ovs-vsctl (Open vSwitch) ${ovsVersion(machine)}\nDB Schema ${schemaVersion(machine)}\n`)
  }
  if (!databaseRuns(machine)) {
    const socket = 'unix:/var/run/openvswitch/db.sock'
    return failed(1, `ovs-vsctl: ${socket}: database connection failed (No such file or directory)\n`)
  }
  return transact(machine, call)
}

interface Call {
  readonly commands: readonly Command[]
  readonly style: Style
  readonly wait: boolean
  /** Seconds that it waits for vswitchd; null is for ever. */
  readonly timeout: number | null
  readonly dryRun: boolean
  readonly oneline: boolean
  readonly version: boolean
}

const commands: Readonly<Record<string, CommandSpec>> = {
  ...bridgeCommands,
  ...tableCommands,
  show: { least: 0, most: 0, options: [], perform: show },
  'emer-reset': { least: 0, most: 0, options: [], perform: () => said() },
}

async function transact(machine: Machine, call: Call): Promise<ProgramResult> {
  // Interfaces show what devices there are now, as vswitchd is told of their coming and going.
  syncDatapath(machine)
  const before = JSON.stringify(machine.state.ovs)
  const ovs = structuredClone(machine.state.ovs)
  const added = new Set<string>()
  let stdout = ''
  for (const command of call.commands) {
    const spec = commands[command.name]
    const answer = spec?.perform({ machine, ovs }, command, call.style)
    if (!answer?.ok) {
      return answer?.status === undefined ? failed(1, `ovs-vsctl: ${answer?.message}\n`) : failed(answer.status, '')
    }
    stdout += call.oneline ? `${answer.out.replace(/\n$/, '').replaceAll('\n', '\\n')}\n` : answer.out
    for (const port of answer.added ?? []) added.add(port)
  }
  if (call.dryRun || JSON.stringify(ovs) === before) return done(stdout)
  machine.state.ovs = ovs
  if (!vswitchdRuns(machine)) return call.wait ? waitInVain(machine, call.timeout, stdout) : done(stdout)
  syncDatapath(machine, added)
  return done(stdout, trouble(machine, added))
}

// vsctl prints what went wrong with ports that it has just made, and still exits with 0: the database keeps them.
function trouble(machine: Machine, added: ReadonlySet<string>): string {
  const ports = Object.values(machine.state.ovs.bridges).flatMap(({ ports }) => Object.entries(ports))
  const messages = ports.flatMap(([name, { error }]) =>
    added.has(name) && error !== undefined
      ? [
          `ovs-vsctl: Error detected while setting up '${name}': ${error}.  See ovs-vswitchd log for details.\n`,
          'ovs-vsctl: The default log directory is "/var/log/openvswitch".\n',
        ]
      : [],
  )
  return messages.join('')
}

// Without vswitchd nobody answers: with a timeout SIGALRM ends it, without one it would block for ever.
async function waitInVain(machine: Machine, timeout: number | null, stdout: string): Promise<ProgramResult> {
  const limit = timeout ?? 600
  for (let waited = 0; waited < limit; waited++) {
    await machine.time.sleep(1)
    if (vswitchdRuns(machine)) return done(stdout)
  }
  const when = new Date(machine.time.now() * 1000).toISOString()
  return failed(142, `${when}|00002|fatal_signal|WARN|terminating with signal 14 (Alarm clock)\n`)
}

function parseCall(args: readonly string[]): Call | { readonly error: string } {
  let format: Style['format'] = 'list'
  let headings = true
  let wait = true
  let timeout: number | null = null
  let dryRun = false
  let oneline = false
  let version = false
  const groups: string[][] = [[]]
  let inCommand = false
  const queue = [...args]
  for (let arg = queue.shift(); arg !== undefined; arg = queue.shift()) {
    const group = groups.at(-1)
    const at = arg.indexOf('=')
    const name = arg.startsWith('--') && at > 0 ? arg.slice(0, at) : arg
    const value = () => (arg.startsWith('--') && at > 0 ? arg.slice(at + 1) : (queue.shift() ?? ''))
    if (arg === '--') {
      groups.push([])
      inCommand = true
    } else if (inCommand || !arg.startsWith('-')) {
      inCommand = true
      group?.push(arg)
    } else if (name === '--timeout' || name === '-t') timeout = Number(value())
    else if (/^-t\d+$/.test(arg)) timeout = Number(arg.slice(2))
    else if (name === '--format' || name === '-f') {
      const asked = value()
      if (asked !== 'json' && asked !== 'list' && asked !== 'table' && asked !== 'csv') {
        return { error: `unknown output format "${asked}"` }
      }
      format = asked
    } else if (name === '--data' || name === '-d' || name === '--db') value()
    else if (arg === '--no-wait') wait = false
    else if (arg === '--dry-run') dryRun = true
    else if (arg === '--oneline') oneline = true
    else if (arg === '--no-headings' || arg === '--no-heading') headings = false
    else if (arg === '--version' || arg === '-V') version = true
    else if (/^(--verbose|-v)/.test(arg) || arg === '--pretty' || arg === '--no-syslog' || arg === '--retry') continue
    else if (/^--(may-exist|if-exists|columns|with-iface)(=|$)/.test(arg)) group?.push(arg)
    else return { error: `unrecognized option '${arg}'` }
  }
  if (timeout !== null && !(timeout > 0)) return { error: `value 0 on -t or --timeout is invalid` }
  const parsed: Command[] = []
  for (const group of version ? [] : groups) {
    if (group.length === 0 && groups.length > 1) continue
    const command = parseCommand(group)
    if ('error' in command) return command
    parsed.push(command)
  }
  if (!version && parsed.length === 0) return { error: 'missing command name (use --help for help)' }
  return { commands: parsed, style: { format, headings }, wait, timeout, dryRun, oneline, version }
}

function parseCommand(group: readonly string[]): Command | { readonly error: string } {
  const options = new Map<string, string>()
  let first = 0
  for (let arg = group[first]; arg?.startsWith('-'); arg = group[++first]) {
    const at = arg.indexOf('=')
    options.set(at < 0 ? arg : arg.slice(0, at), at < 0 ? '' : arg.slice(at + 1))
  }
  const name = group[first]
  if (name === undefined) return { error: 'missing command name (use --help for help)' }
  const spec = commands[name]
  if (!spec) return { error: `unknown command '${name}'; use --help for help` }
  for (const option of options.keys()) {
    if (!spec.options.includes(option)) return { error: `'${name}' command has no '${option}' option` }
  }
  const words = group.slice(first + 1)
  if (words.length < spec.least) return { error: `'${name}' command requires at least ${spec.least} arguments` }
  if (words.length > spec.most) return { error: `'${name}' command takes at most ${spec.most} arguments` }
  return { name, words, options }
}
