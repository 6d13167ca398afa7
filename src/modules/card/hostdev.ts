import type { Facts, PfFact } from '../../module/facts.ts'
import { findPf } from '../../module/facts.ts'
import { defineModule, type PlanContext } from '../../module/module.ts'
import { blocked, change, type Delta, delta, type Plan, unchanged } from '../../module/plan.ts'
import { command } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { run, type Step } from '../../module/step.ts'
import { parseIpVfs } from '../../parsers/ip-vf.ts'
import { type DomainDevice, type DomainXml, parseDomainNames } from '../../parsers/virsh.ts'
import { parseMacAddress } from '../../shared/brand.ts'
import { count, list } from '../../shared/text.ts'
import { type Device, describeDevice, deviceXml, hostdevTemplate } from './hostdev-xml.ts'
import { packageOf } from './knowledge.ts'
import { noSuchPf, pfLabel, type SriovState, sriovReads, sriovState } from './pf.ts'
import { has, lastLine, oneVm, oneVmReads, type Vm, vmListRead, vmReads, vmsOf } from './users-of-vfs.ts'
import { derivedMac, vfMac } from './vf-mac.ts'

interface Args {
  readonly vm: string
  readonly pf: string
  readonly vf: number
  readonly mac: string | null
  readonly kind: 'interface' | 'hostdev'
  readonly state: 'attached' | 'detached'
  readonly vlan?: number
  readonly start: boolean
}

/** What is asked for, with the address that a VF without one gets. */
type Known = Omit<Args, 'mac'> & { readonly mac: string }

interface State {
  readonly pf: PfFact
  readonly sriov: SriovState
  /** The MAC address that the PF gives the VF; null when that was not asked, or is not told. */
  readonly givenMac: string | null
  readonly libvirt: 'answers' | 'absent' | 'silent'
  readonly reason: string
  readonly names: readonly string[]
  /** Null when there is no such VM. */
  readonly vm: Vm | null
  /** libvirt tried to start it and could not. */
  readonly couldNotStart: boolean
  /** The others; only asked when something has to be attached. */
  readonly others: readonly Vm[]
}

/** A VF in a libvirt domain (libvirt, docs/formatdomain.rst, "PCI passthrough interface"). */
export const hostdev = defineModule<Args, State | null>({
  name: 'hostdev',
  summary: 'Give a VF to a VM, or take it back',
  description:
    'The running VM and its stored definition are looked at, and changed, each for itself; a VM that is shut off gets the definition alone. A VF of another VM is refused, however that has it. Detaching waits until the guest has let go. The guest-side slot is left to libvirt. Registers `pci`.',
  args: {
    properties: {
      vm: { description: 'Name of the libvirt domain', type: 'string', minLength: 1 },
      pf: { description: 'The PF of the VF, by interface or PCI address', type: 'string', examples: ['ens2f0'] },
      vf: { description: 'Index of the VF', type: 'integer', minimum: 0 },
      mac: {
        description:
          'MAC address of the interface. derived, or null: the one that vf_settings gives this VF, from host, PF and index',
        type: ['string', 'null'],
        pattern: `^([0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}|${derivedMac})$`,
        default: derivedMac,
      },
      kind: {
        description:
          'interface: libvirt sets the MAC address, and VLAN 0 with it, which some kernels refuse in switchdev mode ("Cannot set interface MAC/vlanid"). hostdev: for those, a plain PCI device, whose MAC address is set before',
        type: 'string',
        enum: ['interface', 'hostdev'],
        default: 'interface',
      },
      state: {
        description: 'attached or detached',
        type: 'string',
        enum: ['attached', 'detached'],
        default: 'attached',
      },
      start: {
        description:
          'With `attached`: start a VM that has the VF and that libvirt could not start, as after a restart of the host, when the VF was not there yet. A VM that was shut down stays so',
        type: 'boolean',
        default: true,
      },
      vlan: {
        description: 'Refused: in switchdev mode the VLAN of a VF is the tag of its representor (ovs_port)',
        type: 'integer',
      },
    },
    required: ['vm', 'pf', 'vf'],
  },
  examples: [
    {
      title: 'The first VF of a port, with the address that is derived for it',
      yaml: 'hostdev:\n  vm: vm1\n  pf: ens2f0\n  vf: 0\n',
    },
    {
      title: 'Take it back',
      yaml: 'hostdev:\n  vm: vm1\n  pf: ens2f0\n  vf: 0\n  mac: "52:54:00:01:00:01"\n  state: detached\n',
    },
  ],
  needsFacts: true,
  templates: () => [hostdevTemplate],
  reads: (args, facts) => {
    const pf = findPf(facts, args.pf)
    if (!pf) return []
    return [
      ...sriovReads(pf),
      vmListRead,
      ...oneVmReads(args.vm),
      reasonRead(args),
      ...(setsMac(args, pf) ? [vfsRead(pf)] : []),
    ]
  },
  more: (args, seen, facts) => {
    const pf = findPf(facts, args.pf)
    return pf && attaches(args, pf, seen) ? vmReads(seen) : []
  },
  state: readState,
  plan: (args, state, context) =>
    state ? decide(withMac(args, state, context), state, context) : noSuchPf(args.pf, context.facts),
  settles: { within: () => 30 },
  conclude: (args, _results, after) => ({ vm: args.vm, pci: after ? (vfOf(args, after)?.pci ?? null) : null }),
  disturbs: () => [
    '/sys/bus/pci/**',
    '/sys/class/net/**',
    '/etc/libvirt/**',
    'command:virsh',
    'command:ip',
    'command:lspci',
  ],
})

