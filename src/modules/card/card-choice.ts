import { type Facts, findPf, type PfFact } from '../../module/facts.ts'
import { didYouMean, list } from '../../shared/text.ts'
import type { Incapable } from './capability.ts'
import { malformed, pfLabel } from './pf.ts'
import { cardLine, cardsOf, inPortOrder, portsOfCard, sameCard } from './same-card.ts'

/** What the user says about the card. */
export interface Wish {
  /** `auto`, or a port of the card by interface or PCI address. */
  readonly card: string
  /** The two ports by name; null when they are to be found. */
  readonly pfs: readonly string[] | null
}

/** The two ports that are meant, or why that cannot be said. */
export type Choice = { readonly ports: readonly [PfFact, PfFact] } | Incapable

/** Which two ports are meant; anything that leaves a doubt is refused with what there is to choose from. */
export function chooseCard(wish: Wish, facts: Facts, incapable: (pf: PfFact) => Incapable | null): Choice {
  if (facts.pfs.length === 0)
    return { because: 'this host has no ConnectX port', hint: 'look at "lspci -d 15b3:" on the host' }
  const chosen =
    wish.pfs !== null
      ? named(wish.pfs, facts)
      : wish.card === 'auto'
        ? only(facts, incapable)
        : holding(wish.card, facts)
  if (!('ports' in chosen)) return chosen
  const refusals = chosen.ports.flatMap((pf) => incapable(pf) ?? [])
  return refusals[0] ?? chosen
}

/** Two ports that the user names. */
function named(names: readonly string[], facts: Facts): Choice {
  const missing = names.find((name) => !findPf(facts, name))
  if (missing !== undefined) return noSuchPort(missing, facts, 'vflag_pfs')
  const ports = inPortOrder(names.flatMap((name) => findPf(facts, name) ?? []))
  const [first, second] = ports
  const distinct = new Set(ports.map((pf) => pf.pci)).size
  if (!first || !second || distinct !== 2 || ports.length !== 2)
    return {
      because: `pfs names ${distinct === 1 ? 'one port' : `${distinct} ports`}, but must name the two ports of a card`,
      hint: `set vflag_pfs for this host in the inventory, or leave it out; this host has ${candidates(facts)}`,
    }
  if (!sameCard(first, second))
    return {
      because: `${pfLabel(first)} (${first.pci}) and ${pfLabel(second)} (${second.pci}) are on different cards, and VF-LAG joins the two ports of one`,
      hint: `set vflag_pfs to the two ports of one card; this host has ${candidates(facts)}`,
    }
  return { ports: [first, second] }
}

/** The card of a port that the user names. */
function holding(name: string, facts: Facts): Choice {
  const pf = findPf(facts, name)
  return pf ? pairOf(portsOfCard(facts.pfs, pf)) : noSuchPort(name, facts, 'vflag_card')
}

/** The one card that can be meant when nobody says which. */
function only(facts: Facts, incapable: (pf: PfFact) => Incapable | null): Choice {
  const cards = cardsOf(facts.pfs)
  const pairs = cards.filter((ports) => ports.length === 2)
  const able = pairs.filter((ports) => ports.every((pf) => incapable(pf) === null))
  const [first] = able.length > 0 ? able : pairs
  if (able.length > 1)
    return {
      because: `this host has ${able.length} cards that can carry VF-LAG, but it must be clear which is meant: ${candidates(facts)}`,
      hint: 'set vflag_card for this host in the inventory, to a port of the card by interface or PCI address',
    }
  return pairOf(first ?? cards[0] ?? [])
}

function pairOf(ports: readonly PfFact[]): Choice {
  const [first, second] = ports
  if (first && second && ports.length === 2) return { ports: [first, second] }
  return {
    because: `the card has ${ports.length === 1 ? 'one port' : `${ports.length} ports`}, but VF-LAG joins the two ports of one card: ${cardLine(ports)}`,
    hint: 'set vflag_card to a port of a card with two ports, or vflag_pfs to the two',
  }
}

function noSuchPort(name: string, facts: Facts, variable: string): Incapable {
  const known = facts.pfs.flatMap((pf) => (pf.netdev === null ? [pf.pci] : [pf.netdev, pf.pci]))
  return {
    because: `${malformed(name) ?? `${name} is no ConnectX port of this host`}, but must be one of ${list(facts.pfs.map(pfLabel), 'or')}`,
    hint: didYouMean(name, known) ?? `set ${variable} for this host in the inventory; it has ${candidates(facts)}`,
  }
}

const candidates = (facts: Facts): string => cardsOf(facts.pfs).map(cardLine).join('; ')
