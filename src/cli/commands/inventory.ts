import { hostNamed } from '../../inventory/patterns.ts'
import type { Inventory, InventoryGroup } from '../../inventory/types.ts'
import { didYouMean } from '../../shared/text.ts'
import { exitCode } from '../exit-code.ts'
import { stop } from '../stop.ts'
import { loadWorld, type WorldFlags } from '../world.ts'

/** `vflag-play inventory list|graph|host`: who is there. Templates in variables are shown as written. */
export async function inventory(
  action: 'list' | 'graph' | 'host',
  host: string | undefined,
  flags: WorldFlags,
): Promise<number> {
  const world = loadWorld(flags, null)
  const wanted = (name: string) => world.limit === null || world.limit.includes(name)
  process.stdout.write(textOf(action, host, world.inventory, wanted))
  return exitCode.ok
}

function textOf(
  action: 'list' | 'graph' | 'host',
  host: string | undefined,
  inventory: Inventory,
  wanted: (name: string) => boolean,
): string {
  switch (action) {
    case 'list':
      return `${JSON.stringify(listed(inventory, wanted), null, 2)}\n`
    case 'graph':
      return `${graph(inventory, 'all', '', wanted).join('\n')}\n`
    case 'host':
      return `${JSON.stringify(varsOf(inventory, host ?? ''), null, 2)}\n`
  }
}

/** The shape that dynamic inventories have: groups with hosts and children, variables under `_meta`. */
function listed(inventory: Inventory, wanted: (name: string) => boolean): unknown {
  const hosts = [...inventory.hosts.keys()].filter(wanted)
  const groups = [...inventory.groups.values()].map(
    (group) => [group.name, { hosts: ownHosts(inventory, group).filter(wanted), children: group.children }] as const,
  )
  return {
    _meta: { hostvars: Object.fromEntries(hosts.map((name) => [name, varsOf(inventory, name)])) },
    ...Object.fromEntries(groups),
  }
}

function varsOf(inventory: Inventory, name: string): Readonly<Record<string, unknown>> {
  const host = hostNamed(inventory, name)
  if (!host)
    throw stop(
      `the host is "${name}", but the inventory has none of that name`,
      didYouMean(name, inventory.hosts.keys()) ?? 'vflag-play inventory graph shows who is there',
    )
  return Object.fromEntries(Object.entries(host.vars).map(([key, { value }]) => [key, value]))
}

function graph(
  inventory: Inventory,
  name: string,
  indent: string,
  wanted: (name: string) => boolean,
): readonly string[] {
  const group = inventory.groups.get(name)
  if (!group) return []
  const inner = indent === '' ? '  |--' : `  |${indent}`
  return [
    `${indent}@${name}:`,
    ...group.children.flatMap((child) => graph(inventory, child, inner, wanted)),
    ...ownHosts(inventory, group)
      .filter(wanted)
      .map((host) => `${inner}${host}`),
  ]
}

/** Hosts that stand in the group itself, not in one of its children. */
function ownHosts(inventory: Inventory, group: InventoryGroup): readonly string[] {
  const below = new Set(group.children.flatMap((child) => inventory.groups.get(child)?.hosts ?? []))
  return group.hosts.filter((host) => !below.has(host))
}
