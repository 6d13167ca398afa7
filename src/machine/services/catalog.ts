import type { Profile } from '../state.ts'

/** A package that is installed or that a repository offers. */
export interface Package {
  readonly name: string
  /** `4.13.3-2.el7`, `4.21.0+1-1` */
  readonly version: string
  /** As yum or apt names it: `rhel-7-server-rpms`, `bookworm/main`. */
  readonly repository: string
  /** As yum prints it: `1.2 M`; apt gets `1.2 MB` from it. */
  readonly size: string
}

/** What the repositories of an operating system offer, by name. */
export function offered(os: Profile['os']): Readonly<Record<string, Package>> {
  return catalogs[os]
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

const eight = catalog([
  ['NetworkManager', '1.30.0-7.el8', 'rhel-8-baseos-rpms', '2.6 M'],
  ['bash', '4.4.19-14.el8', 'rhel-8-baseos-rpms', '1.5 M'],
  ['ethtool', '5.8-5.el8', 'rhel-8-baseos-rpms', '199 k'],
  ['iperf3', '3.5-6.el8', 'rhel-8-appstream-rpms', '102 k'],
  ['iproute', '5.9.0-4.el8', 'rhel-8-baseos-rpms', '688 k'],
  ['iptables', '1.8.4-17.el8', 'rhel-8-baseos-rpms', '584 k'],
  ['iputils', '20180629-7.el8', 'rhel-8-baseos-rpms', '149 k'],
  ['libvirt', '6.0.0-35.module+el8.4.0', 'rhel-8-appstream-rpms', '58 k'],
  ['libvirt-client', '6.0.0-35.module+el8.4.0', 'rhel-8-appstream-rpms', '331 k'],
  ['mstflint', '4.15.0-1.el8', 'rhel-8-appstream-rpms', '3.0 M'],
  ['net-tools', '2.0-0.52.20160912git.el8', 'rhel-8-baseos-rpms', '322 k'],
  ['network-scripts', '10.00.15-1.el8', 'rhel-8-baseos-rpms', '196 k'],
  ['openssh-server', '8.0p1-6.el8_4.2', 'rhel-8-baseos-rpms', '485 k'],
  ['openvswitch', '2.15.0-24.el8fdp', 'rhel-8-fast-datapath-rpms', '16 M'],
  ['pciutils', '3.7.0-1.el8', 'rhel-8-baseos-rpms', '105 k'],
  ['qemu-kvm', '4.2.0-48.module+el8.4.0', 'rhel-8-appstream-rpms', '127 k'],
  ['tcpdump', '4.9.3-1.el8', 'rhel-8-appstream-rpms', '452 k'],
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

const ten = catalog([
  ['NetworkManager', '1.52.0-3.el10_0', 'rhel-10-baseos-rpms', '2.4 M'],
  ['bash', '5.2.26-6.el10', 'rhel-10-baseos-rpms', '1.8 M'],
  ['ethtool', '6.11-1.el10', 'rhel-10-baseos-rpms', '249 k'],
  ['iperf3', '3.17.1-3.el10', 'rhel-10-appstream-rpms', '119 k'],
  ['iproute', '6.11.0-1.el10', 'rhel-10-baseos-rpms', '887 k'],
  ['iptables-nft', '1.8.11-8.el10', 'rhel-10-baseos-rpms', '201 k'],
  ['iputils', '20240905-2.el10', 'rhel-10-baseos-rpms', '193 k'],
  ['libvirt', '10.10.0-7.el10', 'rhel-10-appstream-rpms', '23 k'],
  ['libvirt-client', '10.10.0-7.el10', 'rhel-10-appstream-rpms', '489 k'],
  ['mstflint', '4.30.0-1.el10', 'rhel-10-appstream-rpms', '4.5 M'],
  ['net-tools', '2.0-0.73.20160912git.el10', 'rhel-10-baseos-rpms', '309 k'],
  ['openssh-server', '9.9p1-7.el10_0', 'rhel-10-baseos-rpms', '541 k'],
  ['openvswitch', '3.5.0-1.el10fdp', 'rhel-10-fast-datapath-rpms', '8.2 M'],
  ['pciutils', '3.13.0-5.el10', 'rhel-10-baseos-rpms', '104 k'],
  ['qemu-kvm', '9.1.0-15.el10', 'rhel-10-appstream-rpms', '71 k'],
  ['tcpdump', '4.99.4-9.el10', 'rhel-10-appstream-rpms', '567 k'],
])

const jammy = catalog([
  ['bash', '5.1-6ubuntu1.1', 'jammy-updates/main', '769 k'],
  ['ethtool', '1:5.16-1', 'jammy/main', '207 k'],
  ['iperf3', '3.9-1+deb11u1ubuntu0.1', 'jammy-updates/universe', '14 k'],
  ['iproute2', '5.15.0-1ubuntu2', 'jammy/main', '1.1 M'],
  ['iptables', '1.8.7-1ubuntu5.2', 'jammy-updates/main', '455 k'],
  ['iputils-ping', '3:20211215-1', 'jammy/main', '43 k'],
  ['libvirt-clients', '8.0.0-1ubuntu7.10', 'jammy-updates/main', '373 k'],
  ['libvirt-daemon-system', '8.0.0-1ubuntu7.10', 'jammy-updates/main', '117 k'],
  ['mstflint', '4.15.0-1', 'jammy/universe', '2.9 M'],
  ['net-tools', '1.60+git20181103.0eebece-1ubuntu5', 'jammy/main', '204 k'],
  ['netplan.io', '0.104-0ubuntu2', 'jammy/main', '105 k'],
  ['network-manager', '1.36.6-0ubuntu2', 'jammy-updates/main', '2.1 M'],
  ['openssh-server', '1:8.9p1-3ubuntu0.10', 'jammy-updates/main', '435 k'],
  ['openvswitch-switch', '2.17.9-0ubuntu0.22.04.1', 'jammy-updates/main', '1.7 M'],
  ['pciutils', '1:3.7.0-6', 'jammy/main', '81 k'],
  ['qemu-system-x86', '1:6.2+dfsg-2ubuntu6.21', 'jammy-updates/main', '7.6 M'],
  ['tcpdump', '4.99.1-3ubuntu0.2', 'jammy-updates/main', '501 k'],
])

const noble = catalog([
  ['bash', '5.2.21-2ubuntu4', 'noble/main', '794 k'],
  ['ethtool', '1:6.7-1build1', 'noble/main', '229 k'],
  ['iperf3', '3.16-1build2', 'noble/universe', '28 k'],
  ['iproute2', '6.1.0-1ubuntu6', 'noble/main', '1.1 M'],
  ['iptables', '1.8.10-3ubuntu2', 'noble/main', '381 k'],
  ['iputils-ping', '3:20240117-1build1', 'noble/main', '44 k'],
  ['libvirt-clients', '10.0.0-2ubuntu8.4', 'noble-updates/main', '424 k'],
  ['libvirt-daemon-system', '10.0.0-2ubuntu8.4', 'noble-updates/main', '70 k'],
  ['mstflint', '4.26.0+1-1', 'noble/universe', '3.2 M'],
  ['net-tools', '2.10-0.1ubuntu4', 'noble/main', '204 k'],
  ['netplan.io', '1.0.1-1ubuntu2~24.04.1', 'noble-updates/main', '68 k'],
  ['network-manager', '1.46.0-1ubuntu2', 'noble/main', '2.2 M'],
  ['openssh-server', '1:9.6p1-3ubuntu13.5', 'noble-updates/main', '509 k'],
  ['openvswitch-switch', '3.3.0-1ubuntu3.1', 'noble-updates/main', '1.7 M'],
  ['pciutils', '1:3.10.0-2build1', 'noble/main', '69 k'],
  ['qemu-system-x86', '1:8.2.2+ds-0ubuntu1.2', 'noble-updates/main', '11 M'],
  ['tcpdump', '4.99.4-3ubuntu4', 'noble/main', '479 k'],
])

const bookworm = catalog([
  ['bash', '5.2.15-2+b7', 'bookworm/main', '1.5 M'],
  ['ethtool', '1:6.1-1', 'bookworm/main', '197 k'],
  ['iperf3', '3.12-1+deb12u1', 'bookworm/main', '34 k'],
  ['iproute2', '6.1.0-3', 'bookworm/main', '1.0 M'],
  ['iptables', '1.8.9-2', 'bookworm/main', '352 k'],
  ['iputils-ping', '3:20221126-1', 'bookworm/main', '46 k'],
  ['libvirt-clients', '9.0.0-4+deb12u1', 'bookworm/main', '398 k'],
  ['libvirt-daemon-system', '9.0.0-4+deb12u1', 'bookworm/main', '92 k'],
  ['mstflint', '4.21.0+1-1', 'bookworm/main', '3.1 M'],
  ['net-tools', '2.10-0.1', 'bookworm/main', '242 k'],
  ['network-manager', '1.42.4-1', 'bookworm/main', '1.5 M'],
  ['openssh-server', '1:9.2p1-2+deb12u3', 'bookworm/main', '456 k'],
  ['openvswitch-switch', '3.1.0-2+deb12u1', 'bookworm/main', '2.0 M'],
  ['pciutils', '1:3.9.0-4', 'bookworm/main', '91 k'],
  ['qemu-system-x86', '1:7.2+dfsg-7+deb12u7', 'bookworm/main', '8.0 M'],
  ['tcpdump', '4.99.3-1', 'bookworm/main', '479 k'],
])

const catalogs: Readonly<Record<Profile['os'], Readonly<Record<string, Package>>>> = {
  'rhel7.7': seven,
  'el8.4': eight,
  el9: nine,
  el10: ten,
  'ubuntu22.04': jammy,
  'ubuntu24.04': noble,
  debian12: bookworm,
  client: nine,
}
