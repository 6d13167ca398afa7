import { stableNumber } from '../identity.ts'
import { pfOf } from '../kernel/card.ts'
import type { Fabric, Flow, FlowResult, Machine } from '../machine.ts'
import type { Link, LinkCounters } from '../state.ts'
import { findGuest, findPath, type Path } from './path.ts'

/** Sends traffic and moves the counters of what it crosses: the client's port, the card's ports, representors, and the kernel's where the card does not forward by itself. */
export function sendFlow(fabric: Fabric, flow: Flow): FlowResult {
  const { from, to } = flow
  if (ownAddresses(from).includes(to)) return here(flow)
  const port = from.kernel
    .links()
    .find((link) => link.kind !== 'loopback' && link.addresses.some((own) => sameNetwork(own, to)))
  if (!port) return lost(`${from.state.name} has no address in the network of ${to}`)
  if (!from.kernel.carrier(port)) return lost(`the client's port ${port.name} is down`)
  const guest = findGuest(fabric, to)
  if (!guest) return atHost(fabric, flow)
  const path = findPath(fabric, guest.machine, guest.domain)
  if (!path.ok) return lost(path.error)
  if (flow.kind === 'tcp' && !guest.domain.guest.iperf3) {
    return { reached: false, error: 'refused', why: `no iperf3 server runs in the VM ${guest.domain.name}` }
  }
  return flow.kind === 'ping' ? ping(flow, port, path.value) : stream(flow, port, path.value)
}

// Gb/s: what a 100 Gb/s port carries of TCP payload, what one stream gets, and what a kernel forwards in software.
const PORT_RATE = 94.1
const STREAM_RATE = 23.4
const KERNEL_RATE = 11.8
// Bytes of payload in a full frame with timestamps, and of everything around it.
const PAYLOAD = 1448
const HEADERS = 66
// Receivers with LRO acknowledge about every ninetieth frame.
const FRAMES_PER_ACK = 90

/** What one of some streams gets of a 100 Gb/s port, in bits per second. */
export function streamRate(streams: number): number {
  return Math.min(STREAM_RATE, PORT_RATE / streams) * 1e9
}

function stream(flow: Flow, port: Link, path: Path): FlowResult {
  // Streams are never equally fast.
  const weights = Array.from({ length: flow.streams }, (_, at) => 90 + stableNumber(11, flow.to, String(at)))
  const total = weights.reduce((sum, each) => sum + each, 0)
  const limit = path.offloaded ? PORT_RATE : KERNEL_RATE
  let bytes = 0
  let packets = 0
  for (const [at, weight] of weights.entries()) {
    const rate = Math.min(STREAM_RATE, (limit * weight) / total) * 1e9
    const payload = Math.round((rate / 8) * flow.seconds)
    const data = Math.ceil(payload / PAYLOAD)
    const acks = Math.max(1, Math.ceil(data / FRAMES_PER_ACK))
    const full = { packets: data, bytes: payload + data * HEADERS }
    const small = { packets: acks, bytes: acks * HEADERS }
    move(port, path, at, flow.reverse ? small : full, flow.reverse ? full : small)
    bytes += payload
    packets += data
  }
  return { reached: true, bytes, packets, rate: flow.seconds > 0 ? (bytes * 8) / flow.seconds : 0 }
}

function ping(flow: Flow, port: Link, path: Path): FlowResult {
  const load = { packets: flow.streams, bytes: flow.streams * 98 }
  move(port, path, 0, load, load)
  return { reached: true, bytes: flow.streams * 56, packets: flow.streams, rate: 0 }
}

interface Load {
  readonly packets: number
  readonly bytes: number
}

// `there` is what goes to the guest, `back` what comes from it.
function move(client: Link, path: Path, flow: number, there: Load, back: Load): void {
  const { machine, representor } = path
  count(client.counters, back, there)
  const [rx, tx] = [path.rxPort(flow), path.txPort(flow)]
  rx.counters.rx_packets_phy += there.packets
  rx.counters.rx_bytes_phy += there.bytes
  tx.counters.tx_packets_phy += back.packets
  tx.counters.tx_bytes_phy += back.bytes
  if (!representor) return
  // A representor is the switch's end of the wire: what the guest sends it receives.
  representor.vport ??= { rx_packets: 0, tx_packets: 0, rx_bytes: 0, tx_bytes: 0 }
  count(representor.vport, back, there)
  if (path.offloaded) return
  count(representor.counters, back, there)
  const ports = machine.kernel.links().filter((link) => link.kind === 'pf')
  for (const link of ports) {
    if (pfOf(machine.state, link) === rx) count(link.counters, there, nothing)
    if (pfOf(machine.state, link) === tx) count(link.counters, nothing, back)
  }
  if (path.bond) count(path.bond.counters, there, back)
}

const nothing: Load = { packets: 0, bytes: 0 }

function count(counters: LinkCounters, rx: Load, tx: Load): void {
  counters.rx_packets += rx.packets
  counters.rx_bytes += rx.bytes
  counters.tx_packets += tx.packets
  counters.tx_bytes += tx.bytes
}

// Hosts answer pings at their own addresses and run no iperf3 server.
function atHost(fabric: Fabric, { to, kind, streams }: Flow): FlowResult {
  for (const machine of fabric.machines.values()) {
    const link = machine.kernel.links().find((each) => addressesOf(each).includes(to))
    if (!link) continue
    if (!machine.kernel.carrier(link)) return lost(`the interface ${link.name} of ${machine.state.name} is down`)
    if (kind === 'tcp')
      return { reached: false, error: 'refused', why: `no iperf3 server runs on ${machine.state.name}` }
    return { reached: true, bytes: streams * 56, packets: streams, rate: 0 }
  }
  return lost(`nobody has the address ${to}`)
}

function here({ kind, from, streams }: Flow): FlowResult {
  if (kind === 'tcp') return { reached: false, error: 'refused', why: `no iperf3 server runs on ${from.state.name}` }
  return { reached: true, bytes: streams * 56, packets: streams, rate: 0 }
}

function lost(why: string): FlowResult {
  return { reached: false, error: 'unreachable', why }
}

function ownAddresses(machine: Machine): readonly string[] {
  return machine.kernel.links().flatMap(addressesOf)
}

function addressesOf(link: Link): readonly string[] {
  return link.addresses.map((address) => address.split('/', 1)[0] ?? address)
}

/** Whether an address is in the network of another one with prefix length (IPv4). */
function sameNetwork(own: string, address: string): boolean {
  const [mine = '', prefix = '32'] = own.split('/')
  const [a, b] = [toNumber(mine), toNumber(address)]
  if (a === null || b === null) return false
  const size = 2 ** (32 - Number(prefix))
  return Math.floor(a / size) === Math.floor(b / size)
}

function toNumber(address: string): number | null {
  const parts = address.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return null
  return parts.reduce((number, part) => number * 256 + Number(part), 0)
}
