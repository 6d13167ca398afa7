import type { CardName } from './profiles/card-models.ts'
import type { JournalLine } from './services/journal.ts'

/**
 * The whole of a modelled hypervisor as plain data: it can be stored as JSON, compared and copied. Behaviour lives in
 * kernel/ (what the kernel and the card do) and tools/ (what programs do); nothing of a machine is kept elsewhere.
 */
export interface MachineState {
  /** Host name. */
  readonly name: string
  readonly profile: Profile
  boot: { id: string; count: number /** Seconds since 1970. */; at: number }
  /** Regular files, directories and links of the disk by absolute path; `/run`, `/tmp` and `/var/run` go at a reboot. sysfs, procfs and debugfs are not here: they are views of the rest. */
  files: Record<string, DiskEntry>
  /** Installed packages with their versions. */
  packages: Record<string, string>
  /** systemd units by full name, `openvswitch.service`. */
  services: Record<string, Service>
  /** The first is the one that is meant where a machine has one; a traffic client has one without ports. */
  cards: [Card, ...Card[]]
  /** Network interfaces of the initial namespace by name, the PFs', bound VFs' and representors' included. */
  links: Record<string, Link>
  nextIfindex: number
  ovs: Ovs
  /** libvirt domains by name. */
  domains: Record<string, Domain>
  /** What NetworkManager holds in memory where it runs: profiles by file, as they were when it last read them, and the files of those that are active. */
  networkManager?: { profiles: Record<string, string>; active: string[] }
  /** Timers that systemd-run made, by unit without suffix; absent when there are none. */
  timers?: Record<string, { at: number; after: number; argv: string[] }>
  /** What iptables put in, by table; absent while all tables are empty and let everything through. */
  packetFilter?: Record<string, PacketFilterTable>
  /** What systemd-networkd holds in memory where it runs: its files as they were when it last read them, and for each interface the file that it was set up by. */
  networkd?: { files: Record<string, string>; links: Record<string, string> }
  /** The kernel log, oldest first; seconds since boot. */
  dmesg: { at: number; text: string }[]
  /** What units said since the boot, oldest first; seconds since boot. */
  journal?: JournalLine[]
}

/** What kind of hypervisor it is. */
export interface Profile {
  /** Its kernel is described in profiles/kernels.ts, its programs in profiles/userland.ts. `client`: the traffic client, without a card. */
  readonly os: 'rhel7.7' | 'el8.4' | 'el9' | 'el10' | 'ubuntu22.04' | 'ubuntu24.04' | 'debian12' | 'client'
  readonly card: CardName | 'none'
  /** Further cards, in slots of their own. */
  readonly moreCards?: readonly CardName[]
  /** `strict`: LAG is not made while VF drivers are bound. */
  readonly firmware: 'strict' | 'lax'
  /** With MLNX_OFED's driver: its files under /sys/class/net/<pf>/compat, its udev names, the service openibd. */
  readonly ofed?: true
  /** A mode change loses the PF's name where it makes another interface, unless a udev rule gives it back. */
  readonly renames?: true
  /** Seconds for which a new interface has the kernel's name before udev gives it its own; without it nobody sees the kernel's. */
  readonly udevDelay?: number
  /** What SSH comes in by when it is not the host's own port: the first PF, a bond of the PFs, or a VLAN on that bond. */
  readonly management?: 'pf' | 'bond' | 'vlan'
  /** Another network port, eno2. */
  readonly thirdPort?: true
  /** The cards start with a multiport e-switch. */
  readonly multiport?: true
}

/** One table of the packet filter. */
export interface PacketFilterTable {
  /** Policies of built-in chains; those not named are ACCEPT. */
  policies: Record<string, 'ACCEPT' | 'DROP'>
  /** Chains that people made. */
  chains: string[]
  /** As iptables lists them, `-A INPUT -p tcp -j ACCEPT`, in order. */
  rules: string[]
}

