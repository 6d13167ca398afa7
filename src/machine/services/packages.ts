import type { Machine } from '../machine.ts'
import type { Profile } from '../state.ts'
import { unitsOf } from './units.ts'

/** A package that is installed or that a repository offers. */
export interface Package {
  readonly name: string
  /** `4.13.3-2.el7` */
  readonly version: string
  readonly repository: string
  /** As yum prints it: `1.2 M`. */
  readonly size: string
}

/** What the repositories of an operating system offer, by name. */
export function offered(os: Profile['os']): Readonly<Record<string, Package>> {
  return os === 'rhel7.7' ? seven : nine
}

/** Installs a package; its units appear, disabled and stopped. */
export function installPackage(machine: Machine, { name, version }: Package): void {
  machine.state.packages[name] = version
  for (const unit of unitsOf(machine.state.profile.os)) {
    if (unit.package === name) machine.state.services[unit.name] ??= { enabled: false, active: false, starts: 0 }
  }
}

/** Removes a package with its units. */
export function removePackage(machine: Machine, name: string): void {
  delete machine.state.packages[name]
  for (const unit of unitsOf(machine.state.profile.os)) {
    if (unit.package === name) delete machine.state.services[unit.name]
  }
}

/** `openvswitch-2.12.0-21.el7fdp.x86_64`, as rpm and yum name an installed package. */
export function fullName(name: string, version: string): string {
  return `${name}-${version}.x86_64`
}

type Row = readonly [name: string, version: string, repository: string, size: string]

const catalog = (rows: readonly Row[]): Readonly<Record<string, Package>> =>
  Object.fromEntries(rows.map(([name, version, repository, size]) => [name, { name, version, repository, size }]))

const seven = catalog([
  ['bash', '4.2.46-33.el7', 'rhel-7-server-rpms', '1.0 M'],
  ['ethtool', '4.8-10.el7', 'rhel-7-server-rpms', '127 k'],
  ['initscripts', '9.49.47-1.el7', 'rhel-7-server-rpms', '440 k'],
  ['iperf3', '3.1.7-2.el7', 'rhel-7-server-rpms', '79 k'],
  ['iproute', '4.11.0-25.el7_7.2', 'rhel-7-server-rpms', '803 k'],
  ['iptables', '1.4.21-33.el7', 'rhel-7-server-rpms', '433 k'],
  ['libvirt', '4.5.0-23.el7', 'rhel-7-server-rpms', '209 k'],
  ['libvirt-client', '4.5.0-23.el7', 'rhel-7-server-rpms', '360 k'],
  ['lldpad', '1.0.1-5.git036e314.el7', 'rhel-7-server-rpms', '253 k'],
  ['mstflint', '4.11.0-0.3.20190710git5e18ef2.el7', 'rhel-7-server-rpms', '2.3 M'],
  ['net-tools', '2.0-0.25.20131004git.el7', 'rhel-7-server-rpms', '306 k'],
  ['openssh-server', '7.4p1-21.el7', 'rhel-7-server-rpms', '459 k'],
  ['openvswitch', '2.12.0-21.el7fdp', 'rhel-7-fast-datapath-rpms', '1.8 M'],
  ['pciutils', '3.5.1-3.el7', 'rhel-7-server-rpms', '93 k'],
  ['qemu-kvm', '1.5.3-167.el7', 'rhel-7-server-rpms', '1.9 M'],
  ['tcpdump', '4.9.2-4.el7', 'rhel-7-server-rpms', '421 k'],
])

const nine = catalog([
  ['NetworkManager', '1.46.0-1.el9', 'rhel-9-baseos-rpms', '2.3 M'],
  ['bash', '5.1.8-9.el9', 'rhel-9-baseos-rpms', '1.7 M'],
  ['ethtool', '6.2-1.el9', 'rhel-9-baseos-rpms', '236 k'],
  ['iperf3', '3.9-10.el9', 'rhel-9-appstream-rpms', '113 k'],
  ['iproute', '6.2.0-6.el9_4', 'rhel-9-baseos-rpms', '818 k'],
  ['iptables-nft', '1.8.10-2.el9', 'rhel-9-baseos-rpms', '205 k'],
  ['iputils', '20210202-9.el9', 'rhel-9-baseos-rpms', '179 k'],
  ['libvirt', '10.0.0-6.el9', 'rhel-9-appstream-rpms', '22 k'],
  ['libvirt-client', '10.0.0-6.el9', 'rhel-9-appstream-rpms', '470 k'],
  ['mstflint', '4.26.0-1.el9', 'rhel-9-appstream-rpms', '4.3 M'],
  ['net-tools', '2.0-0.62.20160912git.el9', 'rhel-9-baseos-rpms', '305 k'],
  ['openssh-server', '8.7p1-38.el9', 'rhel-9-baseos-rpms', '460 k'],
  ['openvswitch', '3.3.0-2.el9fdp', 'rhel-9-fast-datapath-rpms', '7.5 M'],
  ['pciutils', '3.7.0-5.el9', 'rhel-9-baseos-rpms', '97 k'],
  ['qemu-kvm', '8.2.0-11.el9', 'rhel-9-appstream-rpms', '67 k'],
  ['tcpdump', '4.99.0-9.el9', 'rhel-9-appstream-rpms', '547 k'],
])
