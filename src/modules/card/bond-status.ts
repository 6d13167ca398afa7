import { defineModule } from '../../module/module.ts'
import { failed, type Plan, unchanged, wait } from '../../module/plan.ts'
import { file } from '../../module/read.ts'
import { type BondReport, type BondSlave, parseBondReport } from '../../parsers/proc-net-bonding.ts'
import { list } from '../../shared/text.ts'
import type { ValueMap } from '../../shared/value.ts'
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

const reportPath = (bond: string): string => `/proc/net/bonding/${bond}`
const noPartner = '00:00:00:00:00:00'
/** Aggregation, sync, collecting and distributing of a LACP port state (IEEE 802.1AX, 6.4.2.3). */
const carrying = 0x3c

/** Whether a bond carries traffic over its ports. */
export const bondStatus = defineModule<Args, State>({
  name: 'bond_status',
  summary: 'Wait until a bond carries traffic over the ports named',
  description:
    'Changes nothing. In mode 802.3ad every port has to be in the active aggregator with one LACP partner that collects and distributes; in the other modes its link has to be up. Ports in `failed` have to be down. Registers `mode`, `partner`, `aggregator` and `ports`.',
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
  const trouble = troubleOf(state, report)
  if (trouble) return wait(trouble.because, { again: 1, upTo: args.within }, trouble.hint, dataOf(report))
  const partner = report.aggregator?.partnerMac ? `, partner ${report.aggregator.partnerMac}` : ''
  const down = state.failed.length > 0 ? `, with ${list(state.failed)} down` : ''
  return unchanged(
    `${args.bond} runs in mode ${report.mode} over ${list(state.ports)}${down}${partner}`,
    dataOf(report),
  )
}

interface Trouble {
  readonly because: string
  readonly hint: string
}

function troubleOf(state: State, report: BondReport): Trouble | null {
  const slaves = report.slaves.filter((slave) => state.ports.includes(slave.name))
  const cable = 'look at the cable and the switch port, and at "ethtool" of the port on the host'
  const alive = report.slaves.filter((slave) => state.failed.includes(slave.name) && slave.miiStatus === 'up')
  if (alive.length > 0)
    return {
      because: `the link of ${list(alive.map((slave) => slave.name))} is up, but must be down`,
      hint: 'the port may need a moment; then look at "ip link" on the host',
    }
  const dead = slaves.filter((slave) => slave.miiStatus !== 'up')
  if (dead.length > 0)
    return { because: list(dead.map((slave) => `the link of ${slave.name} is ${slave.miiStatus}`)), hint: cable }
  if (report.mode === 'active-backup' && (report.activeSlave === null || !state.ports.includes(report.activeSlave)))
    return {
      because: `the active member is ${report.activeSlave ?? 'none'}, but must be ${list(state.ports, 'or')}`,
      hint: cable,
    }
  if (report.miiStatus !== 'up') return { because: `the bond itself is ${report.miiStatus ?? 'unknown'}`, hint: cable }
  return report.mode === '802.3ad' ? lacpTrouble(slaves, report) : null
}

function lacpTrouble(slaves: readonly BondSlave[], report: BondReport): Trouble | null {
  const names = (some: readonly BondSlave[]): string => list(some.map((slave) => slave.name))
  const switchSide = 'both switch ports have to be in one LACP group (over two switches: MLAG)'
  const lonely = slaves.filter((slave) => slave.partnerMac === noPartner)
  if (lonely.length > 0)
    return {
      because: `${names(lonely)} ${lonely.length === 1 ? 'has' : 'have'} no LACP partner`,
      hint: `the switch does not speak LACP there; ${switchSide}`,
    }
  const active = report.aggregator
  if (!active) return { because: 'there is no active aggregator', hint: switchSide }
  const elsewhere = slaves.filter((slave) => slave.aggregator !== active.id)
  if (elsewhere.length > 0)
    return {
      because: `${list(elsewhere.map((slave) => `${slave.name} is in aggregator ${slave.aggregator ?? 'none'}`))}, but must be in ${active.id}`,
      hint: `the ports lead to different LACP groups; ${switchSide}`,
    }
  if (active.partnerMac === noPartner) return { because: 'the bond has no LACP partner', hint: switchSide }
  const partners = new Set(slaves.map((slave) => slave.partnerMac))
  if (partners.size > 1)
    return { because: `the ports have different LACP partners: ${list([...partners].map(String))}`, hint: switchSide }
  if (active.ports !== null && active.ports < slaves.length)
    return { because: `${active.ports} of ${slaves.length} ports are in the active aggregator`, hint: switchSide }
  const churned = slaves.filter((slave) => slave.actorChurn === 'churned' || slave.partnerChurn === 'churned')
  if (churned.length > 0) return { because: `LACP has given up on ${names(churned)} (churned)`, hint: switchSide }
  const idle = slaves.filter((slave) => !carries(slave.actorState) || !carries(slave.partnerState))
  if (idle.length > 0)
    return {
      because: list(
        idle.map(
          (slave) =>
            `${slave.name} does not collect and distribute (actor state ${slave.actorState}, partner state ${slave.partnerState})`,
        ),
      ),
      hint: switchSide,
    }
  return null
}

// Null: the reader was not root, and the kernel left the details out.
const carries = (state: number | null): boolean => state === null || (state & carrying) === carrying

function dataOf(report: BondReport): ValueMap {
  return {
    mode: report.mode,
    partner: report.aggregator?.partnerMac ?? null,
    aggregator: report.aggregator?.id ?? null,
    active: report.activeSlave,
    ports: Object.fromEntries(
      report.slaves.map((slave) => [
        slave.name,
        { mii: slave.miiStatus, failures: slave.failures, aggregator: slave.aggregator },
      ]),
    ),
  }
}
