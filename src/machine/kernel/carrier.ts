import { cardModels } from '../profiles/card-models.ts'
import type { Link, MachineState } from '../state.ts'
import { cardOfLink, pfOf } from './card.ts'
import type { KernelContext } from './context.ts'
import { representorOf } from './netdev.ts'

/**
 * Whether an interface has carrier. A PF needs a peer, a VF its representor (mlx5e_rep_open sets the vport's admin
 * state), a bond one member with carrier.
 */
export function carrierOf(state: MachineState, link: Link): boolean {
  if (!link.up) return false
  switch (link.kind) {
    case 'pf': {
      const pf = pfOf(state, link)
      return pf !== undefined && pf.driver !== null && pf.peerUp
    }
    case 'vf':
      return vfCarrier(state, link)
    case 'vlan': {
      const lower = link.vlan === undefined ? undefined : state.links[link.vlan.lower]
      return lower !== undefined && carrierOf(state, lower)
    }
    case 'bond':
      return (link.bond?.slaves ?? []).some((name) => {
        const slave = state.links[name]
        return slave !== undefined && carrierOf(state, slave)
      })
    default:
      return true
  }
}

/** Whether the bonding driver takes a member's link for up: what its last look found, which may be a tick behind the wire. */
export function seenUp(context: KernelContext, name: string): boolean {
  const link = context.state.links[name]
  if (!link) return false
  const bond = link.master === null ? null : context.state.links[link.master]?.bond
  const seen = bond && bond.miimon > 0 ? context.running.carriers.get(name) : undefined
  return seen ?? carrierOf(context.state, link)
}

function vfCarrier(state: MachineState, link: Link): boolean {
  const pf = pfOf(state, link)
  if (!pf || link.port?.vf == null) return false
  if (pf.eswitch.mode === 'switchdev') return representorOf(state, pf, link.port.vf)?.up ?? false
  const told = pf.vfs.find((each) => each.index === link.port?.vf)?.linkState
  return told === undefined ? pf.peerUp : told === 'enable'
}

/** operstate as RFC 2863 and the kernel have it; `unknown` where a driver does not say. */
export function operstate(state: MachineState, link: Link): 'up' | 'down' | 'unknown' {
  if (link.kind === 'loopback' || (link.kind === 'ovs' && link.up)) return link.up ? 'unknown' : 'down'
  return carrierOf(state, link) ? 'up' : 'down'
}

/** Speed of a port with link in Mb/s; -1 without link. */
export function speedOf(state: MachineState, link: Link): number {
  if (!carrierOf(state, link)) return -1
  if (link.kind === 'management') return 1000
  if (link.kind === 'bond') {
    const speeds = (link.bond?.slaves ?? []).flatMap((name) => {
      const slave = state.links[name]
      return slave !== undefined && carrierOf(state, slave) ? [speedOf(state, slave)] : []
    })
    return link.bond?.mode === 'active-backup' ? Math.max(...speeds) : speeds.reduce((sum, each) => sum + each, 0)
  }
  const lower = link.vlan === undefined ? undefined : state.links[link.vlan.lower]
  if (lower) return speedOf(state, lower)
  const card = cardOfLink(state, link)
  return card ? cardModels[card.model].speed : virtualSpeed
}

/** Mb/s that virtual interfaces claim. */
const virtualSpeed = 10_000
