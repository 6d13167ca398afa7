import { stableMac } from '../identity.ts'
import { allPfs, cardOfLink, pfOf } from '../kernel/card.ts'
import { pfLink } from '../kernel/netdev.ts'
import { foreignRules } from '../kernel/tc.ts'
import type { Machine } from '../machine.ts'
import { cardModels } from '../profiles/card-models.ts'
import type { Link, OvsPort, Pf } from '../state.ts'

/** The link that the kernel datapath makes; ports of every bridge have it as their master. */
export const DATAPATH = 'ovs-system'

/** Whether the database answers. */
export function databaseRuns(machine: Machine): boolean {
  return machine.state.services['ovsdb-server.service']?.active ?? false
}

/** Whether vswitchd carries out what the database says. */
export function vswitchdRuns(machine: Machine): boolean {
  return machine.state.services['ovs-vswitchd.service']?.active ?? false
}

/**
 * Brings the kernel datapath to what the database says, as vswitchd does after every change of the database or of the
 * network devices. `telling`: names of ports whose missing device is news, so that their error is entered; a device that
 * vanishes later leaves ofport -1 and no error (seen on OVS 3.1). Without vswitchd nothing happens.
 */
export function syncDatapath(machine: Machine, telling: ReadonlySet<string> = new Set()): void {
  if (!vswitchdRuns(machine)) return
  const bridges = Object.entries(machine.state.ovs.bridges)
  if (bridges.length > 0) ensureInternal(machine, DATAPATH, null)
  for (const [bridge, { ports }] of bridges) {
    ensureInternal(machine, bridge, DATAPATH)
    for (const [name, port] of Object.entries(ports)) attachPort(machine, name, port, ports, telling.has(name))
  }
  const wanted = new Set(bridges.flatMap(([bridge, { ports }]) => [bridge, ...Object.keys(ports)]))
  for (const link of machine.kernel.links()) {
    if (link.kind === 'ovs') {
      if (!wanted.has(link.name) && !(link.name === DATAPATH && bridges.length > 0))
        machine.kernel.deleteLink(link.name)
    } else if (link.master === DATAPATH && !wanted.has(link.name)) link.master = null
  }
  countRules(machine)
}

/** What a restart of vswitchd does: the running flag becomes the database's, rules are flushed and made again, every port is opened anew. */
export function startVswitchd(machine: Machine): void {
  const { ovs } = machine.state
  ovs.runningOffload = ovs.otherConfig['hw-offload'] === 'true'
  for (const pf of allPfs(machine.state)) pf.tcRules = foreignRules(machine.state, pf)
  syncDatapath(machine, new Set(Object.values(ovs.bridges).flatMap(({ ports }) => Object.keys(ports))))
}

/** What stopping vswitchd does: its rules go, the datapath and its ports stay. */
export function stopVswitchd(machine: Machine): void {
  machine.state.ovs.runningOffload = false
  for (const pf of allPfs(machine.state)) pf.tcRules = foreignRules(machine.state, pf)
}

/** The PFs whose ports a link of a bridge leads to: those of a bond, or the one that it is. */
export function uplinkPfs(machine: Machine, link: Link): readonly Pf[] {
  if (link.kind === 'pf') return asList(pfOf(machine.state, link))
  if (link.kind !== 'bond') return []
  return (link.bond?.slaves ?? []).flatMap((slave) => {
    const port = machine.kernel.link(slave)
    return port?.kind === 'pf' ? asList(pfOf(machine.state, port)) : []
  })
}

const asList = (pf: Pf | undefined): readonly Pf[] => (pf ? [pf] : [])

/**
 * Whether the card itself forwards between a representor and the network: vswitchd runs with hw-offload, both the
 * representor and the ports have hw-tc-offload, and all are ports of one card.
 */
export function offloads(machine: Machine, representor: Link, pfs: readonly Pf[]): boolean {
  if (!vswitchdRuns(machine) || !machine.state.ovs.runningOffload || !representor.hwTcOffload) return false
  const card = cardOfLink(machine.state, representor)
  // Without it firmware parses too little of a frame for rules about more than its MACs.
  if (card && cardModels[card.model].needsInline && card.pfs.some((pf) => pf.eswitch.inline !== 'transport'))
    return false
  return pfs.length > 0 && pfs.every((pf) => card?.pfs.includes(pf) && pfLink(machine.state, pf)?.hwTcOffload === true)
}

function ensureInternal(machine: Machine, name: string, master: string | null): void {
  const link = machine.kernel.link(name)
  if (link) {
    link.master = master
    return
  }
  const made = machine.kernel.addLink({
    name,
    kind: 'ovs',
    mac: stableMac(machine.state.name, name),
    up: false,
    mtu: 1500,
    master,
    addresses: [],
    port: null,
    hwTcOffload: false,
  })
  made.master = master
}

function attachPort(
  machine: Machine,
  name: string,
  port: OvsPort,
  ports: Readonly<Record<string, OvsPort>>,
  telling: boolean,
): void {
  const link = machine.kernel.link(name)
  const problem =
    link === undefined
      ? `could not open network device ${name} (No such device)`
      : link.master !== null && link.master !== DATAPATH
        ? `could not add network device ${name} to ofproto (Device or resource busy)`
        : null
  if (link === undefined || problem !== null) {
    port.ofport = -1
    if (telling && problem !== null) port.error = problem
    return
  }
  link.master = DATAPATH
  delete port.error
  if (port.ofport === undefined || port.ofport < 1) port.ofport = freeNumber(ports)
}

function freeNumber(ports: Readonly<Record<string, OvsPort>>): number {
  const used = new Set(Object.values(ports).map((port) => port.ofport))
  let number = 1
  while (used.has(number)) number++
  return number
}

// A rule at a representor holds the e-switch of its PF; the rule back sits in the block that the ports share, so it holds each of theirs.
function countRules(machine: Machine): void {
  const rules = new Map<Pf, number>()
  const add = (pf: Pf) => rules.set(pf, (rules.get(pf) ?? 0) + 1)
  for (const { ports } of Object.values(machine.state.ovs.bridges)) {
    const links = Object.keys(ports).flatMap((name) => machine.kernel.link(name) ?? [])
    const uplinks = new Set(links.flatMap((link) => uplinkPfs(machine, link)))
    for (const link of links) {
      const pf = pfOf(machine.state, link)
      if (link.kind !== 'representor' || !pf || !offloads(machine, link, [...uplinks])) continue
      add(pf)
      // In legacy mode a port has rules for itself at most, which its e-switch knows nothing of.
      for (const each of uplinks) if (each.eswitch.mode === 'switchdev') add(each)
    }
  }
  for (const pf of allPfs(machine.state)) pf.tcRules = (rules.get(pf) ?? 0) + foreignRules(machine.state, pf)
}
