import type { Facts, PfFact } from '../../module/facts.ts'
import { findPf } from '../../module/facts.ts'
import { defineModule } from '../../module/module.ts'
import { blocked, change, type Delta, delta, type Plan, unchanged, wait } from '../../module/plan.ts'
import { command } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { run, type Step } from '../../module/step.ts'
import { type DevlinkPort, parseDevlinkPorts } from '../../parsers/devlink.ts'
import { type IpVf, parseIpVfs } from '../../parsers/ip-vf.ts'
import { parseMacAddress } from '../../shared/brand.ts'
import { count, list } from '../../shared/text.ts'
import { isMap, type Value, type ValueMap } from '../../shared/value.ts'
import { type EswitchMode, eswitchOf, eswitchReads } from './eswitch-mode.ts'
import { noSuchPf, pfLabel, type SriovState, sriovReads, sriovState, type VfState, vfLabel } from './pf.ts'
import {
  doubtfulHolders,
  type Holding,
  holdings,
  lastLine,
  type Vms,
  vmListRead,
  vmReads,
  vmsOf,
} from './users-of-vfs.ts'
import { derivedMac, vfMac } from './vf-mac.ts'

interface Args {
  readonly pf: string
  readonly mac: 'derived' | 'keep'
  readonly vms: readonly Value[]
  readonly trust?: boolean
  readonly spoofchk?: boolean
}

interface State {
  readonly pf: PfFact
  readonly sriov: SriovState
  readonly eswitch: EswitchMode
  /** What the PF says of its VFs, by index. */
  readonly shown: ReadonlyMap<number, IpVf>
  /** Why it says nothing; null when it does. */
  readonly silent: string | null
  /** Ports of this PF's VFs whose function devlink can set, by VF. */
  readonly ports: ReadonlyMap<number, string>
  /** Null while no VF is on vfio-pci: then no VM can hold one. */
  readonly vms: Vms | null
}

const portsRead = command('devlink', 'port', 'show')
const vfsRead = (pf: PfFact) => command('ip', 'link', 'show', 'dev', pfLabel(pf))

/** What a PF tells its VFs to be: MAC address, trust, spoof checking (kernel: mlx5/core/en_main.c, mlx5e_set_vf_*). */
export const vfSettings = defineModule<Args, State | null>({
  name: 'vf_settings',
  summary: 'Give the VFs of a PF their MAC addresses and rights',
  description:
    'A MAC address that nobody gave is derived from the inventory name of the host, the PF and the index: always the same, locally administered. VFs that VMs hold are left alone: libvirt gave them theirs. In switchdev mode the address goes through devlink where it knows the port, and trust and spoof checking, which the driver refuses there, have to be right already. Registers `macs`, a list of {vf, pci, mac, held_by}.',
  args: {
    properties: {
      pf: { description: 'The PF, by interface or PCI address', type: 'string', examples: ['ens2f0'] },
      mac: {
        description: 'derived: every VF gets an address. keep: only those that `vms` names',
        type: 'string',
        enum: [derivedMac, 'keep'],
        default: derivedMac,
      },
      vms: {
        description:
          'Who gets which VF: entries with `pf`, `vf` and maybe `mac`, which wins; those of other PFs are left out',
        type: 'array',
        items: { type: 'object' },
        default: [],
      },
      trust: {
        description: 'Whether VFs may become promiscuous and change their address. Not given: left as it is',
        type: 'boolean',
      },
      spoofchk: {
        description: 'Whether the card drops foreign source addresses. Not given: left as it is',
        type: 'boolean',
      },
    },
    required: ['pf'],
  },
  examples: [
    { title: 'Addresses for all VFs', yaml: 'vf_settings:\n  pf: ens2f0\n' },
    {
      title: 'One given address, and trust while the e-switch is still in legacy mode',
      yaml: 'vf_settings:\n  pf: ens2f0\n  vms: [{pf: ens2f0, vf: 0, mac: "52:54:00:01:00:01"}]\n  trust: true\n',
    },
  ],
  needsFacts: true,
  reads: (args, facts) => {
    const pf = findPf(facts, args.pf)
    return pf ? [...sriovReads(pf), ...eswitchReads(pf), vfsRead(pf), portsRead, vmListRead] : []
  },
  more: (args, seen, facts) => {
    const pf = findPf(facts, args.pf)
    return pf && lent(sriovState(pf, seen)).length > 0 ? vmReads(seen) : []
  },
  state: readState,
  plan: (args, state, context) =>
    state ? decide(args, state, context.facts, context.host) : noSuchPf(args.pf, context.facts),
  disturbs: () => ['command:ip', 'command:devlink'],
})

