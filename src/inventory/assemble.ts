import { join } from 'node:path'
import type { Problems } from '../source/problems.ts'
import type { Draft, GroupDraft } from './draft.ts'
import type { LevelName } from './precedence.ts'
import type { Inventory, InventoryGroup, InventoryHost } from './types.ts'
import { mergeTables, type VarTable } from './vars.ts'
import type { VarsFolders } from './vars-folders.ts'

/** Where variables lie in folders. */
export interface Folders {
  readonly reader: VarsFolders
  /** Folders whose `group_vars/` and `host_vars/` are the weakest level. */
  readonly beside: readonly string[]
  /** Folders of the inventory files. */
  readonly folders: readonly string[]
  readonly files: readonly string[]
}

/** Makes the inventory of everything that was read: implicit groups, order of hosts, variables by precedence. */
export function assemble(draft: Draft, problems: Problems, folders: Folders): Inventory {
  addImplicitGroups(draft)
  refuseCycles(draft, problems)
  refuseSharedNames(draft, problems)
  const tables = new Map([...draft.groups.values()].map((group) => [group.name, groupTables(group, folders)]))
  const rank = rankGroups(draft, tables, problems)
  const parents = parentsOf(draft)
  const all = tables.get('all')
  const order = firstAppearance(draft)
  const hosts = order.map((name): [string, InventoryHost] => {
    const groups = groupsOf(name, draft, parents)
    const ranked = ['all', ...groups].sort(rank).flatMap((group) => tables.get(group) ?? [])
    const host = draft.hosts.get(name)
    const layers = [
      ...ranked.map((table) => table.weak),
      readFolders(folders, 'host', name, folders.beside, 'vars beside the playbook'),
      ...ranked.map((table) => table.strong),
      host?.vars ?? new Map(),
      readFolders(folders, 'host', name, folders.folders, 'inventory host vars'),
    ]
    return [name, { name, groups: groups.sort(), vars: mergeTables(layers), place: host?.place ?? null }]
  })
  const groups = [...draft.groups.values()].map((group): [string, InventoryGroup] => [
    group.name,
    {
      name: group.name,
      hosts: group.name === 'all' ? order : breadthFirst(group, draft),
      children: [...group.children.keys()],
    },
  ])
  return {
    files: folders.files,
    hosts: new Map(hosts),
    groups: new Map(groups),
    allVars: all ? mergeTables([all.weak, all.strong]) : {},
  }
}

/** The variables of a group: beside the playbook, and in the inventory with what lies beside it. */
interface GroupTables {
  readonly weak: VarTable
  readonly strong: VarTable
}

function groupTables(group: GroupDraft, folders: Folders): GroupTables {
  const strong: VarTable = new Map(group.vars)
  readFolders(folders, 'group', group.name, folders.folders, 'inventory group vars', strong)
  return { weak: readFolders(folders, 'group', group.name, folders.beside, 'vars beside the playbook'), strong }
}

function readFolders(
  folders: Folders,
  kind: 'group' | 'host',
  name: string,
  from: readonly string[],
  level: LevelName,
  table: VarTable = new Map(),
): VarTable {
  for (const folder of from) {
    folders.reader.read(join(folder, `${kind}_vars`), name, { level, owner: `${kind} ${name}` }, table)
  }
  return table
}

/** Groups without a parent belong to `all`; hosts of no group but `all` to `ungrouped`. */
function addImplicitGroups(draft: Draft): void {
  const all = draft.group('all', null)
  const parents = parentsOf(draft)
  for (const name of draft.groups.keys()) {
    if (name !== 'all' && !parents.has(name)) all.children.set(name, null)
  }
  const grouped = new Set(
    [...draft.groups.values()].filter((group) => group.name !== 'all').flatMap((group) => [...group.hosts]),
  )
  const ungrouped = draft.group('ungrouped', null)
  for (const name of draft.hosts.keys()) if (!grouped.has(name)) ungrouped.hosts.add(name)
}

function parentsOf(draft: Draft): ReadonlyMap<string, readonly string[]> {
  const parents = new Map<string, string[]>()
  for (const group of draft.groups.values()) {
    for (const child of group.children.keys()) parents.set(child, [...(parents.get(child) ?? []), group.name])
  }
  return parents
}

