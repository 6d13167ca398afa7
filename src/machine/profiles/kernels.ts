import type { Profile } from '../state.ts'

/**
 * What differs between kernels, as far as a card in VF-LAG is concerned: mlx5, devlink, sysfs and bonding. Distributions carry
 * newer drivers than their version number says, so every trait stands for itself. The upstream commits of the traits are
 * known; which distribution kernel has which is inferred and was not seen on hardware.
 */
export interface KernelTraits {
  /** A mode change destroys the PF's interface and makes another (before 5.13, commit 7a9fb35e8c3a). */
  readonly recreatesNetdev: boolean
  /** The e-switch mode can be asked for without VFs (since 6.0); else EOPNOTSUPP. */
  readonly showsModeWithoutVfs: boolean
  /** Switchdev mode needs no VFs (since 5.8); else EINVAL. */
  readonly switchdevWithoutVfs: boolean
  /** sriov_numvfs=0 leaves switchdev mode (before 6.0). */
  readonly zeroVfsLeaveSwitchdev: boolean
  /** /sys/kernel/debug/mlx5/<pci>/lag (since 5.19, commit 7f46a0b7327a). */
  readonly lagDebugfs: boolean
  /** A representor's `device` is its PF (since 5.8, commit 123f0f53dd64). */
  readonly representorsHaveParent: boolean
  /** An uplink shows phys_switch_id and phys_port_name in legacy mode too; else in switchdev mode only. */
  readonly uplinkIsPortInLegacy: boolean
  /** The driver that ethtool names for an uplink in switchdev mode: its representor's before 5.13. */
  readonly uplinkDriver: 'mlx5_core' | 'mlx5e_rep'
  /** The uplink's devlink port is on an instance of its own, `auxiliary/mlx5_core.eth.<n>` (since 6.5; version inferred). */
  readonly uplinkPortOnAuxiliary: boolean
  /** One steering domain for both ports (since 5.15). */
  readonly sharedFdb: boolean
  /** Ports chosen by hash where the card can (since 5.16). */
  readonly hashPorts: boolean
  /** devlink's parameter esw_multiport (since 6.3). */
  readonly multiportParam: boolean
  /** How the LAG's map is told in the log: `plain` up to 5.12, `shared` with shared_fdb in the same line (5.13 to 5.15), `mode` in lines of their own (since 5.16). */
  readonly lagLog: 'plain' | 'shared' | 'mode'
  /** How the e-switch speaks in the log: in 3.10's words, without necvfs (before 6.5), with it. */
  readonly eswitchLog: 'sriov' | 'nvfs' | 'necvfs'
  /** The bond driver's version in /proc/net/bonding; null: that of the kernel. */
  readonly bondVersion: string | null
  /** /proc/net/bonding has `Peer Notification Delay` (since 4.20). */
  readonly bondNotifyDelay: boolean
  /** Bonds have the option lacp_active (since 5.15). */
  readonly bondLacpActive: boolean
  /** Bonds have the option arp_missed_max (since 5.17). */
  readonly bondArpMissedMax: boolean
  /** Bonding's log names a member as `(slave ens2f0)` (since 5.3; version inferred). */
  readonly bondLogsSlave: boolean
  /** Netlink requests give their reason (extended ack), devlink's and enslaving's included. */
  readonly extendedAcks: boolean
  /** An interface can be renamed while it is up (since 6.2, commit bd039b5ea2a9). */
  readonly renamesWhileUp: boolean
  /** No LAG with more than 64 VFs configured in firmware (before 6.0; version inferred). */
  readonly lagLimitedTo64Vfs: boolean
}

/** The kernel of a machine. */
export const kernelOf = (machine: { readonly state: { readonly profile: Profile } }): KernelTraits =>
  kernels[machine.state.profile.os]

const today: KernelTraits = {
  recreatesNetdev: false,
  showsModeWithoutVfs: true,
  switchdevWithoutVfs: true,
  zeroVfsLeaveSwitchdev: false,
  lagDebugfs: true,
  representorsHaveParent: true,
  uplinkIsPortInLegacy: true,
  uplinkDriver: 'mlx5_core',
  uplinkPortOnAuxiliary: true,
  sharedFdb: true,
  hashPorts: true,
  multiportParam: true,
  lagLog: 'mode',
  eswitchLog: 'necvfs',
  bondVersion: null,
  bondNotifyDelay: true,
  bondLacpActive: true,
  bondArpMissedMax: true,
  bondLogsSlave: true,
  extendedAcks: true,
  renamesWhileUp: true,
  lagLimitedTo64Vfs: false,
}

// Debian 12's: kernel.org's 6.1 as it is.
const v61: KernelTraits = {
  ...today,
  uplinkPortOnAuxiliary: false,
  multiportParam: false,
  eswitchLog: 'nvfs',
  renamesWhileUp: false,
}

const v515: KernelTraits = {
  ...v61,
  showsModeWithoutVfs: false,
  zeroVfsLeaveSwitchdev: true,
  lagDebugfs: false,
  hashPorts: false,
  lagLimitedTo64Vfs: true,
  bondArpMissedMax: false,
  lagLog: 'shared',
}

const v418: KernelTraits = {
  ...v515,
  recreatesNetdev: true,
  uplinkIsPortInLegacy: false,
  uplinkDriver: 'mlx5e_rep',
  sharedFdb: false,
  lagLog: 'plain',
  bondLacpActive: false,
}

const v310: KernelTraits = {
  ...v418,
  switchdevWithoutVfs: false,
  representorsHaveParent: false,
  eswitchLog: 'sriov',
  bondVersion: 'v3.7.1 (April 27, 2011)',
  bondNotifyDelay: false,
  bondLogsSlave: false,
  extendedAcks: false,
}

/** By profile. RHEL 7.7 has 3.10, 8.4 has 4.18, 9.4 has 5.14 with the mlx5 of 6.6; Ubuntu 5.15 and 6.8; Debian 6.1; RHEL 10 has 6.12. */
export const kernels: Readonly<Record<Profile['os'], KernelTraits>> = {
  'rhel7.7': v310,
  'el8.4': v418,
  el9: { ...today, uplinkPortOnAuxiliary: false, renamesWhileUp: false },
  el10: today,
  'ubuntu22.04': v515,
  'ubuntu24.04': today,
  debian12: v61,
  client: today,
}
