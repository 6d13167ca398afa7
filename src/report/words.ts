import type { Outcome } from '../run/outcome.ts'
import type { Colors } from '../shared/color.ts'
import { escapeControl } from '../shared/text.ts'

/** Every outcome, in the order in which reports list them: the quiet ones first, trouble last, where the eye is. */
export const outcomes: readonly Outcome[] = [
  'ok',
  'skipped',
  'changed',
  'unpredicted',
  'ignored',
  'rescued',
  'failed',
  'unreachable',
  'lost',
]

/** Whether an outcome is nothing to look at: the host is as asked, or was not asked. */
export function isQuiet(outcome: Outcome): boolean {
  return outcome === 'ok' || outcome === 'skipped'
}

/** Whether a host drops out because of it. */
export function isTrouble(outcome: Outcome): boolean {
  return outcome === 'failed' || outcome === 'unreachable' || outcome === 'lost'
}

/** Puts text into the colour of an outcome: the same in every view. */
export function tint(outcome: Outcome, text: string, colors: Colors): string {
  switch (outcome) {
    case 'ok':
      return colors.green(text)
    case 'changed':
      return colors.yellow(text)
    case 'skipped':
      return colors.cyan(text)
    case 'unpredicted':
      return colors.magenta(text)
    case 'ignored':
    case 'rescued':
      return colors.blue(text)
    default:
      return colors.red(text)
  }
}

/** Text of a host on one line: control characters made visible, line ends as blanks. */
export function oneLine(text: string): string {
  return escapeControl(text)
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('\t', ' ')
    .trim()
}

/** Cuts a line to a number of characters; what is cut off shows as an ellipsis. */
export function cutTo(text: string, width: number): string {
  const characters = [...text]
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`
}

/** Names of hosts, at most `most` of them: `hv1, hv2`, `all 40 hosts`, `hv1, hv2, hv3 and 37 more`. */
export function hostNames(hosts: readonly string[], total: number, most = 6): string {
  if (hosts.length <= most) return hosts.map(oneLine).join(', ')
  if (hosts.length === total) return `all ${total} hosts`
  const shown = hosts.slice(0, most - 1)
  return `${shown.map(oneLine).join(', ')} and ${hosts.length - shown.length} more`
}

/** Like {@link hostNames}, with as many names as a width holds, but one at least. */
export function hostNamesWithin(width: number, hosts: readonly string[], total: number): string {
  const fitting = [6, 5, 4, 3].map((most) => hostNames(hosts, total, most)).find((text) => text.length <= width)
  return fitting ?? hostNames(hosts, total, 2)
}

/** Milliseconds for people: `0.4 s`, `12 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}
