import type { Facts, PfFact } from '../../module/facts.ts'
import { findPf } from '../../module/facts.ts'
import { defineModule } from '../../module/module.ts'
import { blocked, change, delta, type Plan, unchanged, wait } from '../../module/plan.ts'
import { type CommandRead, command } from '../../module/read.ts'
import type { CommandReading, Readings } from '../../module/reading.ts'
import { run, type Step } from '../../module/step.ts'
import { parseEswitch } from '../../parsers/devlink.ts'
import { count, list } from '../../shared/text.ts'
import { beforeOf, beforeRead } from './before.ts'
import { eswitchNotShown, inlineModeDevices, packageOf } from './knowledge.ts'
import { type Netdev, netdevReads, netdevs, representorsOf } from './netdevs.ts'
import { hostBound, noSuchPf, pfLabel, type SriovState, sriovReads, sriovState, vfLabel } from './pf.ts'
import {
  detachHint,
  doubtfulHolders,
  holdingSentence,
  holdings,
  lastLine,
  type Vms,
  vmListRead,
  vmReads,
  vmsOf,
} from './users-of-vfs.ts'

interface Args {
  readonly pf: string
  readonly mode: 'legacy' | 'switchdev' | 'before'
}

/** The mode of an e-switch as devlink tells it, or why it does not. */
export type EswitchMode =
  | {
      readonly known: true
      readonly mode: string
      readonly inlineMode: string | null /** Not shown because there are no VFs: an old kernel, and legacy. */
      readonly hidden: boolean
    }
  | { readonly known: false; readonly reason: string; readonly missing: boolean }

interface State {
  readonly pf: PfFact
  /** Null: `before` is asked for and nothing is noted. */
  readonly wanted: 'legacy' | 'switchdev' | null
  readonly eswitch: EswitchMode
  readonly sriov: SriovState
  readonly netdev: Netdev | null
  readonly representors: readonly string[]
  /** Interfaces of this PF, and its bond, that are ports of Open vSwitch. */
  readonly switched: readonly string[]
  readonly vms: Vms | null
}

/** What to look at for {@link eswitchMode}. The plain form: RHEL 7's iproute has no -j. */
export const eswitchRead = (pf: PfFact): CommandRead => command('devlink', 'dev', 'eswitch', 'show', `pci/${pf.pci}`)

/** The mode of a PF's e-switch; `vfs` is how many VFs it has. */
export function eswitchMode(shown: CommandReading, vfs: number): EswitchMode {
  const parsed = shown.status === 0 ? parseEswitch(shown.stdout) : null
  if (parsed?.mode) return { known: true, mode: parsed.mode, inlineMode: parsed.inlineMode, hidden: false }
  // Kernels before 6.0 answer EOPNOTSUPP while there are no VFs; the e-switch is legacy then.
  if (eswitchNotShown.test(shown.stderr) && vfs === 0)
    return { known: true, mode: 'legacy', inlineMode: null, hidden: true }
  if (shown.status === 127) return { known: false, reason: 'devlink is not installed', missing: true }
  return { known: false, reason: lastLine(shown.stderr) || 'devlink shows no e-switch', missing: false }
}

