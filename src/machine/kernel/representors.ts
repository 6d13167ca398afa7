import type { Pf } from '../state.ts'
import { forgetSlave } from './bond.ts'
import { portOf } from './card.ts'
import { type KernelContext, later, madeUpMac } from './context.ts'
import { log } from './log.ts'
import { addLink, dropLink, representorOf } from './netdev.ts'

/** Seconds until udev has named new interfaces. */
export const udevDelay = 0.3

/** Makes the representors that are missing, soon: udev names them after the call that caused them has returned. */
export function addRepresentorsLater(context: KernelContext, pf: Pf): void {
  later(context, udevDelay, () => addRepresentors(context, pf))
}

/** Makes the representors of a PF in switchdev mode: `<pf>_<vf>` as MLNX_OFED's udev rule names them, down at first. */
export function addRepresentors(context: KernelContext, pf: Pf): void {
  const { state } = context
  if (pf.eswitch.mode !== 'switchdev') return
  for (const vf of pf.vfs) {
    const name = `${pf.netdev}_${vf.index}`
    if (representorOf(state, pf, vf.index) || state.links[name]) continue
    log(context, `mlx5_core ${pf.pci} ${name}: renamed from eth${vf.index}`)
    addLink(state, {
      name,
      kind: 'representor',
      mac: madeUpMac(context, `${name}/${state.boot.id}`),
      up: false,
      mtu: 1500,
      master: null,
      addresses: [],
      port: portOf(state, pf, vf.index),
      hwTcOffload: true,
    })
  }
}

/** Removes the representors of a PF; a bond loses them like any interface that vanishes. */
export function removeRepresentors(context: KernelContext, pf: Pf): void {
  for (const vf of pf.vfs) {
    const link = representorOf(context.state, pf, vf.index)
    if (!link) continue
    const master = link.master === null ? undefined : context.state.links[link.master]
    if (master?.bond) forgetSlave(context, master, link.name)
    dropLink(context.state, link.name)
  }
}
