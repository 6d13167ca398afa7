import { type CommandRead, command } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { type DomainXml, parseDomainNames, parseDomainXml } from '../../parsers/virsh.ts'
import { count, list } from '../../shared/text.ts'
import { type VfState, vfLabel } from './pf.ts'

/** A libvirt domain with the host devices it has. */
export interface Vm {
  readonly name: string
  /** The guest runs (or is paused): it holds what its live XML has. */
  readonly active: boolean
  readonly live: DomainXml | null
  readonly persistent: DomainXml | null
}

/** What libvirt says. */
export type Vms =
  | { readonly state: 'known'; readonly vms: readonly Vm[] }
  /** No virsh on the host: no libvirt either. */
  | { readonly state: 'absent' }
  /** virsh is there and libvirt does not answer. */
  | { readonly state: 'silent'; readonly reason: string }

/** First look: which VMs there are. */
export const vmListRead: CommandRead = command('virsh', 'list', '--all', '--name')

/** Second look: the devices of the VMs found by {@link vmListRead}. */
export function vmReads(seen: Readings): readonly CommandRead[] {
  return parseDomainNames(seen.command(...vmListRead.argv).stdout).flatMap((name) => oneVmReads(name))
}

/** What to look at for one VM by name; it need not exist. */
export function oneVmReads(name: string): readonly CommandRead[] {
  return [
    command('virsh', 'domstate', name),
    command('virsh', 'dumpxml', name),
    command('virsh', 'dumpxml', '--inactive', name),
  ]
}

/** All VMs, from {@link vmListRead} and {@link vmReads}. */
export function vmsOf(seen: Readings): Vms {
  const listed = seen.command(...vmListRead.argv)
  if (listed.status === 127) return { state: 'absent' }
  if (listed.status !== 0)
    return { state: 'silent', reason: lastLine(listed.stderr) || `virsh ended with ${listed.status}` }
  return { state: 'known', vms: parseDomainNames(listed.stdout).map((name) => oneVm(name, seen)) }
}

/** One VM, from {@link oneVmReads}. */
export function oneVm(name: string, seen: Readings): Vm {
  const state = seen.command('virsh', 'domstate', name)
  const active = state.status === 0 && !['shut off', 'crashed', ''].includes(state.stdout.trim())
  const current = parseDomainXml(seen.command('virsh', 'dumpxml', name).stdout)
  return {
    name,
    active,
    live: active ? current : null,
    persistent: parseDomainXml(seen.command('virsh', 'dumpxml', '--inactive', name).stdout),
  }
}

/** A VF and the running VM that holds it. */
export interface Holding {
  readonly vf: VfState
  readonly vm: string
}

/** Which of the VFs running VMs hold. */
export function holdings(vfs: readonly VfState[], vms: Vms): readonly Holding[] {
  if (vms.state !== 'known') return []
  return vfs.flatMap((vf) => vms.vms.filter((vm) => has(vm.live, vf.pci)).map((vm) => ({ vf, vm: vm.name })))
}

/** Whether a domain's XML has a device of the host. */
export function has(domain: DomainXml | null, pci: string): boolean {
  return domain?.devices.some((device) => device.pci === pci) ?? false
}

/** Names of VMs, running or not, that have one of these addresses in their XML. */
export function vmsNaming(addresses: readonly string[], vms: Vms): readonly string[] {
  if (vms.state !== 'known') return []
  return vms.vms
    .filter((vm) => addresses.some((pci) => has(vm.live, pci) || has(vm.persistent, pci)))
    .map((vm) => vm.name)
}

/** `VF 0 (0000:61:00.2) is held by VM vm1 and VF 1 (0000:61:00.3) is held by VM vm2` */
export function holdingSentence(held: readonly Holding[]): string {
  return list(held.map((each) => `${vfLabel(each.vf)} is held by VM ${each.vm}`))
}

/** The next move when VMs hold VFs. */
export const detachHint = (held: readonly Holding[]): string =>
  `detach ${held.length === 1 ? 'it' : 'them'} first (module hostdev with state: detached) or stop ${list([...new Set(held.map((each) => each.vm))])}`

/**
 * Whether VFs on vfio-pci may be held by a VM that cannot be asked about: then the sentence that says so. Taking such a
 * VF away blocks in the kernel until its holder lets go.
 */
export function doubtfulHolders(vfs: readonly VfState[], vms: Vms): string | null {
  const lent = vfs.filter((vf) => vf.driver === 'vfio-pci')
  if (vms.state !== 'silent' || lent.length === 0) return null
  return `${count(lent.length, 'VF')} (${list(lent.map((vf) => vf.pci))}) ${lent.length === 1 ? 'is' : 'are'} on vfio-pci, and libvirt cannot say which VM holds ${lent.length === 1 ? 'it' : 'them'} (${vms.reason})`
}

/** The last line that is not empty. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? ''
}
