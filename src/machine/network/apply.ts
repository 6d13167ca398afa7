import type { Machine } from '../machine.ts'
import { addressesOf, bondOptions, ethtoolCalls, type Ifcfg } from './ifcfg.ts'

/** Makes the bond of a file when it is not there, and sets its options: the mode first, for others depend on it. What the driver refuses stays as it is. */
export function applyBond(machine: Machine, bond: string, ifcfg: Ifcfg | null): void {
  if (!machine.kernel.link(bond)) machine.kernel.addBond(bond, {})
  const options = ifcfg ? bondOptions(ifcfg) : []
  const ordered = [
    ...options.filter(([name]) => name === 'mode'),
    ...options.filter(([name]) => name !== 'mode' && name !== 'primary'),
  ]
  for (const [name, value] of ordered) machine.kernel.setBondOption(bond, name, value)
}

/** Puts an interface into its bond, down before and up after, unless it is there. */
export function enslave(machine: Machine, device: string, bond: string): void {
  if (machine.kernel.link(device)?.master !== bond) {
    machine.kernel.setMaster(device, null)
    machine.kernel.setLinkUp(device, false)
    machine.kernel.setMaster(device, bond)
  }
  machine.kernel.setLinkUp(device, true)
}

/** Gives an interface the addresses of its file. A management port with DHCP gets the address that it always gets: it keeps its own. */
export function applyAddresses(machine: Machine, device: string, ifcfg: Ifcfg): void {
  const link = machine.kernel.link(device)
  if (!link) return
  if (ifcfg.values['BOOTPROTO']?.toLowerCase() === 'dhcp') return
  link.addresses = [...addressesOf(ifcfg)]
}

/** Takes an interface's addresses, but not those that DHCP or the console gave the management port. */
export function dropAddresses(machine: Machine, device: string, ifcfg: Ifcfg): void {
  const link = machine.kernel.link(device)
  if (link && ifcfg.values['BOOTPROTO']?.toLowerCase() !== 'dhcp') link.addresses = []
}

/** Runs what ETHTOOL_OPTS asks for; a call that fails is passed over, as the scripts and NetworkManager do. */
export async function applyEthtool(machine: Machine, ifcfg: Ifcfg): Promise<void> {
  for (const args of ethtoolCalls(ifcfg)) await machine.exec(['ethtool', ...args])
}
