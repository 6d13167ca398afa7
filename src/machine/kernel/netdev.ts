import { done, refused } from '../errno.ts'
import type { Sys } from '../machine.ts'
import type { Link, MachineState, Pf } from '../state.ts'
import { kernelName, nameLink } from '../udev/name.ts'
import { hasPort, portOf } from './card.ts'
import { type KernelContext, madeUpMac } from './context.ts'

/** What a new interface is made from: everything but what the kernel counts itself. */
export type NewLink = Omit<Link, 'ifindex' | 'counters' | 'bond'> & { readonly bond?: Link['bond'] }

/** Registers an interface under the next index. */
export function addLink(state: MachineState, link: NewLink): Link {
  const made: Link = {
    ...link,
    bond: link.bond ?? null,
    ifindex: state.nextIfindex,
    counters: { rx_packets: 0, tx_packets: 0, rx_bytes: 0, tx_bytes: 0 },
  }
  state.nextIfindex++
  state.links[made.name] = made
  return made
}

/** All interfaces in ifindex order. */
export function linksInOrder(state: MachineState): readonly Link[] {
  return Object.values(state.links).sort((a, b) => a.ifindex - b.ifindex)
}

/** Makes the PF's own interface, as mlx5e_probe does: down, with the defaults. `anew`: a mode change made it again, and may have lost its name. */
export function addPfLink(context: KernelContext, pf: Pf, anew = false): void {
  const { state } = context
  const link = addLink(state, {
    name: kernelName(state),
    kind: 'pf',
    mac: pf.mac,
    up: false,
    mtu: 1500,
    master: null,
    addresses: [],
    port: portOf(state, pf),
    hwTcOffload: false,
  })
  nameLink(context, link, anew && state.profile.renames ? null : pf.netdev)
}

/** Makes the interface of a VF that mlx5_core drives on this host. A VF without a MAC of its own gets a random one. */
export function addVfLink(context: KernelContext, pf: Pf, index: number): void {
  const vf = pf.vfs.find((each) => each.index === index)
  if (vf?.driver !== 'mlx5_core' || vfLink(context.state, pf, index)) return
  const mac = vf.mac === zeroMac ? madeUpMac(context, `${vf.pci}/${context.state.nextIfindex}`) : vf.mac
  const link = addLink(context.state, {
    name: kernelName(context.state),
    kind: 'vf',
    mac,
    up: false,
    mtu: 1500,
    master: null,
    addresses: [],
    port: portOf(context.state, pf, index),
    hwTcOffload: false,
  })
  nameLink(context, link, vfName(pf, index))
}

/** The name of a VF's interface: that of its PF without the port, and its number. */
export const vfName = (pf: Pf, index: number): string => `${pf.netdev.replace(/np\d+$/, '')}v${index}`

/** The MAC of a VF to which nobody has given one. */
export const zeroMac = '00:00:00:00:00:00'

/** The interface of a PF, whatever it is called at the moment. */
export function pfLink(state: MachineState, pf: Pf): Link | undefined {
  const port = portOf(state, pf)
  return Object.values(state.links).find((link) => link.kind === 'pf' && hasPort(link, port))
}

/** The interface of a VF that this host's driver has. */
export function vfLink(state: MachineState, pf: Pf, index: number): Link | undefined {
  const port = portOf(state, pf, index)
  return Object.values(state.links).find((link) => link.kind === 'vf' && hasPort(link, port))
}

/** The representor of a VF. */
export function representorOf(state: MachineState, pf: Pf, index: number): Link | undefined {
  const port = portOf(state, pf, index)
  return Object.values(state.links).find((link) => link.kind === 'representor' && hasPort(link, port))
}

/** Forgets an interface; leaving a bond is the caller's business. */
export function dropLink(state: MachineState, name: string): Sys {
  if (!state.links[name]) return refused('ENODEV')
  delete state.links[name]
  // What stands on it goes with it.
  for (const link of Object.values(state.links)) if (link.vlan?.lower === name) delete state.links[link.name]
  return done
}