/** A group inside itself: reported where the circle closes, and cut there so that the rest can be checked. */
function refuseCycles(draft: Draft, problems: Problems): void {
  const done = new Set<string>()
  const visit = (group: GroupDraft, path: readonly string[]): void => {
    for (const [child, place] of group.children) {
      const here = [...path, group.name]
      if (here.includes(child)) {
        const circle = [...here.slice(here.indexOf(child)), child].join(' -> ')
        problems.error(place, `the group "${child}" contains itself: ${circle}`)
        group.children.delete(child)
        continue
      }
      const next = draft.groups.get(child)
      if (next && !done.has(child)) visit(next, here)
    }
    done.add(group.name)
  }
  for (const group of draft.groups.values()) if (!done.has(group.name)) visit(group, [])
}

function refuseSharedNames(draft: Draft, problems: Problems): void {
  for (const host of draft.hosts.values()) {
    const group = draft.groups.get(host.name)
    if (!group) continue
    problems.error(
      host.place ?? group.place,
      `"${host.name}" is a host and a group, but a name must mean one thing`,
      'rename one of them, so that a host pattern is clear',
    )
  }
}

/** The order in which groups set variables: depth, then `ansible_group_priority` (1 when not given), then name. */
function rankGroups(
  draft: Draft,
  tables: ReadonlyMap<string, GroupTables>,
  problems: Problems,
): (a: string, b: string) => number {
  const depths = depthsOf(draft)
  const priority = (name: string): number => {
    const value = tables.get(name)?.strong.get('ansible_group_priority')?.value ?? 1
    return typeof value === 'number' ? value : 1
  }
  for (const [name, { strong }] of tables) {
    const setting = strong.get('ansible_group_priority')
    if (setting && !Number.isInteger(setting.value)) {
      problems.error(
        setting.origin.place,
        `"ansible_group_priority" of the group "${name}" is ${JSON.stringify(setting.value)}, but must be a whole number`,
      )
    }
  }
  return (a, b) =>
    (depths.get(a) ?? 0) - (depths.get(b) ?? 0) || priority(a) - priority(b) || (a < b ? -1 : a > b ? 1 : 0)
}

/** The longest way from `all` down to each group. */
function depthsOf(draft: Draft): ReadonlyMap<string, number> {
  const parents = parentsOf(draft)
  const depths = new Map<string, number>()
  const depth = (name: string): number => {
    const known = depths.get(name)
    if (known !== undefined) return known
    // Set before looking up, so that a circle that was reported cannot recurse.
    depths.set(name, 0)
    const found = name === 'all' ? 0 : Math.max(0, ...(parents.get(name) ?? []).map(depth)) + 1
    depths.set(name, found)
    return found
  }
  for (const name of draft.groups.keys()) depth(name)
  return depths
}

/** The groups of a host with the ones above them, without `all`. */
function groupsOf(host: string, draft: Draft, parents: ReadonlyMap<string, readonly string[]>): string[] {
  const found = new Set<string>()
  const add = (name: string): void => {
    if (name === 'all' || found.has(name)) return
    found.add(name)
    for (const parent of parents.get(name) ?? []) add(parent)
  }
  for (const group of draft.groups.values()) if (group.hosts.has(host)) add(group.name)
  return [...found]
}

/** The order of `all`: as the groups are written from the top, a group's own hosts before those of its children. */
function firstAppearance(draft: Draft): readonly string[] {
  const order = new Set<string>()
  const seen = new Set<string>()
  const visit = (name: string): void => {
    const group = draft.groups.get(name)
    if (!group || seen.has(name)) return
    seen.add(name)
    for (const host of group.hosts) order.add(host)
    for (const child of group.children.keys()) visit(child)
  }
  visit('all')
  return [...order]
}

/** The order of a group in patterns: its own hosts, then those of its children level by level. */
function breadthFirst(group: GroupDraft, draft: Draft): readonly string[] {
  const hosts = new Set<string>()
  const seen = new Set<string>()
  let level: readonly string[] = [group.name]
  while (level.length > 0) {
    const next: string[] = []
    for (const name of level) {
      const each = draft.groups.get(name)
      if (!each || seen.has(name)) continue
      seen.add(name)
      for (const host of each.hosts) hosts.add(host)
      next.push(...each.children.keys())
    }
    level = next
  }
  return [...hosts]
}
