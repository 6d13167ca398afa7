import type { Facts } from '../../module/facts.ts'
import type { Plan } from '../../module/plan.ts'
import { attrs, command, type Read } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { parseIpAddresses } from '../../parsers/ip.ts'
import type { BondArgs } from './bond-args.ts'
import { differences } from './bond-differences.ts'
import { type BondNow, bondNow, bondReads } from './bond-state.ts'
import { lagDebugfs } from './knowledge.ts'
import { type Netdev, netdevReads, netdevs, representorsOf } from './netdevs.ts'
import { type Backend, isOurs } from './network/backend.ts'
import { backends, bondMark, chooseBackend, chooseReads, type Wish } from './network/backends.ts'
import { interfaceName, pfLabel, presentPfs, sriovReads, sriovState, type VfState } from './pf.ts'
import { type Vms, vmListRead, vmsOf } from './users-of-vfs.ts'

/** What the user says of a bond that runs, or is gone. */
export interface Args extends BondArgs {
  readonly backend: Wish
  readonly method: 'auto' | 'service'
  readonly within: number
  readonly allow_management: boolean
}

/** How the bond and its ports stand. */
export interface State {
  readonly bond: BondNow
  readonly ports: readonly Port[]
  /** VFs of the ports that are PFs. */
  readonly vfs: readonly VfState[]
  /** VF-LAG, or the beginnings of it: a port is in switchdev mode and in the bond. */
  readonly lagActive: boolean
  /** What brings it up and takes it down, or why there is no such thing. */
  readonly chosen: { readonly backend: Backend } | { readonly refusal: Plan }
  /** The file is there by which it is to come up. */
  readonly hasFile: boolean
  /** Null while nothing has to be done: then nobody was asked. */
  readonly vms: Vms | null
}

/** A port of the bond. */
export interface Port {
  readonly name: string
  readonly netdev: Netdev | null
  /** Global addresses that stand on the port itself. */
  readonly addresses: readonly string[]
}

/** What to look at for {@link readState}; the VMs come in a second look, when {@link acts} says so. */
export function stateReads(args: Args, facts: Facts): readonly Read[] {
  return [
    ...bondReads(args.bond),
    ...netdevReads,
    bondMark(args.bond),
    ...chooseReads(args.backend, portNames(args, facts), facts),
    ...presentPfs(facts, args.ports).flatMap((pf) => [...sriovReads(pf)]),
    ...lagTypePaths(args, facts).map((path) => attrs(path)),
    ...portNames(args, facts).map((name) => command('ip', '-o', 'addr', 'show', 'dev', name)),
    vmListRead,
  ]
}

/** Whether something has to be done, so that the VMs have to be asked. */
export function acts(args: Args, seen: Readings, facts: Facts): boolean {
  const bond = bondNow(args.bond, seen)
  if (args.state === 'absent') return bond.exists
  return differences(args, bond, portNames(args, facts), netdevs(seen)).length > 0
}

/** The state, from {@link stateReads} and the VMs. */
export function readState(args: Args, seen: Readings, facts: Facts): State {
  const all = netdevs(seen)
  const bond = bondNow(args.bond, seen)
  const ports = portNames(args, facts)
  const chosen = choose(args, seen, facts)
  return {
    bond,
    chosen,
    ports: ports.map((name) => ({
      name,
      netdev: all.find((each) => each.name === name) ?? null,
      addresses: parseIpAddresses(seen.command('ip', '-o', 'addr', 'show', 'dev', name).stdout)
        .filter((address) => address.scope === 'global')
        .map((address) => `${address.address}/${address.prefix}`),
    })),
    vfs: presentPfs(facts, args.ports).flatMap((pf) => sriovState(pf, seen).vfs),
    lagActive: lagActive(args, bond, all, seen, facts),
    hasFile: 'backend' in chosen && seen.attr(chosen.backend.bondFile(args.bond)) !== undefined,
    vms: acts(args, seen, facts) ? vmsOf(seen) : null,
  }
}

// What is taken down goes by the files that it was brought up by, while they are there.
function choose(args: Args, seen: Readings, facts: Facts): State['chosen'] {
  const made = backends.find((each) => isOurs(seen.value(each.bondFile(args.bond)) ?? ''))
  if (args.state === 'absent' && args.backend === 'auto' && made) return { backend: made }
  return chooseBackend(args.backend, portNames(args, facts), facts, seen)
}

// Kernels without LAG files: a bonded port with representors is in switchdev mode, which is what VF-LAG takes.
function lagActive(args: Args, bond: BondNow, all: readonly Netdev[], seen: Readings, facts: Facts): boolean {
  if (lagTypePaths(args, facts).some((path) => seen.attr(path)))
    return lagTypePaths(args, facts).some((path) => seen.value(path) === 'switchdev')
  return presentPfs(facts, args.ports).some(
    (pf) => bond.slaves.includes(pfLabel(pf)) && representorsOf(pf, all, facts.pfs).length > 0,
  )
}

const portNames = (args: Args, facts: Facts): readonly string[] => args.ports.map((name) => interfaceName(facts, name))
const lagTypePaths = (args: Args, facts: Facts): readonly string[] =>
  presentPfs(facts, args.ports).map((pf) => `${lagDebugfs(pf.pci)}/type`)
