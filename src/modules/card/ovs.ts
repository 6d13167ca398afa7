import { blocked, type Plan } from '../../module/plan.ts'
import { type CommandRead, command } from '../../module/read.ts'
import type { CommandReading } from '../../module/reading.ts'
import { type RunStep, run } from '../../module/step.ts'
import { parseOvsTable } from '../../parsers/ovs-vsctl.ts'
import { packageOf } from './knowledge.ts'
import { lastLine } from './users-of-vfs.ts'

/** A look through ovs-vsctl. Always with a limit: without vswitchd it waits for ever. */
export const vsctlRead = (...args: string[]): CommandRead => command('ovs-vsctl', '--timeout=10', ...args)

/** A change through ovs-vsctl. */
export const vsctl = (...args: string[]): RunStep => run(['ovs-vsctl', '--timeout=10', ...args], { timeout: 20 })

/** Whether the database answered. */
export type OvsAnswer =
  | { readonly state: 'answers' }
  | { readonly state: 'absent' }
  | { readonly state: 'silent'; readonly reason: string }

/** What a look says about Open vSwitch as a whole. */
export function ovsAnswer(shown: CommandReading): OvsAnswer {
  if (shown.status === 127) return { state: 'absent' }
  if (shown.status !== 0)
    return {
      state: 'silent',
      reason: lastLine(shown.stderr).replace(/^ovs-vsctl: /, '') || `ovs-vsctl ended with ${shown.status}`,
    }
  return { state: 'answers' }
}

/** The refusal when Open vSwitch cannot be spoken to; null when it can. */
export function ovsTrouble(answer: OvsAnswer, family: 'redhat' | 'debian' | 'other'): Plan | null {
  switch (answer.state) {
    case 'answers':
      return null
    case 'absent':
      return blocked(
        'Open vSwitch is not installed',
        `install the package ${packageOf('ovs-vsctl', family)} (module package)`,
      )
    case 'silent':
      return blocked(`Open vSwitch does not answer: ${answer.reason}`, 'start it (module service)')
  }
}

/** The key of external_ids by which bridges and ports that this program made are known; it goes with them (ovs-vswitchd.conf.db(5), "Common Columns"). */
export const ovsMark = 'vflag-play'

/** What to look at for {@link markedNames}. */
export const marksRead = (table: 'Bridge' | 'Port'): CommandRead =>
  vsctlRead('-f', 'json', '--columns=name,external_ids', 'list', table)

/** Names of the bridges or ports that this program made. */
export function markedNames(shown: CommandReading): ReadonlySet<string> {
  return new Set(
    (parseOvsTable(shown.stdout) ?? []).flatMap((row) => {
      const ids = row.get('external_ids')
      return ids instanceof Map && ids.has(ovsMark) ? [String(row.get('name') ?? '')] : []
    }),
  )
}
