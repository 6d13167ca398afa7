import { type Facts, findPf, type PfFact } from '../../module/facts.ts'
import type { Read } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { beforeOf, beforeRead } from './before.ts'
import { compatOf, type EswitchMode, eswitchOf, eswitchReads } from './eswitch-mode.ts'
import { type Steering, steeringOf, steeringRead } from './eswitch-steering.ts'
import { type Netdev, netdevOfPf, netdevReads, netdevs, representorsOf } from './netdevs.ts'
import { vsctlRead } from './ovs.ts'
import { pfLabel, type SriovState, sriovReads, sriovState } from './pf.ts'
import { sameCard } from './same-card.ts'
import { type RulesInCard, rulesInCard, rulesRead } from './tc-rules.ts'
import { type Vms, vmListRead, vmReads, vmsOf } from './users-of-vfs.ts'

/** What a task says of an e-switch. */
export interface EswitchArgs {
  readonly pf: string
  readonly mode: 'legacy' | 'switchdev' | 'before' | 'keep'
  readonly steering: 'smfs' | 'dmfs' | 'keep' | 'before'
  readonly port_select: 'hash' | 'queue_affinity' | 'keep'
}

/** How a LAG chooses ports, as MLNX_OFED's file of one PF says. */
export interface PortSelect {
  readonly pf: PfFact
  readonly eswitch: EswitchMode
  readonly file: { readonly path: string; readonly value: string } | null
}

/** The e-switch of a PF and all that stands in the way of changing it. */
export interface EswitchState {
  readonly pf: PfFact
  /** Null: the mode stays, or `before` is asked for and nothing is noted. */
  readonly wanted: 'legacy' | 'switchdev' | null
  readonly eswitch: EswitchMode
  readonly sriov: SriovState
  /** The interface of the PF under the name that it has now. */
  readonly netdev: Netdev | null
  /** Another interface has the name that the PF had. */
  readonly nameTaken: boolean
  readonly representors: readonly string[]
  /** Interfaces of this PF, and its bond, that are ports of Open vSwitch. */
  readonly switched: readonly string[]
  /** The bridges of those, where Open vSwitch was asked. */
  readonly bridges: readonly string[]
  /** Rules in the card, where they were looked for. */
  readonly rules: readonly RulesInCard[]
  /** Null: not asked about, or neither devlink nor OFED tells. */
  readonly steering: Steering | null
  /** How flows have to be steered; null: as they are. */
  readonly wantedSteering: string | null
  /** Of all PFs of the card; empty when not asked about. */
  readonly portSelect: readonly PortSelect[]
  /** Null while the mode is right: then nobody was asked. */
  readonly vms: Vms | null
}

/** The first look. */
export function eswitchFirstReads(args: EswitchArgs, facts: Facts): readonly Read[] {
  const pf = findPf(facts, args.pf)
  if (!pf) return []
  return [
    ...eswitchReads(pf),
    ...sriovReads(pf),
    ...netdevReads,
    vmListRead,
    ...(args.mode === 'before' || args.steering === 'before' ? [beforeRead] : []),
    ...(args.steering === 'keep' ? [] : [steeringRead(pf)]),
    ...(args.port_select === 'keep'
      ? []
      : peersOf(pf, facts).flatMap((each) => [...eswitchReads(each), ...sriovReads(each)])),
  ]
}

/** The second look: who uses the VFs and the e-switch, when the mode has to change. */
export function eswitchMoreReads(args: EswitchArgs, seen: Readings, facts: Facts): readonly Read[] {
  const pf = findPf(facts, args.pf)
  if (!pf || !changesMode(args, pf, seen)) return []
  const ports = portsOf(pf, netdevs(seen), facts)
  return [
    ...vmReads(seen),
    ...(wantedMode(args, pf, seen) === 'legacy' ? ports.own.map(rulesRead) : []),
    ...ports.switched.map((name) => vsctlRead('iface-to-br', name)),
  ]
}

/** What both looks say. */
export function eswitchState(args: EswitchArgs, seen: Readings, facts: Facts): EswitchState | null {
  const pf = findPf(facts, args.pf)
  if (!pf) return null
  const all = netdevs(seen)
  const sriov = sriovState(pf, seen)
  const netdev = netdevOfPf(pf, all)
  const { own, switched } = portsOf(pf, all, facts)
  const changing = changesMode(args, pf, seen)
  const wanted = wantedMode(args, pf, seen)
  return {
    pf,
    wanted,
    sriov,
    eswitch: eswitchOf(pf, seen, sriov.count),
    netdev,
    nameTaken: all.some((each) => each.name === pf.netdev && each.name !== netdev?.name),
    representors: representorsOf(pf, all, facts.pfs).map((each) => each.netdev.name),
    switched,
    bridges: changing ? bridgesOf(switched, seen) : [],
    rules: changing && wanted === 'legacy' ? own.flatMap((name) => rulesInCard(name, seen)) : [],
    steering: args.steering === 'keep' ? null : steeringOf(pf, seen),
    wantedSteering: wantedSteering(args, pf, seen),
    portSelect:
      args.port_select === 'keep'
        ? []
        : [pf, ...peersOf(pf, facts)].map((each) => ({
            pf: each,
            eswitch: eswitchOf(each, seen, sriovState(each, seen).count),
            file: compatOf(each, seen, 'lag_port_select_mode'),
          })),
    vms: changing ? vmsOf(seen) : null,
  }
}

const peersOf = (pf: PfFact, facts: Facts): readonly PfFact[] =>
  facts.pfs.filter((each) => each.pci !== pf.pci && sameCard(each, pf))

function portsOf(
  pf: PfFact,
  all: readonly Netdev[],
  facts: Facts,
): { readonly own: readonly string[]; readonly switched: readonly string[] } {
  const netdev = netdevOfPf(pf, all)
  const own = [
    ...(netdev === null ? [] : [netdev.name]),
    ...(netdev?.master ? [netdev.master] : []),
    ...representorsOf(pf, all, facts.pfs).map((each) => each.netdev.name),
  ].filter((name) => name !== 'ovs-system')
  return {
    own,
    switched: own.filter((name) => all.some((each) => each.name === name && each.master === 'ovs-system')),
  }
}

function bridgesOf(switched: readonly string[], seen: Readings): readonly string[] {
  const found = switched.flatMap((name) => {
    const shown = seen.command(...vsctlRead('iface-to-br', name).argv)
    return shown.status === 0 && shown.stdout.trim() !== '' ? [shown.stdout.trim()] : []
  })
  return [...new Set(found)]
}

function changesMode(args: EswitchArgs, pf: PfFact, seen: Readings): boolean {
  const found = eswitchOf(pf, seen, sriovState(pf, seen).count)
  const wanted = wantedMode(args, pf, seen)
  return found.known && wanted !== null && found.mode !== wanted
}

function wantedMode(args: EswitchArgs, pf: PfFact, seen: Readings): 'legacy' | 'switchdev' | null {
  if (args.mode === 'keep') return null
  if (args.mode !== 'before') return args.mode
  const mode = beforeOf(seen)?.pfs[pf.pci]?.mode
  return mode === 'legacy' || mode === 'switchdev' ? mode : null
}

function wantedSteering(args: EswitchArgs, pf: PfFact, seen: Readings): string | null {
  if (args.steering === 'keep') return null
  return args.steering === 'before' ? (beforeOf(seen)?.pfs[pf.pci]?.steering ?? null) : args.steering
}

/** `ens2f0` */
export const eswitchLabel = (state: EswitchState): string => pfLabel(state.pf)
