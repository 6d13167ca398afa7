import { otherOption } from '../kernel/bond-options.ts'
import { carrierOf, operstate } from '../kernel/carrier.ts'
import type { Machine } from '../machine.ts'
import type { Link } from '../state.ts'
import { pciOfLink } from '../sysfs/places.ts'
import { attribute, flagsOf, qdiscOf } from './ip-text.ts'
import { vfInfo } from './ip-vf.ts'

/** One element of `ip -j link show`. */
export function linkJson(machine: Machine, link: Link, details: boolean): Readonly<Record<string, unknown>> {
  const name = attribute(machine, link, 'phys_port_name')
  const id = attribute(machine, link, 'phys_switch_id')
  const pci = pciOfLink(machine.state, link)
  return {
    ifindex: link.ifindex,
    ...(link.vlan && { link: link.vlan.lower }),
    ifname: link.name,
    flags: flagsOf(machine, link),
    mtu: link.mtu,
    qdisc: qdiscOf(link),
    ...(link.master !== null && { master: link.master }),
    operstate: operstate(machine.state, link).toUpperCase(),
    linkmode: 'DEFAULT',
    group: 'default',
    txqlen: 1000,
    link_type: link.kind === 'loopback' ? 'loopback' : 'ether',
    address: link.mac,
    broadcast: link.kind === 'loopback' ? '00:00:00:00:00:00' : 'ff:ff:ff:ff:ff:ff',
    ...(details && {
      promiscuity: link.master === 'ovs-system' ? 1 : 0,
      min_mtu: 68,
      max_mtu: 9978,
      ...linkInfo(machine, link),
      inet6_addr_gen_mode: 'eui64',
      num_tx_queues: 10,
      num_rx_queues: 10,
      gso_max_size: 65536,
      gso_max_segs: 65535,
      ...(name !== null && { phys_port_name: name }),
      ...(id !== null && { phys_switch_id: id }),
      ...(pci !== null && { parentbus: 'pci', parentdev: pci }),
    }),
    ...vfInfo(machine, link),
  }
}

/** One element of `ip -j addr show`. */
export function addressJson(machine: Machine, link: Link, details: boolean): Readonly<Record<string, unknown>> {
  const { linkmode: _mode, ...rest } = linkJson(machine, link, details)
  return {
    ...rest,
    addr_info: link.addresses.map((each) => {
      const [local = '', prefix = '32'] = each.split('/')
      return {
        family: local.includes(':') ? 'inet6' : 'inet',
        local,
        prefixlen: Number(prefix),
        scope: link.kind === 'loopback' ? 'host' : local.startsWith('fe80:') ? 'link' : 'global',
        label: link.name,
        valid_life_time: 4_294_967_295,
        preferred_life_time: 4_294_967_295,
      }
    }),
  }
}

function linkInfo(machine: Machine, link: Link): Readonly<Record<string, unknown>> {
  if (link.bond) return { linkinfo: { info_kind: 'bond', info_data: bondData(machine, link) } }
  const master = link.master === null ? undefined : machine.state.links[link.master]
  if (!master?.bond) return {}
  const port = machine.kernel.lacp(master.name).find((each) => each.slave === link.name)
  return {
    linkinfo: {
      info_slave_kind: 'bond',
      info_slave_data: {
        state: attribute(machine, link, 'bonding_slave/state')?.toUpperCase(),
        mii_status: carrierOf(machine.state, link) ? 'UP' : 'DOWN',
        link_failure_count: master.bond.failures[link.name] ?? 0,
        perm_hwaddr: attribute(machine, link, 'bonding_slave/perm_hwaddr'),
        queue_id: 0,
        prio: 0,
        ...(port && {
          ad_aggregator_id: port.aggregator,
          ad_actor_oper_port_state: port.actorState,
          ad_actor_oper_port_state_str: stateWords(port.actorState),
          ad_partner_oper_port_state: port.partnerState,
          ad_partner_oper_port_state_str: stateWords(port.partnerState),
        }),
      },
    },
  }
}

/** Bits of an LACP port state as iproute2 names them. */
function stateWords(state: number): readonly string[] {
  const words = [
    'active',
    'short_timeout',
    'aggregating',
    'in_sync',
    'collecting',
    'distributing',
    'defaulted',
    'expired',
  ]
  return words.filter((_, bit) => (state & (1 << bit)) !== 0)
}

function bondData(machine: Machine, link: Link): Readonly<Record<string, unknown>> {
  const { bond } = link
  if (!bond) return {}
  const number = (name: string) => Number(otherOption(bond, name))
  const ports = machine.kernel.lacp(link.name)
  return {
    mode: bond.mode,
    ...(bond.mode === 'active-backup' && bond.activeSlave !== null && { active_slave: bond.activeSlave }),
    miimon: bond.miimon,
    updelay: number('updelay'),
    downdelay: number('downdelay'),
    peer_notify_delay: number('peer_notif_delay'),
    use_carrier: number('use_carrier'),
    arp_interval: 0,
    arp_missed_max: 2,
    arp_validate: null,
    arp_all_targets: 'any',
    primary_reselect: otherOption(bond, 'primary_reselect'),
    fail_over_mac: otherOption(bond, 'fail_over_mac'),
    xmit_hash_policy: bond.xmitHashPolicy,
    resend_igmp: 1,
    num_peer_notif: 1,
    all_slaves_active: 0,
    min_links: number('min_links'),
    lp_interval: 1,
    packets_per_slave: 1,
    ad_lacp_active: otherOption(bond, 'lacp_active'),
    ad_lacp_rate: bond.lacpRate,
    ad_select: otherOption(bond, 'ad_select'),
    ...(ports.length > 0 && {
      ad_info: {
        aggregator: Number(attribute(machine, link, 'bonding/ad_aggregator')),
        num_ports: Number(attribute(machine, link, 'bonding/ad_num_ports')),
        actor_key: Number(attribute(machine, link, 'bonding/ad_actor_key')),
        partner_key: Number(attribute(machine, link, 'bonding/ad_partner_key')),
        partner_mac: attribute(machine, link, 'bonding/ad_partner_mac'),
      },
    }),
    tlb_dynamic_lb: 1,
  }
}
