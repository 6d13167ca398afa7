import type { Sys } from '../machine.ts'
import type { BondState, Card, Link, Pf, Vf } from '../state.ts'

/**
 * What the kernel, the bonding driver and mlx5 do to a machine's state, with their checks, errnos and log lines
 * (drivers/net/bonding, drivers/net/ethernet/mellanox/mlx5/core). Tools and sysfs are ways to call these.
 */
export interface Kernel {
  /** Adds a line to the kernel log. */
  log(text: string): void

  /** Write to sriov_numvfs. Takes modelled time. */
  setNumVfs(pf: Pf, count: number): Promise<Sys>
  /** devlink dev eswitch set mode; flaps an active LAG first. Takes modelled time. */
  setEswitchMode(pf: Pf, mode: 'legacy' | 'switchdev'): Promise<Sys>
  /** devlink dev eswitch set inline-mode and encap-mode; devlink dev param set. */
  setInline(pf: Pf, inline: Pf['eswitch']['inline']): Sys
  setEncap(pf: Pf, encap: Pf['eswitch']['encap']): Sys
  setSteering(pf: Pf, steering: Pf['steering']): Sys
  setMetadata(pf: Pf, on: boolean): Sys
  setRoce(pf: Pf, on: boolean): Sys
  setMultiport(pf: Pf, on: boolean): Sys
  /** Stops the driver of a card, lets the chip load its settings, and starts the driver. Takes modelled time. */
  resetFirmware(card: Card): Promise<void>
  /** Write to drivers/<driver>/bind and unbind, drivers_probe, for VFs and PFs. */
  bindDriver(pci: string, driver: string): Promise<Sys>
  unbindDriver(pci: string, driver: string): Promise<Sys>
  probeDriver(pci: string): Promise<Sys>
  /** The VF, and its PF, at an address. */
  findVf(pci: string): { pf: Pf; vf: Vf } | null
  findPf(pci: string): Pf | null

  link(name: string): Link | undefined
  /** The bond's member names, the PFs' netdevs, all links in ifindex order. */
  links(): readonly Link[]
  /** `ip link add link LOWER name NAME type vlan id ID`. */
  addVlan(name: string, lower: string, id: number): Sys
  addLink(link: Omit<Link, 'ifindex' | 'counters' | 'bond'> & { bond?: BondState }): Link
  deleteLink(name: string): Sys
  /** `ip link set NAME name OTHER`: EEXIST when taken, EBUSY while up on older kernels. */
  renameLink(from: string, to: string): Sys
  /** How many interfaces udev has yet to name. */
  unnamed(): number
  /** Lets udev look at every interface as if it were new (`udevadm trigger --action=add`). */
  triggerNames(): void
  setLinkUp(name: string, up: boolean): Sys
  /** IFLA_MASTER; null releases. Rules of bond_main.c: EPERM while up, EBUSY with a master. `text` may also carry a warning of the driver when ok. */
  setMaster(name: string, master: string | null): Sys<{ readonly warning?: string }>
  /** `ip link add NAME type bond` with options, EEXIST when there. */
  addBond(name: string, options: Partial<BondState>): Sys
  setBondOption(name: string, option: string, value: string): Sys
  /** Whether the physical link of a port is up: admin up and the peer up. */
  carrier(link: Link): boolean
  setHwTcOffload(name: string, on: boolean): Sys
  /** tc qdisc add and del ... ingress; tc filter add ... flower and del. */
  setIngress(name: string, on: boolean): Sys
  addFilter(
    name: string,
    filter: { readonly match: string; readonly action: string; readonly where: 'both' | 'skip_sw' | 'skip_hw' },
  ): Sys
  clearFilters(name: string): Sys
  /** Re-evaluates LAG (5.2, 5.4): called after every event that the driver listens to. */
  evaluateLag(): Promise<void>
  /** What /proc/net/bonding/<name> says (7.6, 7.7). */
  bondReport(name: string): string
  /** The aggregator of each member with actor and partner port states, for reports and sysfs; mode 802.3ad only. */
  lacp(name: string): readonly {
    readonly slave: string
    readonly aggregator: number
    readonly actorState: number
    readonly partnerState: number
    readonly partnerMac: string
    /** Belongs to the aggregator in use and has carrier. */
    readonly inUse: boolean
  }[]
}
