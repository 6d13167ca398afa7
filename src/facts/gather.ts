import type { Facts, PfFact } from '../module/facts.ts'
import { attrs, command, file, links, list, type Read } from '../module/read.ts'
import type { Readings } from '../module/reading.ts'
import { parseDevlinkSerials } from '../parsers/devlink.ts'
import { parseSystemdVersion } from '../parsers/systemd.ts'
import { cardModels, mellanox } from './cards.ts'
import { managementOf } from './management.ts'
import { distributionOf } from './os-release.ts'

const pciIds = attrs('/sys/bus/pci/devices/*/vendor', '/sys/bus/pci/devices/*/device')
const virtualFunctions = links('/sys/bus/pci/devices/*/physfn')
const drivers = links('/sys/bus/pci/devices/*/driver')
const netDevices = links('/sys/class/net/*/device')
const netAttrs = attrs('/sys/class/net/*/address', '/sys/class/net/*/phys_port_name', '/sys/class/net/*/phys_switch_id')
const systemImages = attrs('/sys/bus/pci/devices/*/infiniband/*/sys_image_guid')
const boards = command('devlink', '-j', 'dev', 'info')
const masters = links('/sys/class/net/*/master', '/sys/class/net/*/lower_*')
const backends = list(
  '/usr/sbin/netplan',
  '/usr/lib/systemd/system/network.service',
  '/etc/rc.d/init.d/network',
  '/etc/rc.d/rc3.d/S*network',
  '/usr/sbin/NetworkManager',
  '/lib/systemd/systemd-networkd',
  '/usr/lib/systemd/systemd-networkd',
  '/usr/bin/dnf',
  '/usr/bin/yum',
  '/usr/bin/apt-get',
)
const systemd = command('systemctl', '--version')
const networkdEnabled = command('systemctl', 'is-enabled', 'systemd-networkd.service')
const texts = [
  '/etc/os-release',
  '/proc/sys/kernel/hostname',
  '/proc/sys/kernel/osrelease',
  '/proc/sys/kernel/random/boot_id',
] as const

/** What is looked at to learn the facts of a host: all in one round trip, none of it needs root. */
export const factReads: readonly Read[] = [
  ...texts.map((path) => file(path)),
  pciIds,
  virtualFunctions,
  drivers,
  netDevices,
  netAttrs,
  systemImages,
  boards,
  masters,
  backends,
  command('uname', '-m'),
  command('hostname', '-f'),
  systemd,
  networkdEnabled,
  command('printenv', 'SSH_CONNECTION'),
  command('ip', '-o', 'addr', 'show'),
]

/** Makes the facts of a host from those readings. What a host does not tell is empty or null; nothing here fails. */
export function parseFacts(seen: Readings, host: string): Facts {
  const [osRelease, hostname, kernel, bootId] = texts.map((path) => (seen.text(path) ?? '').trim())
  const short = hostname === undefined || hostname === '' ? host : hostname
  const fqdn = seen.command('hostname', '-f')
  const paths = new Set(seen.list(...backends.globs))
  const distribution = distributionOf(osRelease ?? '')
  return {
    hostname: short.split('.', 1)[0] ?? short,
    fqdn: fqdn.status === 0 ? fqdn.stdout.trim() : short,
    distribution,
    kernel: kernel ?? '',
    architecture: seen.command('uname', '-m').stdout.trim(),
    boot_id: bootId ?? '',
    package_manager: paths.has('/usr/bin/dnf')
      ? 'dnf'
      : paths.has('/usr/bin/yum')
        ? 'yum'
        : paths.has('/usr/bin/apt-get')
          ? 'apt'
          : null,
    systemd: parseSystemdVersion(seen.command(...systemd.argv).stdout),
    network_backend: networkBackend([...paths], distribution, seen.command(...networkdEnabled.argv).stdout),
    pfs: pfsOf(seen),
    management: managementOf(
      seen.command('printenv', 'SSH_CONNECTION').stdout,
      seen.command('ip', '-o', 'addr', 'show').stdout,
      seen.links(...masters.globs),
    ),
  }
}

/**
 * netplan writes for others, so it comes first. On RHEL 7 network-scripts apply ifcfg files beside NetworkManager; from 8 on
 * the package may be installed for its ifup alone, and only an enabled service (chkconfig's link) makes it the one.
 */
