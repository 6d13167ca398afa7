import { parseAssignments } from './os-release.ts'

/** A network-scripts file (`/etc/sysconfig/network-scripts/ifcfg-*`). */
export interface Ifcfg {
  /** Keys as written; the last of several equal ones wins, as in a sourced shell file. */
  readonly values: ReadonlyMap<string, string>
  /** BONDING_OPTS taken apart: `mode=802.3ad miimon=100`. */
  readonly bonding: ReadonlyMap<string, string>
}

/** Reads an ifcfg file (initscripts' sysconfig.txt, NetworkManager's nm-settings-ifcfg-rh(5)). */
export function parseIfcfg(text: string): Ifcfg {
  const values = parseAssignments(text)
  return { values, bonding: parseBondingOpts(values.get('BONDING_OPTS') ?? '') }
}

/** Takes `mode=802.3ad miimon=100` apart; words without `=` are passed over. */
function parseBondingOpts(text: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>()
  for (const word of text.split(/\s+/)) {
    const at = word.indexOf('=')
    if (at > 0) options.set(word.slice(0, at), word.slice(at + 1))
  }
  return options
}
