import { pristineDomain } from '../libvirt/pristine.ts'
import { offered } from '../services/packages.ts'
import { unitFile, unitsOf } from '../services/units.ts'
import type { DiskEntry, MachineState, Profile } from '../state.ts'

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
  { os }: Profile,
  vms: readonly { readonly name: string; readonly address: string }[],
): HostSide {
  const names = os === 'client' ? clientPackages : os === 'rhel7.7' ? sevenPackages : ninePackages
  const packages = Object.fromEntries(names.map((name) => [name, offered(os)[name]?.version ?? '1-1']))
  const units = unitsOf(os).filter((unit) => unit.package === null || unit.package in packages)
  return {
    packages,
    services: Object.fromEntries(units.map((unit) => [unit.name, { enabled: !unit.static, active: true, starts: 1 }])),
    ovs: { otherConfig: {}, runningOffload: false, bridges: {} },
    domains: Object.fromEntries(vms.map((vm, at) => [vm.name, pristineDomain(host, vm, at + 1)])),
    files: {
      ...Object.fromEntries(folders(os).map((path) => [path, { ...folder }])),
      ...Object.fromEntries(binaries(os).map((path) => [path, file('', '0755')])),
      ...Object.fromEntries(
        units.filter(({ path }) => path.startsWith('/usr/')).map((unit) => [unit.path, file(unitFile(unit), '0644')]),
      ),
    },
  }
}

const common = ['bash', 'ethtool', 'iproute', 'openssh-server', 'pciutils'] as const
const hypervisor = ['libvirt', 'libvirt-client', 'openvswitch', 'qemu-kvm'] as const
const sevenPackages: readonly string[] = [...common, ...hypervisor, 'initscripts', 'iptables', 'net-tools']
const ninePackages: readonly string[] = [...common, ...hypervisor, 'NetworkManager', 'iptables-nft']
const clientPackages: readonly string[] = [...common, 'NetworkManager', 'iperf3', 'iputils']

// Those that people and programs look for to learn what kind of host it is.
function binaries(os: Profile['os']): readonly string[] {
  if (os === 'rhel7.7') return ['/etc/rc.d/init.d/network', '/usr/bin/yum', '/usr/bin/virsh', '/usr/bin/ovs-vsctl']
  const nine = ['/usr/bin/dnf', '/usr/bin/yum', '/usr/bin/nmcli', '/usr/sbin/NetworkManager']
  return os === 'client' ? [...nine, '/usr/bin/iperf3'] : [...nine, '/usr/bin/virsh', '/usr/bin/ovs-vsctl']
}

// Those that people put files into.
function folders(os: Profile['os']): readonly string[] {
  const all = ['/etc/systemd/system', '/usr/lib/systemd/system']
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
