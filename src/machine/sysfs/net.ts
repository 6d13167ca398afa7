import { done, gave, refused } from '../errno.ts'
import { addBond, isActiveSlave, permanentMac, setBondOption } from '../kernel/bond.ts'
import { bondModes, hashPolicies, otherOption, otherOptions } from '../kernel/bond-options.ts'
import { actorKey } from '../kernel/bond-report.ts'
import { cardOfLink, pfOf } from '../kernel/card.ts'
import { carrierOf, operstate, seenUp, speedOf } from '../kernel/carrier.ts'
import type { KernelContext } from '../kernel/context.ts'
import { ownsEswitch } from '../kernel/eswitch.ts'
import { activeAggregator, lacpPorts } from '../kernel/lacp.ts'
import { deleteLink } from '../kernel/links.ts'
import { zeroMac } from '../kernel/netdev.ts'
import type { Sys } from '../machine.ts'
import { kernelOf } from '../profiles/kernels.ts'
import type { BondState, Link } from '../state.ts'
import { attempt, type DirectoryNode, dir, type FileNode, type Node, setting, symlink, value } from './node.ts'
import { ofedCompat } from './ofed.ts'
import { netPlace, ownController, pciOfLink, relative } from './places.ts'

/** /sys/class/net: a link for every interface, and bonding_masters. */
export function netClass(context: KernelContext): DirectoryNode {
  return dir(() => ({
    ...Object.fromEntries(
      Object.values(context.state.links).map((link) => [
        link.name,
        symlink(relative('class/net', netPlace(context.state, link))),
      ]),
    ),
    ...(hasBonding(context) ? { bonding_masters: bondingMasters(context) } : {}),
  }))
}

/** The bonding module is there once there is a bond; the file is, too. */
const hasBonding = (context: KernelContext): boolean => context.state.profile.os !== 'client'

/** /sys/devices/virtual/net and the net directory of a PCI device hold these. */
export function netDirectory(context: KernelContext, link: Link): DirectoryNode {
  const { state } = context
  const here = netPlace(state, link)
  const pci = pciOfLink(state, link)
  const carrier = () => carrierOf(state, link)
  return dir(() => ({
    addr_assign_type: value(() => (link.kind === 'pf' || link.kind === 'management' ? 0 : 1)),
    address: value(() => link.mac),
    broadcast: value(() => (link.kind === 'loopback' ? zeroMac : 'ff:ff:ff:ff:ff:ff')),
    carrier: attempt(() => (link.up ? gave(carrier() ? 1 : 0) : refused('EINVAL'))),
    dev_id: value(() => '0x0'),
    dev_port: value(() => 0),
    duplex: attempt(() =>
      link.up && link.kind !== 'loopback' ? gave(carrier() ? 'full' : 'unknown') : refused('EINVAL'),
    ),
    flags: value(() => `0x${flagBits(link).toString(16)}`),
    ifindex: value(() => link.ifindex),
    iflink: value(() => link.ifindex),
    mtu: setting(
      () => link.mtu,
      (text) => setMtu(link, text),
    ),
    operstate: value(() => operstate(state, link)),
    phys_port_name: attempt(() => portName(context, link)),
    phys_switch_id: attempt(() => switchId(context, link)),
    speed: attempt(() =>
      link.up && link.kind !== 'loopback' && link.kind !== 'ovs' ? gave(speedOf(state, link)) : refused('EINVAL'),
    ),
    statistics: dir(() =>
      Object.fromEntries(Object.entries(link.counters).map(([name, count]) => [name, value(() => count)])),
    ),
    subsystem: symlink(relative(here, 'class/net')),
    tx_queue_len: value(() => 1000),
    type: value(() => (link.kind === 'loopback' ? 772 : 1)),
    uevent: value(() => `INTERFACE=${link.name}\nIFINDEX=${link.ifindex}`),
    ...(pci === null ? {} : { device: symlink(`../../../${pci}`) }),
    ...(link.kind === 'management' ? { device: symlink(`../../../${ownController(link)}`) } : {}),
    ...(link.kind === 'pf' && state.profile.ofed ? compatOf(context, link) : {}),
    ...uppers(context, link, here),
    ...vlansOf(context, link, here),
    ...(link.bond ? bondEntries(context, link, link.bond, here) : {}),
  }))
}

