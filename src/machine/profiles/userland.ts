import type { Profile } from '../state.ts'

/** How the programs of a distribution differ from those of the others: what an operator at work, and a parser, meets. */
export interface Userland {
  readonly family: 'redhat' | 'debian'
  readonly packageManager: 'yum' | 'dnf' | 'apt'
  /** What applies network files. */
  readonly network: 'network-scripts' | 'networkmanager' | 'netplan' | 'networkd'
  /** The unit that holds the daemons of Open vSwitch together. */
  readonly ovsUnit: 'openvswitch.service' | 'openvswitch-switch.service'
  /** The daemon of libvirt that runs QEMU: one for all, or one a driver (libvirt 5.6 on Red Hat's 9). */
  readonly libvirtDaemon: 'libvirtd' | 'virtqemud'
  /** The package that brings that daemon. */
  readonly libvirtPackage: string
  /** libvirt 7 began to put names of domains in quotes. */
  readonly virshQuotes: boolean
  /** Where units of packages are, as systemctl shows the path. */
  readonly unitFolder: '/usr/lib/systemd/system' | '/lib/systemd/system'
  /** iproute2, ethtool and systemd of the days before JSON output, extended acks and netlink ethtool (RHEL 7). */
  readonly ancient: boolean
  /** Before iproute2 5.11 devlink said `devlink answers` where it now says `kernel answers` (version inferred). */
  readonly devlinkAnswers: 'devlink answers' | 'kernel answers'
  /** devlink's older words: `encap enable` for `encap-mode basic`. */
  readonly devlinkEncap: 'encap' | 'encap-mode'
  /** `iptables -V` after the name. */
  readonly iptables: string
  /**
   * How udev names representors: `<pf>_<vf>` (MLNX_OFED's and Red Hat 7's way), `<pf>r<vf>` (systemd's scheme v255 and Red Hat's
   * backport of it), path and phys_port_name (systemd before), or not at all.
   */
  readonly representorNames: 'pf_vf' | 'r' | 'port' | 'kernel'
  /** First interface of the host's own network: the one that SSH comes in by. */
  readonly managementPort: string
}

const redHat: Userland = {
  family: 'redhat',
  packageManager: 'dnf',
  network: 'networkmanager',
  ovsUnit: 'openvswitch.service',
  libvirtDaemon: 'virtqemud',
  libvirtPackage: 'libvirt',
  virshQuotes: true,
  unitFolder: '/usr/lib/systemd/system',
  ancient: false,
  devlinkAnswers: 'kernel answers',
  devlinkEncap: 'encap-mode',
  iptables: 'v1.8.10 (nf_tables)',
  representorNames: 'r',
  managementPort: 'eno1',
}

const debian: Userland = {
  ...redHat,
  family: 'debian',
  packageManager: 'apt',
  network: 'netplan',
  ovsUnit: 'openvswitch-switch.service',
  libvirtDaemon: 'libvirtd',
  libvirtPackage: 'libvirt-daemon-system',
  unitFolder: '/lib/systemd/system',
}

/** By profile. */
export const userlands: Readonly<Record<Profile['os'], Userland>> = {
  'rhel7.7': {
    ...redHat,
    packageManager: 'yum',
    network: 'network-scripts',
    libvirtDaemon: 'libvirtd',
    virshQuotes: false,
    ancient: true,
    devlinkAnswers: 'devlink answers',
    devlinkEncap: 'encap',
    iptables: 'v1.4.21',
    representorNames: 'pf_vf',
  },
  'el8.4': {
    ...redHat,
    libvirtDaemon: 'libvirtd',
    virshQuotes: false,
    devlinkAnswers: 'devlink answers',
    iptables: 'v1.8.4 (nf_tables)',
    representorNames: 'kernel',
  },
  el9: redHat,
  el10: redHat,
  'ubuntu22.04': { ...debian, iptables: 'v1.8.7 (nf_tables)', representorNames: 'port' },
  'ubuntu24.04': { ...debian, unitFolder: '/usr/lib/systemd/system' },
  debian12: { ...debian, network: 'networkd', iptables: 'v1.8.9 (nf_tables)', representorNames: 'kernel' },
  client: redHat,
}

/** The programs of a machine's distribution. */
export const userlandOf = (machine: { readonly state: { readonly profile: Profile } }): Userland =>
  userlands[machine.state.profile.os]