/** One thing on the disk. */
export type DiskEntry =
  | {
      type: 'file'
      content: string /** base64 when the content is no UTF-8 */
      encoding: 'utf8' | 'base64'
      mode: string
      owner: string
      group: string
      mtime: number
    }
  | { type: 'directory'; mode: string; owner: string; group: string; mtime: number }
  | { type: 'link'; target: string }

/** A systemd unit. */
export interface Service {
  enabled: boolean
  active: boolean
  /** Its last start ended badly. */
  failed?: true
  /** How often it was (re)started since boot: a second run must not add to it. */
  starts: number
}

/** A card: one HCA with two ports. */
export interface Card {
  readonly model: CardName
  /** System image GUID, 16 hex digits: the phys_switch_id. */
  readonly guid: string
  readonly deviceId: string
  readonly vfDeviceId: string
  readonly subsystem: { readonly vendor: string; readonly device: string }
  readonly psid: string
  readonly firmwareVersion: string
  /** mlxconfig parameters by name, as numbers: SRIOV_EN 0/1, NUM_OF_VFS. Chip-wide. */
  firmware: Record<string, { default: number; current: number; next: number }>
  pfs: Pf[]
  /** The LAG object of the driver. */
  lag: {
    mode: 'none' | 'roce' | 'sriov' | 'mpesw'
    portSelect: 'queue_affinity' | 'hash' | 'mpesw'
    sharedFdb: boolean
    /** Physical port, 1 or 2, that virtual port 1 and 2 go to. */
    map: [number, number]
    /** Deactivation failed with VFs bound: driver and firmware disagree until a reboot. */
    stuck: boolean
    /** The driver has yet to look whether a LAG is possible. */
    pending?: true
  }
}

/** A physical function, index 0 or 1 in `Card.pfs`. */
export interface Pf {
  readonly pci: string
  /** The name its netdev has when udev is through, `ens2f0`. */
  readonly netdev: string
  readonly mac: string
  /** Of the cable: a peer port is up at the other end. */
  peerUp: boolean
  driver: string | null
  numvfs: number
  autoprobe: boolean
  eswitch: { mode: 'legacy' | 'switchdev'; inline: 'none' | 'link' | 'network' | 'transport'; encap: 'none' | 'basic' }
  /** How flow rules are steered: by firmware (dmfs) or by the driver (smfs). */
  steering: 'dmfs' | 'smfs'
  /** vport metadata matching, which one FDB for both ports needs. */
  metadata: boolean
  /** OFED's choice of how LAG selects ports. */
  portSelectMode: 'queue_affinity' | 'hash' | 'multiport_esw'
  roce: boolean
  vfs: Vf[]
  /** Offloaded flower rules that hold the e-switch (kept by the OVS model). */
  tcRules: number
  /** ethtool -S `*_phy`. */
  counters: PortCounters
}

/** Physical port counters since boot. */
export interface PortCounters {
  rx_packets_phy: number
  tx_packets_phy: number
  rx_bytes_phy: number
  tx_bytes_phy: number
  link_down_events_phy: number
}

/** A virtual function. */
export interface Vf {
  readonly pci: string
  readonly index: number
  mac: string
  driver: string | null
  /** driver_override, null when empty. */
  override: string | null
  /** Bound while no LAG was active: its queues stay on the native port. */
  pinned: boolean
  /** The domain that holds it through vfio. */
  heldBy: string | null
  /** VLAN that the card puts its packets in, and their priority, as the PF was told; absent without any. This and what follows goes with the VF. */
  vlan?: { id: number; qos: number }
  /** It may become promiscuous and change its address; absent while it may not. */
  trust?: true
  /** The card drops what it sends from foreign addresses; absent while it does not. */
  spoofchk?: true
  /** What the PF was told of its link in legacy mode; absent while it follows the port. */
  linkState?: 'enable' | 'disable'
  /** Mbit/s; absent without a limit. */
  maxTxRate?: number
  /** Mbit/s; absent when nothing is promised. */
  minTxRate?: number
}

