import { otherOption } from '../kernel/bond-options.ts'
import { carrierOf, operstate } from '../kernel/carrier.ts'
import type { Machine } from '../machine.ts'
import { userlandOf } from '../profiles/userland.ts'
import type { Link } from '../state.ts'
import { pciOfLink } from '../sysfs/places.ts'
import { vfLines } from './ip-vf.ts'

/** Interface flags in ip's order. */
export function flagsOf(machine: Machine, link: Link): readonly string[] {
  const carrier = carrierOf(machine.state, link)
  const slave = link.master !== null && machine.state.links[link.master]?.bond != null
  return [
    ...(link.up && !carrier ? ['NO-CARRIER'] : []),
    ...(link.kind === 'loopback' ? ['LOOPBACK'] : ['BROADCAST', 'MULTICAST']),
    ...(link.bond ? ['MASTER'] : []),
    ...(slave ? ['SLAVE'] : []),
    ...(link.up ? ['UP'] : []),
    ...(link.up && carrier ? ['LOWER_UP'] : []),
  ]
}

/** What the queueing discipline is called: noop while down, mq on ports of the card. */
export function qdiscOf(link: Link): string {
  if (!link.up) return 'noop'
  return ['pf', 'vf', 'representor', 'management'].includes(link.kind) ? 'mq' : 'noqueue'
}

/** The file of sysfs, null when it cannot be read. */
export function attribute(machine: Machine, link: Link, name: string): string | null {
  const content = machine.files.read(`/sys/class/net/${link.name}/${name}`)
  return content.ok ? Buffer.from(content.value).toString('utf8').trimEnd() : null
}

/** A VLAN is shown with the interface below: `bond0.100@bond0`. */
export const shownName = (link: Link): string => (link.vlan ? `${link.name}@${link.vlan.lower}` : link.name)

/** The first line of `ip link show` and `ip addr show`. */
export function headLine(machine: Machine, link: Link): string {
  const master = link.master === null ? '' : ` master ${link.master}`
  const state = operstate(machine.state, link).toUpperCase()
  return `${link.ifindex}: ${shownName(link)}: <${flagsOf(machine, link).join(',')}> mtu ${link.mtu} qdisc ${qdiscOf(link)}${master} state ${state} mode DEFAULT group default qlen 1000`
}

/** The second line, and with details what follows it. */
export function linkLines(machine: Machine, link: Link, details: boolean): readonly string[] {
  const broadcast = link.kind === 'loopback' ? '00:00:00:00:00:00' : 'ff:ff:ff:ff:ff:ff'
  const type = link.kind === 'loopback' ? 'loopback' : 'ether'
  const lines = [`    link/${type} ${link.mac} brd ${broadcast}${details ? detailsOf(machine, link) : ''}`]
  if (link.kind === 'pf') lines.push(...vfLines(machine, link))
  return lines
}

function detailsOf(machine: Machine, link: Link): string {
  const promiscuity = link.master === 'ovs-system' ? 1 : 0
  const name = attribute(machine, link, 'phys_port_name')
  const id = attribute(machine, link, 'phys_switch_id')
  const pci = pciOfLink(machine.state, link)
  const old = userlandOf(machine).ancient
  const sizes = 'numtxqueues 10 numrxqueues 10 gso_max_size 65536 gso_max_segs 65535'
  return [
    ` promiscuity ${promiscuity} `,
    link.bond ? `\n    ${bondDetails(link)} ` : '',
    `addrgenmode eui64 ${sizes} `,
    name === null ? '' : `portname ${name} `,
    id === null ? '' : `switchid ${id} `,
    pci === null || old ? '' : `parentbus pci parentdev ${pci} `,
  ].join('')
}

function bondDetails(link: Link): string {
  const { bond } = link
  if (!bond) return ''
  const option = (name: string) => otherOption(bond, name)
  return [
    `bond mode ${bond.mode}`,
    ...(bond.mode === 'active-backup' && bond.activeSlave !== null ? [`active_slave ${bond.activeSlave}`] : []),
    `miimon ${bond.miimon} updelay ${option('updelay')} downdelay ${option('downdelay')} peer_notify_delay ${option('peer_notif_delay')}`,
    `use_carrier ${option('use_carrier')} arp_interval 0 arp_missed_max 2 arp_validate none arp_all_targets any`,
    `primary_reselect always fail_over_mac ${option('fail_over_mac')} xmit_hash_policy ${bond.xmitHashPolicy} resend_igmp 1 num_grat_arp 1`,
    `all_slaves_active 0 min_links ${option('min_links')} lp_interval 1 packets_per_slave 1 lacp_active ${option('lacp_active')}`,
    `lacp_rate ${bond.lacpRate} ad_select ${option('ad_select')} tlb_dynamic_lb 1`,
  ].join(' ')
}

/** The brief line: name, state, MAC, flags. */
export function briefLine(machine: Machine, link: Link): string {
  const state = operstate(machine.state, link).toUpperCase()
  return `${link.name.padEnd(16)} ${state.padEnd(14)} ${link.mac} <${flagsOf(machine, link).join(',')}> `
}
