import type { Facts } from '../../module/facts.ts'
import { defineModule } from '../../module/module.ts'
import { failed, type Plan, unchanged, wait } from '../../module/plan.ts'
import type { Readings } from '../../module/reading.ts'
import { list } from '../../shared/text.ts'
import type { ValueMap } from '../../shared/value.ts'
import { type LagState, lagFiles, lagPorts, lagReads, lagState, lagTroubleReads, lastLagEvent } from './lag-evidence.ts'
import { retrigger } from './lag-retrigger.ts'
import { boundTooEarly, brokenRule, brokenShape } from './lag-rules.ts'
import { hostBound, missingPf, pfLabel, presentPfs, sriovState, vfLabel } from './pf.ts'
import { type Vms, vmListRead, vmReads, vmsOf } from './users-of-vfs.ts'

/** What is asked about a LAG. */
export interface Args {
  readonly pfs: readonly string[]
  readonly bond: string
  readonly state: 'active' | 'disabled'
  readonly within: number
  readonly over?: readonly string[]
  readonly retrigger: boolean
}

type Judged = Pick<Args, 'pfs' | 'bond' | 'state' | 'within' | 'over'>

interface State extends LagState {
  /** Null when nobody was asked: the LAG is as it has to be, or nothing may be touched. */
  readonly vms: Vms | null
}

/** Whether the card has made VF-LAG of a bond. */
export const lag = defineModule<Args, State>({
  name: 'lag',
  summary: 'Wait until the card has made, or dissolved, VF-LAG',
  description:
    'Changes nothing, unless `retrigger` lets it. LAG being active is no proof: two bonded ports without VFs are an active RoCE LAG, so the type has to be switchdev as well. Where the kernel has no LAG files (before 5.19), the e-switch modes, the members of the bond and what the kernel log says since these last changed tell. A LAG that VFs of the host were bound before is a failure: their queues stay on one port. A failure names the rule that is broken. Registers `active`, `type`, `port_select`, `map` and `evidence`.',
  args: {
    properties: {
      pfs: {
        description: 'The two PFs, by interface or PCI address',
        type: 'array',
        items: { type: 'string' },
        minItems: 2,
      },
      bond: { description: 'The bond over them', type: 'string' },
      state: { description: 'What is waited for', type: 'string', enum: ['active', 'disabled'], default: 'active' },
      within: { description: 'Seconds to wait; drivers need up to ten', type: 'number', minimum: 0, default: 15 },
      over: {
        description: 'Ports that the map of the LAG has to use, no more and no less, where the driver shows one',
        type: 'array',
        items: { type: 'string' },
        minItems: 1,
      },
      retrigger: {
        description:
          'With `active`, when nothing is broken any more and the card has not tried again by itself: take one port out of the bond and put it back, once. Never while a VM holds a VF, nor when the SSH session runs over the bond',
        type: 'boolean',
        default: false,
      },
    },
    required: ['pfs', 'bond'],
  },
  examples: [
    { title: 'VF-LAG is there', yaml: 'lag:\n  pfs: [ens2f0, ens2f1]\n  bond: bond0\n  state: active\n' },
    {
      title: 'After VFs were freed, which the driver does not notice',
      yaml: 'lag:\n  pfs: [ens2f0, ens2f1]\n  bond: bond0\n  retrigger: true\n',
    },
    { title: 'VF-LAG is gone', yaml: 'lag:\n  pfs: [ens2f0, ens2f1]\n  bond: bond0\n  state: disabled\n' },
  ],
  needsFacts: true,
  reads: (args, facts) => [
    ...lagReads(presentPfs(facts, args.pfs), args.bond),
    ...(args.retrigger ? [vmListRead] : []),
  ],
  // The log may be a megabyte: only where the files say nothing, or something that has to be explained.
  more: (args, seen, facts) => {
    if (!asksLog(args, seen, facts)) return []
    return [...lagTroubleReads(presentPfs(facts, args.pfs)), ...(args.retrigger ? vmReads(seen) : [])]
  },
  state: (args, seen, facts) => {
    const more = asksLog(args, seen, facts)
    const state = lagState(presentPfs(facts, args.pfs), args.bond, seen, more)
    return { ...state, vms: more && args.retrigger ? vmsOf(seen) : null }
  },
  plan: (args, state, context) =>
    missingPf(args.pfs, context.facts) ??
    (args.state === 'active'
      ? (retrigger(args, state, verdict(args, state).active, context) ?? wantActive(args, state))
      : wantDisabled(args, state)),
  // Shorter than what leads to a retrigger, so that one which did not help is told by its reason.
  settles: { within: (args) => Math.max(1, args.within - 2) },
  disturbs: () => [
    '/sys/class/net/**',
    '/sys/kernel/debug/mlx5/**',
    '/proc/net/bonding/**',
    'command:ip',
    'command:dmesg',
  ],
})

/** Whether the log and the settings of the driver have to be looked at too. */
export function asksLog(args: Pick<Args, 'pfs' | 'state'>, seen: Readings, facts: Facts): boolean {
  const pfs = presentPfs(facts, args.pfs)
  const files = pfs.map((pf) => lagFiles(pf, seen))
  return (
    args.state === 'disabled' ||
    !files.every((each) => each?.state === 'active' && each.type === 'switchdev') ||
    pfs.some((pf) => hostBound(sriovState(pf, seen).vfs).length > 0)
  )
}

/** Whether there is a VF-LAG over a bond, by all that is known. */
export function isVfLag(state: LagState, bond: string): boolean {
  return verdict({ bond, state: 'active' }, state).active && !brokenShape(state, bond)
}

