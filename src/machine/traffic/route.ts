import { err, ok, type Result } from '../../shared/result.ts'
import type { Fabric, Flow, FlowResult, Machine } from '../machine.ts'
import type { Link } from '../state.ts'
import { findGuest, findPath, type Path } from './path.ts'

/** The way of frames from a machine to the guest that has an address. */
export interface Route {
  /** The sender's port. */
  readonly port: Link
  readonly path: Path
}

/** Finds the way of a flow; what came of it at once when it does not lead to a guest. */
export function findRoute(fabric: Fabric, flow: Flow): Result<Route, FlowResult> {
  const { from, to } = flow
  if (ownAddresses(from).includes(to)) return err(here(flow))
  const port = from.kernel
    .links()
    .find((link) => link.kind !== 'loopback' && link.addresses.some((own) => sameNetwork(own, to)))
  if (!port) return err(lost(`${from.state.name} has no address in the network of ${to}`))
  if (!from.kernel.carrier(port)) return err(lost(`the client's port ${port.name} is down`))
  const guest = findGuest(fabric, to)
  if (!guest) return err(atHost(fabric, flow))
  const path = findPath(fabric, guest.machine, guest.domain)
  if (!path.ok) return err(lost(path.error))
  if (flow.kind === 'tcp' && !guest.domain.guest.iperf3) {
    return err({ reached: false, error: 'refused', why: `no iperf3 server runs in the VM ${guest.domain.name}` })
  }
  return ok({ port, path: path.value })
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

/** Frames that do not arrive. */
export function lost(why: string): FlowResult {
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
