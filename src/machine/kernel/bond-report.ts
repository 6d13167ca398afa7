import { kernelOf } from '../profiles/kernels.ts'
import type { Link } from '../state.ts'
import { permanentMac } from './bond.ts'
import { hashPolicies, otherOption, otherOptions, usesHash } from './bond-options.ts'
import { seenUp, speedOf } from './carrier.ts'
import type { KernelContext } from './context.ts'
import { activeAggregator, type LacpPort, lacpPorts } from './lacp.ts'
import { zeroMac } from './netdev.ts'

/** Mode names as bond_procfs.c prints them. */
const modeTexts: Readonly<Record<string, string>> = {
  'balance-rr': 'load balancing (round-robin)',
  'active-backup': 'fault-tolerance (active-backup)',
  'balance-xor': 'load balancing (xor)',
  broadcast: 'fault-tolerance (broadcast)',
  '802.3ad': 'IEEE 802.3ad Dynamic link aggregation',
  'balance-tlb': 'transmit load balancing',
  'balance-alb': 'adaptive load balancing',
}

/** The key of a full-duplex port by its speed: its place in the list of speeds, then the bit for full duplex (bond_3ad.c, AD_LINK_SPEED_*). */
export function actorKey(context: KernelContext, name: string | undefined): number {
  const link = name === undefined ? undefined : context.state.links[name]
  const at = link ? linkSpeeds.indexOf(speedOf(context.state, link)) + 1 : 0
  return at === 0 ? 0 : (at << 1) | 1
}

const linkSpeeds = [
  1, 10, 100, 1000, 2500, 5000, 10_000, 14_000, 20_000, 25_000, 40_000, 50_000, 56_000, 100_000, 200_000,
]

/** What /proc/net/bonding/<name> says to root (drivers/net/bonding/bond_procfs.c). */
export function bondReport(context: KernelContext, name: string, kernelRelease: string): string {
  const link = context.state.links[name]
  const bond = link?.bond
  if (!link || !bond) return ''
  const ports = lacpPorts(context, name)
  const up = bond.slaves.some((slave) => seenUp(context, slave)) && link.up
  const lines = [
    `Ethernet Channel Bonding Driver: ${kernelOf(context).bondVersion ?? `v${kernelRelease}`}`,
    '',
    `Bonding Mode: ${modeTexts[bond.mode]}${bond.mode === 'active-backup' && otherOption(bond, 'fail_over_mac') !== 'none' ? ` (fail_over_mac ${otherOption(bond, 'fail_over_mac')})` : ''}`,
  ]
  if (usesHash(bond))
    lines.push(`Transmit Hash Policy: ${bond.xmitHashPolicy} (${hashPolicies.indexOf(bond.xmitHashPolicy)})`)
  if (['active-backup', 'balance-tlb', 'balance-alb'].includes(bond.mode)) {
    lines.push(`Primary Slave: ${otherOption(bond, 'primary') || 'None'}`)
    lines.push(`Currently Active Slave: ${bond.activeSlave ?? 'None'}`)
  }
  lines.push(
    `MII Status: ${up ? 'up' : 'down'}`,
    `MII Polling Interval (ms): ${bond.miimon}`,
    `Up Delay (ms): ${otherOption(bond, 'updelay')}`,
    `Down Delay (ms): ${otherOption(bond, 'downdelay')}`,
  )
  if (kernelOf(context).bondNotifyDelay)
    lines.push(`Peer Notification Delay (ms): ${otherOption(bond, 'peer_notif_delay')}`)
  if (bond.mode === '802.3ad') lines.push(...lacpInfo(context, link, ports))
  for (const [at, slave] of bond.slaves.entries()) lines.push(...slaveInfo(context, link, slave, at, ports[at]))
  return `${lines.join('\n')}\n`
}