function compatOf(context: KernelContext, link: Link): Readonly<Record<string, Node>> {
  const pf = pfOf(context.state, link)
  return pf ? { compat: ofedCompat(context, pf) } : {}
}

/** The controllers of the host's own ports, by PCI address. */
export function managementDevices(context: KernelContext): Readonly<Record<string, Node>> {
  const links = Object.values(context.state.links).filter((link) => link.kind === 'management')
  return Object.fromEntries(
    [...new Set(links.map(ownController))].map((pci) => [
      pci,
      dir(() => ({
        vendor: value(() => '0x8086'),
        device: value(() => '0x15b7'),
        class: value(() => '0x020000'),
        uevent: value(() => `DRIVER=e1000e\nPCI_CLASS=20000\nPCI_ID=8086:15B7\nPCI_SLOT_NAME=${pci}`),
        net: dir(() =>
          Object.fromEntries(
            links.filter((link) => ownController(link) === pci).map((link) => [link.name, netDirectory(context, link)]),
          ),
        ),
      })),
    ]),
  )
}

/** The name of the port in the card: `p0` of an uplink, `pf0vf1` of a representor. */
function portName(context: KernelContext, link: Link): Sys<string> {
  if (link.kind === 'representor' && link.port) return gave(`pf${link.port.pf}vf${link.port.vf}`)
  if (link.kind === 'pf' && link.port && hasSwitch(context, link)) return gave(`p${link.port.pf}`)
  return refused('EOPNOTSUPP')
}

/** The card's GUID on everything that is a port of its switch. */
function switchId(context: KernelContext, link: Link): Sys<string> {
  const card = cardOfLink(context.state, link)
  if (card && (link.kind === 'representor' || (link.kind === 'pf' && hasSwitch(context, link)))) return gave(card.guid)
  return refused('EOPNOTSUPP')
}

/** Old kernels show an uplink as a switch port only in switchdev mode; where the e-switch is not the host's it is none. */
function hasSwitch(context: KernelContext, link: Link): boolean {
  const pf = pfOf(context.state, link)
  if (!pf || !ownsEswitch(context.state, pf)) return false
  return kernelOf(context).uplinkIsPortInLegacy || pf.eswitch.mode === 'switchdev'
}

function uppers(context: KernelContext, link: Link, here: string): Readonly<Record<string, Node>> {
  const master = link.master === null ? undefined : context.state.links[link.master]
  if (!master) return {}
  const target = symlink(relative(here, netPlace(context.state, master)))
  return {
    master: target,
    [`upper_${master.name}`]: target,
    ...(master.bond ? { bonding_slave: slaveDirectory(context, master, link) } : {}),
  }
}

/** The interface below a VLAN, and the VLANs on an interface. */
function vlansOf(context: KernelContext, link: Link, here: string): Readonly<Record<string, Node>> {
  const { state } = context
  const to = (other: Link) => symlink(relative(here, netPlace(state, other)))
  const lower = link.vlan === undefined ? undefined : state.links[link.vlan.lower]
  const above = Object.values(state.links).filter(({ vlan }) => vlan?.lower === link.name)
  return {
    ...(lower ? { [`lower_${lower.name}`]: to(lower) } : {}),
    ...Object.fromEntries(above.map((other) => [`upper_${other.name}`, to(other)])),
  }
}

function slaveDirectory(context: KernelContext, master: Link, link: Link): DirectoryNode {
  const port = () => lacpPorts(context, master.name).find((each) => each.slave === link.name)
  return dir(() => ({
    ad_actor_oper_port_state: value(() => port()?.actorState ?? 'N/A'),
    ad_aggregator_id: value(() => port()?.aggregator ?? 'N/A'),
    ad_partner_oper_port_state: value(() => port()?.partnerState ?? 'N/A'),
    link_failure_count: value(() => master.bond?.failures[link.name] ?? 0),
    mii_status: value(() => (seenUp(context, link.name) ? 'up' : 'down')),
    perm_hwaddr: value(() => permanentMac(context, link)),
    queue_id: value(() => 0),
    state: value(() => (isActiveSlave(context, master, link.name) ? 'active' : 'backup')),
  }))
}

function bondEntries(
  context: KernelContext,
  link: Link,
  bond: BondState,
  here: string,
): Readonly<Record<string, Node>> {
  const lowers = bond.slaves.flatMap((name): readonly [string, Node][] => {
    const slave = context.state.links[name]
    return slave ? [[`lower_${name}`, symlink(relative(here, netPlace(context.state, slave)))]] : []
  })
  return { bonding: dir(() => bondingFiles(context, link, bond)), ...Object.fromEntries(lowers) }
}

