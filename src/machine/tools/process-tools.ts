import type { Machine, ProgramResult, Tool } from '../machine.ts'
import type { Process } from '../processes.ts'
import { done, failed, splitOptions } from './program.ts'

/** pgrep(1): the numbers of the programs in the background whose name, or with -f command line, matches. */
export const pgrep: Tool = ({ machine, args }) => {
  const asked = request(machine, args)
  if (!asked.ok) return asked.result
  const long = asked.has('-a')
  const lines = asked.found.map(({ pid, argv }) => (long ? `${pid} ${argv.join(' ')}\n` : `${pid}\n`))
  return { status: lines.length > 0 ? 0 : 1, stdout: lines.join(''), stderr: '' }
}

/** pkill(1): asks them to end. Signals are not told apart. */
export const pkill: Tool = ({ machine, args }) => {
  const asked = request(
    machine,
    args.filter((arg) => !/^-([A-Z]+\d*|\d+)$/.test(arg)),
  )
  if (!asked.ok) return asked.result
  for (const each of asked.found) each.interrupt()
  return asked.found.length > 0 ? done() : failed(1, '')
}

type Request =
  | { readonly ok: true; readonly found: readonly Process[]; has(flag: string): boolean }
  | { readonly ok: false; readonly result: ProgramResult }

function request(machine: Machine, args: readonly string[]): Request {
  const options = splitOptions(args, { flags: ['-f', '--full', '-x', '-a', '-l', '-o', '-n'], valued: ['--signal'] })
  const [pattern, ...more] = options.words
  if (options.wrong !== null || pattern === undefined || more.length > 0)
    return { ok: false, result: failed(2, 'pgrep: only one pattern can be provided\n') }
  const expression = new RegExp(options.values.has('-x') ? `^(?:${pattern})$` : pattern)
  const full = options.values.has('-f') || options.values.has('--full')
  const found = machine.processes.running.filter(({ argv }) =>
    expression.test(full ? argv.join(' ') : (argv[0] ?? '').replace(/^.*\//, '')),
  )
  return { ok: true, found, has: (flag) => options.values.has(flag) }
}
