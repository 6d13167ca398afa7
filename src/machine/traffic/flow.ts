import type { Fabric, Flow, FlowResult } from '../machine.ts'
import { carry, type Load, segments, shares } from './carry.ts'
import { findRoute, lost, type Route } from './route.ts'

/** Sends traffic at once and moves the counters of what it crosses. Streams whose frames go to a failed port bring nothing. */
export function sendFlow(fabric: Fabric, flow: Flow): FlowResult {
  const route = findRoute(fabric, flow)
  if (!route.ok) return route.error
  return flow.kind === 'ping' ? ping(flow, route.value) : stream(flow, route.value)
}

function stream(flow: Flow, route: Route): FlowResult {
  let bytes = 0
  let packets = 0
  const rates = shares(flow, route.path.offloaded, () => true)
  const passing = rates.filter((rate, at) => {
    const load = segments((rate / 8) * flow.seconds)
    if (!carry(route, at, flow.reverse ? load.acknowledged : load.sent, flow.reverse ? load.sent : load.acknowledged))
      return false
    bytes += load.payload
    packets += load.sent.packets
    return true
  })
  if (passing.length === 0) return lost(`frames to ${flow.to} go to a port that has failed`)
  return { reached: true, bytes, packets, rate: flow.seconds > 0 ? (bytes * 8) / flow.seconds : 0 }
}

function ping(flow: Flow, route: Route): FlowResult {
  const load: Load = { packets: flow.streams, bytes: flow.streams * 98 }
  if (!carry(route, 0, load, load)) return lost(`frames to ${flow.to} go to a port that has failed`)
  return { reached: true, bytes: flow.streams * 56, packets: flow.streams, rate: 0 }
}
