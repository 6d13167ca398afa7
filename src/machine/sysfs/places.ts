import { pfOf } from '../kernel/card.ts'
import type { Link, MachineState } from '../state.ts'

/** Where the root port of the card's bus sits: the physical path that links in sysfs lead to. */
const upstream = '0000:60:01.0'

/** `/sys/devices/...` of a PCI function, without the leading `/sys/`. */
export const pciPlace = (pci: string): string => `devices/pci0000:60/${upstream}/${pci}`

/** The directory of the root port, without `/sys/`. */
export const upstreamPlace = (): readonly string[] => ['pci0000:60', upstream]

/** `/sys/devices/...` of an interface, without the leading `/sys/`. */
export function netPlace(state: MachineState, link: Link): string {
  const pci = pciOfLink(state, link)
  if (pci !== null) return `${pciPlace(pci)}/net/${link.name}`
  if (link.kind === 'management') return `devices/pci0000:00/0000:00:1f.6/net/${link.name}`
  return `devices/virtual/net/${link.name}`
}

/**
 * The PCI function that is an interface's parent: a representor has its PF as parent (since 5.8, commit 123f0f53dd64, which
 * Red Hat's 7.7 with its backports has not: there it has none).
 */
export function pciOfLink(state: MachineState, link: Link): string | null {
  const pf = pfOf(state, link)
  if (!pf) return null
  if (link.kind === 'pf') return pf.pci
  if (link.kind === 'vf') return pf.vfs.find((vf) => vf.index === link.port?.vf)?.pci ?? null
  if (link.kind === 'representor') return state.profile.os === 'rhel7.7' ? null : pf.pci
  return null
}

/** A relative link from one directory to another place, both without `/sys/`. */
export function relative(from: string, to: string): string {
  const a = from.split('/')
  const b = to.split('/')
  let same = 0
  while (same < a.length && same < b.length && a[same] === b[same]) same++
  return [...a.slice(same).map(() => '..'), ...b.slice(same)].join('/')
}
