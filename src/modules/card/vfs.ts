import type { Facts, PfFact } from '../../module/facts.ts'
import { findPf } from '../../module/facts.ts'
import { defineModule } from '../../module/module.ts'
import { blocked, change, type Delta, delta, type Plan, unchanged, wait } from '../../module/plan.ts'
import { attrs } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { attr, type Step } from '../../module/step.ts'
import { count, list } from '../../shared/text.ts'
import type { ValueMap } from '../../shared/value.ts'
import { beforeOf, beforeRead } from './before.ts'
import { lagDebugfs } from './knowledge.ts'
import { netdevReads, netdevs, representorsOf } from './netdevs.ts'
import { noSuchPf, pciPath, pfLabel, type SriovState, sriovReads, sriovState } from './pf.ts'
import {
  detachHint,
  doubtfulHolders,
  holdingSentence,
  holdings,
  type Vms,
  vmListRead,
  vmReads,
  vmsOf,
} from './users-of-vfs.ts'

interface Args {
  readonly pf: string
  readonly count: number | 'before'
  readonly autoprobe?: boolean
  readonly recreate: boolean
}

/** What is asked for, with `before` looked up. */
interface Wanted {
  readonly count: number
  readonly autoprobe?: boolean
  readonly recreate: boolean
}

interface State {
  readonly pf: PfFact
  /** Null: `before` is asked for and nothing is noted. */
  readonly wanted: Wanted | null
  readonly sriov: SriovState
  readonly lagType: string | null
  /** Representors of this PF that are ports of Open vSwitch. */
  readonly switched: readonly string[]
  /** Null while nothing has to be removed: then nobody was asked. */
  readonly vms: Vms | null
}

/** The number of VFs of a PF (kernel: drivers/pci/iov.c, sriov_numvfs_store). */
export const vfs = defineModule<Args, State | null>({
  name: 'vfs',
  summary: 'Create or remove the VFs of a PF',
  description:
    'The kernel changes a number of VFs only by removing all of them, so an existing number is never changed unless `recreate` says so, and never while a VM holds a VF. Waits until every VF is complete. Registers `count` and `vfs`, a list of {index, pci}.',
  args: {
    properties: {
      pf: { description: 'The PF, by interface or PCI address', type: 'string', examples: ['ens2f0', '0000:61:00.0'] },
      count: {
        description:
          'How many VFs it has to have; 0 removes them. before: as many as before the roll-out, with probing as it was (module remember)',
        type: ['integer', 'string'],
        pattern: '^before$',
        minimum: 0,
        maximum: 1024,
      },
      autoprobe: {
        description:
          'Whether the host binds its network driver to VFs made from now on. Not given: left as it is. False for VF-LAG: queues made before LAG stay on one port',
        type: 'boolean',
      },
      recreate: {
        description: 'Allow another number of VFs by removing the present ones first',
        type: 'boolean',
        default: false,
      },
    },
    required: ['pf', 'count'],
  },
  examples: [
    { title: 'Two VFs without a driver', yaml: 'vfs:\n  pf: ens2f0\n  count: 2\n  autoprobe: false\n' },
    { title: 'No VFs', yaml: 'vfs:\n  pf: ens2f0\n  count: 0\n  autoprobe: true\n' },
  ],
  needsFacts: true,
  reads: (args, facts) => {
    const pf = findPf(facts, args.pf)
    return pf
      ? [
          ...sriovReads(pf),
          ...netdevReads,
          attrs(`${lagDebugfs(pf.pci)}/type`),
          vmListRead,
          ...(args.count === 'before' ? [beforeRead] : []),
        ]
      : []
  },
  more: (args, seen, facts) => {
    const pf = findPf(facts, args.pf)
    return pf && removes(wantedOf(args, pf, seen), sriovState(pf, seen)) ? vmReads(seen) : []
  },
  state: readState,
  plan: (args, state, context) => (state ? decide(state) : noSuchPf(args.pf, context.facts)),
  settles: { within: () => 120 },
  conclude: (_args, _results, after) => (after ? dataOf(after.sriov) : {}),
  disturbs: () => [
    '/sys/bus/pci/**',
    '/sys/class/net/**',
    '/sys/kernel/debug/mlx5/**',
    'command:devlink',
    'command:ip',
    'command:lspci',
    'command:dmesg',
  ],
})

function wantedOf(args: Args, pf: PfFact, seen: Readings): Wanted | null {
  if (args.count !== 'before') return { ...args, count: args.count }
  const before = beforeOf(seen)?.pfs[pf.pci]
  return before ? { count: before.vfs, autoprobe: before.autoprobe, recreate: true } : null
}

function removes(wanted: Wanted | null, sriov: SriovState): boolean {
  return wanted !== null && sriov.count > 0 && sriov.count !== wanted.count
}

