import { done, gave, refused } from '../errno.ts'
import type { Sys } from '../machine.ts'
import type { Link } from '../state.ts'
import { deleteBond, enslave, lookSoon, release } from './bond.ts'
import { cardOfLink, pfOf } from './card.ts'
import { carrierOf } from './carrier.ts'
import type { KernelContext } from './context.ts'
import { queueLag } from './lag.ts'
import { logPf, logPortLink } from './log.ts'
import { addLink, dropLink } from './netdev.ts'

/** Sets an interface up or down; its bond and the driver learn of the carrier. */
export function setLinkUp(context: KernelContext, name: string, up: boolean): Sys {
  const link = context.state.links[name]
  if (!link) return refused('ENODEV')
  if (link.up === up) return done
  const before = carrierOf(context.state, link)
  link.up = up
  noteCarrier(context, link, before)
  return done
}

/** Joins an interface to a master, or frees it (IFLA_MASTER). Being there already is fine; another bond's member is busy. */
export function setMaster(
  context: KernelContext,
  name: string,
  master: string | null,
): Sys<{ readonly warning?: string }> {
  const link = context.state.links[name]
  if (!link) return refused('ENODEV')
  if (link.master === master) return gave({})
  const old = link.master === null ? undefined : context.state.links[link.master]
  if (master === null) {
    if (old?.bond) {
      const result = release(context, name)
      return result.ok ? gave({}) : result
    }
    link.master = null
    return gave({})
  }
  const upper = context.state.links[master]
  if (upper?.bond) return enslave(context, name, upper)
  if (old?.bond) return refused('EBUSY', 'Device is in use and cannot be enslaved')
  if (!upper && master !== 'ovs-system') return refused('ENODEV')
  link.master = master
  return gave({})
}

/** Deletes a virtual interface; a real one cannot be deleted. */
export function deleteLink(context: KernelContext, name: string): Sys {
  const link = context.state.links[name]
  if (!link) return refused('ENODEV')
  if (link.kind === 'bond') return deleteBond(context, link)
  if (link.kind !== 'ovs' && link.kind !== 'vlan') return refused('EOPNOTSUPP')
  return dropLink(context.state, name)
}

/** Makes a VLAN on an interface. */
export function addVlan(context: KernelContext, name: string, lower: string, id: number): Sys {
  const { state } = context
  const below = state.links[lower]
  if (!below) return refused('ENODEV')
  const taken = Object.values(state.links).some(({ vlan }) => vlan?.lower === lower && vlan.id === id)
  if (state.links[name] || taken) return refused('EEXIST')
  if (name === '' || name.length > 15) return refused('EINVAL')
  if (!Number.isInteger(id) || id < 0 || id > 4094) return refused('ERANGE')
  addLink(state, {
    name,
    kind: 'vlan',
    mac: below.mac,
    up: false,
    mtu: below.mtu,
    master: null,
    addresses: [],
    port: null,
    hwTcOffload: false,
    vlan: { id, lower },
  })
  return done
}

/** hw-tc-offload: only the card's ports and representors have it, and rules in the card keep it on (en_main.c, set_feature_hw_tc). */
export function setHwTcOffload(context: KernelContext, name: string, on: boolean): Sys {
  const link = context.state.links[name]
  if (!link) return refused('ENODEV')
  if (!hasHwTcOffload(link)) return refused('EOPNOTSUPP')
  const pf = pfOf(context.state, link)
  if (!on && link.hwTcOffload && link.kind === 'pf' && pf !== undefined && pf.tcRules > 0) {
    logPf(context, pf, `${name}: Active offloaded tc filters, can't turn hw_tc_offload off`)
    return refused('EINVAL')
  }
  link.hwTcOffload = on
  return done
}

/** Whether the feature can be changed at all; elsewhere it is `off [fixed]`. */
export const hasHwTcOffload = (link: Link): boolean => link.kind === 'pf' || link.kind === 'representor'

function noteCarrier(context: KernelContext, link: Link, before: boolean): void {
  logPortLink(context, link, before)
  if (before === carrierOf(context.state, link)) return
  context.fabric.touch()
  if (!lookSoon(context, link)) queueLag(context, cardOfLink(context.state, link))
}