/** A network interface. */
export interface Link {
  readonly name: string
  readonly ifindex: number
  readonly kind: 'loopback' | 'management' | 'pf' | 'vf' | 'representor' | 'bond' | 'vlan' | 'ovs'
  mac: string
  /** Administratively up. */
  up: boolean
  mtu: number
  /** Name of its bond or of `ovs-system`. */
  master: string | null
  /** With prefix length: `192.0.2.11/24`. */
  addresses: string[]
  /** Of pf, vf and representor: which function it belongs to, by the card's place in `MachineState.cards`. */
  port: { card: number; pf: 0 | 1; vf: number | null } | null
  hwTcOffload: boolean
  /** Of a VLAN: its number and the interface below. */
  vlan?: { id: number; lower: string }
  /** The ingress qdisc that somebody else than Open vSwitch added, with its flower filters. */
  ingress?: { filters: { match: string; action: string; where: 'both' | 'skip_sw' | 'skip_hw'; inCard: boolean }[] }
  /** What udev rules set by ENV: `NM_UNMANAGED`. */
  properties?: Record<string, string>
  /** Packets that went through the kernel. */
  counters: LinkCounters
  /** Of a representor: what the card counted at the VF's port, offloaded packets included (`vport_*`). Like `counters` when absent. */
  vport?: { rx_packets: number; tx_packets: number; rx_bytes: number; tx_bytes: number }
  bond: BondState | null
}

/** Counters of an interface. */
export interface LinkCounters {
  rx_packets: number
  tx_packets: number
  rx_bytes: number
  tx_bytes: number
}

/** What the bonding driver keeps for a bond. */
export interface BondState {
  mode: 'balance-rr' | 'active-backup' | 'balance-xor' | 'broadcast' | '802.3ad' | 'balance-tlb' | 'balance-alb'
  miimon: number
  lacpRate: 'slow' | 'fast'
  xmitHashPolicy: 'layer2' | 'layer3+4' | 'layer2+3' | 'encap2+3' | 'encap3+4' | 'vlan+srcmac'
  /** In the order they were enslaved. */
  slaves: string[]
  activeSlave: string | null
  /** Per slave. */
  failures: Record<string, number>
  /** Other options by their sysfs name where they differ from the default: `updelay`, `min_links`. */
  options?: Record<string, string>
}

/** Open vSwitch: the database and what the daemons run with. */
export interface Ovs {
  otherConfig: Record<string, string>
  /** hw-offload as it was when vswitchd started. */
  runningOffload: boolean
  bridges: Record<string, { ports: Record<string, OvsPort>; externalIds: Record<string, string> }>
  /** Columns that were set and that nothing else here models, by `Table/record/column`, as JSON. */
  columns?: Record<string, string>
}

/** A port of a bridge. */
export interface OvsPort {
  /** VLAN of an access port. */
  tag: number | null
  /** OpenFlow port number; -1 while its network device is missing, absent until vswitchd has seen the port. */
  ofport?: number
  /** Why vswitchd could not open it when it was told to. */
  error?: string
}

/** A libvirt domain. */
export interface Domain {
  readonly name: string
  readonly uuid: string
  state: 'running' | 'shut off'
  autostart: boolean
  /** libvirt tried to start it and could not: the reason `failed` of `virsh domstate --reason`. */
  failed?: true
  /** The domain XML (persistent and, while it runs, live). */
  persistentXml: string
  liveXml: string | null
  /** What the guest does: its address on the VF network and whether `iperf3 -s` runs in it. */
  readonly guest: { readonly address: string; readonly iperf3: boolean }
  /** What to give back when a VF leaves the domain, by PCI address: the driver it had and its MAC. Absent when it holds none. */
  origins?: Record<string, { driver: string | null; mac: string }>
}
