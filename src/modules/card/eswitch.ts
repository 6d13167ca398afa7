import { defineModule, type PlanContext } from '../../module/module.ts'
import { blocked, change, type Delta, delta, type Plan, unchanged, wait } from '../../module/plan.ts'
import { attr, run, type Step } from '../../module/step.ts'
import { count, list } from '../../shared/text.ts'
import type { ValueMap } from '../../shared/value.ts'
import { eswitchUnknown, explainEswitch, refuseMode } from './eswitch-refusals.ts'
import {
  type EswitchArgs,
  type EswitchState,
  eswitchFirstReads,
  eswitchLabel,
  eswitchMoreReads,
  eswitchState,
} from './eswitch-state.ts'
import { inlineModeDevices } from './knowledge.ts'
import type { Netdev } from './netdevs.ts'
import { noSuchPf, pfLabel } from './pf.ts'

/** Seconds that udev gets to name a new interface before it is named for it. */
const udevPatience = 3

/** The e-switch mode of a PF (devlink-dev(8); kernel: mlx5/core/eswitch_offloads.c). */
export const eswitch = defineModule<EswitchArgs, EswitchState | null>({
  name: 'eswitch',
  summary: 'Put the e-switch of a PF into legacy or switchdev mode',
  description:
    'Never repeated on an e-switch that is in the mode already: every such request tears an active LAG down for a moment. Refused while a driver or a VM holds VFs of the PF, and while offloaded rules hold the e-switch. Where devlink is missing, the files of MLNX_OFED do. Waits until the interface of the PF is back and every VF has its representor; an interface that comes back under another name gets its own again. Registers `mode`, `representors`, `steering` and `port_select`.',
  args: {
    properties: {
      pf: { description: 'The PF, by interface or PCI address', type: 'string', examples: ['ens2f0'] },
      mode: {
        description:
          'The mode. before: the one before the roll-out (module remember). keep: the one it has; steering and port_select are set where it is legacy and there are no VFs, which MLNX_OFED wants, and noted elsewhere',
        type: 'string',
        enum: ['legacy', 'switchdev', 'before', 'keep'],
      },
      steering: {
        description:
          'How flows get into the card, set on the way into switchdev mode: smfs, by software, is the fast one; MLNX_OFED may start with dmfs. before: as before the roll-out (module remember). A host that cannot say keeps what it has',
        type: 'string',
        enum: ['smfs', 'dmfs', 'before', 'keep'],
        default: 'keep',
      },
      port_select: {
        description:
          'How a LAG of this card will choose ports, where MLNX_OFED lets one say: set on both ports while they are in legacy mode. Other kernels choose hash by themselves where the card can',
        type: 'string',
        enum: ['hash', 'queue_affinity', 'keep'],
        default: 'keep',
      },
    },
    required: ['pf', 'mode'],
  },
  examples: [
    { title: 'Switchdev mode', yaml: 'eswitch:\n  pf: ens2f0\n  mode: switchdev\n' },
    {
      title: 'With the fast way to steer flows',
      yaml: 'eswitch:\n  pf: ens2f0\n  mode: switchdev\n  steering: smfs\n',
    },
  ],
  needsFacts: true,
  reads: eswitchFirstReads,
  more: eswitchMoreReads,
  state: eswitchState,
  plan: (args, state, context) => (state ? decide(args, state, context) : noSuchPf(args.pf, context.facts)),
  settles: { within: () => 60 },
  follows: true,
  explain: (_args, failure, state) => (state ? explainEswitch(failure, state) : null),
  conclude: (_args, _results, after) => (after ? dataOf(after) : {}),
  disturbs: () => [
    '/sys/bus/pci/**',
    '/sys/class/net/**',
    '/sys/kernel/debug/mlx5/**',
    '/proc/net/bonding/**',
    'command:devlink',
    'command:ip',
    'command:ethtool',
    'command:tc',
    'command:dmesg',
  ],
})

