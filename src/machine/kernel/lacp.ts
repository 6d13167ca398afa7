import type { BondState } from '../state.ts'
import { seenUp } from './carrier.ts'
import { type KernelContext, later } from './context.ts'
import { log } from './log.ts'
import { zeroMac } from './netdev.ts'

/** What is known of one member of an 802.3ad bond. */
export interface LacpPort {
  readonly slave: string
  /** Id of its aggregator: each member has one of its own; those that agree with the same partner gather in the first. */
  readonly aggregator: number
  /** Bits of IEEE 802.1AX: 1 activity, 2 short timeout, 4 aggregation, 8 in sync, 16 collecting, 32 distributing, 64 defaulted. */
  readonly actorState: number
  readonly partnerState: number
  readonly partnerMac: string
  readonly partnerKey: number
  readonly partnerPort: number
  /** Belongs to the aggregator in use and has carrier. */
  readonly inUse: boolean
}

/** The member ports of an 802.3ad bond as the negotiation left them, in the order of enslaving. */
export function lacpPorts(context: KernelContext, name: string): readonly LacpPort[] {
  const bond = context.state.links[name]?.bond
  if (bond?.mode !== '802.3ad') return []
  const base = 1 + 4 + (bond.lacpRate === 'fast' ? 2 : 0)
  const partners = bond.slaves.map((slave) => partnerOf(context, slave))
  // An aggregator outlives its ports' links: the group is that of all members cabled to the same partner.
  const cabled = bond.slaves.map((slave) => cabledTo(context, slave))
  const groups = partners.map((partner, at) => {
    const same = cabled.findIndex((each) => each?.mac === cabled[at]?.mac && each?.key === cabled[at]?.key)
    const down = !seenUp(context, bond.slaves[at] ?? '')
    return cabled[at] !== null && (partner !== null || down) ? same : at
  })
  const active = activeGroup(context, bond, groups, partners)
  return bond.slaves.map((slave, at) => {
    const up = seenUp(context, slave)
    const partner = partners[at] ?? null
    const group = groups[at] ?? at
    const sync =
      partner !== null ? 8 + 16 + 32 : up && group === active && !context.running.negotiating.has(slave) ? 8 : 0
    return {
      slave,
      aggregator: group + 1,
      actorState: base + sync + (partner === null ? 64 : 0),
      partnerState: partner === null ? 0 : 61,
      partnerMac: partner?.mac ?? zeroMac,
      partnerKey: partner?.key ?? 1,
      partnerPort: partner?.port ?? 1,
      inUse: up && group === active,
    }
  })
}

/** The id of the aggregator in use: one with a partner before one without, more members before fewer, then the first. */
export function activeAggregator(ports: readonly LacpPort[]): number | null {
  return ports.find((port) => port.inUse)?.aggregator ?? ports[0]?.aggregator ?? null
}

/** Starts the exchange of LACPDUs of a member anew: it takes a second or two with the fast rate and twice that with the slow one. */
export function negotiate(context: KernelContext, bondName: string, slave: string, settled: () => void): void {
  const bond = context.state.links[bondName]?.bond
  if (bond?.mode !== '802.3ad') return
  const attempt = (context.running.negotiating.get(slave) ?? 0) + 1
  context.running.negotiating.set(slave, attempt)
  context.running.since.set(slave, context.time.now())
  later(context, bond.lacpRate === 'fast' ? 2 : 4, () => {
    if (context.running.negotiating.get(slave) !== attempt) return
    context.running.negotiating.delete(slave)
    const now = context.state.links[bondName]?.bond
    if (now?.slaves.includes(slave) && now.slaves.every((each) => partnerOf(context, each) === null))
      log(context, `${bondName}: Warning: No 802.3ad response from the link partner for any adapters in the bond`)
    settled()
  })
}

function partnerOf(context: KernelContext, slave: string): ReturnType<KernelContext['fabric']['partner']> {
  if (!seenUp(context, slave) || context.running.negotiating.has(slave)) return null
  return cabledTo(context, slave)
}

function cabledTo(context: KernelContext, slave: string): ReturnType<KernelContext['fabric']['partner']> {
  const link = context.state.links[slave]
  return link?.kind === 'pf' && link.port ? context.fabric.partner(context.machine(), link.port) : null
}

function activeGroup(
  context: KernelContext,
  bond: BondState,
  groups: readonly number[],
  partners: readonly (object | null)[],
): number {
  const members = (group: number) => groups.filter((each) => each === group).length
  const up = (at: number) => seenUp(context, bond.slaves[at] ?? '')
  const order = groups.map((group, at) => ({ group, at })).filter(({ at }) => up(at))
  order.sort(
    (a, b) =>
      Number(partners[b.at] !== null) - Number(partners[a.at] !== null) ||
      members(b.group) - members(a.group) ||
      a.at - b.at,
  )
  return order[0]?.group ?? 0
}
