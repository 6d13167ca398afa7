import type { CheckRow } from '../../module/rows.ts'

/** A row of the health table, and for how many seconds what is wrong may still come right by itself. */
export interface HealthRow extends CheckRow {
  readonly passing?: number
}

/** It is as it has to be. */
export const good = (check: string, evidence: string): HealthRow => ({ check, state: 'ok', evidence })
/** It is not as it has to be. */
export const bad = (check: string, evidence: string, hint: string, passing?: number): HealthRow => ({
  check,
  state: 'not ok',
  evidence,
  hint,
  ...(passing !== undefined && { passing }),
})
/** It could not be looked at. */
export const unseen = (check: string, evidence: string): HealthRow => ({ check, state: 'unknown', evidence })