function decide(args: EswitchArgs, state: EswitchState, context: PlanContext): Plan {
  const { eswitch, wanted: mode } = state
  if (args.mode === 'keep') return keep(args, state, context)
  if (mode === null)
    return unchanged(`nothing is noted of ${eswitchLabel(state)} before a roll-out, so its e-switch stays as it is`)
  const unknown = eswitchUnknown(state, context.facts.distribution.family)
  if (unknown || !eswitch.known) return unknown ?? unchanged('nothing is known of the e-switch')
  if (eswitch.mode === mode) return arrived(args, mode, state, context.elapsed)
  return refuseMode(mode, state) ?? begin(args, mode, eswitch, state)
}

type Mode = 'legacy' | 'switchdev'

/** The mode stays; what can be set without VFs alone is set where there are none. */
function keep(args: EswitchArgs, state: EswitchState, context: PlanContext): Plan {
  const { eswitch, sriov } = state
  const unknown = eswitchUnknown(state, context.facts.distribution.family)
  if (unknown || !eswitch.known) return unknown ?? unchanged('nothing is known of the e-switch')
  const { deltas, steps } = tuning(args, state)
  const name = eswitchLabel(state)
  if (steps.length === 0) return unchanged(`the e-switch of ${name} works as asked for`, dataOf(state))
  if (eswitch.mode === 'legacy' && sriov.count === 0) return change(deltas, steps, dataOf(state))
  const now = eswitch.mode === 'legacy' ? `has ${count(sriov.count, 'VF')}` : `is in ${eswitch.mode} mode`
  return unchanged(
    `${list(deltas.map((each) => each.what))} stays as it is, for the e-switch of ${name} ${now}`,
    dataOf(state),
  )
}

/** The mode is right: are the interfaces there as well, under their names? */
function arrived(args: EswitchArgs, mode: Mode, state: EswitchState, elapsed: number): Plan {
  const { pf, sriov, netdev } = state
  const name = eswitchLabel(state)
  const timing = { again: 0.5, upTo: 60 }
  if (pf.netdev !== null && !netdev)
    return wait(
      `the interface ${pf.netdev} is not back yet`,
      timing,
      'a udev rule has to give the port its old name; look at "ip link" on the host',
    )
  if (pf.netdev !== null && netdev && netdev.name !== pf.netdev) return named(pf.netdev, netdev, state, elapsed)
  if (mode === 'switchdev' && state.representors.length !== sriov.count)
    return wait(
      `${state.representors.length} of ${count(sriov.count, 'representor')} of ${name} have appeared`,
      timing,
      'look at "devlink port show" on the host',
    )
  const with_ = mode === 'switchdev' && sriov.count > 0 ? ` with ${count(sriov.count, 'representor')}` : ''
  return unchanged(`the e-switch of ${name} is in ${mode} mode${with_}${odds(args, mode, state)}`, dataOf(state))
}

/** The kernel made a new interface and nobody gave it the old name: everything else knows it by that. */
function named(old: string, netdev: Netdev, state: EswitchState, elapsed: number): Plan {
  if (state.nameTaken)
    return blocked(
      `the interface of ${state.pf.pci} is called ${netdev.name} now, and another one has its name ${old}`,
      'look at "ip link" and the udev rules on the host',
    )
  if (elapsed < udevPatience)
    return wait(
      `the interface of ${state.pf.pci} came back as ${netdev.name}, not ${old}`,
      { again: 0.5, upTo: 60 },
      'a udev rule has to give the port its old name',
    )
  const set = ['ip', 'link', 'set', 'dev']
  return change(
    [delta(`name of the interface of ${state.pf.pci}`, netdev.name, old)],
    [
      ...(netdev.up ? [run([...set, netdev.name, 'down'])] : []),
      run([...set, netdev.name, 'name', old]),
      ...(netdev.up ? [run([...set, old, 'up'])] : []),
    ],
    { mode: state.wanted },
  )
}

