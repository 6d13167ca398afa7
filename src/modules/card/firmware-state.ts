import { type Facts, findPf, type PfFact } from '../../module/facts.ts'
import { type CommandRead, command, type Read } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { type FirmwareQuery, parseMstconfig } from '../../parsers/mstconfig.ts'
import { lagSetting, lagSettingReads } from './firmware-lag.ts'
import { currentFromPci, desired, type Setting, type Wanted } from './firmware-settings.ts'
import { lagResources } from './knowledge.ts'
import { type SriovState, sriovReads, sriovState } from './pf.ts'
import { portsOfCard } from './same-card.ts'
import { lastLine, type Vms, vmListRead, vmReads, vmsOf } from './users-of-vfs.ts'

/** What the task says. */
export interface Args {
  readonly pf: string
  readonly settings: Readonly<Record<string, Setting>>
  readonly tool: 'auto' | 'mstconfig' | 'mlxconfig'
  readonly bond_mode?: string | number
  readonly effective: boolean
}

/** What the firmware says. */
export interface State {
  readonly pf: PfFact
  /** What is asked for, with what the bond needs. */
  readonly settings: Readonly<Record<string, Setting>>
  readonly tool: 'mstconfig' | 'mlxconfig' | null
  readonly status: number
  readonly said: string
  readonly query: FirmwareQuery
  readonly sriov: SriovState
  /** Addresses of the VFs of the whole card. */
  readonly vfs: readonly string[]
  /** Null unless NUM_OF_VFS would change. */
  readonly vms: Vms | null
}

/** First look. */
export function firmwareReads(args: Args, facts: Facts): readonly Read[] {
  const pf = findPf(facts, args.pf)
  if (!pf) return []
  return [
    ...queryReads(args.tool === 'mlxconfig' ? 'mlxconfig' : 'mstconfig', pf, args),
    ...lagSettingReads(pf, args.bond_mode),
    ...portsOfCard(facts.pfs, pf).flatMap((each) => [...sriovReads(each)]),
    vmListRead,
  ]
}

/** Second look: the other tool where the first is missing, and the VMs where VFs are going to move. */
export function moreFirmwareReads(args: Args, seen: Readings, facts: Facts): readonly Read[] {
  const pf = findPf(facts, args.pf)
  if (!pf) return []
  const count = args.settings['NUM_OF_VFS']
  return [
    ...(fallsBack(args, pf, seen) ? queryReads('mlxconfig', pf, args) : []),
    ...(count !== undefined && sriovState(pf, seen).total !== desired(count).number ? vmReads(seen) : []),
  ]
}

const queryRead = (tool: 'mstconfig' | 'mlxconfig', pf: PfFact, args: Args): CommandRead =>
  command(tool, '-d', pf.pci, '-e', 'q', ...Object.keys(args.settings))

const lagRead = (tool: 'mstconfig' | 'mlxconfig', pf: PfFact): CommandRead =>
  command(tool, '-d', pf.pci, '-e', 'q', lagResources)

/** What the tool is asked; a card that lacks LAG_RESOURCE_ALLOCATION still answers for the rest. */
const queryReads = (tool: 'mstconfig' | 'mlxconfig', pf: PfFact, args: Args): readonly CommandRead[] => [
  queryRead(tool, pf, args),
  ...(lagSettingReads(pf, args.bond_mode).length > 0 ? [lagRead(tool, pf)] : []),
]

function fallsBack(args: Args, pf: PfFact, seen: Readings): boolean {
  return args.tool === 'auto' && seen.command(...queryRead('mstconfig', pf, args).argv).status === 127
}

/** What the two looks say; null where there is no such port. */
export function readFirmware(args: Args, seen: Readings, facts: Facts): State | null {
  const pf = findPf(facts, args.pf)
  if (!pf) return null
  const tool = args.tool === 'mlxconfig' || fallsBack(args, pf, seen) ? 'mlxconfig' : 'mstconfig'
  const shown = seen.command(...queryRead(tool, pf, args).argv)
  const sriov = sriovState(pf, seen)
  const count = args.settings['NUM_OF_VFS']
  const query = parseMstconfig(`${shown.stdout}\n${shown.stderr}`)
  const wanted = lagSetting(pf, args.bond_mode, seen)
  const more =
    Object.keys(wanted).length > 0 ? parseMstconfig(seen.command(...lagRead(tool, pf).argv).stdout).parameters : null
  return {
    pf,
    settings: more?.has(lagResources) ? { ...wanted, ...args.settings } : args.settings,
    tool: shown.status === 127 ? null : tool,
    status: shown.status,
    said: lastLine(shown.stderr) || lastLine(shown.stdout),
    query: more ? { ...query, parameters: new Map([...more, ...query.parameters]) } : query,
    sriov,
    vfs: portsOfCard(facts.pfs, pf).flatMap((each) => sriovState(each, seen).vfs.map((vf) => vf.pci)),
    vms: count !== undefined && sriov.total !== desired(count).number ? vmsOf(seen) : null,
  }
}

/** What is asked for, beside what is stored and what runs. */
export function wantedOf(state: State): readonly Wanted[] {
  return Object.entries(state.settings).flatMap(([name, value]) => {
    const parameter = state.query.parameters.get(name)
    return parameter
      ? [{ name, parameter, current: parameter.current ?? currentFromPci(name, state.sriov), desired: desired(value) }]
      : []
  })
}