/** Whether VF-LAG is active, and over the ports that it has to use: unchanged with the evidence, else what is broken. */
export function wantActive(args: Judged, state: LagState): Plan {
  const found = verdict(args, state)
  if (found.active && !brokenShape(state, args.bond)) {
    const early = boundTooEarly(state)
    if (early.length > 0)
      return failed(
        `${list(early.map((vf) => `${vfLabel(vf)} is bound to ${vf.driver} since before LAG was made`))}: ${early.length === 1 ? 'its' : 'their'} queues stay on one port, although LAG is active`,
        'free and bind again (vf_driver with driver: none, then mlx5_core): queues made now use both ports',
        found,
      )
    const elsewhere = args.over && mapTrouble(args.over, found.map, state)
    if (elsewhere)
      return wait(elsewhere, { again: 1, upTo: args.within }, 'look at the mlx5_core lines of dmesg on the host', found)
    const map = args.over && found.map.length > 0 ? `, over ${list(args.over)}` : ''
    const how = found.type === null ? '' : ` of type ${found.type}`
    return unchanged(`LAG${how} is active on ${list(lagPorts(state))}${map}`, found)
  }
  const broken = brokenRule(state, args.bond)
  const other = state.pfs.find((each) => each.files?.state === 'active' && each.files.type !== 'switchdev')
  const but = other?.files
    ? `LAG is active but of type ${other.files.type ?? 'unknown'}, which is no VF-LAG`
    : 'the card has not made a VF-LAG'
  // Nothing is on its way then: whoever brings up a bond waits for it himself.
  if (broken && !state.bond.exists) return failed(`${but}: ${broken.because}`, broken.hint, found)
  return wait(
    broken ? `${but}: ${broken.because}` : `${but}, and no rule of the driver is seen to be broken`,
    { again: 1, upTo: args.within },
    broken?.hint ?? 'look at the mlx5_core lines of dmesg on the host; older firmware also refuses more than 64 VFs',
    found,
  )
}

// `1:2` is virtual and physical port; `2` an active physical port.
function mapTrouble(over: readonly string[], map: readonly string[], state: LagState): string | null {
  if (map.length === 0) return null
  const wanted = over.map((name) => {
    const known = state.pfs.find(({ pf }) => pf.netdev === name || pf.pci === name.toLowerCase())
    return known ? pfLabel(known.pf) : name
  })
  const used = new Set(map.map((each) => Number(each.split(':').at(-1)) - 1))
  const names = state.pfs.filter(({ pf }) => used.has(pf.port)).map(({ pf }) => pfLabel(pf))
  if (names.length === wanted.length && names.every((name) => wanted.includes(name))) return null
  return `the LAG runs over ${list(names)} (map ${map.join(' ')}), but must run over ${list(wanted)}`
}

function wantDisabled(args: Judged, state: LagState): Plan {
  const found = verdict(args, state)
  const last = lastLagEvent(state)
  if (last?.kind === 'stuck')
    return failed(
      `the driver could not dissolve the LAG ("${last.text}"): it and the firmware disagree from now on`,
      'free the VFs (vf_driver with driver: none), then restart the host',
      found,
    )
  if (!found.active) return unchanged(`there is no VF-LAG on ${list(lagPorts(state))}`, found)
  return wait(
    `VF-LAG is still active on ${list(lagPorts(state))}`,
    { again: 1, upTo: args.within },
    `take ${args.bond} down (network_restart with state: absent) or put the e-switches into legacy mode`,
    found,
  )
}

interface Verdict extends ValueMap {
  readonly active: boolean
  readonly type: string | null
  readonly port_select: string | null
  readonly map: readonly string[]
  readonly evidence: readonly string[]
}

function verdict(args: Pick<Args, 'bond' | 'state'>, state: LagState): Verdict {
  const files = state.pfs.flatMap((each) => each.files ?? [])
  const [first] = files
  if (first && files.length === state.pfs.length) {
    const is = (each: (typeof files)[number]): boolean => each.state === 'active' && each.type === 'switchdev'
    return {
      // All of them for "active", any of them for "not yet dissolved".
      active: args.state === 'active' ? files.every(is) : files.some(is),
      type: first.type,
      port_select: first.portSelect,
      map: first.map,
      evidence: state.pfs.map(
        (each) => `debugfs of ${pfLabel(each.pf)}: ${each.files?.state}, type ${each.files?.type ?? 'none'}`,
      ),
    }
  }
  return verdictWithoutFiles(args, state)
}

/** Without debugfs: the driver's rules hold, and the kernel log or the RDMA device says that LAG was made. */
function verdictWithoutFiles(args: Pick<Args, 'bond' | 'state'>, state: LagState): Verdict {
  const evidence: string[] = []
  const none = { active: false, type: null, port_select: null, map: [], evidence }
  const last = lastLagEvent(state)
  if (brokenShape(state, args.bond) || last?.kind === 'failed' || last?.kind === 'stuck') return none
  evidence.push('both e-switches are in switchdev mode', `${args.bond} is over the two ports and nothing else`)
  const made = state.log?.findLast((each) => each.kind === 'map') ?? null
  if (last?.kind === 'map' && made?.kind === 'map') {
    evidence.push(`kernel log: "${made.text}"`)
    return {
      active: true,
      type: 'switchdev',
      port_select: made.hash ? 'hash' : 'queue_affinity',
      map: made.map,
      evidence,
    }
  }
  if (state.rdmaDevice !== null) {
    evidence.push(`RDMA device ${state.rdmaDevice} stands for both ports`)
    return { ...none, active: true, type: 'switchdev' }
  }
  // A log that has lost its beginning cannot tell; a failure would come later than the map that is missing.
  if (state.log !== null && !state.logWhole && args.state === 'active') {
    evidence.push('the kernel log no longer reaches back to when LAG was made, and shows no failure since')
    return { ...none, active: true, type: 'switchdev' }
  }
  return none
}
