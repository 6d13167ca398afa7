import { type Facts, findPf } from '../../module/facts.ts'
import type { Readings } from '../../module/reading.ts'
import { isMap, type Value } from '../../shared/value.ts'
import { type Netdev, representorsOf } from './netdevs.ts'
import { type OvsDatabase, type OvsPort, parseVfMark, vfMark } from './ovs-database.ts'
import { pfLabel, presentPfs, sriovState } from './pf.ts'

/** A port as it has to be. */
export interface WantedPort {
  readonly name: string
  readonly mark: string
  /** Its VLAN. `none if ours`: no VLAN, but a port of others keeps what it has. */
  readonly tag: number | 'none' | 'none if ours' | 'as it is'
}

/** The VLAN of a VF. */
export interface VfVlan {
  /** As the user names it. */
  readonly pf: string
  /** PCI address; null when the host has no such PF. */
  readonly pci: string | null
  readonly vf: number
  readonly vlan: number
}

/** The representors of some PFs as ports of Open vSwitch. */
export interface RepresentorPorts {
  readonly wanted: readonly WantedPort[]
  /** PFs with fewer representors than VFs: `1 of 2 of ens2f0`. */
  readonly incomplete: readonly string[]
  /** VLANs of VFs that have no representor. */
  readonly homeless: readonly VfVlan[]
  /** Ports that were added for VFs of these PFs, or of PFs that are no longer there. */
  readonly marked: readonly OvsPort[]
  /** Those of `marked` that no longer lead to their VF: the interface is gone, or its name has come to stand for another VF. */
  readonly stale: readonly OvsPort[]
}

/** The VLANs in a list of VFs or VMs: entries without one are left out. */
export function vlansOf(entries: readonly Value[], facts: Facts): readonly VfVlan[] {
  return entries.flatMap((each) => {
    if (!isMap(each)) return []
    const { pf, vf, vlan } = each
    if (typeof pf !== 'string' || typeof vf !== 'number' || typeof vlan !== 'number') return []
    return [{ pf, pci: findPf(facts, pf)?.pci ?? null, vf, vlan }]
  })
}

/** The ports that representors have to be, and those of the database that they were. */
export function representorPorts(
  names: readonly string[],
  vlans: readonly VfVlan[],
  seen: Readings,
  all: readonly Netdev[],
  database: OvsDatabase,
  facts: Facts,
): RepresentorPorts {
  if (names.length === 0) return { wanted: [], incomplete: [], homeless: [], marked: [], stale: [] }
  const pfs = presentPfs(facts, names)
  const found = facts.pfs.flatMap((pf) =>
    representorsOf(pf, all, facts.pfs).map(({ netdev, vf }) => ({ pf, vf, name: netdev.name, mark: vfMark(pf, vf) })),
  )
  const own = found.filter((each) => pfs.includes(each.pf))
  const counts = pfs.map((pf) => ({ pf, count: sriovState(pf, seen).count }))
  const marked = [...database.ports.values()].filter((port) => {
    const vf = parseVfMark(port.mark)
    return vf !== null && (pfs.some((pf) => pf.pci === vf.pci) || !facts.pfs.some((pf) => pf.pci === vf.pci))
  })
  return {
    wanted: own.map(({ pf, vf, name, mark }) => ({
      name,
      mark,
      tag: vlans.find((each) => each.pci === pf.pci && each.vf === vf)?.vlan ?? 'none if ours',
    })),
    incomplete: counts.flatMap(({ pf, count }) => {
      const there = own.filter((each) => each.pf === pf).length
      return there < count ? [`${there} of ${count} of ${pfLabel(pf)}`] : []
    }),
    homeless: vlans.filter((vlan) => !counts.some(({ pf, count }) => pf.pci === vlan.pci && vlan.vf < count)),
    marked,
    stale: marked.filter((port) => !found.some((each) => each.name === port.name && each.mark === port.mark)),
  }
}