function lacpInfo(context: KernelContext, link: Link, ports: readonly LacpPort[]): readonly string[] {
  const bond = link.bond
  if (!bond) return []
  const select = otherOption(bond, 'ad_select')
  const lines = ['', '802.3ad info']
  if (kernelOf(context).bondLacpActive) lines.push(`LACP active: ${otherOption(bond, 'lacp_active')}`)
  lines.push(
    `LACP rate: ${bond.lacpRate}`,
    `Min links: ${otherOption(bond, 'min_links')}`,
    `Aggregator selection policy (ad_select): ${otherOptions['ad_select']?.words?.includes(select) ? select : 'stable'}`,
    `System priority: ${otherOption(bond, 'ad_actor_sys_prio')}`,
    `System MAC address: ${link.mac}`,
  )
  const active = activeAggregator(ports)
  if (active === null) return [...lines, `bond ${link.name} has no active aggregator`]
  const members = ports.filter((port) => port.aggregator === active && port.inUse)
  const leader = members[0] ?? ports.find((port) => port.aggregator === active)
  return [
    ...lines,
    'Active Aggregator Info:',
    `\tAggregator ID: ${active}`,
    `\tNumber of ports: ${Math.max(1, members.length)}`,
    `\tActor Key: ${actorKey(context, members[0]?.slave)}`,
    `\tPartner Key: ${leader?.partnerKey ?? 1}`,
    `\tPartner Mac Address: ${leader?.partnerMac ?? zeroMac}`,
  ]
}

function slaveInfo(
  context: KernelContext,
  master: Link,
  name: string,
  at: number,
  port: LacpPort | undefined,
): readonly string[] {
  const slave = context.state.links[name]
  if (!slave || !master.bond) return []
  const up = seenUp(context, name)
  const speed = speedOf(context.state, slave)
  const lines = [
    '',
    `Slave Interface: ${name}`,
    `MII Status: ${up ? 'up' : 'down'}`,
    `Speed: ${up ? `${speed} Mbps` : 'Unknown'}`,
    `Duplex: ${up ? 'full' : 'Unknown'}`,
    `Link Failure Count: ${master.bond.failures[name] ?? 0}`,
    `Permanent HW addr: ${permanentMac(context, slave)}`,
    'Slave queue ID: 0',
  ]
  if (!port) return lines
  const [actorChurn, partnerChurn] = churn(context, name, port, up)
  return [
    ...lines,
    `Aggregator ID: ${port.aggregator}`,
    `Actor Churn State: ${actorChurn}`,
    `Partner Churn State: ${partnerChurn}`,
    `Actor Churned Count: ${actorChurn === 'churned' ? 1 : 0}`,
    `Partner Churned Count: ${partnerChurn === 'churned' ? 1 : 0}`,
    'details actor lacp pdu:',
    '    system priority: 65535',
    `    system mac address: ${master.mac}`,
    `    port key: ${up ? actorKey(context, name) : 0}`,
    '    port priority: 255',
    `    port number: ${at + 1}`,
    `    port state: ${port.actorState}`,
    'details partner lacp pdu:',
    `    system priority: ${port.partnerMac === zeroMac ? 65535 : 32768}`,
    `    system mac address: ${port.partnerMac}`,
    `    oper key: ${port.partnerKey}`,
    `    port priority: ${port.partnerMac === zeroMac ? 255 : 32768}`,
    `    port number: ${port.partnerPort}`,
    `    port state: ${port.partnerState}`,
  ]
}

/** How long a port may look for its partner (AD_CHURN_DETECTION_TIME of bond_3ad.c). */
const churnSeconds = 60

/** Churn detection runs for a minute after a port came up; a port that never finds its partner has churned. */
function churn(context: KernelContext, name: string, port: LacpPort, up: boolean): readonly [string, string] {
  if (!up || context.running.negotiating.has(name)) return ['monitoring', 'monitoring']
  if (port.partnerMac !== zeroMac) return ['none', 'none']
  const since = context.running.since.get(name)
  if (since !== undefined && context.time.now() - since < churnSeconds) return ['monitoring', 'monitoring']
  return [(port.actorState & 8) === 8 ? 'none' : 'churned', 'churned']
}
