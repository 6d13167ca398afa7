import type { Machine } from '../machine.ts'

/** A line of a unit in the journal; `from` is what said it, as `systemd[1]`. */
export interface JournalLine {
  readonly at: number
  readonly unit: string
  readonly from: string
  /** Of syslog: 3 error, 4 warning, 6 information. */
  readonly priority: number
  readonly text: string
}

/** Lines kept: the journal of a boot is small here. */
const limit = 2000

/** Enters lines of a unit; a line may begin with its priority, as `<3>` (sd-daemon(3)). */
export function enter(machine: Machine, unit: string, from: string, text: string): void {
  const journal = machine.state.journal ?? []
  machine.state.journal = journal
  for (const line of text.split('\n')) {
    if (line === '') continue
    const [, priority, rest = line] = /^<([0-7])>(.*)$/.exec(line) ?? []
    const at = Math.max(0, machine.time.now() - machine.state.boot.at)
    journal.push({ at, unit, from, priority: Number(priority ?? 6), text: rest })
  }
  if (journal.length > limit) journal.splice(0, journal.length - limit)
}

/** What systemd itself says about a unit, in the words of 219 (RHEL 7) or of 252. */
export function announce(
  machine: Machine,
  unit: { readonly name: string; readonly description: string; readonly oneshot: boolean },
  what: 'starting' | 'started' | 'dependency' | { readonly failed: number } | { readonly skipped: string },
): void {
  const old = machine.state.profile.os === 'rhel7.7'
  const title = old ? unit.description : `${unit.name} - ${unit.description}`
  const say = (text: string) => enter(machine, unit.name, 'systemd[1]', text)
  if (what === 'starting') say(`Starting ${title}...`)
  else if (what === 'started') say(`${unit.oneshot && !old ? 'Finished' : 'Started'} ${title}.`)
  else if (what === 'dependency') say(`<4>Dependency failed for ${title}.`)
  else if ('skipped' in what) {
    if (!old) say(`${title} was skipped because of an unmet condition check (${what.skipped}).`)
  } else if (old) {
    say(`<5>${unit.name}: main process exited, code=exited, status=${what.failed}/FAILURE`)
    say(`<3>Failed to start ${title}.`)
    say(`<5>Unit ${unit.name} entered failed state.`)
    say(`<4>${unit.name} failed.`)
  } else {
    say(`<5>${unit.name}: Main process exited, code=exited, status=${what.failed}/FAILURE`)
    say(`<4>${unit.name}: Failed with result 'exit-code'.`)
    say(`<3>Failed to start ${title}.`)
  }
}

/** A line as journalctl shows it, in UTC: `Nov 22 13:49:56 hv1 systemd[1]: Started Open vSwitch.` */
export function shownLine(
  machine: Machine,
  { at, from, text }: { readonly at: number; readonly from: string; readonly text: string },
): string {
  const date = new Date((machine.state.boot.at + at) * 1000)
  const month = date.toLocaleString('en-US', { month: 'short', timeZone: 'UTC' })
  const stamp = `${month} ${String(date.getUTCDate()).padStart(2, '0')} ${date.toISOString().slice(11, 19)}`
  return `${stamp} ${machine.state.name} ${from}: ${text}`
}
