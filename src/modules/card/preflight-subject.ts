import type { Facts } from '../../module/facts.ts'
import type { Read } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import type { CheckRow } from '../../module/rows.ts'
import type { Value } from '../../shared/value.ts'
import type { BondOptions } from './bond-state.ts'
import type { Wish } from './network/backends.ts'

/** What a roll-out is going to be asked for, as far as it can be looked at before. */
export interface Args {
  readonly pfs: readonly string[]
  readonly bond: string
  readonly mode?: string | number
  readonly options: BondOptions
  readonly backend: Wish
  readonly bridge?: string
  readonly vfs?: number
  readonly firmware_vfs?: number
  readonly firmware_reset: 'reboot' | 'mstfwreset'
  readonly vms: readonly Value[]
  readonly allow_management: boolean
  readonly allow_addresses: boolean
  readonly allow_vfs: boolean
}

/** One line of the table: `blocked` stops the roll-out, `warn` is told and goes on. */
export type Finding = CheckRow

/** One subject of the preflight: what to look at, and what of it is right and wrong. */
export interface Subject {
  readonly reads: (args: Args, facts: Facts) => readonly Read[]
  /** What to look at in a second round, where the first one told. */
  readonly more?: (args: Args, seen: Readings, facts: Facts) => readonly Read[]
  readonly findings: (args: Args, seen: Readings, facts: Facts) => readonly Finding[]
}

/** It is as it has to be. */
export const fine = (check: string, evidence: string): Finding => ({ check, state: 'ok', evidence })
/** It stands in the way. */
export const stops = (check: string, evidence: string, hint: string): Finding => ({
  check,
  state: 'blocked',
  evidence,
  hint,
})
/** The roll-out goes on, and people should know. */
export const warns = (check: string, evidence: string, hint: string): Finding => ({
  check,
  state: 'warn',
  evidence,
  hint,
})
/** It could not be looked at. */
export const unseen = (check: string, evidence: string): Finding => ({ check, state: 'unknown', evidence })

/** What was found wrong, or one line that says that nothing is. */
export const orFine = (findings: readonly Finding[], check: string, evidence: string): readonly Finding[] =>
  findings.length > 0 ? findings : [fine(check, evidence)]

/** Whether the kernel takes a text as the name of an interface (net/core/dev.c, dev_valid_name: fewer than 16 bytes). */
export const isInterfaceName = (name: string): boolean => /^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,15}$/.test(name)
