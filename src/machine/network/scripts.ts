import type { Machine } from '../machine.ts'
import { applyAddresses, applyBond, applyEthtool, dropAddresses, enslave } from './apply.ts'
import type { Connection } from './connection.ts'
import { fromIfcfg, readIfcfg, readIfcfgs } from './ifcfg.ts'

/** What ifup or ifdown of initscripts 9.49 (RHEL 7) said; `problem` is null when it went well. */
export type ScriptResult = { readonly problem: string | null }

/** `ifup NAME`: a bond is made with its options and its members are brought up; a member joins its bond. */
export async function ifup(machine: Machine, name: string): Promise<ScriptResult> {
  const ifcfg = readIfcfg(machine, fileOf(name))
  if (!ifcfg) {
    return { problem: `/sbin/ifup: configuration for ${name} not found.\nUsage: ifup <configuration>\n` }
  }
  return up(machine, fromIfcfg(ifcfg))
}

/** `ifdown NAME`: a member leaves its bond; a bond lets its members go and is removed. */
export async function ifdown(machine: Machine, name: string): Promise<ScriptResult> {
  const ifcfg = readIfcfg(machine, fileOf(name))
  if (!ifcfg) return { problem: 'usage: ifdown <configuration>\n' }
  return down(machine, fromIfcfg(ifcfg))
}

/** Start of the network service: everything with ONBOOT=yes, bonds before the rest. Gives what went wrong. */
export async function startNetwork(machine: Machine): Promise<readonly string[]> {
  const problems: string[] = []
  for (const connection of bondsFirst(allOf(machine).filter((each) => each.onBoot && each.device !== 'lo'))) {
    const { problem } = await up(machine, connection)
    if (problem !== null) problems.push(problem)
  }
  return problems
}

/** Stop of the network service: everything that has a file, bonds before the rest. */
export async function stopNetwork(machine: Machine): Promise<void> {
  for (const connection of bondsFirst(allOf(machine).filter((each) => each.device !== 'lo')))
    await down(machine, connection)
}

async function up(machine: Machine, connection: Connection): Promise<ScriptResult> {
  const { device, master } = connection
  if (connection.type === 'bond') {
    applyBond(machine, device, connection.options)
    for (const member of membersOf(machine, device)) await up(machine, member)
    machine.kernel.setLinkUp(device, true)
  } else if (!machine.kernel.link(device)) {
    const script = '/etc/sysconfig/network-scripts/ifup-eth'
    return {
      problem: `ERROR    : [${script}] Device ${device} does not seem to be present, delaying initialization.\n`,
    }
  } else if (master !== null) {
    if (!machine.kernel.link(master)) {
      applyBond(machine, master, allOf(machine).find((each) => each.device === master)?.options ?? [])
    }
    enslave(machine, device, master)
    await applyEthtool(machine, connection)
    return { problem: null }
  } else machine.kernel.setLinkUp(device, true)
  await applyEthtool(machine, connection)
  if (connection.dhcp && machine.kernel.link(device)?.kind !== 'management') {
    // No DHCP server answers on the ports of the card; dhclient tries for a minute.
    await machine.time.sleep(60)
    return { problem: `\nDetermining IP information for ${device}... failed.\n` }
  }
  applyAddresses(machine, connection)
  return { problem: null }
}

async function down(machine: Machine, connection: Connection): Promise<ScriptResult> {
  const { device } = connection
  const link = machine.kernel.link(device)
  if (!link) return { problem: null }
  if (link.kind === 'bond') {
    for (const member of membersOf(machine, device)) await down(machine, member)
    for (const slave of link.bond?.slaves ?? []) machine.kernel.setMaster(slave, null)
    machine.kernel.setLinkUp(device, false)
    machine.kernel.deleteLink(device)
    return { problem: null }
  }
  if (link.master !== null && machine.kernel.link(link.master)?.kind === 'bond') machine.kernel.setMaster(device, null)
  dropAddresses(machine, connection)
  machine.kernel.setLinkUp(device, false)
  return { problem: null }
}

const allOf = (machine: Machine): readonly Connection[] => readIfcfgs(machine).map(fromIfcfg)

const bondsFirst = (all: readonly Connection[]): readonly Connection[] => [
  ...all.filter((each) => each.type === 'bond'),
  ...all.filter((each) => each.type !== 'bond'),
]

function membersOf(machine: Machine, bond: string): readonly Connection[] {
  return allOf(machine).filter((each) => each.master === bond && each.device !== bond)
}

// Both scripts take `ens2f0`, `ifcfg-ens2f0` or the path.
function fileOf(name: string): string {
  return name.replace(/^.*\//, '').replace(/^ifcfg-/, '')
}