function readState(args: Args, seen: Readings, facts: Facts): State | null {
  const pf = findPf(facts, args.pf)
  if (!pf) return null
  const sriov = sriovState(pf, seen)
  const wanted = wantedOf(args, pf, seen)
  return {
    pf,
    wanted,
    sriov,
    lagType: seen.value(`${lagDebugfs(pf.pci)}/type`),
    switched: representorsOf(pf, netdevs(seen), facts.pfs)
      .filter((each) => each.netdev.master === 'ovs-system')
      .map((each) => each.netdev.name),
    vms: removes(wanted, sriov) ? vmsOf(seen) : null,
  }
}

function decide(state: State): Plan {
  const { pf, sriov, wanted: args } = state
  const name = pfLabel(pf)
  if (!args) return unchanged(`nothing is noted of ${name} before a roll-out, so its VFs stay`, dataOf(sriov))
  if (sriov.total === null) {
    if (args.count === 0) return unchanged(`${name} offers no VFs: SR-IOV is off in its firmware`, dataOf(sriov))
    return blocked(
      `${name} offers no VFs because SR-IOV is off in its firmware, but ${args.count} are asked for`,
      'set SRIOV_EN and NUM_OF_VFS with the firmware module and restart the host',
    )
  }
  if (args.count > sriov.total)
    return blocked(
      `${name} offers ${count(sriov.total, 'VF')}, but ${args.count} are asked for`,
      'raise NUM_OF_VFS with the firmware module and restart the host',
    )
  if (removes(args, sriov)) {
    const refusal = refuseRemoval(args, state)
    if (refusal) return refusal
  }
  const path = pciPath(pf.pci)
  const deltas: Delta[] = []
  const steps: Step[] = []
  if (args.autoprobe !== undefined && sriov.autoprobe !== null && args.autoprobe !== sriov.autoprobe) {
    deltas.push(delta(`probing of new VFs of ${name}`, onOff(sriov.autoprobe), onOff(args.autoprobe)))
    steps.push(attr(`${path}/sriov_drivers_autoprobe`, args.autoprobe ? 1 : 0))
  }
  if (args.count !== sriov.count) {
    deltas.push(delta(`number of VFs of ${name}`, String(sriov.count), String(args.count)))
    // EBUSY otherwise: the kernel wants 0 between two numbers.
    if (sriov.count > 0 && args.count > 0) steps.push(attr(`${path}/sriov_numvfs`, 0))
    steps.push(attr(`${path}/sriov_numvfs`, args.count))
  }
  if (steps.length > 0) return change(deltas, steps, dataOf(sriov))
  const complete = sriov.vfs.filter((vf) => vf.complete).length
  if (complete !== args.count)
    return wait(
      `${complete} of ${count(args.count, 'VF')} of ${name} ${complete === 1 ? 'is' : 'are'} complete`,
      { again: 0.5, upTo: 120 },
      'look at the last lines of dmesg on the host',
    )
  return unchanged(`${name} has ${args.count === 0 ? 'no VFs' : count(args.count, 'VF')}`, dataOf(sriov))
}

function refuseRemoval(args: Wanted, state: State): Plan | null {
  const { pf, sriov } = state
  const name = pfLabel(pf)
  if (args.count > 0 && !args.recreate)
    return blocked(
      `${name} has ${count(sriov.count, 'VF')}, but ${args.count} are asked for, and the kernel changes the number only by removing all of them`,
      'set recreate: true where nothing uses the present VFs',
    )
  const held = state.vms ? holdings(sriov.vfs, state.vms) : []
  if (held.length > 0)
    return blocked(
      `${holdingSentence(held)}; removing the VFs of ${name} would block in the kernel until the guests let go`,
      detachHint(held),
    )
  const doubt = state.vms && doubtfulHolders(sriov.vfs, state.vms)
  if (doubt)
    return blocked(
      `${doubt}; removing a VF that is held blocks in the kernel`,
      'start libvirt, or free the VFs with vf_driver',
    )
  if (state.switched.length > 0)
    return blocked(
      `${list(state.switched)} ${state.switched.length === 1 ? 'stands' : 'stand'} for VFs of ${name} and ${state.switched.length === 1 ? 'is a port' : 'are ports'} of Open vSwitch, which would be left with dead ports`,
      'remove them from the bridge first (ovs_port or ovs_bridge with state: absent)',
    )
  if (state.lagType === 'switchdev')
    return blocked(
      `VF-LAG is active on ${name}; its VFs go after the bond`,
      'take the bond down first (network_restart with state: absent); teardown.yaml has the whole order',
    )
  return null
}

function dataOf(sriov: SriovState): ValueMap {
  return { count: sriov.count, vfs: sriov.vfs.map((vf) => ({ index: vf.index, pci: vf.pci })) }
}

const onOff = (on: boolean): string => (on ? 'on' : 'off')
