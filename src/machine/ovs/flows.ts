import { stableMac, stableUuid } from '../identity.ts'
import { pfOf } from '../kernel/card.ts'
import type { Machine } from '../machine.ts'
import type { Link, LinkCounters } from '../state.ts'
import { DATAPATH, offloads, uplinkPfs, vswitchdRuns } from './datapath.ts'

/** A flow of the datapath: one direction of a conversation between a guest and the network. */
export interface DatapathFlow {
  readonly ufid: string
  readonly from: Link
  readonly to: Link
  readonly source: string
  readonly destination: string
  readonly packets: number
  /** Without the 14 bytes of each frame's header when the card counts. */
  readonly bytes: number
  readonly offloaded: boolean
}

/** The flows of conversations that took place, two each; the far end is the client. */
export function datapathFlows(machine: Machine): readonly DatapathFlow[] {
  if (!vswitchdRuns(machine)) return []
  const flows: DatapathFlow[] = []
  for (const { ports } of Object.values(machine.state.ovs.bridges)) {
    const links = Object.keys(ports).flatMap((name) => machine.kernel.link(name) ?? [])
    const uplink = links.find((link) => link.kind === 'bond' || link.kind === 'pf')
    if (!uplink) continue
    for (const link of links) {
      if (link.kind !== 'representor' || !link.port || !link.vport || link.vport.tx_packets === 0) continue
      const vf = pfOf(machine.state, link)?.vfs.find(({ index }) => index === link.port?.vf)
      if (!vf) continue
      const peer = stableMac('client')
      const offloaded = offloads(machine, link, uplinkPfs(machine, uplink))
      flows.push(
        oneWay(machine, link, uplink, vf.mac, peer, link.vport, 'rx', offloaded),
        oneWay(machine, uplink, link, peer, vf.mac, link.vport, 'tx', offloaded),
      )
    }
  }
  return flows
}

/** One line of `dpctl/dump-flows`; `names` prints interfaces by name instead of by their number in the datapath. */
export function formatFlow(machine: Machine, flow: DatapathFlow, names: boolean, more: boolean): string {
  const port = (link: Link) => (names ? link.name : String(datapathPort(machine, link.name)))
  const eth = `eth(src=${flow.source},dst=${flow.destination}),eth_type(0x0800)`
  const match = more
    ? `ufid:${flow.ufid}, skb_priority(0/0),skb_mark(0/0),ct_state(0/0),ct_zone(0/0),ct_mark(0/0),ct_label(0/0),recirc_id(0),dp_hash(0/0),in_port(${port(flow.from)}),packet_type(ns=0/0,id=0/0),${eth},ipv4(src=0.0.0.0/0.0.0.0,dst=0.0.0.0/0.0.0.0,proto=0/0,tos=0/0,ttl=0/0,frag=no)`
    : `recirc_id(0),in_port(${port(flow.from)}),${eth},ipv4(frag=no)`
  const how = more ? `${flow.offloaded ? ' offloaded:yes, dp:tc,' : ' dp:ovs,'}` : ''
  return `${match}, packets:${flow.packets}, bytes:${flow.bytes}, used:0.550s,${how} actions:${port(flow.to)}\n`
}

/** The number of a port in the kernel's datapath: 0 is the datapath itself, then bridges and ports in their order. */
export function datapathPort(machine: Machine, name: string): number {
  return datapathPorts(machine).indexOf(name)
}

/** The ports of the kernel's datapath in the order of their numbers. */
function datapathPorts(machine: Machine): readonly string[] {
  const bridges = Object.entries(machine.state.ovs.bridges)
  if (bridges.length === 0) return []
  return [
    DATAPATH,
    ...bridges.flatMap(([bridge, { ports }]) => [
      bridge,
      ...Object.entries(ports).flatMap(([name, port]) => ((port.ofport ?? -1) > 0 ? [name] : [])),
    ]),
  ]
}

function oneWay(
  machine: Machine,
  from: Link,
  to: Link,
  source: string,
  destination: string,
  counters: LinkCounters,
  way: 'rx' | 'tx',
  offloaded: boolean,
): DatapathFlow {
  const packets = counters[`${way}_packets`]
  return {
    ufid: stableUuid(machine.state.name, from.name, to.name, source, destination),
    from,
    to,
    source,
    destination,
    packets,
    bytes: counters[`${way}_bytes`] - (offloaded ? 14 * packets : 0),
    offloaded,
  }
}
