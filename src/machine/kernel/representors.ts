import { userlands } from '../profiles/userland.ts'
import type { Link, MachineState, Pf, Profile } from '../state.ts'
import { kernelName, nameLink, soon } from '../udev/name.ts'
import { forgetSlave } from './bond.ts'
import { pfOf, portOf } from './card.ts'
import { type KernelContext, madeUpMac } from './context.ts'
import { addLink, dropLink, representorOf, vfName } from './netdev.ts'
import { dropFilters } from './tc.ts'

/** Makes the representors that are missing, soon: udev names them after the call that caused them has returned. */
export function addRepresentorsLater(context: KernelContext, pf: Pf): void {
  soon(context, () => addRepresentors(context, pf))
}

/** Makes the representors of a PF in switchdev mode, down at first. */
export function addRepresentors(context: KernelContext, pf: Pf): void {
  const { state } = context
  if (pf.eswitch.mode !== 'switchdev') return
  for (const vf of pf.vfs) {
    if (representorOf(state, pf, vf.index)) continue
    const link = addLink(state, {
      name: kernelName(state),
      kind: 'representor',
      mac: madeUpMac(context, `${pf.pci} ${vf.index}/${state.boot.id}`),
      up: false,
      mtu: 1500,
      master: null,
      addresses: [],
      port: portOf(state, pf, vf.index),
      hwTcOffload: true,
    })
    nameLink(context, link, representorName(state.profile, pf, vf.index))
  }
}

/** The name that udev gives an interface of a card where no rule does; null where it keeps the kernel's. */
export function usualName(state: MachineState, link: Link): string | null {
  const pf = pfOf(state, link)
  if (!pf || !link.port) return null
  if (link.port.vf === null) return pf.netdev
  return link.kind === 'vf' ? vfName(pf, link.port.vf) : representorName(state.profile, pf, link.port.vf)
}

/** The name of a representor where no rule gives it one; null where it keeps the kernel's, as it does when the name does not fit. */
function representorName(profile: Profile, pf: Pf, vf: number): string | null {
  const style = profile.ofed ? 'pf_vf' : userlands[profile.os].representorNames
  const slot = pf.netdev.replace(/np\d+$/, '')
  const names = {
    pf_vf: `${pf.netdev}_${vf}`,
    r: `${pf.netdev}r${vf}`,
    port: `${slot}npf${pf.pci.at(-1)}vf${vf}`,
    kernel: null,
  }
  const name = names[style]
  return name !== null && name.length <= 15 ? name : null
}

/** Removes the representors of a PF; a bond loses them like any interface that vanishes. */
export function removeRepresentors(context: KernelContext, pf: Pf): void {
  for (const vf of pf.vfs) {
    const link = representorOf(context.state, pf, vf.index)
    if (!link) continue
    const master = link.master === null ? undefined : context.state.links[link.master]
    if (master?.bond) forgetSlave(context, master, link.name)
    dropFilters(context, link)
    dropLink(context.state, link.name)
  }
}
