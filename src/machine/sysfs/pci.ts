import { done, refused } from '../errno.ts'
import { allPfs, cardOf } from '../kernel/card.ts'
import type { KernelContext } from '../kernel/context.ts'
import { addVfioId, bindDriver, pciDrivers, probeDriver, unbindDriver } from '../kernel/drivers.ts'
import { setNumVfs, totalVfs, vfOffset } from '../kernel/vfs.ts'
import type { Sys } from '../machine.ts'
import type { Card, Pf, Vf } from '../state.ts'
import { netDirectory } from './net.ts'
import { type DirectoryNode, dir, type Node, setting, symlink, trigger, value } from './node.ts'
import { pciOfLink, pciPlace } from './places.ts'

/** /sys/bus/pci. */
export function pciBus(context: KernelContext): DirectoryNode {
  return dir(() => ({
    devices: dir(() =>
      Object.fromEntries(functions(context).map(({ pci }) => [pci, symlink(`../../../${pciPlace(pci)}`)])),
    ),
    drivers: dir(() => Object.fromEntries(driversOf(context).map((name) => [name, driverDirectory(context, name)]))),
    drivers_autoprobe: setting(
      () => 1,
      () => done,
    ),
    drivers_probe: trigger((text) => probeDriver(context, text.trim())),
  }))
}

/** /sys/devices/pci.../<function> of a card. */
export function pciFunctions(context: KernelContext, card: Card): Readonly<Record<string, Node>> {
  const own = functions(context).filter(({ pf }) => card.pfs.includes(pf))
  return Object.fromEntries(own.map(({ pci, pf, vf }) => [pci, functionDirectory(context, pci, pf, vf)]))
}

/** /sys/kernel/iommu_groups: every function of the card has one to itself. */
export function iommuGroups(context: KernelContext): DirectoryNode {
  return dir(() =>
    Object.fromEntries([
      ...Array.from({ length: 4 }, (_, at) => [
        String(at),
        dir(() => ({ devices: dir(() => ({})), type: value(() => 'DMA') })),
      ]),
      ...functions(context).map((each) => [
        String(iommuGroup(context, each.pf, each.vf)),
        dir(() => ({
          devices: dir(() => ({ [each.pci]: symlink(`../../../../${pciPlace(each.pci)}`) })),
          reserved_regions: value(() => '0x00000000fee00000 0x00000000feefffff msi'),
          type: value(() => 'DMA'),
        })),
      ]),
    ]),
  )
}

/** The IOMMU group of a function. */
function iommuGroup(context: KernelContext, pf: Pf, vf: Vf | null): number {
  const at = allPfs(context.state).indexOf(pf)
  return vf === null ? 40 + at : 100 + 64 * at + vf.index
}

interface PciFunction {
  readonly pci: string
  readonly pf: Pf
  readonly vf: Vf | null
}

function functions(context: KernelContext): readonly PciFunction[] {
  return allPfs(context.state).flatMap((pf) => [
    { pci: pf.pci, pf, vf: null },
    ...pf.vfs.map((vf) => ({ pci: vf.pci, pf, vf })),
  ])
}

const driversOf = (context: KernelContext): readonly string[] => (allPfs(context.state).length > 0 ? pciDrivers : [])

function driverDirectory(context: KernelContext, driver: string): DirectoryNode {
  return dir(() => ({
    ...Object.fromEntries(
      functions(context)
        .filter(({ pf, vf }) => (vf ?? pf).driver === driver)
        .map(({ pci }) => [pci, symlink(`../../../../${pciPlace(pci)}`)]),
    ),
    bind: trigger((text) => bindDriver(context, text.trim(), driver)),
    unbind: trigger((text) => unbindDriver(context, text.trim(), driver)),
    new_id: trigger((text) => (driver === 'vfio-pci' ? addVfioId(context, text) : refused('EEXIST'))),
    module: symlink(`../../../../module/${driver.replaceAll('-', '_')}`),
  }))
}