function bondingFiles(context: KernelContext, link: Link, bond: BondState): Readonly<Record<string, Node>> {
  const option = (name: string, show: () => string): FileNode =>
    setting(show, (text) => setBondOption(context, link.name, name, text))
  const ports = () => lacpPorts(context, link.name)
  const active = () => {
    const id = activeAggregator(ports())
    const members = ports().filter((port) => port.aggregator === id && port.inUse)
    return { id, members, leader: members[0] }
  }
  const lacpOnly = (show: () => string | number): FileNode => value(() => (bond.mode === '802.3ad' ? show() : ''))
  const { bondArpMissedMax, bondLacpActive, bondNotifyDelay } = kernelOf(context)
  const absent = [
    ...(bondLacpActive ? [] : ['lacp_active']),
    ...(bondNotifyDelay ? [] : ['peer_notif_delay']),
    ...(bondArpMissedMax ? [] : ['arp_missed_max']),
  ]
  const others = Object.keys(otherOptions).filter((name) => !absent.includes(name))
  return {
    ...Object.fromEntries(others.map((name) => [name, option(name, () => otherText(bond, name))])),
    mode: option('mode', () => `${bond.mode} ${bondModes.indexOf(bond.mode)}`),
    miimon: option('miimon', () => String(bond.miimon)),
    lacp_rate: option('lacp_rate', () => `${bond.lacpRate} ${bond.lacpRate === 'fast' ? 1 : 0}`),
    xmit_hash_policy: option(
      'xmit_hash_policy',
      () => `${bond.xmitHashPolicy} ${hashPolicies.indexOf(bond.xmitHashPolicy)}`,
    ),
    arp_ip_target: value(() => ''),
    queue_id: value(() => bond.slaves.map((name) => `${name}:0`).join(' ')),
    slaves: option('slaves', () => bond.slaves.join(' ')),
    active_slave: option('active_slave', () => (bond.mode === 'active-backup' ? (bond.activeSlave ?? '') : '')),
    mii_status: value(() => (link.up && bond.slaves.some((name) => seenUp(context, name)) ? 'up' : 'down')),
    ad_aggregator: lacpOnly(() => active().id ?? ''),
    ad_num_ports: lacpOnly(() => Math.max(1, active().members.length)),
    ad_actor_key: lacpOnly(() => actorKey(context, active().leader?.slave)),
    ad_partner_key: lacpOnly(() => active().leader?.partnerKey ?? 1),
    ad_partner_mac: lacpOnly(() => active().leader?.partnerMac ?? zeroMac),
  }
}

/** Options with words read `word number`. */
function otherText(bond: BondState, name: string): string {
  const shown = otherOption(bond, name)
  const words = otherOptions[name]?.words
  return words ? `${shown} ${words.indexOf(shown)}` : shown
}

function bondingMasters(context: KernelContext): FileNode {
  const bonds = () =>
    Object.values(context.state.links)
      .filter((link) => link.kind === 'bond')
      .sort((a, b) => a.ifindex - b.ifindex)
      .map((link) => link.name)
  return setting(
    () => bonds().join(' '),
    (text) => {
      const name = text.trim().slice(1)
      if (text.startsWith('+')) return addBond(context, name, {})
      if (!text.startsWith('-')) return refused('EINVAL')
      return context.state.links[name]?.bond ? deleteLink(context, name) : refused('ENODEV')
    },
  )
}

function setMtu(link: Link, text: string): Sys {
  const mtu = Number(text.trim())
  if (!Number.isInteger(mtu) || mtu < 68 || mtu > 9978) return refused('EINVAL')
  link.mtu = mtu
  return done
}

/** IFF_UP 1, BROADCAST 2, LOOPBACK 8, MASTER 0x400, SLAVE 0x800, MULTICAST 0x1000 (if.h). */
function flagBits(link: Link): number {
  const base = link.kind === 'loopback' ? 0x8 : 0x1002
  return (
    base |
    (link.up ? 1 : 0) |
    (link.bond ? 0x400 : 0) |
    (link.master !== null && link.master !== 'ovs-system' ? 0x800 : 0)
  )
}
