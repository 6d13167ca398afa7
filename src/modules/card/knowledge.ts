/**
 * What is known from documents and source code but has not been seen on hardware by this project. Everything of that
 * sort stands here, so that one change mends it when a real card says otherwise.
 */

/** The folder in which mlx5 shows the LAG of a PF (kernel >= 5.19, mlx5/core/lag/debugfs.c); root only, absent in lockdown mode. */
export const lagDebugfs = (pci: string): string => `/sys/kernel/debug/mlx5/${pci}/lag`

/** The name that the RDMA core gives the one device that stands for both ports under LAG. */
export const lagRdmaDevice = /^mlx5_bond_\d+$/

/** What mstconfig says to a parameter that the card does not have (mstflint, mlxcfg_generic_commander.cpp). */
export const unknownParameter = /doesn't support (\S+) parameter|Unknown [Pp]arameter:? (\S+)/

/** What mstconfig says when a warm restart will not load the new settings (mstflint, mlxcfg_ui.cpp). */
export const needsPowerCycle = /power cycle/i

/** What devlink says where the driver shows no e-switch: old kernels without VFs, or a card whose e-switch is not the host's. */
export const eswitchNotShown = /Operation not supported/

/** The parameter that sets firmware resources aside for a LAG that spreads by hash. */
export const lagResources = 'LAG_RESOURCE_ALLOCATION'

/** Cards of which some firmware needs {@link lagResources}: the ConnectX-6 Dx. */
export const mayNeedLagResources = (device: string): boolean => device === '101d'

/**
 * Whether firmware makes a LAG by hash only with {@link lagResources}: that of a ConnectX-6 Dx before xx.33.1048 (mlnx
 * ovs-tests, test-vf-lag-xmit-hash-policy.sh). `version` is as ethtool shows it, `22.31.1014 (MT_0000000359)`.
 */
export function needsLagResources(device: string, version: string): boolean {
  const [, minor, build] = /^\d+\.(\d+)\.(\d+)/.exec(version) ?? []
  if (!mayNeedLagResources(device) || minor === undefined) return false
  return Number(minor) < 33 || (Number(minor) === 33 && Number(build) < 1048)
}

/** BlueField, BlueField-2 and BlueField-3: a network card with a computer of its own on it. */
export const isBlueField = (device: string): boolean => ['a2d2', 'a2d6', 'a2dc'].includes(device)

/**
 * Whether a BlueField's Arm cores own its e-switch (DPU mode): INTERNAL_CPU_MODEL is EMBEDDED_CPU(1) and the offload engine
 * ENABLED(0) (sriov-network-operator, pkg/vendors/mellanox). Null: the firmware was not asked or does not say.
 */
export const ownedByTheArm = (model: number | null, engine: number | null): boolean | null =>
  model === null ? null : model === 1 && (engine ?? 0) === 0

/** The oldest Open vSwitch that the vendor's guide takes. */
export const leastOvs = [2, 12] as const

/** More VFs than this in the firmware, and old kernels and firmware make no LAG (mlnx ovs-tests, test-vf-lag-warn-65-vfs.sh). */
export const mostVfsForLag = 64

/** What devlink says where kernel or iproute2 know too little of it: then the files of MLNX_OFED have to do. */
export const noDevlink = /Failed to connect to devlink Netlink|Object ".*" not found|Command ".*" not found/

/** What an iperf3 server says that serves another client. */
export const iperf3Busy = /server is busy/

/** PFs that need `inline-mode transport` for switchdev: ConnectX-4 and ConnectX-4 Lx. On all others setting it fails. */
export const inlineModeDevices: readonly string[] = ['1013', '1015']

/** Where this project keeps originals and marks on a host; teardown.yaml removes the folder. */
export const keptDirectory = '/var/lib/vflag-play'

/** Where this project keeps what is of use for one run only. */
export const keptInMemory = '/run/vflag-play'

/** The Open vSwitch unit by family of distribution. */
export const ovsUnit = (family: 'redhat' | 'debian' | 'other'): string =>
  family === 'debian' ? 'openvswitch-switch' : 'openvswitch'

/** Units that bring up network interfaces; a host has one or two of them, and naming one that it has not is harmless (systemd.unit(5)). */
export const networkUnits: readonly string[] = [
  'network.service',
  'networking.service',
  'NetworkManager.service',
  'systemd-networkd.service',
]

/** Units of Open vSwitch, the distributions' names for the main one included. */
export const ovsUnits: readonly string[] = [
  'ovsdb-server.service',
  'ovs-vswitchd.service',
  'openvswitch.service',
  'openvswitch-switch.service',
]

/** Units that start VMs. */
export const guestUnits: readonly string[] = ['libvirtd.service', 'virtqemud.service', 'libvirt-guests.service']

/** Units that load drivers, name interfaces or make VFs early: NVIDIA's driver package brings openibd, netplan generates the last one. */
export const earlyUnits: readonly string[] = [
  'systemd-udevd.service',
  'systemd-udev-settle.service',
  'systemd-modules-load.service',
  'openibd.service',
  'netplan-sriov-apply.service',
]

/** Where netplan generates the unit that binds VFs after the network, whether or not there is a LAG (netplan, src/gen-sriov.c). */
export const netplanRebindUnit = '/run/systemd/*/netplan-sriov-rebind.service'

/** The package of a program, by family of distribution. */
export function packageOf(program: string, family: 'redhat' | 'debian' | 'other'): string {
  const names = packages[program]
  return names?.[family === 'debian' ? 'debian' : 'redhat'] ?? program
}

const packages: Readonly<Record<string, { readonly redhat: string; readonly debian: string }>> = {
  mstconfig: { redhat: 'mstflint', debian: 'mstflint' },
  mlxconfig: { redhat: 'mft', debian: 'mft' },
  devlink: { redhat: 'iproute', debian: 'iproute2' },
  'ovs-vsctl': { redhat: 'openvswitch', debian: 'openvswitch-switch' },
  virsh: { redhat: 'libvirt-client', debian: 'libvirt-clients' },
  ethtool: { redhat: 'ethtool', debian: 'ethtool' },
}
