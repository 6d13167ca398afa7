import type { PfFact } from '../../module/facts.ts'
import { attrs, type CommandRead, command, file, list as listRead, type Read } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { parseDevlinkParam } from '../../parsers/devlink.ts'
import { type LagLogEvent, logIsWhole, parseLagLog } from '../../parsers/dmesg-lag.ts'
import { type BondNow, bondNow, bondReads } from './bond-state.ts'
import { compatOf, type EswitchMode, eswitchOf, eswitchReads } from './eswitch-mode.ts'
import { lagDebugfs, lagRdmaDevice } from './knowledge.ts'
import { pfLabel, type SriovState, sriovReads, sriovState } from './pf.ts'

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
  /** PFs whose e-switch serves both ports (multiport e-switch); asked for with the log. */
  readonly multiport: readonly PfFact[]
  /** Whether RoCE is on, by PF in order; null where devlink does not tell. Asked for with the log. */
  readonly roce: readonly (boolean | null)[]
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
const paramRead = (pf: PfFact, name: string): CommandRead =>
  command('devlink', 'dev', 'param', 'show', `pci/${pf.pci}`, 'name', name)

/** What to look at besides when LAG is not as it has to be: the kernel log, and settings of the driver that forbid it. */
export function lagTroubleReads(pfs: readonly PfFact[]): readonly Read[] {
  return [dmesgRead, ...pfs.flatMap((pf) => [paramRead(pf, 'esw_multiport'), paramRead(pf, 'enable_roce')])]
}

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

/** The evidence, from {@link lagReads} and, when `withLog`, {@link lagTroubleReads}. */
export function lagState(pfs: readonly PfFact[], bond: string, seen: Readings, withLog: boolean): LagState {
  const log = withLog ? seen.command(...dmesgRead.argv) : null
  const param = (pf: PfFact, name: string): string | null =>
    withLog ? parseDevlinkParam(seen.command(...paramRead(pf, name).argv).stdout) : null
  const ports = pfs.map((pf) => {
    const sriov = sriovState(pf, seen)
    return { pf, files: lagFiles(pf, seen), sriov, eswitch: eswitchOf(pf, seen, sriov.count) }
  })
  return {
    pfs: ports,
    multiport: pfs.filter(
      (pf) =>
        param(pf, 'esw_multiport') === 'true' ||
        compatOf(pf, seen, 'lag_port_select_mode')?.value === 'multiport_esw' ||
        lagFiles(pf, seen)?.type === 'multiport_eswitch',
    ),
    roce: pfs.map((pf) => {
      const value = param(pf, 'enable_roce')
      return value === null ? null : value === 'true'
    }),
    bond: bondNow(bond, seen),
    log:
      log?.status === 0
        ? parseLagLog(
            log.stdout,
            pfs.map((pf) => pf.pci),
            { bond, vfs: ports.flatMap((each) => each.sriov.vfs.map((vf) => vf.pci)) },
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

/** The last thing that matters of what the driver said of LAG since it was loaded. */
export function lastLagEvent(state: LagState): LagLogEvent | null {
  const log = (state.log ?? []).filter((each) => each.kind !== 'bound')
  const loaded = log.slice(log.findLastIndex((each) => each.kind === 'reset') + 1)
  const made = loaded.findLastIndex((each) => each.kind === 'map')
  // A LAG that could not be dissolved makes every later one fail: that is what has to be told.
  return loaded.slice(made + 1).find((each) => each.kind === 'stuck') ?? loaded.at(-1) ?? null
}

function lines(text: string | null): readonly string[] {
  return (text ?? '').split('\n').filter((line) => line.trim() !== '')
}
