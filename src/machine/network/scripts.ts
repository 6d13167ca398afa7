import type { Machine } from '../machine.ts'
import { applyAddresses, applyBond, applyEthtool, dropAddresses, enslave } from './apply.ts'
import { deviceOf, type Ifcfg, isBond, isOnBoot, masterOf, readIfcfg, readIfcfgs } from './ifcfg.ts'

/** What ifup or ifdown of initscripts 9.49 (RHEL 7) said; `problem` is null when it went well. */
export type ScriptResult = { readonly problem: string | null }

/** `ifup NAME`: a bond is made with its options and its members are brought up; a member joins its bond. */
export async function ifup(machine: Machine, name: string): Promise<ScriptResult> {
  const ifcfg = readIfcfg(machine, fileOf(name))
  if (!ifcfg) {
    return { problem: `/sbin/ifup: configuration for ${name} not found.\nUsage: ifup <configuration>\n` }
  }
  return up(machine, ifcfg)
}

/** `ifdown NAME`: a member leaves its bond; a bond lets its members go and is removed. */
export async function ifdown(machine: Machine, name: string): Promise<ScriptResult> {
  const ifcfg = readIfcfg(machine, fileOf(name))
  if (!ifcfg) return { problem: 'usage: ifdown <configuration>\n' }
  return down(machine, ifcfg)
}

/** Start of the network service: everything with ONBOOT=yes, bonds before the rest. Gives what went wrong. */
export async function startNetwork(machine: Machine): Promise<readonly string[]> {
  const problems: string[] = []
  const files = readIfcfgs(machine).filter((each) => isOnBoot(each) && deviceOf(each) !== 'lo')
  for (const ifcfg of [...files.filter(isBond), ...files.filter((each) => !isBond(each))]) {
    const { problem } = await up(machine, ifcfg)
    if (problem !== null) problems.push(problem)
  }
  return problems
}

/** Stop of the network service: everything that has a file, bonds before the rest. */
export async function stopNetwork(machine: Machine): Promise<void> {
  const files = readIfcfgs(machine).filter((each) => deviceOf(each) !== 'lo')
  for (const ifcfg of [...files.filter(isBond), ...files.filter((each) => !isBond(each))]) await down(machine, ifcfg)
}

async function up(machine: Machine, ifcfg: Ifcfg): Promise<ScriptResult> {
  const device = deviceOf(ifcfg)
  const master = masterOf(ifcfg)
  if (isBond(ifcfg)) {
    applyBond(machine, device, ifcfg)
    for (const member of membersOf(machine, device)) await up(machine, member)
    machine.kernel.setLinkUp(device, true)
  } else if (!machine.kernel.link(device)) {
    const script = '/etc/sysconfig/network-scripts/ifup-eth'
    return {
      problem: `ERROR    : [${script}] Device ${device} does not seem to be present, delaying initialization.\n`,
    }
  } else if (master !== null) {
    if (!machine.kernel.link(master)) {
      applyBond(machine, master, bondFile(machine, master))
    }
    enslave(machine, device, master)
    await applyEthtool(machine, ifcfg)
    return { problem: null }
  } else machine.kernel.setLinkUp(device, true)
  await applyEthtool(machine, ifcfg)
  if (ifcfg.values['BOOTPROTO'] === 'dhcp' && machine.kernel.link(device)?.kind !== 'management') {
    // No DHCP server answers on the ports of the card; dhclient tries for a minute.
    await machine.time.sleep(60)
    return { problem: `\nDetermining IP information for ${device}... failed.\n` }
  }
  applyAddresses(machine, device, ifcfg)
  return { problem: null }
}

async function down(machine: Machine, ifcfg: Ifcfg): Promise<ScriptResult> {
  const device = deviceOf(ifcfg)
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
  dropAddresses(machine, device, ifcfg)
  machine.kernel.setLinkUp(device, false)
  return { problem: null }
}

function membersOf(machine: Machine, bond: string): readonly Ifcfg[] {
  return readIfcfgs(machine).filter((each) => masterOf(each) === bond && deviceOf(each) !== bond)
}

function bondFile(machine: Machine, bond: string): Ifcfg | null {
  return readIfcfgs(machine).find((each) => deviceOf(each) === bond) ?? null
}

// Both scripts take `ens2f0`, `ifcfg-ens2f0` or the path.
function fileOf(name: string): string {
  return name.replace(/^.*\//, '').replace(/^ifcfg-/, '')
}
