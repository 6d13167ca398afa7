import { pfOf } from '../kernel/card.ts'
import { kernels } from '../profiles/kernels.ts'
import type { Link, MachineState } from '../state.ts'

/** `/sys/devices/...` of a PCI function, without the leading `/sys/`. */
export const pciPlace = (pci: string): string => `devices/${upstreamPlace(pci).join('/')}/${pci}`

/** The directories of the host bridge and of the root port above a function, for its bus is the one below the port's: `0000:61` is below `0000:60:01.0`. */
export function upstreamPlace(pci: string): readonly [bridge: string, port: string] {
  const [domain = '0000', bus = '00'] = pci.split(':')
  const above = `${domain}:${bus.slice(0, 1)}0`
  return [`pci${above}`, `${above}:01.0`]
}

/** The PCI function of a port of the host's own; a third port has a controller of its own. */
export const ownController = (link: Link): string => (link.name === thirdPort ? '0000:00:19.0' : '0000:00:1f.6')

/** The name of a third port. */
export const thirdPort = 'eno2'

/** `/sys/devices/...` of an interface, without the leading `/sys/`. */
export function netPlace(state: MachineState, link: Link): string {
  const pci = pciOfLink(state, link)
  if (pci !== null) return `${pciPlace(pci)}/net/${link.name}`
  if (link.kind === 'management') return `devices/pci0000:00/${ownController(link)}/net/${link.name}`
  return `devices/virtual/net/${link.name}`
}

/** The PCI function that is an interface's parent; a representor has its PF as parent, or none on old kernels. */
export function pciOfLink(state: MachineState, link: Link): string | null {
  const pf = pfOf(state, link)
  if (!pf) return null
  if (link.kind === 'pf') return pf.pci
  if (link.kind === 'vf') return pf.vfs.find((vf) => vf.index === link.port?.vf)?.pci ?? null
  if (link.kind === 'representor') return kernels[state.profile.os].representorsHaveParent ? pf.pci : null
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
