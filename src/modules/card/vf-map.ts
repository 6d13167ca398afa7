import type { Facts } from '../../module/facts.ts'
import { attrs, command, type Read } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { parseIpVfs } from '../../parsers/ip-vf.ts'
import { netdevReads, netdevs, representorsOf } from './netdevs.ts'
import { databaseReads, ovsDatabase } from './ovs-database.ts'
import { baseName, pciPath, pfLabel, sriovReads, sriovState } from './pf.ts'
import { type Vm, vmListRead, vmReads, vmsOf } from './users-of-vfs.ts'

/** A VF with everything that stands for it. Null: there is none, or it is not known. */
export interface VfRow {
  readonly pf: string
  /** Index of the VF on its PF. */
  readonly vf: number
  readonly pci: string
  /** The interface that stands for it on the switch of the card. */
  readonly representor: string | null
  /** Whether the representor is administratively up; null without one. */
  readonly up: boolean | null
  /** Its own interface on the host; none while a VM has it, or no driver. */
  readonly netdev: string | null
  readonly mac: string | null
  /** The representor as a port of Open vSwitch. */
  readonly port: { readonly bridge: string; readonly tag: number | null } | null
  readonly vm: { readonly name: string; readonly uuid: string | null; readonly running: boolean } | null
}

/** All VFs of a host, and what could not be asked. */
export interface VfMap {
  readonly vfs: readonly VfRow[]
  /** `libvirt does not answer: ...` */
  readonly notes: readonly string[]
}

const ownMacRead = (pci: string) => attrs(`${pciPath(pci)}/virtfn*/net/*/address`)
const macsRead = (netdev: string) => command('ip', 'link', 'show', 'dev', netdev)

/** What to look at for {@link vfMap}, first. */
export function vfMapReads(facts: Facts): readonly Read[] {
  if (facts.pfs.length === 0) return []
  return [
    ...netdevReads,
    ...databaseReads,
    vmListRead,
    ...facts.pfs.flatMap((pf): readonly Read[] => [
      ...sriovReads(pf),
      ownMacRead(pf.pci),
      ...(pf.netdev === null ? [] : [macsRead(pf.netdev)]),
    ]),
  ]
}

/** What to look at for {@link vfMap} when {@link vfMapReads} were made. */
export function vfMapMore(facts: Facts, seen: Readings): readonly Read[] {
  return facts.pfs.length === 0 ? [] : vmReads(seen)
}

/** Which interface, MAC address, port and VM belong to which VF, in the order of PFs and VFs. */
export function vfMap(facts: Facts, seen: Readings): VfMap {
  if (facts.pfs.length === 0) return { vfs: [], notes: [] }
  const all = netdevs(seen)
  const database = ovsDatabase(seen)
  const vms = vmsOf(seen)
  const vfs = facts.pfs.flatMap((pf) => {
    const representors = representorsOf(pf, all, facts.pfs)
    const macs = pf.netdev === null ? null : givenMacs(seen.command(...macsRead(pf.netdev).argv).stdout)
    return sriovState(pf, seen).vfs.map((vf): VfRow => {
      const netdev = representors.find((each) => each.vf === vf.index)?.netdev ?? null
      const own = ownInterface(pf.pci, vf.index, seen)
      const port = netdev === null ? undefined : database.ports.get(netdev.name)
      const user = vms.state === 'known' ? userOf(vf.pci, vms.vms) : null
      return {
        pf: pfLabel(pf),
        vf: vf.index,
        pci: vf.pci,
        representor: netdev?.name ?? null,
        up: netdev?.up ?? null,
        netdev: own?.name ?? null,
        mac: user?.mac ?? own?.mac ?? macs?.get(vf.index) ?? null,
        port: port === undefined || port.bridge === null ? null : { bridge: port.bridge, tag: port.tag },
        vm: user && { name: user.vm.name, uuid: user.uuid, running: user.vm.active },
      }
    })
  })
  const { answer } = database
  return {
    vfs,
    notes: [
      ...(answer.state === 'silent' ? [`Open vSwitch does not answer: ${answer.reason}`] : []),
      ...(vms.state === 'silent' ? [`libvirt does not answer: ${vms.reason}`] : []),
    ],
  }
}

/** The addresses that the PF gives its VFs; all zero is none. */
function givenMacs(text: string): ReadonlyMap<number, string> {
  return new Map(
    parseIpVfs(text).flatMap(({ index, mac }) => (mac === null || /^[0:]*$/.test(mac) ? [] : [[index, mac] as const])),
  )
}

function ownInterface(
  pf: string,
  vf: number,
  seen: Readings,
): { readonly name: string; readonly mac: string | null } | null {
  const folder = `${pciPath(pf)}/virtfn${vf}/net/`
  for (const [path, value] of seen.attrs(...ownMacRead(pf).globs))
    if (path.startsWith(folder))
      return { name: baseName(path.slice(0, -'/address'.length)), mac: value.ok ? value.value.trim() : null }
  return null
}

/** The VM that has a VF, a running one first, with the MAC address that it has there. */
function userOf(
  pci: string,
  vms: readonly Vm[],
): { readonly vm: Vm; readonly uuid: string | null; readonly mac: string | null } | null {
  for (const which of ['live', 'persistent'] as const)
    for (const vm of vms) {
      const device = vm[which]?.devices.find((each) => each.pci === pci)
      if (device) return { vm, uuid: vm[which]?.uuid ?? null, mac: device.mac }
    }
  return null
}
