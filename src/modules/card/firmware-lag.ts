import type { PfFact } from '../../module/facts.ts'
import { type CommandRead, command } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { parseDriverInfo } from '../../parsers/ethtool.ts'
import { modeName } from './bond-state.ts'
import type { Setting } from './firmware-settings.ts'
import { lagResources, mayNeedLagResources, needsLagResources } from './knowledge.ts'
import { pfLabel } from './pf.ts'

/** What to look at for {@link lagSetting}. */
export const lagSettingReads = (pf: PfFact, mode: string | number | undefined): readonly CommandRead[] =>
  mode !== undefined && mayNeedLagResources(pf.device) ? [versionRead(pf)] : []

const versionRead = (pf: PfFact): CommandRead => command('ethtool', '-i', pfLabel(pf))

/**
 * The setting by which old firmware makes a LAG that spreads by hash: on for balance-xor and 802.3ad, off again for `none`.
 * Nothing where the card needs no such setting, or the bond does not spread.
 */
export function lagSetting(
  pf: PfFact,
  mode: string | number | undefined,
  seen: Readings,
): Readonly<Record<string, Setting>> {
  if (mode === undefined || !mayNeedLagResources(pf.device)) return {}
  const version = parseDriverInfo(seen.command(...versionRead(pf).argv).stdout).get('firmware-version') ?? ''
  if (!needsLagResources(pf.device, version)) return {}
  const name = modeName(mode)
  if (name === 'none') return { [lagResources]: 0 }
  return ['balance-xor', '802.3ad'].includes(name) ? { [lagResources]: 1 } : {}
}
