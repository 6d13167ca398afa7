import { done, gave, refused } from '../errno.ts'
import type { Sys } from '../machine.ts'
import { kernelOf } from '../profiles/kernels.ts'
import type { BondState, Card, Link } from '../state.ts'
import { newBond, setOption } from './bond-options.ts'
import { cardOfLink, pfOf } from './card.ts'
import { carrierOf, seenUp, speedOf } from './carrier.ts'
import { type KernelContext, later, madeUpMac } from './context.ts'
import { lacpPorts, negotiate } from './lacp.ts'
import { canOffload, queueBondLag, queueRemap, tooManyVfs } from './lag.ts'
import { log, logPortLink } from './log.ts'
import { addLink, dropLink } from './netdev.ts'

/** Makes a bond (`ip link add NAME type bond`, `+NAME` to bonding_masters). */
export function addBond(context: KernelContext, name: string, options: Partial<BondState>): Sys {
  if (context.state.links[name]) return refused('EEXIST')
  if (name.length > 15 || /[\s/]/.test(name) || name === '') return refused('EINVAL')
  const bond = { ...newBond(), ...options, slaves: [], activeSlave: null, failures: {} }
  if (bond.mode === '802.3ad' && bond.miimon === 0) bond.miimon = 100
  addLink(context.state, {
    name,
    kind: 'bond',
    mac: madeUpMac(context, `${name}/${context.state.nextIfindex}`),
    up: false,
    mtu: 1500,
    master: null,
    addresses: [],
    port: null,
    hwTcOffload: false,
    bond,
  })
  return done
}

/** Sets one option; `slaves` takes `+NAME` and `-NAME` as the sysfs file does. */
export function setBondOption(context: KernelContext, name: string, option: string, value: string): Sys {
  const link = context.state.links[name]
  if (!link?.bond) return refused('ENODEV')
  if (option === 'slaves') return changeSlaves(context, link, value.trim())

  const before = link.bond.activeSlave
  const result = setOption((text) => log(context, text), name, link.bond, link.up, option, value)
  if (result.ok && link.bond.activeSlave !== before) queueBondLag(context, link)
  return result
}

function changeSlaves(context: KernelContext, link: Link, value: string): Sys {
  const slave = value.slice(1)
  const sign = value[0]
  if (sign !== '+' && sign !== '-') return refused('EINVAL')
  if (!context.state.links[slave]) return refused('ENODEV')
  if (sign === '-')
    return context.state.links[slave]?.master === link.name ? release(context, slave) : refused('ENODEV')
  if (context.state.links[slave]?.master !== null) return refused('EBUSY')
  const result = enslave(context, slave, link)
  return result.ok ? done : result
}

/** Puts an interface into a bond: it takes the bond's MAC and MTU and is set up (bond_enslave). */
export function enslave(context: KernelContext, name: string, master: Link): Sys<{ readonly warning?: string }> {
  const slave = context.state.links[name]
  const bond = master.bond
  if (!slave || !bond) return refused('ENODEV')
  if (slave.bond) return refused('EPERM', 'Device type (master device) cannot be enslaved')
  if (slave.master !== null) return refused('EBUSY', 'Device is in use and cannot be enslaved')
  if (slave.up) return refused('EPERM', 'Device can not be enslaved while up.')
  if (slave.kind === 'loopback' || slave.kind === 'ovs') return refused('EOPNOTSUPP', 'Device type cannot be enslaved')
  const card = slave.kind === 'pf' ? cardOfLink(context.state, slave) : undefined
  // The driver's notifier vetoes it; which errno it gives is inferred.
  if (card?.lag.mode === 'mpesw') return refused('EINVAL')
  if (bond.slaves.length === 0) master.mac = slave.mac
  slave.master = master.name
  slave.mac = master.mac
  slave.mtu = master.mtu
  slave.up = true
  logPortLink(context, slave, false)
  bond.slaves.push(name)
  bond.failures[name] = 0
  const carrier = carrierOf(context.state, slave)
  context.running.carriers.set(name, carrier)
  const backup = bond.mode === 'active-backup' ? bond.activeSlave !== null || !carrier : bond.mode === '802.3ad'
  const how = `${backup ? 'a backup' : 'an active'} interface with ${carrier ? 'an up' : 'a down'} link`
  logSlave(context, master.name, name, `Enslaving as ${how}`, `Enslaving ${name} as ${how}`)
  elect(context, master)
  negotiate(context, master.name, name, () => {
    elect(context, master)
    queueBondLag(context, master)
  })
  queueBondLag(context, master)
  // The driver learns of the bond when its last port joins; then it says what it cannot offload (mlx5_lag_netdev_event).
  const why = card && bond.slaves.length === 2 ? whyNoOffload(context, card, bond) : null
  return gave(why !== null && kernelOf(context).extendedAcks ? { warning: `mlx5_core: ${why}.` } : {})
}

/** What the driver objects to in a bond of both ports of a card. */
function whyNoOffload(context: KernelContext, card: Card, bond: BondState): string | null {
  if (!bond.slaves.every((name) => cardOfLink(context.state, context.state.links[name]) === card)) return null
  if (!canOffload(bond)) return "Can't activate LAG offload, TX type isn't supported"
  return tooManyVfs(context, card) ? "Can't activate LAG offload, PF is configured with more than 64 VFs" : null
}

