import { type Facts, findPf, type PfFact } from '../../module/facts.ts'
import { defineModule } from '../../module/module.ts'
import { blocked, change, delta, type Plan, unchanged } from '../../module/plan.ts'
import { attrs, type CommandRead, command, type LinksRead, links, type Read } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { run } from '../../module/step.ts'
import { type FirmwareParameter, parseMstconfig } from '../../parsers/mstconfig.ts'
import { parseResetLevels, type ResetLevel } from '../../parsers/mstfwreset.ts'
import { count, list } from '../../shared/text.ts'
import { lagDebugfs, packageOf } from './knowledge.ts'
import { baseName, noSuchPf, pciPath, pfLabel, sriovReads, sriovState } from './pf.ts'
import { portsOfCard } from './same-card.ts'
import { lastLine } from './users-of-vfs.ts'

interface Args {
  readonly pf: string
  readonly within: number
}

interface State {
  readonly pf: PfFact
  readonly ports: readonly PfFact[]
  /** Settings that are stored and do not run; null when the firmware cannot say. */
  readonly pending: readonly FirmwareParameter[] | null
  readonly levels: readonly ResetLevel[]
  /** The tool is not installed. */
  readonly absent: boolean
  /** The last line of what the tool said. */
  readonly said: string
  /** Functions that a driver other than mlx5_core holds: `0000:61:00.2 (vfio-pci)`. */
  readonly foreign: readonly string[]
  /** Ports with VFs. */
  readonly withVfs: readonly string[]
  readonly lagActive: boolean
  /** All ports are bound and have their interfaces. */
  readonly complete: boolean
}

/** The level that loads settings without a restart of the host. */
const level = 3

const levelRead = (pf: PfFact): CommandRead => command('mstfwreset', '-d', pf.pci, 'query')
const settingsRead = (pf: PfFact): CommandRead => command('mstconfig', '-d', pf.pci, '-e', 'q')
const driverRead = (pf: PfFact): LinksRead => links(`${pciPath(pf.pci)}/driver`)
const netRead = (pf: PfFact): Read => attrs(`${pciPath(pf.pci)}/net/*/address`)

/** Loads stored firmware settings without a restart of the host (mstflint's mstfwreset). */
export const firmwareReset = defineModule<Args, State | null>({
  name: 'firmware_reset',
  summary: 'Reset a card, so that its firmware takes stored settings without a restart of the host',
  description:
    'Both ports are down for some seconds, and their VFs are gone. Refused where the card does not support it, while VFs are there, a LAG is active or a driver other than mlx5_core holds a function of the card, and where the SSH session runs over the card: restart the host instead (module reboot). Nothing happens while no setting waits.',
  args: {
    properties: {
      pf: { description: 'A PF of the card, by interface or PCI address', type: 'string', examples: ['ens2f0'] },
      within: {
        description: 'Seconds that it may take until the ports are back',
        type: 'integer',
        minimum: 1,
        default: 120,
      },
    },
    required: ['pf'],
  },
  examples: [{ title: 'After the settings were stored', yaml: 'firmware_reset:\n  pf: ens2f0\n' }],
  needsFacts: true,
  reads: (args, facts) => {
    const pf = findPf(facts, args.pf)
    if (!pf) return []
    return [
      levelRead(pf),
      settingsRead(pf),
      ...portsOfCard(facts.pfs, pf).flatMap((each) => [
        driverRead(each),
        netRead(each),
        attrs(`${lagDebugfs(each.pci)}/state`),
        ...sriovReads(each),
      ]),
    ]
  },
  state: readState,
  plan: (args, state, context) => (state ? decide(state, context.facts) : noSuchPf(args.pf, context.facts)),
  settles: { within: (args) => args.within },
  settled: (_args, _before, after) => after?.complete === true && after.pending?.length === 0,
  // The card is as after a boot: interfaces, VFs, e-switch and bond membership may all be others.
  disturbs: () => ['**'],
})