/** What is not as asked for, and can be changed in legacy mode only. */
function odds(args: EswitchArgs, mode: Mode, state: EswitchState): string {
  if (mode === 'legacy') return ''
  const found: string[] = []
  if (state.steering && state.wantedSteering !== null && state.steering.value !== state.wantedSteering)
    found.push(`it steers flows by ${state.steering.value}, not ${state.wantedSteering}`)
  for (const { pf, file } of state.portSelect)
    if (file && file.value !== args.port_select)
      found.push(`a LAG of ${pfLabel(pf)} chooses ports by ${file.value}, not ${args.port_select}`)
  return found.length === 0 ? '' : `; ${list(found)}, which only legacy mode lets one change`
}

function begin(
  args: EswitchArgs,
  mode: Mode,
  eswitch: Extract<EswitchState['eswitch'], { known: true }>,
  state: EswitchState,
): Plan {
  const { pf } = state
  const name = eswitchLabel(state)
  const handle = `pci/${pf.pci}`
  const set = ['devlink', 'dev', 'eswitch', 'set', handle]
  const steps: Step[] = []
  const deltas: Delta[] = []
  if (mode === 'switchdev') {
    const late = state.portSelect.find(
      (each) =>
        each.file && each.file.value !== args.port_select && each.eswitch.known && each.eswitch.mode === 'switchdev',
    )
    if (late)
      return blocked(
        `a LAG of ${pfLabel(late.pf)} chooses ports by ${late.file?.value}, but must by ${args.port_select}, and its e-switch is in switchdev mode already`,
        'put it into legacy mode first (eswitch with mode: legacy)',
      )
    const tuned = tuning(args, state)
    deltas.push(...tuned.deltas)
    steps.push(...tuned.steps)
    // ConnectX-4 wants it before the mode; every later card refuses it.
    if (inlineModeDevices.includes(pf.device) && eswitch.inlineMode !== 'transport') {
      deltas.push(delta(`inline mode of ${name}`, eswitch.inlineMode, 'transport'))
      steps.push(
        eswitch.file === null
          ? run([...set, 'inline-mode', 'transport'], { timeout: 60 })
          : attr(eswitch.file.replace(/mode$/, 'inline'), 'transport'),
      )
    }
  }
  deltas.push(delta(`e-switch mode of ${name}`, eswitch.mode, mode))
  steps.push(eswitch.file === null ? run([...set, 'mode', mode], { timeout: 120 }) : attr(eswitch.file, mode))
  return change(deltas, steps, { mode })
}

/** What makes a LAG choose ports, and flows get into the card, as asked for. */
function tuning(
  args: EswitchArgs,
  state: EswitchState,
): { readonly deltas: readonly Delta[]; readonly steps: readonly Step[] } {
  const deltas: Delta[] = []
  const steps: Step[] = []
  for (const each of state.portSelect) {
    if (!each.file || each.file.value === args.port_select) continue
    deltas.push(delta(`how a LAG of ${pfLabel(each.pf)} chooses ports`, each.file.value, args.port_select))
    steps.push(attr(each.file.path, args.port_select))
  }
  const { steering, wantedSteering: wanted } = state
  if (steering && wanted !== null && steering.value !== wanted) {
    const param = ['devlink', 'dev', 'param', 'set', `pci/${state.pf.pci}`, 'name', 'flow_steering_mode']
    deltas.push(delta(`how ${eswitchLabel(state)} steers flows`, steering.value, wanted))
    steps.push(
      steering.file === null
        ? run([...param, 'value', wanted, 'cmode', 'runtime'], { timeout: 60 })
        : attr(steering.file, wanted),
    )
  }
  return { deltas, steps }
}

const dataOf = (state: EswitchState): ValueMap => ({
  mode: state.wanted ?? (state.eswitch.known ? state.eswitch.mode : null),
  representors: state.representors,
  steering: state.steering?.value ?? null,
  port_select: state.portSelect.find((each) => each.pf.pci === state.pf.pci)?.file?.value ?? null,
})