function networkBackend(
  paths: readonly string[],
  { family, major }: Facts['distribution'],
  networkdEnabled: string,
): Facts['network_backend'] {
  if (paths.includes('/usr/sbin/netplan')) return 'netplan'
  const scripts =
    paths.includes('/etc/rc.d/init.d/network') || paths.includes('/usr/lib/systemd/system/network.service')
  const enabled = paths.some((path) => /\/S\d\dnetwork$/.test(path))
  const manager = paths.includes('/usr/sbin/NetworkManager')
  if (scripts && (enabled || !manager || family !== 'redhat' || major < 8)) return 'network-scripts'
  if (manager) return 'networkmanager'
  const networkd = ['/lib/systemd/systemd-networkd', '/usr/lib/systemd/systemd-networkd']
  // It lies installed and unused on many a Debian, whose ifupdown runs the network.
  if (/^(disabled|masked)/.test(networkdEnabled)) return null
  return networkd.some((path) => paths.includes(path)) ? 'networkd' : null
}

/** ConnectX PFs by vendor and device id, in PCI order; never by name or by the text of a tool. */
function pfsOf(seen: Readings): readonly PfFact[] {
  const physfn = seen.links(...virtualFunctions.globs)
  const serials = parseDevlinkSerials(seen.command(...boards.argv).stdout)
  const pfs: PfFact[] = []
  for (const path of seen.attrs(...pciIds.globs).keys()) {
    if (!path.endsWith('/vendor')) continue
    const device = path.slice(0, -'/vendor'.length)
    const vendorId = hexId(seen.value(path))
    const deviceId = hexId(seen.value(`${device}/device`))
    const model = cardModels[deviceId]
    if (vendorId !== mellanox || !model || physfn.has(`${device}/physfn`)) continue
    const pci = basename(device)
    pfs.push({ ...pfOf(seen, pci, vendorId, deviceId, model), serial: serials.get(`pci/${pci}`) ?? null })
  }
  return pfs.sort((a, b) => (a.pci < b.pci ? -1 : 1))
}

function pfOf(
  seen: Readings,
  pci: string,
  vendor: string,
  device: string,
  model: (typeof cardModels)[string],
): Omit<PfFact, 'serial'> {
  const netdev = uplinkOf(seen, pci)
  const portName = netdev === null ? null : seen.value(`/sys/class/net/${netdev}/phys_port_name`)
  const port = /^p(\d+)$/.exec(portName ?? '')?.[1]
  const driver = seen.links(...drivers.globs).get(`/sys/bus/pci/devices/${pci}/driver`)
  return {
    pci,
    netdev,
    mac: netdev === null ? null : seen.value(`/sys/class/net/${netdev}/address`),
    vendor,
    device,
    card: model.card,
    vf_lag: model.vfLag,
    switch_id: netdev === null ? null : seen.value(`/sys/class/net/${netdev}/phys_switch_id`),
    system_image: systemImageOf(seen, pci),
    port: port === undefined ? Number(pci.at(-1)) : Number(port),
    driver: driver === undefined ? null : basename(driver),
  }
}

/** `9803:9b03:00ab:cd30` without colons; null where there is none, or it is not set (all zero). */
function systemImageOf(seen: Readings, pci: string): string | null {
  for (const [path, found] of seen.attrs(...systemImages.globs)) {
    if (!path.startsWith(`/sys/bus/pci/devices/${pci}/`) || !found.ok) continue
    const guid = found.value.replaceAll(':', '').trim().toLowerCase()
    if (/^[0-9a-f]{16}$/.test(guid) && !/^0+$/.test(guid)) return guid
  }
  return null
}

/** The PF's own interface: in switchdev mode its VF representors have the same PCI parent, but other port names. */
function uplinkOf(seen: Readings, pci: string): string | null {
  const candidates = [...seen.links(...netDevices.globs)]
    .filter(([, target]) => basename(target) === pci)
    .map(([path]) => path.split('/')[4] ?? '')
  const named = candidates.find((name) => /^p\d+$/.test(seen.value(`/sys/class/net/${name}/phys_port_name`) ?? ''))
  const plain = candidates.filter((name) => !/vf\d+$/.test(seen.value(`/sys/class/net/${name}/phys_port_name`) ?? ''))
  return named ?? plain[0] ?? null
}

function hexId(value: string | null): string {
  return (value ?? '').replace(/^0x/, '').toLowerCase()
}

function basename(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