const lent = (sriov: SriovState): readonly VfState[] => sriov.vfs.filter((vf) => vf.driver === 'vfio-pci')

function readState(args: Args, seen: Readings, facts: Facts): State | null {
  const pf = findPf(facts, args.pf)
  if (!pf) return null
  const sriov = sriovState(pf, seen)
  const shown = seen.command(...vfsRead(pf).argv)
  return {
    pf,
    sriov,
    eswitch: eswitchOf(pf, seen, sriov.count),
    shown: new Map(parseIpVfs(shown.stdout).map((vf) => [vf.index, vf])),
    silent: shown.status === 0 ? null : lastLine(shown.stderr) || `ip ended with ${shown.status}`,
    ports: functionPorts(pf, parseDevlinkPorts(seen.command(...portsRead.argv).stdout)),
    vms: lent(sriov).length > 0 ? vmsOf(seen) : null,
  }
}

// A port that shows its function's address can be given one: kernel 5.9, iproute2 5.8.
function functionPorts(pf: PfFact, ports: readonly DevlinkPort[]): ReadonlyMap<number, string> {
  return new Map(
    ports.flatMap((port) =>
      port.handle.startsWith(`pci/${pf.pci}/`) && port.flavour === 'pcivf' && port.vf !== null && port.mac !== null
        ? [[port.vf, port.handle] as const]
        : [],
    ),
  )
}

function decide(args: Args, state: State, facts: Facts, host: string): Plan {
  const { pf, sriov } = state
  const name = pfLabel(pf)
  if (sriov.vfs.filter((vf) => vf.complete).length !== sriov.count)
    return wait(`the VFs of ${name} are still being made`, { again: 0.5, upTo: 120 })
  if (sriov.count === 0) return unchanged(`${name} has no VFs`, { macs: [] })
  if (state.silent !== null)
    return blocked(`${name} cannot say what its VFs are given: ${state.silent}`, 'look at "ip link show" on the host')
  const held = state.vms ? holdings(sriov.vfs, state.vms) : []
  const free = sriov.vfs.filter((vf) => !held.some((each) => each.vf.index === vf.index))
  const wishes = free.map((vf) => wishFor(args, state, vf, facts, host))
  const wrong = wishes.filter((each) => each.deltas.length > 0)
  const data = dataOf(wishes, held, state)
  if (wrong.length === 0) return unchanged(whyNothing(name, held, sriov.count), data)
  return (
    refuse(state, wrong) ??
    change(
      wrong.flatMap((each) => each.deltas),
      wrong.flatMap((each) => stepsFor(state, each)),
      data,
    )
  )
}

/** What one VF has to be, and how it differs. */
interface Wish {
  readonly vf: VfState
  readonly mac: string | null
  /** Words of `ip link set PF vf N` for what only the PF can set. */
  readonly rights: readonly string[]
  readonly macWrong: boolean
  readonly deltas: readonly Delta[]
}

function wishFor(args: Args, state: State, vf: VfState, facts: Facts, host: string): Wish {
  const shown = state.shown.get(vf.index)
  const label = `${vfLabel(vf)} of ${pfLabel(state.pf)}`
  const mac = wantedMac(args, state.pf, vf.index, facts, host)
  const macWrong = mac !== null && shown?.mac !== mac
  const deltas: Delta[] = macWrong ? [delta(`MAC address of ${label}`, shown?.mac ?? null, mac)] : []
  const rights: string[] = []
  for (const [word, wanted, now] of [
    ['trust', args.trust, shown?.trust ?? null],
    ['spoofchk', args.spoofchk, shown?.spoofCheck ?? null],
  ] as const) {
    // A right that is not shown cannot have been given: it is off.
    if (wanted === undefined || (now ?? false) === wanted) continue
    deltas.push(delta(`${word} of ${label}`, now === null ? null : onOff(now), onOff(wanted)))
    rights.push(word, onOff(wanted))
  }
  return { vf, mac, rights, macWrong, deltas }
}

