import { type Facts, findPf, type PfFact } from '../../module/facts.ts'
import { blocked, type Plan } from '../../module/plan.ts'
import type { AttrsRead, LinksRead } from '../../module/read.ts'
import { attrs, links } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { parsePciAddress } from '../../shared/brand.ts'
import { didYouMean, list } from '../../shared/text.ts'

/** Where the kernel shows a PCI device. */
export const pciPath = (pci: string): string => `/sys/bus/pci/devices/${pci}`

/** The PFs that the user names; null stands for one that the host does not have. */
function findPfs(facts: Facts, names: readonly string[]): readonly (PfFact | null)[] {
  return names.map((name) => findPf(facts, name))
}

/** Those of the named PFs that are there. */
export function presentPfs(facts: Facts, names: readonly string[]): readonly PfFact[] {
  return findPfs(facts, names).filter((pf) => pf !== null)
}

/** What to call a PF in messages: its interface, else its address. */
export const pfLabel = (pf: PfFact): string => pf.netdev ?? pf.pci

/** The interface that a name stands for: a PF may be given by its PCI address, everything else is an interface already. */
export const interfaceName = (facts: Facts, name: string): string => findPf(facts, name)?.netdev ?? name

/** The refusal when the user names a PF that the host does not have. */
export function noSuchPf(name: string, facts: Facts): Plan {
  const known = facts.pfs.flatMap((pf) => (pf.netdev === null ? [pf.pci] : [pf.netdev, pf.pci]))
  if (known.length === 0)
    return blocked(`${name} is asked for, but this host has no ConnectX port`, 'look at "lspci -d 15b3:" on the host')
  return blocked(
    `${malformed(name) ?? `${name} is no ConnectX port of this host`}, but must be one of ${list(facts.pfs.map(pfLabel), 'or')}`,
    didYouMean(name, known) ?? 'set vflag_pfs for this host in the inventory',
  )
}

/** What is wrong with a name that is meant for a PCI address and is none; null for other names. */
export const malformed = (name: string): string | null =>
  /^[0-9a-f]+:[^/]*$/i.test(name) && parsePciAddress(name) === null
    ? `${name} is no PCI address (domain:bus:slot.function, slot 00 to 1f, function 0 to 7)`
    : null

/** The refusal for the first of several names that is no PF, or null when all are. */
export function missingPf(names: readonly string[], facts: Facts): Plan | null {
  const missing = names.find((name) => !findPf(facts, name))
  return missing === undefined ? null : noSuchPf(missing, facts)
}

/** One virtual function as sysfs shows it. */
export interface VfState {
  readonly index: number
  readonly pci: string
  /** Driver bound to it; null when none is. */
  readonly driver: string | null
  /** driver_override; null when empty. */
  readonly override: string | null
  /** Its link back to the PF is there: the kernel has finished making it. */
  readonly complete: boolean
}

/** The SR-IOV side of a PF. */
export interface SriovState {
  /** sriov_totalvfs; null when the card offers no SR-IOV (it is off in the firmware). */
  readonly total: number | null
  readonly count: number
  readonly autoprobe: boolean | null
  /** By index. */
  readonly vfs: readonly VfState[]
}

/** What to look at for {@link sriovState}. */
export function sriovReads(pf: PfFact): readonly [AttrsRead, LinksRead] {
  const path = pciPath(pf.pci)
  return [
    attrs(
      `${path}/sriov_totalvfs`,
      `${path}/sriov_numvfs`,
      `${path}/sriov_drivers_autoprobe`,
      `${path}/virtfn*/driver_override`,
    ),
    links(`${path}/virtfn*`, `${path}/virtfn*/physfn`, `${path}/virtfn*/driver`),
  ]
}

/** The SR-IOV side of a PF, from what {@link sriovReads} looked at. */
export function sriovState(pf: PfFact, seen: Readings): SriovState {
  const path = pciPath(pf.pci)
  const [, linksRead] = sriovReads(pf)
  const targets = seen.links(...linksRead.globs)
  const vfs: VfState[] = []
  for (const [at, target] of targets) {
    const index = new RegExp(`^${path}/virtfn(\\d+)$`).exec(at)?.[1]
    if (index === undefined) continue
    const override = seen.value(`${at}/driver_override`)
    vfs.push({
      index: Number(index),
      pci: baseName(target),
      driver: mapName(targets.get(`${at}/driver`)),
      override: override === null || override === '' || override === '(null)' ? null : override,
      complete: targets.has(`${at}/physfn`),
    })
  }
  const autoprobe = seen.value(`${path}/sriov_drivers_autoprobe`)
  return {
    total: whole(seen.value(`${path}/sriov_totalvfs`)),
    count: whole(seen.value(`${path}/sriov_numvfs`)) ?? 0,
    autoprobe: autoprobe === null ? null : autoprobe.trim() === '1',
    vfs: vfs.sort((a, b) => a.index - b.index),
  }
}

/** The VFs that a network driver of the host holds (not vfio-pci, which stands for a VM). */
export function hostBound(vfs: readonly VfState[]): readonly VfState[] {
  return vfs.filter((vf) => vf.driver !== null && vf.driver !== 'vfio-pci')
}

/** `VF 0 (0000:61:00.2)` */
export const vfLabel = (vf: { readonly index: number; readonly pci: string }): string => `VF ${vf.index} (${vf.pci})`

/** The last part of a path. */
export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** A whole number in a sysfs file; null when there is none. */
function whole(text: string | null | undefined): number | null {
  return text !== null && text !== undefined && /^\s*\d+\s*$/.test(text) ? Number(text) : null
}

function mapName(target: string | undefined): string | null {
  return target === undefined ? null : baseName(target)
}
