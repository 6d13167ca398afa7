import type { Tool } from '../machine.ts'
import { shownLine } from '../services/journal.ts'
import { unitName } from '../services/units.ts'
import { done, splitOptions } from './program.ts'

/** journalctl(1): the kernel's messages (alone with `-k`) and what units said since the boot (`-u`). */
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
  const given = (...names: string[]) => names.flatMap((name) => options.values.get(name) ?? [])
  const units = given('-u', '--unit').map(unitName)
  const kernelOnly = options.values.has('-k') || options.values.has('--dmesg')
  const [pattern] = given('-g', '--grep')
  const least = levelOf(given('-p', '--priority')[0])
  const limit = Number(given('-n', '--lines')[0] ?? Number.POSITIVE_INFINITY)
  const kernel = units.length > 0 ? [] : machine.state.dmesg.map((line) => ({ ...line, from: 'kernel' }))
  const said = (machine.state.journal ?? []).filter(
    ({ unit, priority }) => !kernelOnly && priority <= least && (units.length === 0 || units.includes(unit)),
  )
  const lines = [...kernel, ...said]
    .sort((a, b) => a.at - b.at)
    .map((line) => `${shownLine(machine, line)}\n`)
    .filter((line) => pattern === undefined || line.includes(pattern))
  return done(lines.slice(-limit).join('') || '-- No entries --\n')
}

/** Levels of syslog by number or name; everything when none is given, or none that is known. */
function levelOf(word: string | undefined): number {
  const levels = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug']
  if (word === undefined) return 7
  return /^[0-7]$/.test(word) ? Number(word) : Math.max(levels.indexOf(word), 0) || 7
}
