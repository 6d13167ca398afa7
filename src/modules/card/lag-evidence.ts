import type { PfFact } from '../../module/facts.ts'
import { attrs, type CommandRead, command, file, list as listRead, type Read } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { type LagLogEvent, logIsWhole, parseLagLog } from '../../parsers/dmesg-lag.ts'
import { list } from '../../shared/text.ts'
import { type BondNow, bondNow, bondReads, lagModes } from './bond-state.ts'
import { type EswitchMode, eswitchOf, eswitchReads } from './eswitch-mode.ts'
import { lagDebugfs, lagRdmaDevice } from './knowledge.ts'
import { hostBound, pfLabel, type SriovState, sriovReads, sriovState, vfLabel } from './pf.ts'

/** What the driver's debugfs says of the LAG of one PF (kernel: mlx5/core/lag/debugfs.c). */
export interface LagFiles {
  readonly state: string
  /** Null while there is no LAG: reading it fails then. */
  readonly type: string | null
  readonly portSelect: string | null
  readonly map: readonly string[]
  readonly flags: readonly string[]
}

/** All that tells whether the card has made a VF-LAG. */
export interface LagState {
  readonly pfs: readonly LagPf[]
  readonly bond: BondNow
  /** LAG messages of the driver, oldest first; null when the kernel log was not asked for or cannot be read. */
  readonly log: readonly LagLogEvent[] | null
  readonly logWhole: boolean
  /** The one RDMA device that stands for both ports, where there is one. */
  readonly rdmaDevice: string | null
}

/** One PF of the LAG. */
export interface LagPf {
  readonly pf: PfFact
  /** Null where the kernel has no such files. */
  readonly files: LagFiles | null
  readonly eswitch: EswitchMode
  readonly sriov: SriovState
}

/** The kernel log. */
export const dmesgRead: CommandRead = command('dmesg')
const rdmaRead = listRead('/sys/class/infiniband/*')

/** What to look at for {@link lagState}, without the kernel log. */
export function lagReads(pfs: readonly PfFact[], bond: string): readonly Read[] {
  return [
    ...pfs.flatMap((pf): readonly Read[] => {
      const path = lagDebugfs(pf.pci)
      return [
        attrs(`${path}/state`, `${path}/type`, `${path}/port_sel_mode`),
        file(`${path}/mapping`),
        file(`${path}/flags`),
        ...eswitchReads(pf),
        ...sriovReads(pf),
      ]
    }),
    ...bondReads(bond),
    rdmaRead,
  ]
}

/** The evidence, from {@link lagReads} and, when `withLog`, {@link dmesgRead}. */
export function lagState(pfs: readonly PfFact[], bond: string, seen: Readings, withLog: boolean): LagState {
  const log = withLog ? seen.command(...dmesgRead.argv) : null
  return {
    pfs: pfs.map((pf) => {
      const sriov = sriovState(pf, seen)
      return {
        pf,
        files: lagFiles(pf, seen),
        sriov,
        eswitch: eswitchOf(pf, seen, sriov.count),
      }
    }),
    bond: bondNow(bond, seen),
    log:
      log?.status === 0
        ? parseLagLog(
            log.stdout,
            pfs.map((pf) => pf.pci),
          )
        : null,
    logWhole: log?.status === 0 && logIsWhole(log.stdout),
    rdmaDevice:
      seen
        .list(...rdmaRead.globs)
        .map((path) => path.slice(path.lastIndexOf('/') + 1))
        .find((name) => lagRdmaDevice.test(name)) ?? null,
  }
}

/** What debugfs says of a PF; null where there are no such files. */
export function lagFiles(pf: PfFact, seen: Readings): LagFiles | null {
  const path = lagDebugfs(pf.pci)
  const state = seen.value(`${path}/state`)
  if (state === null) return null
  return {
    state: state.trim(),
    type: seen.value(`${path}/type`)?.trim() ?? null,
    portSelect: seen.value(`${path}/port_sel_mode`)?.trim() ?? null,
    map: lines(seen.text(`${path}/mapping`)),
    flags: lines(seen.text(`${path}/flags`)),
  }
}

/** The ports of a LAG by the kernel's name, in the user's order. */
export const lagPorts = (state: LagState): readonly string[] => state.pfs.map((each) => pfLabel(each.pf))

