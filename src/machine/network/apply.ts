import type { Machine } from '../machine.ts'
import type { Connection } from './connection.ts'

/** Makes a bond when it is not there, and sets its options: the mode first, for others depend on it. What the driver refuses stays as it is. */
export function applyBond(machine: Machine, bond: string, options: Connection['options']): void {
  if (!machine.kernel.link(bond)) machine.kernel.addBond(bond, {})
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
export function applyAddresses(machine: Machine, { device, dhcp, addresses }: Connection): void {
  const link = machine.kernel.link(device)
  if (link && !dhcp) link.addresses = [...addresses]
}

/** Takes an interface's addresses, but not those that DHCP or the console gave the management port. */
export function dropAddresses(machine: Machine, { device, dhcp }: Connection): void {
  const link = machine.kernel.link(device)
  if (link && !dhcp) link.addresses = []
}

/** Makes the calls of ethtool that a file asks for; one that fails is passed over, as the scripts and NetworkManager do. */
export async function applyEthtool(machine: Machine, { ethtool }: Connection): Promise<void> {
  for (const args of ethtool) await machine.exec(['ethtool', ...args])
}