/** The e-switch mode of a PF (devlink-dev(8); kernel: mlx5/core/eswitch_offloads.c). */
export const eswitch = defineModule<Args, State | null>({
  name: 'eswitch',
  summary: 'Put the e-switch of a PF into legacy or switchdev mode',
  description:
    'Never repeated on an e-switch that is in the mode already: every such request tears an active LAG down for a moment. Refused while a driver or a VM holds VFs of the PF. Waits until the interface of the PF is back and every VF has its representor.',
  args: {
    properties: {
      pf: { description: 'The PF, by interface or PCI address', type: 'string', examples: ['ens2f0'] },
      mode: {
        description: 'The mode. before: the one before the roll-out (module remember)',
        type: 'string',
        enum: ['legacy', 'switchdev', 'before'],
      },
    },
    required: ['pf', 'mode'],
  },
  examples: [{ title: 'Switchdev mode', yaml: 'eswitch:\n  pf: ens2f0\n  mode: switchdev\n' }],
  needsFacts: true,
  reads: (args, facts) => {
    const pf = findPf(facts, args.pf)
    return pf
      ? [
          eswitchRead(pf),
          ...sriovReads(pf),
          ...netdevReads,
          vmListRead,
          ...(args.mode === 'before' ? [beforeRead] : []),
        ]
      : []
  },
  more: (args, seen, facts) => {
    const pf = findPf(facts, args.pf)
    return pf && changesMode(args, pf, seen) ? vmReads(seen) : []
  },
  state: readState,
  plan: (args, state, context) => (state ? decide(state, context.facts) : noSuchPf(args.pf, context.facts)),
  settles: { within: () => 60 },
  conclude: (_args, _results, after) => (after ? { mode: after.wanted, representors: after.representors } : {}),
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

function changesMode(args: Args, pf: PfFact, seen: Readings): boolean {
  const found = eswitchMode(seen.command(...eswitchRead(pf).argv), sriovState(pf, seen).count)
  const wanted = wantedMode(args, pf, seen)
  return found.known && wanted !== null && found.mode !== wanted
}

function wantedMode(args: Args, pf: PfFact, seen: Readings): 'legacy' | 'switchdev' | null {
  if (args.mode !== 'before') return args.mode
  const mode = beforeOf(seen)?.pfs[pf.pci]?.mode
  return mode === 'legacy' || mode === 'switchdev' ? mode : null
}

function readState(args: Args, seen: Readings, facts: Facts): State | null {
  const pf = findPf(facts, args.pf)
  if (!pf) return null
  const all = netdevs(seen)
  const sriov = sriovState(pf, seen)
  const representors = representorsOf(pf, all, facts.pfs).map((each) => each.netdev.name)
  const netdev = all.find((each) => each.name === pf.netdev) ?? null
  const own = [...(pf.netdev === null ? [] : [pf.netdev]), ...(netdev?.master ? [netdev.master] : []), ...representors]
  return {
    pf,
    wanted: wantedMode(args, pf, seen),
    sriov,
    eswitch: eswitchMode(seen.command(...eswitchRead(pf).argv), sriov.count),
    netdev,
    representors,
    switched: own.filter((name) => all.some((each) => each.name === name && each.master === 'ovs-system')),
    vms: changesMode(args, pf, seen) ? vmsOf(seen) : null,
  }
}

function decide(state: State, facts: Facts): Plan {
  const { pf, eswitch, wanted: mode } = state
  const name = pfLabel(pf)
  if (mode === null) return unchanged(`nothing is noted of ${name} before a roll-out, so its e-switch stays as it is`)
  if (!eswitch.known)
    return eswitch.missing
      ? blocked(eswitch.reason, `install the package ${packageOf('devlink', facts.distribution.family)}`)
      : blocked(
          `devlink cannot show the e-switch of ${name}: ${eswitch.reason}`,
          'the card may be in DPU mode, where the host does not own its e-switch, or the kernel may have no devlink',
        )
  if (eswitch.mode === mode) return arrived({ mode }, state)
  return refuse({ mode }, state) ?? begin({ mode }, state)
}

interface Known {
  readonly mode: 'legacy' | 'switchdev'
}

/** The mode is right: are the interfaces there as well? */
function arrived(args: Known, state: State): Plan {
  const { pf, sriov } = state
  const name = pfLabel(pf)
  const timing = { again: 0.5, upTo: 60 }
  if (pf.netdev !== null && !state.netdev)
    return wait(
      `the interface ${pf.netdev} is not back yet`,
      timing,
      'a udev rule has to give the port its old name; look at "ip link" on the host',
    )
  if (args.mode === 'switchdev' && state.representors.length !== sriov.count)
    return wait(
      `${state.representors.length} of ${count(sriov.count, 'representor')} of ${name} have appeared`,
      timing,
      'look at "devlink port show" on the host',
    )
  const with_ = args.mode === 'switchdev' && sriov.count > 0 ? ` with ${count(sriov.count, 'representor')}` : ''
  return unchanged(`the e-switch of ${name} is in ${args.mode} mode${with_}`, {
    mode: args.mode,
    representors: state.representors,
  })
}

function refuse(args: Known, state: State): Plan | null {
  const { pf, sriov, eswitch } = state
  const name = pfLabel(pf)
  if (args.mode === 'switchdev' && eswitch.known && eswitch.hidden)
    return blocked(
      `${name} has no VFs, but this kernel enters switchdev mode only with VFs`,
      'create them first (module vfs)',
    )
  if (sriov.vfs.filter((vf) => vf.complete).length !== sriov.count)
    return wait(`the VFs of ${name} are still being made`, { again: 0.5, upTo: 120 })
  const bound = hostBound(sriov.vfs)
  if (bound.length > 0)
    return blocked(
      `${list(bound.map((vf) => `${vfLabel(vf)} is bound to ${vf.driver}`))}; the firmware refuses to change the e-switch of ${name} while VFs are in use`,
      'free them first (vf_driver with driver: none)',
    )
  const held = state.vms ? holdings(sriov.vfs, state.vms) : []
  if (held.length > 0)
    return blocked(
      `${holdingSentence(held)}; changing the e-switch of ${name} would cut off ${held.length === 1 ? 'its' : 'their'} network`,
      detachHint(held),
    )
  const doubt = state.vms && doubtfulHolders(sriov.vfs, state.vms)
  if (doubt) return blocked(doubt, 'start libvirt so that it can be asked')
  if (args.mode === 'legacy' && state.switched.length > 0)
    return blocked(
      `${list(state.switched)} ${state.switched.length === 1 ? 'is a port' : 'are ports'} of Open vSwitch, whose offloaded rules keep the e-switch of ${name} busy (EBUSY), and a refused request tears LAG down all the same`,
      'remove them from the bridge first (ovs_port or ovs_bridge with state: absent)',
    )
  return null
}

function begin(args: Known, state: State): Plan {
  const { pf, eswitch } = state
  const set = ['devlink', 'dev', 'eswitch', 'set', `pci/${pf.pci}`]
  const steps: Step[] = []
  const deltas = [delta(`e-switch mode of ${pfLabel(pf)}`, eswitch.known ? eswitch.mode : null, args.mode)]
  // ConnectX-4 wants it before the mode; every later card refuses it.
  if (
    args.mode === 'switchdev' &&
    inlineModeDevices.includes(pf.device) &&
    eswitch.known &&
    eswitch.inlineMode !== 'transport'
  ) {
    deltas.unshift(delta(`inline mode of ${pfLabel(pf)}`, eswitch.inlineMode, 'transport'))
    steps.push(run([...set, 'inline-mode', 'transport'], { timeout: 60 }))
  }
  steps.push(run([...set, 'mode', args.mode], { timeout: 120 }))
  return change(deltas, steps, { mode: args.mode })
}
