import type { Facts } from '../../module/facts.ts'
import { defineModule } from '../../module/module.ts'
import { type Plan, unchanged, wait } from '../../module/plan.ts'
import type { Readings } from '../../module/reading.ts'
import { count, list } from '../../shared/text.ts'
import type { ValueMap } from '../../shared/value.ts'
import { netdevReads, netdevs, representorsOf } from './netdevs.ts'
import { missingPf, pfLabel, presentPfs, sriovReads, sriovState } from './pf.ts'

interface Args {
  readonly pfs: readonly string[]
}

interface Found {
  readonly pf: string
  readonly vf: number
  readonly netdev: string
  readonly pci: string | null
  readonly switch_id: string | null
  readonly up: boolean
}

interface State {
  readonly found: readonly Found[]
  /** PFs with fewer representors than VFs: `1 of 2 of ens2f0`. */
  readonly incomplete: readonly string[]
}

/** Which interface stands for which VF (kernel: Documentation/networking/representors.rst). */
export const representors = defineModule<Args, State>({
  name: 'representors',
  summary: 'Find the representor of every VF',
  description:
    'Reads the switch id and port name of every interface; names are never trusted. Changes nothing. Waits until every VF of the PFs has its representor. Registers `names` and `representors`, a list of {pf, vf, netdev, pci, switch_id, up}.',
  args: {
    properties: {
      pfs: {
        description: 'The PFs, by interface or PCI address',
        type: 'array',
        items: { type: 'string' },
        minItems: 1,
      },
    },
    required: ['pfs'],
  },
  examples: [{ title: 'All representors of a card', yaml: 'representors:\n  pfs: [ens2f0, ens2f1]\n' }],
  needsFacts: true,
  reads: (args, facts) => [...netdevReads, ...presentPfs(facts, args.pfs).flatMap(sriovReads)],
  state: readState,
  plan: (args, state, context) => missingPf(args.pfs, context.facts) ?? decide(args, state),
})

function readState(args: Args, seen: Readings, facts: Facts): State {
  const all = netdevs(seen)
  const found: Found[] = []
  const incomplete: string[] = []
  for (const pf of presentPfs(facts, args.pfs)) {
    const sriov = sriovState(pf, seen)
    const own = representorsOf(pf, all, facts.pfs)
    if (own.length < sriov.count) incomplete.push(`${own.length} of ${sriov.count} of ${pfLabel(pf)}`)
    for (const { netdev, vf } of own) {
      const pci = sriov.vfs.find((each) => each.index === vf)?.pci ?? null
      found.push({ pf: pfLabel(pf), vf, netdev: netdev.name, pci, switch_id: netdev.switchId, up: netdev.up })
    }
  }
  return { found, incomplete }
}

function decide(args: Args, state: State): Plan {
  if (state.incomplete.length > 0)
    return wait(
      `not all representors have appeared: ${list(state.incomplete)}`,
      { again: 0.5, upTo: 15 },
      'representors exist in switchdev mode only (module eswitch); look at "devlink port show" on the host',
      dataOf(state),
    )
  if (state.found.length === 0)
    return unchanged(`${list(args.pfs)} have no VFs, so there are no representors`, dataOf(state))
  return unchanged(
    `${count(state.found.length, 'representor')} found: ${list(state.found.map((each) => each.netdev))}`,
    dataOf(state),
  )
}

function dataOf(state: State): ValueMap {
  return { names: state.found.map((each) => each.netdev), representors: state.found.map((each) => ({ ...each })) }
}
