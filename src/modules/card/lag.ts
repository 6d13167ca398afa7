import type { Facts } from '../../module/facts.ts'
import { defineModule } from '../../module/module.ts'
import { failed, type Plan, unchanged, wait } from '../../module/plan.ts'
import type { Readings } from '../../module/reading.ts'
import { list } from '../../shared/text.ts'
import type { ValueMap } from '../../shared/value.ts'
import {
  brokenRule,
  brokenShape,
  dmesgRead,
  type LagState,
  lagFiles,
  lagPorts,
  lagReads,
  lagState,
  lastLagEvent,
} from './lag-evidence.ts'
import { missingPf, pfLabel, presentPfs } from './pf.ts'

/** What is asked about a LAG. */
export interface Args {
  readonly pfs: readonly string[]
  readonly bond: string
  readonly state: 'active' | 'disabled'
  readonly within: number
  readonly over?: readonly string[]
}

/** Whether the card has made VF-LAG of a bond. */
export const lag = defineModule<Args, LagState>({
  name: 'lag',
  summary: 'Wait until the card has made, or dissolved, VF-LAG',
  description:
    'Changes nothing. LAG being active is no proof: two bonded ports without VFs are an active RoCE LAG, so the type has to be switchdev as well. Where the kernel has no LAG files (before 5.19), the e-switch modes, the members of the bond and the kernel log tell. A failure names the rule that is broken. Registers `active`, `type`, `port_select`, `map` and `evidence`.',
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
    },
    required: ['pfs', 'bond'],
  },
  examples: [
    { title: 'VF-LAG is there', yaml: 'lag:\n  pfs: [ens2f0, ens2f1]\n  bond: bond0\n  state: active\n' },
    { title: 'VF-LAG is gone', yaml: 'lag:\n  pfs: [ens2f0, ens2f1]\n  bond: bond0\n  state: disabled\n' },
  ],
  needsFacts: true,
  reads: (args, facts) => lagReads(presentPfs(facts, args.pfs), args.bond),
  // The log may be a megabyte: only where the files say nothing, or something that has to be explained.
  more: (args, seen, facts) => (asksLog(args, seen, facts) ? [dmesgRead] : []),
  state: (args, seen, facts) => lagState(presentPfs(facts, args.pfs), args.bond, seen, asksLog(args, seen, facts)),
  plan: (args, state, context) =>
    missingPf(args.pfs, context.facts) ??
    (args.state === 'active' ? wantActive(args, state) : wantDisabled(args, state)),
})

/** Whether the kernel log has to be asked as well. */
export function asksLog(args: Pick<Args, 'pfs' | 'state'>, seen: Readings, facts: Facts): boolean {
  const files = presentPfs(facts, args.pfs).map((pf) => lagFiles(pf, seen))
  return args.state === 'disabled' || !files.every((each) => each?.state === 'active' && each.type === 'switchdev')
}

/** Whether there is a VF-LAG over a bond, by all that is known. */
export function isVfLag(state: LagState, bond: string): boolean {
  return verdict({ bond, state: 'active' }, state).active && !brokenShape(state, bond)
}

/** Whether VF-LAG is active, and over the ports that it has to use: unchanged with the evidence, else what is broken. */
export function wantActive(args: Args, state: LagState): Plan {
  const found = verdict(args, state)
  if (found.active && !brokenShape(state, args.bond)) {
    const elsewhere = args.over && mapTrouble(args.over, found.map, state)
    if (elsewhere)
      return wait(elsewhere, { again: 1, upTo: args.within }, 'look at the mlx5_core lines of dmesg on the host', found)
    const map = args.over && found.map.length > 0 ? `, over ${list(args.over)}` : ''
    const how = found.type === null ? '' : ` of type ${found.type}`
    return unchanged(`LAG${how} is active on ${list(lagPorts(state))}${map}`, found)
  }
  const broken = brokenRule(state, args.bond)
  const roce = state.pfs.find((each) => each.files?.state === 'active' && each.files.type !== 'switchdev')
  const but = roce?.files
    ? `LAG is active but of type ${roce.files.type ?? 'unknown'}, which is no VF-LAG`
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

function wantDisabled(args: Args, state: LagState): Plan {
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