function withMac(args: Args, state: State, context: PlanContext): Known {
  const given = args.mac === null || args.mac === derivedMac ? null : args.mac
  return { ...args, mac: given ?? vfMac(context.host, state.pf.pci, args.vf) }
}

/** Whether the MAC address has to be set here, for nobody does it later. */
const setsMac = (args: Args, pf: PfFact): boolean =>
  args.kind === 'hostdev' && args.state === 'attached' && pf.netdev !== null
const vfsRead = (pf: PfFact) => command('ip', 'link', 'show', 'dev', pfLabel(pf))
const reasonRead = (args: Args) => command('virsh', 'domstate', '--reason', args.vm)

function attaches(args: Args, pf: PfFact, seen: Readings): boolean {
  if (args.state !== 'attached') return false
  const vf = sriovState(pf, seen).vfs.find((each) => each.index === args.vf)
  const vm = oneVm(args.vm, seen)
  return vf !== undefined && (!has(vm.persistent, vf.pci) || (vm.active && !has(vm.live, vf.pci)))
}

function readState(args: Args, seen: Readings, facts: Facts): State | null {
  const pf = findPf(facts, args.pf)
  if (!pf) return null
  const listed = seen.command(...vmListRead.argv)
  const names = parseDomainNames(listed.stdout)
  const vms = attaches(args, pf, seen) ? vmsOf(seen) : null
  return {
    pf,
    sriov: sriovState(pf, seen),
    givenMac: setsMac(args, pf)
      ? (parseIpVfs(seen.command(...vfsRead(pf).argv).stdout).find((vf) => vf.index === args.vf)?.mac ?? null)
      : null,
    libvirt: listed.status === 127 ? 'absent' : listed.status === 0 ? 'answers' : 'silent',
    reason: lastLine(listed.stderr),
    names,
    vm: names.includes(args.vm) ? oneVm(args.vm, seen) : null,
    // libvirt, virDomainShutoffReason: an attempt to start it failed.
    couldNotStart: /^shut off \(failed\)/.test(seen.command(...reasonRead(args).argv).stdout.trim()),
    others: vms?.state === 'known' ? vms.vms.filter((vm) => vm.name !== args.vm) : [],
  }
}

function decide(args: Known, state: State, context: PlanContext): Plan {
  if (args.vlan !== undefined)
    return blocked(
      'vlan is given, but a VF in switchdev mode takes none from libvirt',
      `give the tag to its representor: ovs_port with tag: ${args.vlan}`,
    )
  if (state.libvirt === 'absent')
    return args.state === 'detached'
      ? unchanged('libvirt is not installed')
      : blocked(
          'virsh is not installed',
          `install the package ${packageOf('virsh', context.facts.distribution.family)}`,
        )
  if (state.libvirt === 'silent')
    return blocked(`libvirt does not answer: ${state.reason}`, 'start libvirtd or virtqemud (module service)')
  if (!state.vm)
    return blocked(
      `there is no VM ${args.vm} on this host, which has ${list(state.names) || 'none'}`,
      'set vflag_vms for this host in the inventory',
    )
  return args.state === 'attached' ? attach(args, state, state.vm, context) : detach(args, state, state.vm, context)
}

const vfOf = (args: Pick<Args, 'vf'>, state: State): { readonly index: number; readonly pci: string } | null =>
  state.sriov.vfs.find((each) => each.index === args.vf) ?? null

