import type { PfFact } from '../../module/facts.ts'
import { type CommandRead, command } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { parseDevlinkParam } from '../../parsers/devlink.ts'
import { compatOf } from './eswitch-mode.ts'

/** How flows get into the card: by software (smfs) or by firmware (dmfs). */
export interface Steering {
  readonly value: string
  /** The file of MLNX_OFED that sets it; null where devlink does. */
  readonly file: string | null
}

/** What to look at for {@link steeringOf}, besides what `eswitchReads` looks at. */
export const steeringRead = (pf: PfFact): CommandRead =>
  command('devlink', 'dev', 'param', 'show', `pci/${pf.pci}`, 'name', 'flow_steering_mode')

/** How a PF steers flows; null where neither devlink nor MLNX_OFED tells. */
export function steeringOf(pf: PfFact, seen: Readings): Steering | null {
  const shown = seen.command(...steeringRead(pf).argv)
  const value = shown.status === 0 ? parseDevlinkParam(shown.stdout) : null
  if (value !== null) return { value, file: null }
  const file = compatOf(pf, seen, 'steering_mode')
  return file ? { value: file.value, file: file.path } : null
}
