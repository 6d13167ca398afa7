import { type CommandRead, command } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'

/** How many TC rules of an interface are in the card. */
export interface RulesInCard {
  readonly interface: string
  readonly count: number
}

/** What to look at for {@link rulesInCard}. */
export const rulesRead = (name: string): CommandRead => command('tc', 'filter', 'show', 'dev', name, 'ingress')

/** The rules of an interface that are in the card (`in_hw`; iproute2, tc/tc_filter.c); none is an empty list. */
export function rulesInCard(name: string, seen: Readings): readonly RulesInCard[] {
  const { stdout } = seen.command(...rulesRead(name).argv)
  const count = stdout.split('\n').filter((line) => /^\s*in_hw\b/.test(line)).length
  return count === 0 ? [] : [{ interface: name, count }]
}