/** The MAC address that a VF has to have: its VM's, else the derived one; null when nobody asks for any. */
export function wantedMac(
  args: Pick<Args, 'mac' | 'vms'>,
  pf: PfFact,
  index: number,
  facts: Facts,
  host: string,
): string | null {
  for (const vm of args.vms) {
    if (!isMap(vm) || vm['vf'] !== index || findPf(facts, String(vm['pf']))?.pci !== pf.pci) continue
    const given = typeof vm['mac'] === 'string' ? parseMacAddress(vm['mac']) : null
    return given ?? vfMac(host, pf.pci, index)
  }
  return args.mac === derivedMac ? vfMac(host, pf.pci, index) : null
}

function refuse(state: State, wrong: readonly Wish[]): Plan | null {
  const name = pfLabel(state.pf)
  const vfs = wrong.map((each) => each.vf)
  const doubt = state.vms && doubtfulHolders(vfs, state.vms)
  if (doubt) return blocked(doubt, 'start libvirt so that it can be asked')
  const bound = vfs.filter((vf) => vf.driver === 'mlx5_core')
  if (bound.length > 0)
    return blocked(
      `${list(bound.map((vf) => `${vfLabel(vf)} is bound to ${vf.driver}`))}, and what a PF says of a VF takes effect when a driver takes it`,
      'free them first (vf_driver with driver: none)',
    )
  const rights = wrong.filter((each) => each.rights.length > 0)
  if (rights.length > 0 && state.eswitch.known && state.eswitch.mode === 'switchdev')
    return blocked(
      `${list(rights.map((each) => `${rightsText(each)} of ${vfLabel(each.vf)}`))} cannot be set in switchdev mode: the driver refuses it (EOPNOTSUPP), for the bridge decides what a VF may do`,
      `leave trust and spoofchk out, or set them while the e-switch of ${name} is in legacy mode (before eswitch)`,
    )
  return null
}

const rightsText = (wish: Wish): string => wish.rights.filter((_, at) => at % 2 === 0).join(' and ')

function stepsFor(state: State, wish: Wish): readonly Step[] {
  const port = state.eswitch.known && state.eswitch.mode === 'switchdev' ? state.ports.get(wish.vf.index) : undefined
  const mac = wish.macWrong && wish.mac !== null ? wish.mac : null
  if (mac !== null && port !== undefined) return [run(['devlink', 'port', 'function', 'set', port, 'hw_addr', mac])]
  const words = [...(mac === null ? [] : ['mac', mac]), ...wish.rights]
  return [run(['ip', 'link', 'set', 'dev', pfLabel(state.pf), 'vf', String(wish.vf.index), ...words])]
}

function whyNothing(name: string, held: readonly Holding[], all: number): string {
  const left =
    held.length === 0
      ? ''
      : `; ${list(held.map((each) => `VF ${each.vf.index}`))}, held by ${list([...new Set(held.map((each) => each.vm))])}, ${held.length === 1 ? 'is' : 'are'} left alone`
  if (held.length === all) return `VMs hold all ${count(all, 'VF')} of ${name}, which are left alone`
  return `the VFs of ${name} are as asked${left}`
}

function dataOf(wishes: readonly Wish[], held: readonly Holding[], state: State): ValueMap {
  const free = wishes.map(({ vf, mac }) => ({
    vf: vf.index,
    pci: vf.pci,
    mac: mac ?? state.shown.get(vf.index)?.mac ?? null,
    held_by: null,
  }))
  const lentOut = held.map(({ vf, vm }) => ({
    vf: vf.index,
    pci: vf.pci,
    mac: state.shown.get(vf.index)?.mac ?? null,
    held_by: vm,
  }))
  return { macs: [...free, ...lentOut].sort((a, b) => a.vf - b.vf) }
}

const onOff = (on: boolean): string => (on ? 'on' : 'off')
