/** One line of a table of findings: what was looked for, whether it is so, and how that is known. */
export interface CheckRow {
  /** What was looked for: `e-switch`, `LACP`. */
  readonly check: string
  readonly state: CheckState
  /** What was seen, as a clause. */
  readonly evidence: string
  /** The next move, where it is not as it has to be and one is known. */
  readonly hint?: string
}

/**
 * `warn`: no hindrance, but people should know. `blocked`: it stands in the way of what is going to be done. `unknown`: it
 * could not be looked at, which proves nothing either way.
 */
export type CheckState = (typeof checkStates)[number]

const checkStates = ['ok', 'warn', 'not ok', 'blocked', 'unknown'] as const

/** Reads rows that a module registered; what is no row is left out. */
export function checkRows(value: unknown): readonly CheckRow[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((each: unknown): readonly CheckRow[] => {
    if (typeof each !== 'object' || each === null || !('check' in each) || !('evidence' in each)) return []
    const said = 'state' in each ? each.state : undefined
    const state = checkStates.find((known) => known === said)
    if (state === undefined) return []
    const hint = 'hint' in each && typeof each.hint === 'string' ? each.hint : undefined
    return [{ check: String(each.check), state, evidence: String(each.evidence), ...(hint !== undefined && { hint }) }]
  })
}
