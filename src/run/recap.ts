import type { Counters, Outcome } from './outcome.ts'

/** Counters that are still being counted. */
export type Tally = { -readonly [Name in keyof Counters]: number }

/** All at zero. */
export const newTally = (): Tally => ({
  ok: 0,
  changed: 0,
  unreachable: 0,
  failed: 0,
  skipped: 0,
  rescued: 0,
  ignored: 0,
  unpredicted: 0,
})

/** Counts one outcome the way Ansible's recap does: `ok` includes changed and ignored ones, a lost host is unreachable. */
export function countOutcome(tally: Tally, outcome: Outcome): void {
  switch (outcome) {
    case 'changed':
      tally.ok++
      tally.changed++
      break
    case 'ignored':
      tally.ok++
      tally.ignored++
      break
    case 'lost':
    case 'unreachable':
      tally.unreachable++
      break
    default:
      tally[outcome]++
  }
}

/** What the exit status is made of. */
export interface Ending {
  readonly interrupted: boolean
  /** Something of ours threw. */
  readonly bug: boolean
  /** `--check --fail-on-change`. */
  readonly failOnChange: boolean
}

/** The exit status of a run: 130 interrupted, 1 a bug, 2 failed, 4 unreachable, 3 pending changes, else 0. */
export function exitStatus(hosts: Iterable<Counters>, ending: Ending): number {
  const all = [...hosts]
  if (ending.interrupted) return 130
  if (ending.bug) return 1
  if (all.some((host) => host.failed > 0)) return 2
  if (all.some((host) => host.unreachable > 0)) return 4
  if (ending.failOnChange && all.some((host) => host.changed > 0 || host.unpredicted > 0)) return 3
  return 0
}