function attach(args: Known, state: State, vm: Vm, context: PlanContext): Plan {
  const name = pfLabel(state.pf)
  const vf = vfOf(args, state)
  if (!vf)
    return blocked(
      `${name} has no VF ${args.vf}: it has ${count(state.sriov.count, 'VF')}`,
      state.sriov.count === 0 ? 'create VFs with the vfs module' : `the VFs are 0 to ${state.sriov.count - 1}`,
    )
  const mac = parseMacAddress(args.mac)
  const odd = clash(vm, vf.pci, mac)
  if (odd) return odd
  const live = !vm.active || has(vm.live, vf.pci)
  const stored = has(vm.persistent, vf.pci)
  if (stored && !vm.active && state.couldNotStart && args.start)
    return change(
      [delta(`state of ${vm.name}`, 'shut off (could not start)', 'running')],
      [run(['virsh', 'start', vm.name], { timeout: 120 })],
      { vm: vm.name, pci: vf.pci },
    )
  if (live && stored)
    return unchanged(`VF ${args.vf} of ${name} (${vf.pci}) belongs to ${vm.name}`, { vm: vm.name, pci: vf.pci })
  const rival = state.others.find((each) => has(each.live, vf.pci) || has(each.persistent, vf.pci))
  if (rival)
    return blocked(
      `VF ${args.vf} of ${name} (${vf.pci}) belongs to VM ${rival.name}`,
      `give ${vm.name} another VF, or detach this one from ${rival.name} first`,
    )
  const flags = [...(live ? [] : ['--live']), ...(stored ? [] : ['--config'])]
  const device: Device =
    args.kind === 'hostdev'
      ? { kind: 'hostdev', pci: vf.pci, mac: null }
      : { kind: 'interface', pci: vf.pci, mac: mac ?? args.mac }
  // A VF takes its address when it is handed over: before that it has to be the right one. A guest that runs has it already.
  const sets = setsMac(args, state.pf) && mac !== null && state.givenMac !== mac && !(vm.active && live)
  return change(
    [
      ...(sets ? [delta(`MAC address of VF ${args.vf} of ${name}`, state.givenMac, mac)] : []),
      ...deltas(vm, vf.pci, { live: !live, stored: !stored }, null, describeDevice(device)),
    ],
    [
      ...(sets ? [run(['ip', 'link', 'set', 'dev', name, 'vf', String(args.vf), 'mac', mac])] : []),
      run(['virsh', 'attach-device', vm.name, '/dev/stdin', ...flags], {
        stdin: deviceXml(device, context),
        timeout: 60,
      }),
    ],
    { vm: vm.name, pci: vf.pci },
  )
}

/** The VM has the VF with another MAC, or the MAC on another device. */
function clash(vm: Vm, pci: string, mac: string | null): Plan | null {
  for (const domain of [vm.live, vm.persistent]) {
    for (const device of domain?.devices ?? []) {
      if (device.pci === pci && device.mac !== null && device.mac !== mac)
        return blocked(
          `${vm.name} has ${pci} with the MAC address ${device.mac}, but must have it with ${mac}`,
          'detach it first (hostdev with state: detached)',
        )
      if (device.pci !== pci && device.mac !== null && device.mac === mac)
        return blocked(
          `${vm.name} has the MAC address ${mac} on ${device.pci}, but must have it on ${pci}`,
          'detach that one first; VF addresses move when NUM_OF_VFS of the firmware changes',
        )
    }
  }
  return null
}

function detach(args: Known, state: State, vm: Vm, context: PlanContext): Plan {
  const pci = vfOf(args, state)?.pci ?? null
  const mac = parseMacAddress(args.mac)
  const find = (domain: DomainXml | null): DomainDevice | null =>
    domain?.devices.find((device) => device.mac !== null && device.mac === mac) ??
    domain?.devices.find((device) => pci !== null && device.pci === pci) ??
    null
  const live = find(vm.live)
  const stored = find(vm.persistent)
  // The address alone does not tell whose it is: somebody else may have given the VM this VF.
  const other = [live, stored].find((device) => device?.mac && device.mac !== mac)
  if (other)
    return blocked(
      `${vm.name} has ${other.pci} with the MAC address ${other.mac}, but is asked to give back the one with ${mac}`,
      'name the MAC address that it has (vflag_vms), or detach it by hand (virsh detach-device)',
    )
  if (!live && !stored)
    return unchanged(`${vm.name} has no VF ${args.vf} of ${pfLabel(state.pf)}`, { vm: vm.name, pci })
  const steps: Step[] = []
  const same = live && stored && live.pci === stored.pci && live.mac === stored.mac && live.kind === stored.kind
  const jobs: readonly (readonly [DomainDevice, readonly string[]])[] = same
    ? [[live, ['--live', '--config']]]
    : [...(live ? [[live, ['--live']] as const] : []), ...(stored ? [[stored, ['--config']] as const] : [])]
  for (const [device, flags] of jobs)
    steps.push(
      run(['virsh', 'detach-device', vm.name, '/dev/stdin', ...flags], {
        stdin: deviceXml(device, context),
        timeout: 60,
      }),
    )
  const any = live ?? stored
  return change(
    deltas(
      vm,
      any?.pci ?? '',
      { live: live !== null, stored: stored !== null },
      any ? describeDevice(any) : null,
      null,
    ),
    steps,
    { vm: vm.name, pci },
  )
}

function deltas(
  vm: Vm,
  pci: string,
  where: { live: boolean; stored: boolean },
  before: string | null,
  after: string | null,
): readonly Delta[] {
  return [
    ...(where.live ? [delta(`${pci} in the running ${vm.name}`, before, after)] : []),
    ...(where.stored ? [delta(`${pci} in the definition of ${vm.name}`, before, after)] : []),
  ]
}
