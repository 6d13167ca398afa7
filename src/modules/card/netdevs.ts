import type { PfFact } from '../../module/facts.ts'
import { type AttrsRead, attrs, type LinksRead, links } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { baseName } from './pf.ts'

/** A network interface as sysfs shows it. */
export interface Netdev {
  readonly name: string
  /** Administratively up (IFF_UP). */
  readonly up: boolean
  /** 16 hex digits; null for what is no port of a switch on a card. */
  readonly switchId: string | null
  /** `p0`, `pf0vf1`; null where the driver names none. */
  readonly portName: string | null
  /** Name of its bond, or `ovs-system`. */
  readonly master: string | null
  /** PCI address of the device it belongs to; null for virtual ones. */
  readonly device: string | null
}

const attrsRead: AttrsRead = attrs(
  '/sys/class/net/*/flags',
  '/sys/class/net/*/phys_switch_id',
  '/sys/class/net/*/phys_port_name',
)
const linksRead: LinksRead = links('/sys/class/net/*/master', '/sys/class/net/*/device')

/** What to look at for {@link netdevs}. */
export const netdevReads: readonly [AttrsRead, LinksRead] = [attrsRead, linksRead]

/** All network interfaces, from what {@link netdevReads} looked at. */
export function netdevs(seen: Readings): readonly Netdev[] {
  const values = seen.attrs(...attrsRead.globs)
  const targets = seen.links(...linksRead.globs)
  const value = (path: string): string | null => {
    const found = values.get(path)
    return found?.ok && found.value.trim() !== '' ? found.value.trim() : null
  }
  const found: Netdev[] = []
  for (const path of values.keys()) {
    const name = /^\/sys\/class\/net\/([^/]+)\/flags$/.exec(path)?.[1]
    if (name === undefined) continue
    const at = `/sys/class/net/${name}`
    const master = targets.get(`${at}/master`)
    const device = targets.get(`${at}/device`)
    found.push({
      name,
      up: isUp(value(`${at}/flags`)),
      switchId: value(`${at}/phys_switch_id`),
      portName: value(`${at}/phys_port_name`),
      master: master === undefined ? null : baseName(master),
      device: device === undefined ? null : baseName(device),
    })
  }
  return found
}

/** Whether the value of /sys/class/net/<if>/flags has IFF_UP (0x1). */
export function isUp(flags: string | null): boolean {
  return flags !== null && (Number(flags) & 1) === 1
}

/**
 * The PF's own interface, whatever it is called by now: kernels before 5.13 make a new one at every mode change, and
 * udev may name it otherwise. Since 5.8 its representors have the same PCI device.
 */
export function netdevOfPf(pf: PfFact, all: readonly Netdev[]): Netdev | null {
  const own = all.filter(
    (each) => each.device === pf.pci && !/^(?:(?:c\d+)?pf\d+(?:vf|sf)\d+|\d+)$/.test(each.portName ?? ''),
  )
  return (
    own.find((each) => each.name === pf.netdev) ??
    own.find((each) => portIndex(each.portName) !== null) ??
    (own.length === 1 ? own[0] : undefined) ??
    all.find((each) => each.name === pf.netdev && each.device === null) ??
    null
  )
}

/** A representor and the VF it stands for. */
export interface Representor {
  readonly netdev: Netdev
  readonly vf: number
}

/**
 * The VF representors of a PF. Both PFs of a card and all their representors have one switch id, so a representor is
 * told by switch id, PF index and VF index together, never by its name (kernel: net/devlink/port.c prints
 * `pf<P>vf<V>`, with `c<C>` before it for an external controller; kernels before 4.19 print only the VF number, and then
 * the PCI device of the interface, or a switch id that no other PF has, tells the PF).
 */
export function representorsOf(pf: PfFact, all: readonly Netdev[], others: readonly PfFact[]): readonly Representor[] {
  const own = netdevOfPf(pf, all)
  const switchId = own?.switchId ?? null
  if (switchId === null) return []
  // Some kernels number PFs with an offset of eight; the low bits are the port (mlnx ovs-tests mask them so, too).
  const port = portIndex(own?.portName ?? null) ?? pf.port
  const shared = others.some(
    (other) => other.pci !== pf.pci && all.some((each) => each.name === other.netdev && each.switchId === switchId),
  )
  const found: Representor[] = []
  for (const netdev of all) {
    if (netdev.switchId !== switchId || netdev.name === own?.name || netdev.portName === null) continue
    const full = /^(?:c\d+)?pf(\d+)vf(\d+)$/.exec(netdev.portName)
    if (full) {
      if ((Number(full[1]) & 7) === (port & 7)) found.push({ netdev, vf: Number(full[2]) })
    } else if (/^\d+$/.test(netdev.portName) && (netdev.device === pf.pci || (netdev.device === null && !shared))) {
      found.push({ netdev, vf: Number(netdev.portName) })
    }
  }
  return found.sort((a, b) => a.vf - b.vf)
}

function portIndex(portName: string | null): number | null {
  const match = /^p(\d+)$/.exec(portName ?? '')
  return match ? Number(match[1]) : null
}
