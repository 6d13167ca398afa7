import { stableNumber } from '../identity.ts'
import { pfOf } from '../kernel/card.ts'
import type { Flow } from '../machine.ts'
import type { LinkCounters } from '../state.ts'
import type { Route } from './route.ts'

// Gb/s: what a 100 Gb/s port carries of TCP payload, what one stream gets, and what a kernel forwards in software.
const PORT_RATE = 94.1
const STREAM_RATE = 23.4
const KERNEL_RATE = 11.8
// Bytes of payload in a full frame with timestamps, and of everything around it.
const PAYLOAD = 1448
const HEADERS = 66
// Receivers with LRO acknowledge about every ninetieth frame.
const FRAMES_PER_ACK = 90

/** What each of some streams gets of a 100 Gb/s port, in bits per second; those that send nothing leave their share to the others. */
export function shares(flow: Flow, offloaded: boolean, sends: (stream: number) => boolean): readonly number[] {
  // Streams are never equally fast.
  const weights = Array.from({ length: flow.streams }, (_, at) =>
    sends(at) ? 90 + stableNumber(11, flow.to, String(at)) : 0,
  )
  const total = weights.reduce((sum, each) => sum + each, 0)
  const limit = offloaded ? PORT_RATE : KERNEL_RATE
  return weights.map((weight) => (total === 0 ? 0 : Math.min(STREAM_RATE, (limit * weight) / total) * 1e9))
}

/** Frames of one direction. */
export interface Load {
  readonly packets: number
  readonly bytes: number
}

/** The frames that some bytes of payload make over TCP, and those that acknowledge them. */
export function segments(bytes: number): {
  readonly payload: number
  readonly sent: Load
  readonly acknowledged: Load
} {
  const payload = Math.round(bytes)
  const data = Math.ceil(payload / PAYLOAD)
  const acks = Math.max(1, Math.ceil(data / FRAMES_PER_ACK))
  return {
    payload,
    sent: { packets: data, bytes: payload + data * HEADERS },
    acknowledged: { packets: acks, bytes: acks * HEADERS },
  }
}

/** Whether frames of a flow arrive, and their answers. */
export const passes = ({ path }: Route, flow: number): boolean =>
  path.rxPort(flow) !== null && path.txPort(flow) !== null

/**
 * Moves the counters of all that frames cross: the client's port, the card's ports, the representor, and the kernel's where
 * the card does not forward by itself. `there` goes to the guest, `back` comes from it. False when they do not arrive.
 */
export function carry(route: Route, flow: number, there: Load, back: Load): boolean {
  const { machine, representor, ...path } = route.path
  const [rx, tx] = [path.rxPort(flow), path.txPort(flow)]
  if (!rx || !tx) return false
  count(route.port.counters, back, there)
  rx.counters.rx_packets_phy += there.packets
  rx.counters.rx_bytes_phy += there.bytes
  tx.counters.tx_packets_phy += back.packets
  tx.counters.tx_bytes_phy += back.bytes
  if (!representor) return true
  // A representor is the switch's end of the wire: what the guest sends it receives.
  representor.vport ??= { rx_packets: 0, tx_packets: 0, rx_bytes: 0, tx_bytes: 0 }
  count(representor.vport, back, there)
  if (path.offloaded) return true
  count(representor.counters, back, there)
  const ports = machine.kernel.links().filter((link) => link.kind === 'pf')
  for (const link of ports) {
    if (pfOf(machine.state, link) === rx) count(link.counters, there, nothing)
    if (pfOf(machine.state, link) === tx) count(link.counters, nothing, back)
  }
  if (path.bond) count(path.bond.counters, there, back)
  return true
}

const nothing: Load = { packets: 0, bytes: 0 }

function count(counters: LinkCounters, rx: Load, tx: Load): void {
  counters.rx_packets += rx.packets
  counters.rx_bytes += rx.bytes
  counters.tx_packets += tx.packets
  counters.tx_bytes += tx.bytes
}
