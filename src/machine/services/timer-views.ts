import type { Machine, ProgramResult } from '../machine.ts'
import { userlandOf } from '../profiles/userland.ts'
import { done } from '../tools/program.ts'
import { findTimer } from './timers.ts'

/** The name of a transient timer that a unit's name stands for; null when it is no such timer. */
export function timerOf(machine: Machine, name: string): string | null {
  const unit = /^(.*)\.timer$/.exec(name)?.[1]
  return unit !== undefined && findTimer(machine, unit) ? unit : null
}

/** What `systemctl show` says of a timer, as far as people ask for it. */
export function timerProperties(machine: Machine, name: string): Readonly<Record<string, string>> {
  const there = timerOf(machine, name) !== null
  return {
    Id: name,
    Names: name,
    LoadState: there ? 'loaded' : 'not-found',
    ActiveState: there ? 'active' : 'inactive',
    SubState: there ? 'waiting' : 'dead',
  }
}

/** `systemctl list-timers`: the next to elapse first. */
export function listTimers(machine: Machine): ProgramResult {
  const none = userlandOf(machine).ancient ? 'n/a' : '-'
  const timers = Object.entries(machine.state.timers ?? {}).sort(([, a], [, b]) => a.at - b.at)
  const rows = [
    ['NEXT', 'LEFT', 'LAST', 'PASSED', 'UNIT', 'ACTIVATES'],
    ...timers.map(([unit, { at }]) => [
      stamp(at),
      `${span(at - machine.time.now())} left`,
      none,
      none,
      `${unit}.timer`,
      `${unit}.service`,
    ]),
  ]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  const text = rows.map(
    (row) =>
      `${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join(' ')
        .trimEnd()}\n`,
  )
  return done(`${text.join('')}\n${timers.length} timers listed.\nPass --all to see loaded but inactive timers, too.\n`)
}

// `Thu 2026-01-01 00:02:00 UTC`
function stamp(seconds: number): string {
  const date = new Date(seconds * 1000)
  return `${date.toUTCString().slice(0, 3)} ${date.toISOString().slice(0, 10)} ${date.toISOString().slice(11, 19)} UTC`
}

// `1min 59s`
function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  return whole < 60 ? `${whole}s` : `${Math.floor(whole / 60)}min${whole % 60 === 0 ? '' : ` ${whole % 60}s`}`
}
