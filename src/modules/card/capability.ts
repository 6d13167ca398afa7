import type { PfFact } from '../../module/facts.ts'
import { type CommandRead, command } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { parseMstconfig } from '../../parsers/mstconfig.ts'
import { eswitchNotShown, isBlueField, ownedByTheArm } from './knowledge.ts'
import { pfLabel } from './pf.ts'

/** Why a port cannot carry VF-LAG, and what to do about it. */
export interface Incapable {
  readonly because: string
  readonly hint: string
}

/** What to look at for {@link incapable}: only a BlueField has to be asked who owns its e-switch. */
export const capabilityReads = (pf: PfFact): readonly CommandRead[] =>
  isBlueField(pf.device) ? [modelRead(pf), eswitchRead(pf)] : []

const modelRead = (pf: PfFact): CommandRead =>
  command('mstconfig', '-d', pf.pci, 'q', 'INTERNAL_CPU_MODEL', 'INTERNAL_CPU_OFFLOAD_ENGINE')
const eswitchRead = (pf: PfFact): CommandRead => command('devlink', 'dev', 'eswitch', 'show', `pci/${pf.pci}`)

/** Why the card of a port cannot carry a VF-LAG that this host makes; null when it can. */
export function incapable(pf: PfFact, seen: Readings): Incapable | null {
  if (!pf.vf_lag)
    return {
      because: `${pfLabel(pf)} is a ${pf.card} (15b3:${pf.device}), which cannot do VF-LAG`,
      hint: 'VF-LAG needs a ConnectX-5 or newer',
    }
  return isBlueField(pf.device) ? onTheArm(pf, seen) : null
}

/** A BlueField in DPU mode keeps the e-switch to its Arm cores: the host sees a plain network card. */
function onTheArm(pf: PfFact, seen: Readings): Incapable | null {
  const settings = parseMstconfig(seen.command(...modelRead(pf).argv).stdout).parameters
  const number = (name: string): number | null => settings.get(name)?.next.number ?? null
  const owner = ownedByTheArm(number('INTERNAL_CPU_MODEL'), number('INTERNAL_CPU_OFFLOAD_ENGINE'))
  const shown = seen.command(...eswitchRead(pf).argv)
  const hidden = shown.status !== 0 && eswitchNotShown.test(shown.stderr)
  if (owner === false || (owner === null && !hidden)) return null
  const evidence = owner
    ? 'its firmware runs it in DPU mode (INTERNAL_CPU_MODEL)'
    : 'it does not show its e-switch to the host, as in DPU mode'
  return {
    because: `${pfLabel(pf)} is a ${pf.card} whose e-switch belongs to its own Arm cores: ${evidence}`,
    hint: 'set VF-LAG up on the Arm side, or put the card into NIC mode (INTERNAL_CPU_OFFLOAD_ENGINE=1) and power-cycle the host',
  }
}
