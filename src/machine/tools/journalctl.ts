import type { Tool } from '../machine.ts'
import { done, splitOptions } from './program.ts'

/** journalctl(1) for the kernel's messages (`-k`, `--dmesg`); of units the model keeps no messages. */
export const journalctl: Tool = ({ machine, args }) => {
  const options = splitOptions(args, {
    flags: ['-k', '--dmesg', '-b', '--boot', '--no-pager', '-x', '-e', '-q', '--quiet', '--no-hostname', '-xe'],
    valued: [
      '-u',
      '--unit',
      '-n',
      '--lines',
      '--since',
      '--until',
      '-o',
      '--output',
      '-p',
      '--priority',
      '-g',
      '--grep',
    ],
  })
  if (options.values.has('-u') || options.values.has('--unit')) return done('-- No entries --\n')
  const pattern = options.values.get('-g')?.[0] ?? options.values.get('--grep')?.[0]
  const limit = Number(options.values.get('-n')?.[0] ?? options.values.get('--lines')?.[0] ?? Number.POSITIVE_INFINITY)
  const lines = machine.state.dmesg
    .map(({ at, text }) => `${stamp(machine.state.boot.at + at)} ${machine.state.name} kernel: ${text}\n`)
    .filter((line) => pattern === undefined || line.includes(pattern))
  return done(lines.slice(-limit).join('') || '-- No entries --\n')
}

// `Nov 22 13:49:56`, in UTC.
function stamp(seconds: number): string {
  const date = new Date(seconds * 1000)
  const month = date.toLocaleString('en-US', { month: 'short', timeZone: 'UTC' })
  return `${month} ${String(date.getUTCDate()).padStart(2, '0')} ${date.toISOString().slice(11, 19)}`
}
