import type { PfFact } from '../../module/facts.ts'
import { list } from '../../shared/text.ts'
import { pfLabel } from './pf.ts'

/**
 * Whether two ports are on one card, by the best evidence that both give: the switch id (the system image GUID that the
 * driver itself compares: mlx5/core/dev.c, mlx5_same_hw_devs), the same GUID from their RDMA devices, the serial number of
 * the board, and only then their place on the PCI bus, which Socket Direct cards and s390 spread over several.
 */
export function sameCard(a: PfFact, b: PfFact): boolean {
  for (const evidence of ['switch_id', 'system_image', 'serial'] as const) {
    const [one, other] = [a[evidence], b[evidence]]
    if (one !== null && other !== null) return one === other
  }
  return slot(a) === slot(b)
}

/** The ports of a host by card, each card's in port order. */
export function cardsOf(pfs: readonly PfFact[]): readonly (readonly PfFact[])[] {
  const cards: PfFact[][] = []
  for (const pf of pfs) {
    const own = cards.find((ports) => ports.some((port) => sameCard(port, pf)))
    if (own) own.push(pf)
    else cards.push([pf])
  }
  return cards.map(inPortOrder)
}

/** Lowest port first. */
export const inPortOrder = (pfs: readonly PfFact[]): readonly PfFact[] =>
  [...pfs].sort((a, b) => a.port - b.port || (a.pci < b.pci ? -1 : 1))

/** All ports of the card that a port is on, itself included. */
export const portsOfCard = (pfs: readonly PfFact[], pf: PfFact): readonly PfFact[] =>
  inPortOrder(pfs.filter((each) => each.pci === pf.pci || sameCard(each, pf)))

/** `ConnectX-6 Dx: ens2f0 (0000:61:00.0) and ens2f1 (0000:61:00.1)` */
export const cardLine = (ports: readonly PfFact[]): string =>
  `${ports[0]?.card ?? 'card'}: ${list(ports.map((pf) => (pf.netdev === null ? pf.pci : `${pfLabel(pf)} (${pf.pci})`)))}`

// Domain, bus and slot.
const slot = (pf: PfFact): string => pf.pci.slice(0, pf.pci.lastIndexOf('.'))
