import type { Machine, Tool } from '../machine.ts'
import { userlandOf } from '../profiles/userland.ts'
import { armTimer, findTimer } from '../services/timers.ts'
import { done, failed, splitOptions } from './program.ts'

/** systemd-run(1): a program as a transient service, at once or `--on-active` seconds from now; the texts of systemd 219 and 252. */
export const systemdRun: Tool = ({ machine, args }) => {
  // What follows the first word belongs to the program.
  const at = programAt(args)
  const options = splitOptions(args.slice(0, at), { flags, valued })
  if (options.wrong !== null) return failed(1, `systemd-run: unrecognized option '${options.wrong}'\n`)
  const argv = args.slice(at)
  const [program] = argv
  if (program === undefined) return failed(1, 'Command line to execute required.\n')
  if (!machine.knows(program)) return failed(1, `Failed to find executable ${program}: No such file or directory\n`)
  const unit = (options.values.get('--unit') ?? options.values.get('-u'))?.at(-1)?.replace(/\.(service|timer)$/, '')
  const name = unit ?? `run-${machine.processes.running.length + 1}`
  const quiet = options.values.has('-q') || options.values.has('--quiet')
  const say = (...lines: readonly string[]) => done('', quiet ? '' : lines.map((line) => `${line}\n`).join(''))
  const on = options.values.get('--on-active')?.at(-1)
  const colon = old(machine) ? '' : ':'
  if (on === undefined) {
    machine.processes.start(argv, (signal) => machine.exec(argv, { signal }))
    return say(`Running as unit${colon} ${name}.service${old(machine) ? '.' : ''}`)
  }
  const after = seconds(on)
  if (after === null) return failed(1, `Failed to parse timer value: ${on}\n`)
  if (findTimer(machine, name)) {
    const why = old(machine) ? 'already exists' : 'was already loaded or has a fragment file'
    return failed(1, `Failed to start transient timer unit: Unit ${name}.timer ${why}.\n`)
  }
  armTimer(machine, name, after, argv)
  return say(`Running timer as unit${colon} ${name}.timer`, `Will run service as unit${colon} ${name}.service`)
}

const flags = ['-q', '--quiet', '--no-block', '--collect', '-G', '-r', '--remain-after-exit', '--no-ask-password']
const valued = [
  ...['-u', '--unit', '-p', '--property', '--description', '--slice', '-E', '--setenv', '--service-type'],
  ...['--on-active', '--timer-property', '--uid', '--gid', '--nice', '--working-directory'],
]

function programAt(args: readonly string[]): number {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === '--') return at + 1
    if (!arg.startsWith('-')) return at
    if (valued.includes(arg)) at++
  }
  return args.length
}

/** A time span (systemd.time(7)): a number is seconds. */
function seconds(text: string): number | null {
  const units: Readonly<Record<string, number>> = { '': 1, s: 1, sec: 1, ms: 0.001, m: 60, min: 60, h: 3600, hr: 3600 }
  if (!/^(\s*\d+(\.\d+)?\s*[a-z]*)+\s*$/.test(text)) return null
  let sum = 0
  for (const [, number = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]*)/g)) {
    const factor = units[unit]
    if (factor === undefined) return null
    sum += Number(number) * factor
  }
  return sum
}

const old = (machine: Machine): boolean => userlandOf(machine).ancient