function readState(args: Args, seen: Readings, facts: Facts): State | null {
  const pf = findPf(facts, args.pf)
  if (!pf) return null
  const ports = portsOfCard(facts.pfs, pf)
  const shown = seen.command(...levelRead(pf).argv)
  const parameters = [...parseMstconfig(seen.command(...settingsRead(pf).argv).stdout).parameters.values()]
  const driverOf = (each: PfFact): string | null => {
    const target = seen.links(...driverRead(each).globs).get(`${pciPath(each.pci)}/driver`)
    return target === undefined ? null : baseName(target)
  }
  const functions = ports.flatMap((each) => [
    { pci: each.pci, driver: driverOf(each) },
    ...sriovState(each, seen).vfs.map(({ pci, driver }) => ({ pci, driver })),
  ])
  return {
    pf,
    ports,
    pending: parameters.some((each) => each.current !== null)
      ? parameters.filter((each) => each.current !== null && each.current.text !== each.next.text)
      : null,
    levels: parseResetLevels(shown.stdout),
    absent: shown.status === 127,
    said: lastLine(shown.stderr) || lastLine(shown.stdout),
    foreign: functions.flatMap(({ pci, driver }) =>
      driver === null || driver === 'mlx5_core' ? [] : [`${pci} (${driver})`],
    ),
    withVfs: ports.flatMap((each) => {
      const vfs = sriovState(each, seen).count
      return vfs === 0 ? [] : [`${pfLabel(each)} has ${count(vfs, 'VF')}`]
    }),
    lagActive: ports.some((each) => seen.value(`${lagDebugfs(each.pci)}/state`)?.trim() === 'active'),
    complete: ports.every((each) => driverOf(each) === 'mlx5_core' && hasNetdev(each, seen)),
  }
}

const hasNetdev = (pf: PfFact, seen: Readings): boolean =>
  [...seen.attrs(`${pciPath(pf.pci)}/net/*/address`).keys()].length > 0

const instead = 'restart the host instead (vflag_firmware_reset: reboot)'

function decide(state: State, facts: Facts): Plan {
  const { pf, pending } = state
  if (pending?.length === 0) return unchanged(`the firmware of ${pfLabel(pf)} runs with what is stored`)
  if (state.absent)
    return blocked(
      'mstfwreset is not installed',
      `install the package ${packageOf('mstconfig', facts.distribution.family)} (module package)`,
    )
  if (pending === null)
    return blocked(
      `the firmware of ${pfLabel(pf)} does not say what runs, so nobody could tell what a reset did`,
      instead,
    )
  const refusal = refuse(state, facts)
  if (refusal) return refusal
  return change(
    pending.map((each) => delta(`${each.name} of ${pfLabel(pf)}`, each.current?.text ?? null, each.next.text)),
    [run(['mstfwreset', '-d', pf.pci, '-y', '-l', String(level), 'reset'], { timeout: 300 })],
    { reset: true },
  )
}

function refuse(state: State, facts: Facts): Plan | null {
  const { pf, ports } = state
  const offered = state.levels.find((each) => each.level === level)
  if (!offered)
    return blocked(`mstfwreset cannot say how ${pf.pci} may be reset: ${state.said || 'it shows no levels'}`, instead)
  if (!offered.supported)
    return blocked(`${pfLabel(pf)} does not support reset level ${level} (${offered.text}) on this host`, instead)
  const over = ports.map(pfLabel).filter((name) => facts.management.uses.includes(name))
  if (over.length > 0) return blocked(`the SSH session runs over ${list(over)}, which a reset takes down`, instead)
  if (state.foreign.length > 0)
    return blocked(
      `${list(state.foreign)} ${state.foreign.length === 1 ? 'is' : 'are'} held by another driver than mlx5_core, and mstfwreset does not reset under those`,
      `detach them from their VMs first, or ${instead}`,
    )
  if (state.lagActive)
    return blocked(
      `the card of ${pfLabel(pf)} has an active LAG, which a reset would tear apart`,
      `run teardown.yaml first, or ${instead}`,
    )
  if (state.withVfs.length > 0)
    return blocked(
      `${list(state.withVfs)}, which a reset removes`,
      `remove them first (module vfs with count: 0), or ${instead}`,
    )
  return null
}
