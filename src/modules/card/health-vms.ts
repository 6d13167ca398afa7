import { type Facts, findPf } from '../../module/facts.ts'
import type { Readings } from '../../module/reading.ts'
import { parseMacAddress } from '../../shared/brand.ts'
import { count, list } from '../../shared/text.ts'
import { isMap, type Value } from '../../shared/value.ts'
import { bad, good, type HealthRow, unseen } from './health-rows.ts'
import { vfMark } from './ovs-database.ts'
import { sriovState } from './pf.ts'
import type { Vm, Vms } from './users-of-vfs.ts'

/** A VM that has to have a VF. */
interface WantedVm {
  readonly name: string
  readonly pf: string
  readonly vf: number
  readonly mac: string | null
}

/** The VMs that have to have VFs, by the mark of the VF. */
export function ownersOf(entries: readonly Value[], facts: Facts): ReadonlyMap<string, string> {
  return new Map(
    wantedVms(entries).flatMap((vm) => {
      const pf = findPf(facts, vm.pf)
      return pf ? [[vfMark(pf, vm.vf), vm.name] as const] : []
    }),
  )
}

/** Whether every VM runs and has its VF. */
export function vmsRow(entries: readonly Value[], vms: Vms, seen: Readings, facts: Facts): HealthRow {
  const check = 'VMs'
  const wanted = wantedVms(entries)
  if (wanted.length === 0) return good(check, 'none is given a VF')
  if (vms.state === 'absent') return bad(check, 'libvirt is not installed', 'install it (module package)')
  if (vms.state === 'silent') return unseen(check, `libvirt does not answer: ${vms.reason}`)
  const wrong = wanted.flatMap((vm) => troubleOf(vm, vms.vms, seen, facts) ?? [])
  if (wrong.length > 0)
    return bad(
      check,
      list(wrong),
      'start the VM (virsh start) when it is off; give it its VF with hostdev when it has none',
    )
  return good(
    check,
    `${list(wanted.map((vm) => vm.name))} ${wanted.length === 1 ? 'runs with its VF' : 'run with their VFs'}`,
  )
}

function troubleOf(wanted: WantedVm, vms: readonly Vm[], seen: Readings, facts: Facts): string | null {
  const { name } = wanted
  const vm = vms.find((each) => each.name === name)
  if (!vm) return `there is no VM ${name}`
  if (!vm.active) return `${name} is shut off`
  const pf = findPf(facts, wanted.pf)
  const sriov = pf ? sriovState(pf, seen) : null
  const vf = sriov?.vfs.find((each) => each.index === wanted.vf)
  if (!vf) return `${wanted.pf} has no VF ${wanted.vf} for ${name}: it has ${count(sriov?.count ?? 0, 'VF')}`
  const device = vm.live?.devices.find((each) => each.pci === vf.pci)
  if (!device) return `${name} runs without VF ${wanted.vf} of ${wanted.pf} (${vf.pci})`
  if (device.mac !== null && wanted.mac !== null && device.mac !== wanted.mac)
    return `${name} has ${vf.pci} with the MAC address ${device.mac}, but must have it with ${wanted.mac}`
  return null
}

function wantedVms(entries: readonly Value[]): readonly WantedVm[] {
  return entries.flatMap((each) => {
    if (!isMap(each)) return []
    const { name, pf, vf, mac } = each
    if (typeof name !== 'string' || typeof pf !== 'string' || typeof vf !== 'number') return []
    return [{ name, pf, vf, mac: typeof mac === 'string' ? parseMacAddress(mac) : null }]
  })
}
