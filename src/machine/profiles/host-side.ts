import { type Emulator, pristineDomain } from '../libvirt/pristine.ts'
import { offered } from '../services/catalog.ts'
import { unitFile, unitsOf } from '../services/units.ts'
import type { DiskEntry, MachineState, Profile } from '../state.ts'
import { type Userland, userlands } from './userland.ts'

/** The part of a machine that is neither kernel nor card, before the roll-out. */
export type HostSide = Pick<MachineState, 'packages' | 'services' | 'ovs' | 'domains'> & {
  /** Files that these bring along. */
  readonly files: Record<string, DiskEntry>
}

/**
 * A hypervisor as it was installed: Open vSwitch and libvirt run, VMs run without a network of the card, the firmware
 * tools are not there. A traffic client has iperf3 and ping instead.
 */
export function pristineHostSide(
  host: string,
  { ofed, os }: Profile,
  vms: readonly { readonly name: string; readonly address: string }[],
): HostSide {
  const packages = Object.fromEntries(packagesOf(os).map((name) => [name, offered(os)[name]?.version ?? '1-1']))
  const units = unitsOf({ os, ofed }).filter((unit) => unit.package === null || unit.package in packages)
  return {
    packages,
    services: Object.fromEntries(units.map((unit) => [unit.name, { enabled: !unit.static, active: true, starts: 1 }])),
    ovs: { otherConfig: {}, runningOffload: false, bridges: {} },
    domains: Object.fromEntries(vms.map((vm, at) => [vm.name, pristineDomain(host, vm, at + 1, emulatorOf(os))])),
    files: {
      ...Object.fromEntries(folders(os).map((path) => [path, { ...folder }])),
      ...Object.fromEntries(binaries(os).map((path) => [path, file('', '0755')])),
      ...Object.fromEntries(
        units
          .filter(({ path }) => path.includes('/systemd/system/'))
          .map((unit) => [unit.path.replace(/^\/lib\//, '/usr/lib/'), file(unitFile(unit), '0644')]),
      ),
      // /lib is a part of /usr on every one of these.
      ...(userlands[os].family === 'debian' && { '/lib': { type: 'link', target: 'usr/lib' } }),
    },
  }
}

const emulatorOf = (os: Profile['os']): Emulator | undefined =>
  userlands[os].family === 'debian' ? { path: '/usr/bin/qemu-system-x86_64', machine: 'pc-q35-6.2' } : undefined

const networkPackages: Readonly<Record<Userland['network'], readonly string[]>> = {
  'network-scripts': ['initscripts', 'iptables', 'net-tools'],
  networkmanager: ['NetworkManager'],
  netplan: ['netplan.io', 'iptables', 'iputils-ping'],
  networkd: ['iptables', 'iputils-ping'],
}

function packagesOf(os: Profile['os']): readonly string[] {
  if (os === 'client')
    return ['bash', 'ethtool', 'iproute', 'openssh-server', 'pciutils', 'NetworkManager', 'iperf3', 'iputils']
  const { family, network } = userlands[os]
  const common = ['bash', 'ethtool', 'openssh-server', 'pciutils', ...networkPackages[network]]
  if (family === 'debian')
    return [...common, 'iproute2', 'libvirt-daemon-system', 'libvirt-clients', 'openvswitch-switch', 'qemu-system-x86']
  const firewall = network === 'networkmanager' ? [os === 'el8.4' ? 'iptables' : 'iptables-nft'] : []
  return [...common, ...firewall, 'iproute', 'libvirt', 'libvirt-client', 'openvswitch', 'qemu-kvm']
}

// Those that people and programs look for to learn what kind of host it is.
function binaries(os: Profile['os']): readonly string[] {
  const { network, packageManager } = userlands[os]
  const managers = { yum: ['/usr/bin/yum'], dnf: ['/usr/bin/dnf', '/usr/bin/yum'], apt: ['/usr/bin/apt-get'] }
  const networks = {
    'network-scripts': ['/etc/rc.d/init.d/network'],
    networkmanager: ['/usr/bin/nmcli', '/usr/sbin/NetworkManager'],
    netplan: ['/usr/sbin/netplan', '/usr/bin/networkctl', '/usr/lib/systemd/systemd-networkd'],
    networkd: ['/usr/bin/networkctl', '/usr/lib/systemd/systemd-networkd'],
  }
  const work = os === 'client' ? ['/usr/bin/iperf3'] : ['/usr/bin/virsh', '/usr/bin/ovs-vsctl']
  return [...managers[packageManager], ...networks[network], ...work]
}

// Those that people put files into.
function folders(os: Profile['os']): readonly string[] {
  const { network } = userlands[os]
  const networks = {
    'network-scripts': [],
    networkmanager: ['/etc/NetworkManager/system-connections', '/etc/systemd/network'],
    netplan: ['/etc/netplan', '/etc/systemd/network', '/run/systemd', '/run/systemd/network'],
    networkd: ['/etc/systemd/network'],
  }
  const all = ['/etc/systemd/system', '/usr/lib/systemd/system', '/etc/udev/rules.d', ...networks[network]]
  return os === 'client' ? all : [...all, '/etc/libvirt/qemu', '/etc/openvswitch', '/var/log/openvswitch']
}

// Installed on 2026-01-01.
const folder: DiskEntry = { type: 'directory', mode: '0755', owner: 'root', group: 'root', mtime: 1_767_225_600 }

const file = (content: string, mode: string): DiskEntry => ({
  type: 'file',
  content,
  encoding: 'utf8',
  mode,
  owner: 'root',
  group: 'root',
  mtime: 1_767_225_600,
})
