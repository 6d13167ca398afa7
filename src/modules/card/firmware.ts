import type { Facts, PfFact } from '../../module/facts.ts'
import { findPf } from '../../module/facts.ts'
import { defineModule } from '../../module/module.ts'
import { blocked, change, delta, type Plan, unchanged } from '../../module/plan.ts'
import { type CommandRead, command, type Read } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { run, type StepResult } from '../../module/step.ts'
import { type FirmwareQuery, parseMstconfig } from '../../parsers/mstconfig.ts'
import { list } from '../../shared/text.ts'
import type { ValueMap } from '../../shared/value.ts'
import {
  currentFromPci,
  desired,
  equal,
  isDue,
  movedHint,
  movedSentence,
  type Setting,
  toolText,
  type Wanted,
} from './firmware-settings.ts'
import { needsPowerCycle, packageOf, unknownParameter } from './knowledge.ts'
import { noSuchPf, pfLabel, type SriovState, sriovReads, sriovState } from './pf.ts'
import { portsOfCard } from './same-card.ts'
import { lastLine, type Vms, vmListRead, vmReads, vmsNaming, vmsOf } from './users-of-vfs.ts'

interface Args {
  readonly pf: string
  readonly settings: Readonly<Record<string, Setting>>
  readonly tool: 'auto' | 'mstconfig' | 'mlxconfig'
}

