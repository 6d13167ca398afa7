import { err, ok, type Result } from '../../shared/result.ts'
import { cardOf, hasPort, pfOf, portOf } from '../kernel/card.ts'
import { pfLink } from '../kernel/netdev.ts'
import { hostDevices } from '../libvirt/domain-xml.ts'
import type { Fabric, Machine } from '../machine.ts'
import { offloads, uplinkPfs, vswitchdRuns } from '../ovs/datapath.ts'
import type { Domain, Link, Pf, Vf } from '../state.ts'

/** How frames get from the switch to a guest and back. */
export interface Path {
  readonly machine: Machine
  /** Of the VF; null in legacy mode, where the card forwards by itself. */
  readonly representor: Link | null
  /** The bond that it goes through, if any. */
  readonly bond: Link | null
  /** Past the kernel: the card forwards. */
  readonly offloaded: boolean
  /** The port by which the switch sends the n-th flow to the host, and the one by which the card sends its answers; null while frames go to a port that has failed and nobody has noticed yet. */
  readonly rxPort: (flow: number) => Pf | null
  readonly txPort: (flow: number) => Pf | null
}

/** Why frames do not get there, as a clause for people who look at the machine. */
export type Obstacle = string

/** The running guest that has an address, and its machine. */
export function findGuest(
  fabric: Fabric,
  address: string,
): { readonly machine: Machine; readonly domain: Domain } | null {
  for (const machine of fabric.machines.values()) {
    const domain = Object.values(machine.state.domains).find(({ guest }) => guest.address === address)
    if (domain) return { machine, domain }
  }
  return null
}

/** The way from the switch to a guest: its VF, the e-switch or Open vSwitch, the bond, the ports (VF-LAG spreads flows over both). */
export function findPath(fabric: Fabric, machine: Machine, domain: Domain): Result<Path, Obstacle> {
  if (domain.state !== 'running' || domain.liveXml === null) return err(`the VM ${domain.name} is not running`)
  const device = hostDevices(domain.liveXml)[0]
  const found = device && machine.kernel.findVf(device.pci)
  if (!device || !found) return err(`the VM ${domain.name} has no VF`)
  const { pf, vf } = found
  if (vf.heldBy !== domain.name) return err(`the VF ${vf.pci} is not held by the VM ${domain.name}`)
  return pf.eswitch.mode === 'switchdev' ? throughOvs(fabric, machine, pf, vf) : throughCard(machine, pf)
}

// Legacy mode: the e-switch of the PF knows the VF's MAC and sends by its own port.
function throughCard(machine: Machine, pf: Pf): Result<Path, Obstacle> {
  const link = pfLink(machine.state, pf)
  if (!link || !machine.kernel.carrier(link)) return err(`the port ${pf.netdev} has no link`)
  return ok({ machine, representor: null, bond: null, offloaded: true, rxPort: () => pf, txPort: () => pf })
}

function throughOvs(fabric: Fabric, machine: Machine, pf: Pf, vf: Vf): Result<Path, Obstacle> {
  const representor = machine.kernel
    .links()
    .find(({ kind, port }) => kind === 'representor' && hasPort({ port }, portOf(machine.state, pf, vf.index)))
  if (!representor) return err(`the VF ${vf.pci} has no representor yet`)
  if (!representor.up) return err(`the representor ${representor.name} is down`)
  if (!vswitchdRuns(machine)) return err('Open vSwitch does not run')
  const bridge = Object.entries(machine.state.ovs.bridges).find(([, { ports }]) => representor.name in ports)
  if (!bridge) return err(`the representor ${representor.name} is in no bridge`)
  const [name, { ports }] = bridge
  const uplink = Object.keys(ports)
    .flatMap((port) => machine.kernel.link(port) ?? [])
    .find((link) => link.kind === 'bond' || link.kind === 'pf')
  if (!uplink) return err(`the bridge ${name} has neither a bond nor a port of the card`)
  const tag = ports[representor.name]?.tag ?? null
  if (tag !== null && ports[uplink.name]?.tag !== tag) {
    return err(`the representor ${representor.name} is in VLAN ${tag}, and the client sends without a tag`)
  }
  if (!uplink.up) return err(`${uplink.kind === 'bond' ? 'the bond' : 'the port'} ${uplink.name} is down`)
  const active = activePorts(machine, uplink)
  if (active.length === 0) return err(`${uplink.name} has no port with link`)
  const ways = sendingPorts(machine, uplink, pf, vf, active)
  if (!ways.ok) return err(ways.error)
  return ok({
    machine,
    representor,
    bond: uplink.kind === 'bond' ? uplink : null,
    offloaded: offloads(machine, representor, uplinkPfs(machine, uplink)),
    txPort: (flow) => pick(ways.value, active, flow),
    rxPort: (flow) => pick(receivingPorts(fabric, machine, uplink, ways.value, active), active, flow),
  })
}

// The ports that the bond uses.
function activePorts(machine: Machine, uplink: Link): readonly Pf[] {
  if (uplink.kind === 'pf') return machine.kernel.carrier(uplink) ? uplinkPfs(machine, uplink) : []
  const lacp = machine.kernel.lacp(uplink.name).filter((port) => port.inUse)
  // A port that still negotiates beside one with a partner: the switch takes nothing from it yet.
  const agreed = lacp.filter((port) => port.partnerState !== 0)
  const inUse = agreed.length > 0 ? agreed : lacp
  return (uplink.bond?.slaves ?? []).flatMap((name) => {
    const link = machine.kernel.link(name)
    const pf = pfOf(machine.state, link)
    if (!pf || link?.kind !== 'pf' || !machine.kernel.carrier(link)) return []
    if (uplink.bond?.mode === 'active-backup') return uplink.bond.activeSlave === name ? [pf] : []
    if (uplink.bond?.mode === '802.3ad' && !inUse.some(({ slave }) => slave === name)) return []
    return [pf]
  })
}

// VF-LAG: queues or hashes map to both ports. Without it, or with queues made before it, a VF only has the port of its PF.
function sendingPorts(
  machine: Machine,
  uplink: Link,
  pf: Pf,
  vf: Vf,
  active: readonly Pf[],
): Result<readonly Pf[], Obstacle> {
  const { lag, pfs } = cardOf(machine.state, pf)
  const port = pf.netdev
  if (uplink.kind === 'bond' && lag.mode === 'sriov' && !vf.pinned) {
    const mapped = lag.map.flatMap((physical) => pfs[physical - 1] ?? [])
    return ok(mapped)
  }
  if (active.includes(pf)) return ok([pf])
  return err(
    uplink.kind === 'bond' && lag.mode === 'sriov'
      ? `the queues of ${vf.pci} were made before the LAG and only use ${port}, which carries no traffic`
      : `VF-LAG is not active, so ${vf.pci} only has ${port}, which carries no traffic`,
  )
}

// The switch spreads over the ports of a LAG. Without one it sends where it last saw the guest's MAC.
function receivingPorts(
  fabric: Fabric,
  machine: Machine,
  uplink: Link,
  sending: readonly Pf[],
  active: readonly Pf[],
): readonly Pf[] {
  if (new Set(sending).size < 2) return sending
  const mode = fabric.mode(machine)
  const lag = mode === 'static' || (uplink.bond?.mode === '802.3ad' && mode !== 'split') || mode === 'lacp'
  return lag ? active : active.slice(0, 1)
}

function pick(ports: readonly Pf[], active: readonly Pf[], flow: number): Pf | null {
  const port = ports[flow % ports.length]
  return port && active.includes(port) ? port : null
}
