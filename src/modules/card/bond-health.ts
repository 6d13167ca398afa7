import type { BondReport, BondSlave } from '../../parsers/proc-net-bonding.ts'
import { list } from '../../shared/text.ts'

const noPartner = '00:00:00:00:00:00'
/** Aggregation, sync, collecting and distributing of a LACP port state (IEEE 802.1AX, 6.4.2.3). */
const carrying = 0x3c

/** What is wrong, with the next move. */
export interface Trouble {
  readonly because: string
  readonly hint: string
}

/** What keeps the links of a bond from carrying traffic over these ports; those in `failed` have to be down. */
export function linkTrouble(
  report: BondReport,
  ports: readonly string[],
  failed: readonly string[] = [],
): Trouble | null {
  const slaves = report.slaves.filter((slave) => ports.includes(slave.name))
  const cable = 'look at the cable and the switch port, and at "ethtool" of the port on the host'
  const alive = report.slaves.filter((slave) => failed.includes(slave.name) && slave.miiStatus === 'up')
  if (alive.length > 0)
    return {
      because: `the link of ${list(alive.map((slave) => slave.name))} is up, but must be down`,
      hint: 'the port may need a moment; then look at "ip link" on the host',
    }
  const dead = slaves.filter((slave) => slave.miiStatus !== 'up')
  if (dead.length > 0)
    return { because: list(dead.map((slave) => `the link of ${slave.name} is ${slave.miiStatus}`)), hint: cable }
  if (report.mode === 'active-backup' && (report.activeSlave === null || !ports.includes(report.activeSlave)))
    return {
      because: `the active member is ${report.activeSlave ?? 'none'}, but must be ${list(ports, 'or')}`,
      hint: cable,
    }
  if (report.miiStatus !== 'up') return { because: `the bond itself is ${report.miiStatus ?? 'unknown'}`, hint: cable }
  return null
}

/** What of LACP is not as it has to be for all of these ports to carry traffic in mode 802.3ad. */
export function lacpTrouble(report: BondReport, ports: readonly string[]): Trouble | null {
  const slaves = report.slaves.filter((slave) => ports.includes(slave.name))
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