interface State {
  readonly pf: PfFact
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

/** Settings of the card's firmware (mstconfig(1) and mlxconfig of the vendor's MFT, one code base). */
export const firmware = defineModule<Args, State | null>({
  name: 'firmware',
  summary: 'Set firmware parameters of a card',
  description:
    'Settings take effect at the next restart; `reboot_required` in the result says whether one is due. A setting is written only when the next boot would differ from what is asked, for the tool writes always. Settings are those of the whole card: one PF speaks for both. Registers `reboot_required`, `power_cycle` and `settings`, name to {default, current, next}.',
  args: {
    properties: {
      pf: { description: 'A PF of the card, by interface or PCI address', type: 'string', examples: ['ens2f0'] },
      settings: {
        description: 'Parameters with their values: true or false, a number, or the text that the tool shows (ETH)',
        type: 'object',
        additionalProperties: { type: ['boolean', 'integer', 'string'] },
        examples: [{ SRIOV_EN: true, NUM_OF_VFS: 4 }],
      },
      tool: {
        description: 'auto: mstconfig (package mstflint), else mlxconfig (MFT)',
        type: 'string',
        enum: ['auto', 'mstconfig', 'mlxconfig'],
        default: 'auto',
      },
    },
    required: ['pf', 'settings'],
  },
  examples: [
    {
      title: 'Four VFs on each port',
      yaml: 'firmware:\n  pf: ens2f0\n  settings:\n    SRIOV_EN: true\n    NUM_OF_VFS: 4\n',
    },
  ],
  needsFacts: true,
  reads: (args, facts) => {
    const pf = findPf(facts, args.pf)
    if (!pf) return []
    return [
      queryRead(args.tool === 'mlxconfig' ? 'mlxconfig' : 'mstconfig', pf, args),
      ...portsOfCard(facts.pfs, pf).flatMap((each) => [...sriovReads(each)]),
      vmListRead,
    ]
  },
  more: (args, seen, facts) => {
    const pf = findPf(facts, args.pf)
    if (!pf) return []
    const reads: Read[] = []
    if (fallsBack(args, pf, seen)) reads.push(queryRead('mlxconfig', pf, args))
    if (
      args.settings['NUM_OF_VFS'] !== undefined &&
      sriovState(pf, seen).total !== desired(args.settings['NUM_OF_VFS']).number
    )
      reads.push(...vmReads(seen))
    return reads
  },
  state: readState,
  plan: (args, state, context) => (state ? decide(args, state, context.facts) : noSuchPf(args.pf, context.facts)),
  conclude: (args, results, after) => (after ? dataOf(wantedOf(args, after), results) : {}),
  disturbs: () => ['command:mstconfig', 'command:mlxconfig', 'command:mstfwreset'],
})

const queryRead = (tool: 'mstconfig' | 'mlxconfig', pf: PfFact, args: Args): CommandRead =>
  command(tool, '-d', pf.pci, '-e', 'q', ...Object.keys(args.settings))

function fallsBack(args: Args, pf: PfFact, seen: Readings): boolean {
  return args.tool === 'auto' && seen.command(...queryRead('mstconfig', pf, args).argv).status === 127
}

function readState(args: Args, seen: Readings, facts: Facts): State | null {
  const pf = findPf(facts, args.pf)
  if (!pf) return null
  const tool = args.tool === 'mlxconfig' || fallsBack(args, pf, seen) ? 'mlxconfig' : 'mstconfig'
  const shown = seen.command(...queryRead(tool, pf, args).argv)
  const sriov = sriovState(pf, seen)
  const count = args.settings['NUM_OF_VFS']
  return {
    pf,
    tool: shown.status === 127 ? null : tool,
    status: shown.status,
    said: lastLine(shown.stderr) || lastLine(shown.stdout),
    query: parseMstconfig(`${shown.stdout}\n${shown.stderr}`),
    sriov,
    vfs: portsOfCard(facts.pfs, pf).flatMap((each) => sriovState(each, seen).vfs.map((vf) => vf.pci)),
    vms: count !== undefined && sriov.total !== desired(count).number ? vmsOf(seen) : null,
  }
}

function decide(args: Args, state: State, facts: Facts): Plan {
  const refusal = refuse(args, state, facts)
  if (refusal) return refusal
  const wanted = wantedOf(args, state)
  const wrong = wanted.filter((each) => !equal(each.parameter.next, each.desired))
  if (wrong.length === 0) {
    const due = wanted.filter(isDue)
    const because =
      due.length === 0
        ? `the firmware of ${pfLabel(state.pf)} has these settings`
        : `${list(due.map((each) => each.name))} ${due.length === 1 ? 'is' : 'are'} stored and ${due.length === 1 ? 'takes' : 'take'} effect at the next restart`
    return unchanged(because, dataOf(wanted, []))
  }
  const moved = movedVfs(wrong, state)
  if (moved) return moved
  return change(
    wrong.map((each) =>
      delta(`${each.name} of ${pfLabel(state.pf)} at the next boot`, each.parameter.next.text, each.desired.text),
    ),
    [
      run(
        [
          state.tool ?? 'mstconfig',
          '-d',
          state.pf.pci,
          '-y',
          'set',
          ...wrong.map((each) => `${each.name}=${toolText(each.desired)}`),
        ],
        {
          timeout: 120,
        },
      ),
    ],
    dataOf(wanted, []),
  )
}

function refuse(args: Args, state: State, facts: Facts): Plan | null {
  if (state.tool === null) {
    const tool = args.tool === 'mlxconfig' ? 'mlxconfig' : 'mstconfig'
    return blocked(
      `${tool} is not installed`,
      `install the package ${packageOf(tool, facts.distribution.family)} (module package)`,
    )
  }
  const names = Object.keys(args.settings)
  const unknown = unknownParameter.exec(`${state.query.errors.join('\n')}\n${state.said}`)
  if (unknown)
    return blocked(
      `this card has no firmware parameter ${unknown[1] ?? unknown[2] ?? ''}`,
      `"${state.tool} -d ${state.pf.pci} q" on the host lists those it has`,
    )
  const missing = names.filter((name) => !state.query.parameters.has(name))
  if (missing.length > 0 && (state.status !== 0 || state.query.parameters.size === 0))
    return blocked(
      `${state.tool} cannot query ${state.pf.pci}: ${state.query.errors[0] ?? (state.said || `exit status ${state.status}`)}`,
      'it needs root and access to the PCI configuration space (kernel lockdown takes it away)',
    )
  if (missing.length > 0)
    return blocked(
      `this card has no firmware parameter ${list(missing)}`,
      `"${state.tool} -d ${state.pf.pci} q" on the host lists those it has`,
    )
  const fixed = wantedOf(args, state).filter(
    (each) => each.parameter.readOnly && !equal(each.parameter.next, each.desired),
  )
  if (fixed.length > 0)
    return blocked(
      `${list(fixed.map((each) => each.name))} of this card is read-only`,
      'its firmware does not let the host change it',
    )
  return null
}

/** Another NUM_OF_VFS moves the VFs of the second port to other PCI addresses, and VMs name VFs by address. */
function movedVfs(wrong: readonly Wanted[], state: State): Plan | null {
  if (!wrong.some((each) => each.name === 'NUM_OF_VFS') || !state.vms) return null
  const named = vmsNaming(state.vfs, state.vms)
  if (named.length === 0) return null
  return blocked(movedSentence(named), movedHint)
}

function wantedOf(args: Args, state: State): readonly Wanted[] {
  return Object.entries(args.settings).flatMap(([name, value]) => {
    const parameter = state.query.parameters.get(name)
    return parameter
      ? [{ name, parameter, current: parameter.current ?? currentFromPci(name, state.sriov), desired: desired(value) }]
      : []
  })
}

function dataOf(wanted: readonly Wanted[], results: readonly StepResult[]): ValueMap {
  const powerCycle = results.some((result) => result.state === 'done' && needsPowerCycle.test(result.stdout))
  return {
    reboot_required: wanted.some(isDue),
    power_cycle: powerCycle,
    settings: Object.fromEntries(
      wanted.map((each) => [
        each.name,
        {
          default: each.parameter.default?.text ?? null,
          current: each.current?.text ?? null,
          next: each.parameter.next.text,
        },
      ]),
    ),
  }
}
