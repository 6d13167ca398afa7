import type { Card, Link, MachineState, Pf } from '../state.ts'

/** Where an interface belongs: the place of its card, the port of the card, and the VF when it is one's. */
export type Port = NonNullable<Link['port']>

/** The PFs of all cards. */
export function allPfs(state: MachineState): readonly Pf[] {
  return state.cards.flatMap((card) => card.pfs)
}

/** The card that a PF is on. */
export function cardOf(state: MachineState, pf: Pf): Card {
  return state.cards.find((card) => card.pfs.includes(pf)) ?? state.cards[0]
}

/** The PF of an interface of a card: its own, or that of its VF. */
export function pfOf(state: MachineState, link: Pick<Link, 'port'> | undefined): Pf | undefined {
  return link?.port ? state.cards[link.port.card]?.pfs[link.port.pf] : undefined
}

/** The card of an interface; undefined for one that is of no card. */
export function cardOfLink(state: MachineState, link: Pick<Link, 'port'> | undefined): Card | undefined {
  return link?.port ? state.cards[link.port.card] : undefined
}

/** The PF's place in its card: its port index. */
export function pfIndex(state: MachineState, pf: Pf): 0 | 1 {
  return cardOf(state, pf).pfs.indexOf(pf) === 1 ? 1 : 0
}

/** The place of a PF, or of one of its VFs. */
export function portOf(state: MachineState, pf: Pf, vf: number | null = null): Port {
  return { card: state.cards.indexOf(cardOf(state, pf)), pf: pfIndex(state, pf), vf }
}

/** Whether an interface has just this place. */
export function hasPort(link: Pick<Link, 'port'>, port: Port): boolean {
  return link.port?.card === port.card && link.port.pf === port.pf && link.port.vf === port.vf
}