function functionDirectory(context: KernelContext, pci: string, pf: Pf, vf: Vf | null): DirectoryNode {
  const card = cardOf(context.state, pf)
  const device = vf ? card.vfDeviceId : card.deviceId
  const driver = () => (vf ?? pf).driver
  return dir(() => ({
    vendor: value(() => '0x15b3'),
    device: value(() => `0x${device}`),
    subsystem_vendor: value(() => `0x${card.subsystem.vendor}`),
    subsystem_device: value(() => `0x${card.subsystem.device}`),
    class: value(() => '0x020000'),
    revision: value(() => '0x00'),
    numa_node: value(() => 1),
    current_link_speed: value(() => '16.0 GT/s PCIe'),
    current_link_width: value(() => 16),
    subsystem: symlink('../../../../bus/pci'),
    iommu_group: symlink(`../../../../kernel/iommu_groups/${iommuGroup(context, pf, vf)}`),
    driver_override: setting(
      () => vf?.override ?? '(null)',
      (text) => {
        if (vf) vf.override = text.trim() === '' ? null : text.trim()
        return done
      },
    ),
    uevent: value(() =>
      [
        ...(driver() === null ? [] : [`DRIVER=${driver()}`]),
        'PCI_CLASS=20000',
        `PCI_ID=15B3:${device.toUpperCase()}`,
        `PCI_SUBSYS_ID=${card.subsystem.vendor.toUpperCase()}:${card.subsystem.device.toUpperCase()}`,
        `PCI_SLOT_NAME=${pci}`,
        `MODALIAS=pci:v000015B3d0000${device.toUpperCase()}sv0000${card.subsystem.vendor.toUpperCase()}sd0000${card.subsystem.device.toUpperCase()}bc02sc00i00`,
      ].join('\n'),
    ),
    ...(driver() === null ? {} : { driver: symlink(`../../../../bus/pci/drivers/${driver()}`) }),
    ...netOf(context, pci),
    ...infinibandOf(context, pf, vf),
    ...(vf ? { physfn: symlink(`../${pf.pci}`) } : sriovOf(context, pf)),
  }))
}

function netOf(context: KernelContext, pci: string): Readonly<Record<string, Node>> {
  const links = Object.values(context.state.links).filter((link) => pciOfLink(context.state, link) === pci)
  if (links.length === 0) return {}
  return { net: dir(() => Object.fromEntries(links.map((link) => [link.name, netDirectory(context, link)]))) }
}

/** One RDMA device for each function; an active LAG has one for both PFs (mlx5_lag_add_devices). */
function infinibandOf(context: KernelContext, pf: Pf, vf: Vf | null): Readonly<Record<string, Node>> {
  if ((vf ?? pf).driver !== 'mlx5_core') return {}
  const card = cardOf(context.state, pf)
  const at = card.pfs.indexOf(pf)
  const bonded = card.lag.mode !== 'none'
  if (vf === null && bonded && at === 1) return {}
  const vfNumber = (vf?.index ?? 0) + 2 + (at === 1 ? (card.pfs[0]?.vfs.length ?? 0) : 0)
  const place = context.state.cards.indexOf(card)
  const first = 32 * place
  const name = vf !== null ? `mlx5_${first + vfNumber}` : bonded ? `mlx5_bond_${place}` : `mlx5_${first + at}`
  const guid = (card.guid.match(/.{4}/g) ?? []).join(':')
  return {
    infiniband: dir(() => ({
      [name]: dir(() => ({ node_type: value(() => '1: CA'), sys_image_guid: value(() => guid) })),
    })),
  }
}

/** The SR-IOV attributes: there with the capability, which firmware shows once SRIOV_EN is on. */
function sriovOf(context: KernelContext, pf: Pf): Readonly<Record<string, Node>> {
  const { state } = context
  const total = totalVfs(cardOf(state, pf))
  if (total === null) return {}
  return {
    sriov_totalvfs: value(() => total),
    sriov_numvfs: setting(
      () => pf.numvfs,
      (text) => writeNumVfs(context, pf, text),
    ),
    sriov_offset: value(() => vfOffset(state, pf)),
    sriov_stride: value(() => 1),
    sriov_vf_device: value(() => cardOf(state, pf).vfDeviceId),
    sriov_vf_total_msix: value(() => 0),
    sriov_drivers_autoprobe: setting(
      () => (pf.autoprobe ? 1 : 0),
      (text) => {
        const on = bool(text)
        if (on === null) return refused('EINVAL')
        pf.autoprobe = on
        return done
      },
    ),
    ...Object.fromEntries(pf.vfs.map((vf) => [`virtfn${vf.index}`, symlink(`../${vf.pci}`)])),
  }
}

function writeNumVfs(context: KernelContext, pf: Pf, text: string): Sys | Promise<Sys> {
  const count = unsigned16(text)
  return count === null ? refused('EINVAL') : setNumVfs(context, pf, count)
}

/** kstrtou16 with base 0: decimal, 0x hexadecimal, 0 octal. */
function unsigned16(text: string): number | null {
  const word = text.trim()
  const number = /^0[0-7]+$/.test(word)
    ? Number.parseInt(word, 8)
    : /^(\d+|0x[0-9a-f]+)$/i.test(word)
      ? Number(word)
      : Number.NaN
  return number <= 0xffff ? number : null
}

/** kstrtobool: its first letter decides. */
function bool(text: string): boolean | null {
  if (/^([y1t]|on)/i.test(text)) return true
  if (/^([n0f]|of)/i.test(text)) return false
  return null
}