/** Takes an interface out of its bond: it goes down and has its own MAC again. */
export function release(context: KernelContext, name: string): Sys {
  const slave = context.state.links[name]
  const master = slave?.master ? context.state.links[slave.master] : undefined
  if (!slave || !master?.bond) return refused('EINVAL')
  logSlave(context, master.name, name, 'Releasing backup interface', `Releasing backup interface ${name}`)
  forgetSlave(context, master, name)
  slave.master = null
  const before = carrierOf(context.state, slave)
  slave.up = false
  logPortLink(context, slave, before)
  slave.mac = permanentMac(context, slave)
  return done
}

/** The bond's part of losing a member, also one whose interface is gone. */
export function forgetSlave(context: KernelContext, master: Link, name: string): void {
  const bond = master.bond
  if (!bond) return
  bond.slaves = bond.slaves.filter((each) => each !== name)
  delete bond.failures[name]
  context.running.negotiating.delete(name)
  context.running.carriers.delete(name)
  if (bond.activeSlave === name) bond.activeSlave = null
  if (bond.slaves.length === 0) master.mac = madeUpMac(context, `${master.name}/${context.state.nextIfindex}`)
  elect(context, master)
  queueBondLag(context, master, context.state.links[name])
}

/** Deletes a bond and sets its members free. */
export function deleteBond(context: KernelContext, master: Link): Sys {
  for (const slave of master.bond?.slaves ?? []) release(context, slave)
  if (master.master !== null) master.master = null
  log(context, `${master.name} (unregistering): Released all slaves`)
  return dropLink(context.state, master.name)
}

/** The MAC that the hardware has. */
export function permanentMac(context: KernelContext, link: Link): string {
  return link.kind === 'pf' ? (pfOf(context.state, link)?.mac ?? link.mac) : link.mac
}

/** A member's link has changed: the MII monitor finds it at its next tick, and believes it after `updelay` or `downdelay`. False when nobody looks. */
export function lookSoon(context: KernelContext, slave: Link): boolean {
  const bond = slave.master === null ? null : context.state.links[slave.master]?.bond
  if (!bond || bond.miimon === 0) return false
  const tick = bond.miimon / 1000
  const now = context.time.now()
  const delay = Number(bond.options?.[carrierOf(context.state, slave) ? 'updelay' : 'downdelay'] ?? 0) / 1000
  later(context, (Math.floor(now / tick) + 1) * tick - now + delay, () => monitorBonds(context))
  return true
}

/** Looks at the members' carriers, as the MII monitor does every tick: counts failures, elects the active one, tells the driver. */
export function monitorBonds(context: KernelContext): void {
  for (const master of Object.values(context.state.links)) {
    const bond = master.bond
    if (!bond || bond.miimon === 0) continue
    for (const name of bond.slaves) {
      const slave = context.state.links[name]
      if (!slave) continue
      const now = carrierOf(context.state, slave)
      const before = context.running.carriers.get(name)
      context.running.carriers.set(name, now)
      if (before === undefined || before === now) continue
      linkChanged(context, master, name, now)
    }
  }
}

function linkChanged(context: KernelContext, master: Link, name: string, up: boolean): void {
  const bond = master.bond
  if (!bond) return
  if (up) {
    const slave = context.state.links[name]
    const speed = slave === undefined ? -1 : speedOf(context.state, slave)
    const text = `link status definitely up, ${speed} Mbps full duplex`
    logSlave(
      context,
      master.name,
      name,
      text,
      `link status definitely up for interface ${name}, ${speed} Mbps full duplex`,
    )
    negotiate(context, master.name, name, () => {
      elect(context, master)
      queueRemap(context, master)
      context.fabric.touch()
    })
  } else {
    bond.failures[name] = (bond.failures[name] ?? 0) + 1
    context.running.negotiating.delete(name)
    logSlave(
      context,
      master.name,
      name,
      'link status definitely down, disabling slave',
      `link status definitely down for interface ${name}, disabling it`,
    )
  }
  const others = bond.slaves.filter((each) => each !== name).some((each) => seenUp(context, each))
  if (!others)
    log(
      context,
      up ? `${master.name}: active interface up!` : `${master.name}: now running without any active interface!`,
    )
  elect(context, master)
  queueRemap(context, master)
  context.fabric.touch()
}

/** In active-backup: keeps the active member while it has carrier, else takes the first that has. */
function elect(context: KernelContext, master: Link): void {
  const bond = master.bond
  if (!bond || !['active-backup', 'balance-tlb', 'balance-alb'].includes(bond.mode)) return
  const hasCarrier = (name: string) => {
    const link = context.state.links[name]
    return link !== undefined && (bond.miimon === 0 ? link.up : seenUp(context, name))
  }
  if (bond.activeSlave !== null && hasCarrier(bond.activeSlave)) return
  const next = bond.slaves.find(hasCarrier) ?? null
  if (next !== null && next !== bond.activeSlave)
    logSlave(
      context,
      master.name,
      next,
      'making interface the new active one',
      `making interface ${next} the new active one`,
    )
  bond.activeSlave = next
}

/** Whether a member is in use: what `state` of bonding_slave says. */
export function isActiveSlave(context: KernelContext, master: Link, name: string): boolean {
  const bond = master.bond
  if (!bond) return false
  if (bond.mode === '802.3ad') return lacpPorts(context, master.name).some((port) => port.slave === name && port.inUse)
  if (bond.mode === 'active-backup') return bond.activeSlave === name
  return seenUp(context, name)
}

function logSlave(context: KernelContext, bond: string, slave: string, text: string, oldText: string): void {
  log(context, kernelOf(context).bondLogsSlave ? `${bond}: (slave ${slave}): ${text}` : `${bond}: ${oldText}`)
}
