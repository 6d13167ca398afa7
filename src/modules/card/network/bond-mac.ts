import type { PlanContext } from '../../../module/module.ts'
import type { NetworkFile } from './backend.ts'

/** The template of {@link bondMacFile}. */
export const bondMacTemplate = 'bond-mac.link.hbs'

/** Where systemd's network files of the host's own are; not every distribution makes the folder. */
export const systemdFolder = '/etc/systemd/network'

/** Where udev is told to leave the MAC address of a bond alone. */
export const bondMacPath = (bond: string): string => `${systemdFolder}/98-vflag-${bond}.link`

/**
 * From 242 on systemd gives bonds an address of its own making, at a moment that may fall between joining of the two
 * ports: LACP then sees two systems (systemd #15208). The file says no for this bond; bonds of others stay as they are.
 * Null where systemd is older, or unknown.
 */
export function bondMacFile(bond: string, systemd: number | null, render: PlanContext['render']): NetworkFile | null {
  if (systemd === null || systemd < 242) return null
  return { path: bondMacPath(bond), text: render(bondMacTemplate, { bond }), mode: '0644' }
}
