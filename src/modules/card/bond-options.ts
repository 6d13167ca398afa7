import type { ArgSchema } from '../../module/module.ts'

/** What is known of one option of the bonding driver, in the three modes of which mlx5 makes a LAG. */
export interface BondOption {
  readonly description: string
  /** Words in the order of their numbers in the kernel; an option without them is a whole number, or a text. */
  readonly words?: readonly string[]
  readonly kind?: 'number' | 'text'
  /** The modes that take it (bond_options.c, `unsuppmodes`); all when not given. */
  readonly modes?: readonly string[]
  /** The kernel takes it of a bond that runs; others want it down. */
  readonly live?: true
  /** Its key under `parameters` of netplan (netplan-yaml.md), where it has one. Of two names the older, which all versions read. */
  readonly netplan?: string
  /** Its key in section [Bond] of a .netdev file (systemd.netdev(5)), where it has one. `Primary` is the port's, not the bond's. */
  readonly networkd?: string
  /** Of a time in milliseconds: networkd wants its unit. */
  readonly milliseconds?: true
}

const lacp = ['802.3ad']
const backup = ['active-backup']

/** The options by the kernel's names (Documentation/networking/bonding.rst). ARP monitoring and what only other modes have are not here. */
export const bondOptions: Readonly<Record<string, BondOption>> = {
  miimon: {
    description: 'Milliseconds between two looks at the links',
    kind: 'number',
    live: true,
    netplan: 'mii-monitor-interval',
    networkd: 'MIIMonitorSec',
    milliseconds: true,
  },
  updelay: {
    description: 'Milliseconds until a link that is up is used',
    kind: 'number',
    live: true,
    netplan: 'up-delay',
    networkd: 'UpDelaySec',
    milliseconds: true,
  },
  downdelay: {
    description: 'Milliseconds until a link that is down is left',
    kind: 'number',
    live: true,
    netplan: 'down-delay',
    networkd: 'DownDelaySec',
    milliseconds: true,
  },
  use_carrier: { description: 'Look at the carrier rather than at MII registers', kind: 'number', live: true },
  lacp_rate: {
    description: 'How often the partner is to send LACPDUs',
    words: ['slow', 'fast'],
    modes: lacp,
    netplan: 'lacp-rate',
    networkd: 'LACPTransmitRate',
  },
  lacp_active: { description: 'Whether LACPDUs are sent unasked', words: ['off', 'on'], modes: lacp },
  ad_select: {
    description: 'How the aggregator is chosen',
    words: ['stable', 'bandwidth', 'count'],
    modes: lacp,
    netplan: 'ad-select',
    networkd: 'AdSelect',
  },
  ad_actor_sys_prio: {
    description: 'System priority in LACPDUs',
    kind: 'number',
    modes: lacp,
    networkd: 'AdActorSystemPriority',
  },
  ad_actor_system: {
    description: 'System MAC address in LACPDUs',
    kind: 'text',
    modes: lacp,
    networkd: 'AdActorSystem',
  },
  ad_user_port_key: {
    description: 'Upper bits of the port key',
    kind: 'number',
    modes: lacp,
    networkd: 'AdUserPortKey',
  },
  min_links: {
    description: 'Links that have to be up for the bond to be up',
    kind: 'number',
    modes: lacp,
    live: true,
    netplan: 'min-links',
    networkd: 'MinLinks',
  },
  xmit_hash_policy: {
    description: 'What decides through which port a packet goes',
    words: ['layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4', 'vlan+srcmac'],
    modes: ['802.3ad', 'balance-xor'],
    live: true,
    netplan: 'transmit-hash-policy',
    networkd: 'TransmitHashPolicy',
  },
  primary: {
    description: 'The port that is used while it is up',
    kind: 'text',
    modes: backup,
    live: true,
    netplan: 'primary',
    networkd: 'Primary',
  },
  primary_reselect: {
    description: 'When the primary port is used again',
    words: ['always', 'better', 'failure'],
    modes: backup,
    live: true,
    netplan: 'primary-reselect-policy',
    networkd: 'PrimaryReselectPolicy',
  },
  fail_over_mac: {
    description: 'Whose MAC address the bond has',
    words: ['none', 'active', 'follow'],
    modes: backup,
    netplan: 'fail-over-mac-policy',
    networkd: 'FailOverMACPolicy',
  },
  num_grat_arp: {
    description: 'Gratuitous ARPs after a failover',
    kind: 'number',
    modes: backup,
    netplan: 'gratuitous-arp',
    networkd: 'GratuitousARP',
  },
  num_unsol_na: { description: 'Unsolicited neighbour advertisements after a failover', kind: 'number', modes: backup },
  all_slaves_active: {
    description: 'Take frames that arrive at a port which is not in use',
    kind: 'number',
    netplan: 'all-slaves-active',
    networkd: 'AllSlavesActive',
  },
  resend_igmp: {
    description: 'IGMP reports after a failover',
    kind: 'number',
    netplan: 'resend-igmp',
    networkd: 'ResendIGMP',
  },
  peer_notif_delay: { description: 'Milliseconds between two such notices', kind: 'number' },
}

/**
 * Hash policies that netplan and networkd know (systemd, src/shared/bond-util.c; netplan-yaml.md). The kernel's
 * `vlan+srcmac` is not among them.
 */
export const networkdHashPolicies: readonly string[] = ['layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4']

/** Schemas of the options, for arguments; a word may be given by the kernel's number for it. */
export const optionSchemas: Readonly<Record<string, ArgSchema>> = Object.fromEntries(
  Object.entries(bondOptions).map(([name, { description, words, kind }]): [string, ArgSchema] => {
    if (words) return [name, { description, enum: [...words, ...words.keys()] }]
    if (kind === 'text') return [name, { description, type: 'string', minLength: 1 }]
    return [name, { description, type: ['integer', 'boolean'], minimum: 0 }]
  }),
)