/**
 * What is wrong with the bond or the e-switches, so that there can be no VF-LAG for long whatever the driver says at the
 * moment: it looks at an event up to a second later (kernel: mlx5/core/lag/lag.c, mlx5_lag_check_prereq and the bond's event handlers). Most of them are
 * broken silently: the driver logs nothing.
 */
export function brokenShape(state: LagState, bond: string): { readonly because: string; readonly hint: string } | null {
  const ports = lagPorts(state)
  if (!state.bond.exists)
    return { because: `there is no bond ${bond}`, hint: 'make it with bond_files and network_restart' }
  const missing = ports.filter((port) => !state.bond.slaves.includes(port))
  if (missing.length > 0)
    return {
      because: `${list(missing)} ${missing.length === 1 ? 'is not a member' : 'are no members'} of ${bond}`,
      hint: 'bring the bond up again with network_restart',
    }
  const third = state.bond.slaves.filter((slave) => !ports.includes(slave))
  if (third.length > 0)
    return {
      because: `${bond} also has ${list(third)} as a member, and the card makes a LAG only of a bond over its own ports`,
      hint: `take ${list(third)} out of ${bond}`,
    }
  if (state.bond.mode !== null && !lagModes.includes(state.bond.mode))
    return {
      because: `${bond} runs in mode ${state.bond.mode}, but must run in ${list(lagModes, 'or')}`,
      hint: 'set vflag_bond_mode, then teardown.yaml and the roll-out again',
    }
  const modes = state.pfs.map((each) => (each.eswitch.known ? each.eswitch.mode : 'unknown'))
  const legacy = state.pfs.filter((_, at) => modes[at] !== 'switchdev')
  if (legacy.length > 0)
    return {
      because: `the e-switch of ${list(legacy.map((each) => pfLabel(each.pf)))} is not in switchdev mode${legacy.length < state.pfs.length ? ', and both must be in the same' : ''}`,
      hint: 'use the eswitch module on both ports',
    }
  return null
}

/**
 * The first rule of the driver for VF-LAG that this host breaks, as a clause with a next move, or null when none is seen
 * to be broken: those of {@link brokenShape}, and VFs in use while LAG is made.
 */
export function brokenRule(state: LagState, bond: string): { readonly because: string; readonly hint: string } | null {
  const shape = brokenShape(state, bond)
  if (shape) return shape
  const ports = lagPorts(state)
  const last = lastLagEvent(state)
  if (last?.kind === 'stuck')
    return {
      because: `an earlier LAG could not be dissolved ("${last.text}")`,
      hint: 'free the VFs (vf_driver with driver: none), then restart the host',
    }
  const bound = state.pfs.flatMap((each) => hostBound(each.sriov.vfs))
  if (bound.length > 0)
    return {
      because: `${list(bound.map((vf) => `${vfLabel(vf)} is bound to ${vf.driver}`))}${last?.kind === 'failed' ? `, and the firmware answered "${last.text}"` : ''}`,
      hint: `free the VFs (vf_driver with driver: none); ${again(bond, ports)}`,
    }
  if (last?.kind === 'failed') return { because: `the driver reports "${last.text}"`, hint: again(bond, ports) }
  return null
}

/** The last thing that matters of what the driver said of LAG since it was loaded. */
export function lastLagEvent(state: LagState): LagLogEvent | null {
  const log = state.log ?? []
  const loaded = log.slice(log.findLastIndex((each) => each.kind === 'reset') + 1)
  const made = loaded.findLastIndex((each) => each.kind === 'map')
  // A LAG that could not be dissolved makes every later one fail: that is what has to be told.
  return loaded.slice(made + 1).find((each) => each.kind === 'stuck') ?? loaded.at(-1) ?? null
}

// The driver tries again only when something happens to the bond; doing that here would interrupt traffic silently.
const again = (bond: string, ports: readonly string[]): string =>
  `the driver tries again only on an event: take ${ports.at(-1)} out of ${bond} and put it back ("ip link set ${ports.at(-1)} nomaster", then down, "master ${bond}" and up)`

function lines(text: string | null): readonly string[] {
  return (text ?? '').split('\n').filter((line) => line.trim() !== '')
}
