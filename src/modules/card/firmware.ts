import type { Facts } from '../../module/facts.ts'
import { defineModule } from '../../module/module.ts'
import { blocked, change, delta, failed, type Plan, unchanged } from '../../module/plan.ts'
import { run, type StepResult } from '../../module/step.ts'
import { list } from '../../shared/text.ts'
import type { ValueMap } from '../../shared/value.ts'
import { equal, isDue, movedHint, movedSentence, toolText, type Wanted } from './firmware-settings.ts'
import { type Args, firmwareReads, moreFirmwareReads, readFirmware, type State, wantedOf } from './firmware-state.ts'
import { needsPowerCycle, packageOf, unknownParameter } from './knowledge.ts'
import { noSuchPf, pfLabel } from './pf.ts'
import { vmsNaming } from './users-of-vfs.ts'

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
      bond_mode: {
        description:
          'The mode that the bond is going to have, or none: firmware that makes a LAG by hash only with LAG_RESOURCE_ALLOCATION (ConnectX-6 Dx before xx.33.1048) gets it for balance-xor and 802.3ad, and loses it for none',
        type: ['string', 'integer'],
        examples: ['802.3ad'],
      },
      effective: {
        description: 'Fail while a setting that is stored does not run yet: for the look after a restart',
        type: 'boolean',
        default: false,
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
  showsRows: true,
  reads: firmwareReads,
  more: moreFirmwareReads,
  state: readFirmware,
  plan: (args, state, context) => (state ? decide(args, state, context.facts) : noSuchPf(args.pf, context.facts)),
  conclude: (_args, results, after) => (after ? dataOf(wantedOf(after), results) : {}),
  disturbs: () => ['command:mstconfig', 'command:mlxconfig', 'command:mstfwreset'],
})

function decide(args: Args, state: State, facts: Facts): Plan {
  const refusal = refuse(args, state, facts)
  if (refusal) return refusal
  const wanted = wantedOf(state)
  const wrong = wanted.filter((each) => !equal(each.parameter.next, each.desired))
  if (wrong.length === 0) {
    const due = wanted.filter(isDue)
    if (args.effective && due.length > 0) return notTaken(due, state)
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
    { ...dataOf(wanted, []), ...moving(wrong, state) },
  )
}

/** After a restart that should have loaded them. */
const notTaken = (due: readonly Wanted[], state: State): Plan =>
  failed(
    `${list(due.map((each) => each.name))} of ${pfLabel(state.pf)} ${due.length === 1 ? 'is' : 'are'} stored, but the firmware still runs with ${list(due.map((each) => each.current?.text ?? 'something else'))}`,
    'switch the power of the host off and on: some settings are not loaded by a warm restart',
    dataOf(due, []),
  )

/** Where there are VFs already, people may know their addresses from elsewhere than VMs. */
function moving(wrong: readonly Wanted[], state: State): ValueMap {
  if (!wrong.some((each) => each.name === 'NUM_OF_VFS') || state.sriov.total === null) return {}
  const evidence = 'those of the second port move to other PCI addresses at the next restart; no VM names one of them'
  return { rows: [{ check: 'VF addresses', state: 'warn', evidence }] }
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
  const fixed = wantedOf(state).filter((each) => each.parameter.readOnly && !equal(each.parameter.next, each.desired))
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
