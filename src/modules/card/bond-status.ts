import { defineModule } from '../../module/module.ts'
import { failed, type Plan, unchanged, wait } from '../../module/plan.ts'
import { file } from '../../module/read.ts'
import { type BondReport, parseBondReport } from '../../parsers/proc-net-bonding.ts'
import { list } from '../../shared/text.ts'
import type { ValueMap } from '../../shared/value.ts'
import { lacpTrouble, linkTrouble, type Trouble } from './bond-health.ts'
import { interfaceName } from './pf.ts'

interface Args {
  readonly bond: string
  readonly ports: readonly string[]
  readonly failed: readonly string[]
  readonly within: number
}

interface State {
  readonly report: BondReport | null
  readonly ports: readonly string[]
  readonly failed: readonly string[]
}

/** Where the kernel tells of a bond. */
export const reportPath = (bond: string): string => `/proc/net/bonding/${bond}`

/** Whether a bond carries traffic over its ports. */
export const bondStatus = defineModule<Args, State>({
  name: 'bond_status',
  summary: 'Wait until a bond carries traffic over the ports named',
  description:
    'Changes nothing. In mode 802.3ad every port has to be in the active aggregator with one LACP partner that collects and distributes; in the other modes its link has to be up. Ports in `failed` have to be down. Registers `mode`, `partner`, `aggregator`, `active`, `ports` and `carrying`, the members that traffic goes over.',
  args: {
    properties: {
      bond: { description: 'The bond', type: 'string' },
      ports: {
        description: 'Members that have to carry traffic',
        type: 'array',
        items: { type: 'string' },
        minItems: 1,
      },
      failed: { description: 'Members that have to be down', type: 'array', items: { type: 'string' }, default: [] },
      within: { description: 'Seconds to wait: LACP needs a few', type: 'number', minimum: 0, default: 30 },
    },
    required: ['bond', 'ports'],
  },
  examples: [
    { title: 'Both ports', yaml: 'bond_status:\n  bond: bond0\n  ports: [ens2f0, ens2f1]\n' },
    { title: 'One port has failed', yaml: 'bond_status:\n  bond: bond0\n  ports: [ens2f0]\n  failed: [ens2f1]\n' },
  ],
  needsFacts: true,
  reads: (args) => [file(reportPath(args.bond))],
  state: (args, seen, facts) => {
    const text = seen.text(reportPath(args.bond))
    return {
      report: text === null ? null : parseBondReport(text),
      ports: args.ports.map((name) => interfaceName(facts, name)),
      failed: args.failed.map((name) => interfaceName(facts, name)),
    }
  },
  plan: decide,
})

function decide(args: Args, state: State): Plan {
  const { report } = state
  if (!report) return failed(`there is no bond ${args.bond}`, 'bring it up with bond_files and network_restart')
  const strangers = [...state.ports, ...state.failed].filter(
    (name) => !report.slaves.some((slave) => slave.name === name),
  )
  if (strangers.length > 0)
    return wait(
      `${list(strangers)} ${strangers.length === 1 ? 'is no member' : 'are no members'} of ${args.bond}, which has ${list(report.slaves.map((slave) => slave.name)) || 'none'}`,
      { again: 1, upTo: args.within },
      'bring the bond up with network_restart',
      dataOf(report),
    )
  const trouble = bondTrouble(report, state)
  if (trouble) return wait(trouble.because, { again: 1, upTo: args.within }, trouble.hint, dataOf(report))
  const partner = report.aggregator?.partnerMac ? `, partner ${report.aggregator.partnerMac}` : ''
  const down = state.failed.length > 0 ? `, with ${list(state.failed)} down` : ''
  return unchanged(
    `${args.bond} runs in mode ${report.mode} over ${list(state.ports)}${down}${partner}`,
    dataOf(report),
  )
}

/** Why a bond does not carry traffic over `ports` with `failed` down; null when it does. */
export function bondTrouble(report: BondReport, { ports, failed }: Pick<State, 'ports' | 'failed'>): Trouble | null {
  return linkTrouble(report, ports, failed) ?? (report.mode === '802.3ad' ? lacpTrouble(report, ports) : null)
}

/** The members that traffic goes over: the active one in active-backup, else those whose link is up. */
function carryingOf(report: BondReport): readonly string[] {
  if (report.mode === 'active-backup') return report.activeSlave === null ? [] : [report.activeSlave]
  return report.slaves.filter((slave) => slave.miiStatus === 'up').map((slave) => slave.name)
}

function dataOf(report: BondReport): ValueMap {
  return {
    mode: report.mode,
    partner: report.aggregator?.partnerMac ?? null,
    aggregator: report.aggregator?.id ?? null,
    active: report.activeSlave,
    carrying: carryingOf(report),
    ports: Object.fromEntries(
      report.slaves.map((slave) => [
        slave.name,
        { mii: slave.miiStatus, failures: slave.failures, aggregator: slave.aggregator },
      ]),
    ),
  }
}
