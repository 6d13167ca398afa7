import { hostNamed } from '../inventory/patterns.ts'
import type { Inventory, InventoryVar } from '../inventory/types.ts'
import type { Facts } from '../module/facts.ts'
import { magicNames } from '../playbook/names.ts'
import type { Play, TemplateValue } from '../playbook/types.ts'
import type { Unknown } from '../shared/unknown.ts'
import type { Value, ValueMap, Vars } from '../shared/value.ts'
import { compileValue } from './compile.ts'
import type { PlayRun, RunOptions } from './context.ts'
import type { HostRun } from './host-run.ts'
import { type Layer, Scope } from './scope.ts'

/** What the variables of a run are made of. */
export interface VariableSources {
  readonly inventory: Inventory
  readonly extraVars: Vars
  readonly options: RunOptions
  readonly playbookDir: string
  /** Every host of the run, by name. */
  readonly hosts: ReadonlyMap<string, HostRun>
}

/**
 * Makes the layers of the published precedence table for a play: above a task's own variables stand magic names, extra
 * vars and what was registered; below them vars_files, play vars, facts and the inventory.
 */
export function variableLayers(
  sources: VariableSources,
): (play: Play, batch: readonly HostRun[], all: readonly HostRun[]) => PlayRun['layers'] {
  const inventoryLayers = new Map<string, Layer>()
  const inventoryLayer = (name: string): Layer => {
    const known = inventoryLayers.get(name)
    if (known) return known
    const layer: Layer = { kind: 'templates', vars: compiled(hostNamed(sources.inventory, name)?.vars ?? {}) }
    inventoryLayers.set(name, layer)
    return layer
  }
  const hostvars = hostvarsOf(sources, inventoryLayer)
  const groups: ValueMap = Object.fromEntries([...sources.inventory.groups].map(([name, group]) => [name, group.hosts]))
  return (play, batch, all) => (host) => {
    const magic = magicLayer(sources, play, batch, all, host, hostvars, groups)
    return {
      above: [magic, { kind: 'values', vars: sources.extraVars }, { kind: 'values', vars: host.registered }],
      below: [
        ...play.varsFiles.toReversed().map(({ vars }): Layer => ({ kind: 'templates', vars })),
        { kind: 'templates', vars: play.vars },
        { kind: 'values', vars: host.facts ? factVars(host.facts) : {} },
        inventoryLayer(host.name),
      ],
    }
  }
}

/** Facts as variables: `ansible_hostname`, `ansible_kernel` and so on; whole as `ansible_facts`. */
function factVars(facts: Facts): ValueMap {
  return Object.fromEntries(Object.entries(factValues(facts)).map(([name, value]) => [`ansible_${name}`, value]))
}

function factValues(facts: Facts): ValueMap {
  return {
    ...facts,
    pfs: facts.pfs.map((pf) => ({ ...pf })),
    management: { ...facts.management },
    distribution: { ...facts.distribution },
  }
}

function magicLayer(
  sources: VariableSources,
  play: Play,
  batch: readonly HostRun[],
  all: readonly HostRun[],
  host: HostRun,
  hostvars: () => Value,
  groups: ValueMap,
): Layer {
  const { options, inventory } = sources
  const [file] = inventory.files
  const values: Readonly<Record<string, () => Value>> = {
    ansible_check_mode: () => options.check,
    ansible_diff_mode: () => options.diff,
    ansible_facts: () => (host.facts ? factValues(host.facts) : {}),
    ansible_forks: () => options.forks,
    ansible_limit: () => options.limit ?? '',
    ansible_play_batch: () => batch.map((each) => each.name),
    ansible_play_hosts: () => all.filter((each) => each.state === 'active').map((each) => each.name),
    ansible_play_hosts_all: () => all.map((each) => each.name),
    ansible_play_name: () => play.name,
    ansible_run_tags: () => options.tags.only,
    ansible_skip_tags: () => options.tags.skip,
    ansible_verbosity: () => options.verbosity,
    group_names: () => inventory.hosts.get(host.name)?.groups ?? [],
    groups: () => groups,
    hostvars,
    inventory_dir: () => directoryOf(file ?? ''),
    inventory_file: () => file ?? '',
    inventory_hostname: () => host.name,
    inventory_hostname_short: () => host.name.split('.', 1)[0] ?? host.name,
    playbook_dir: () => sources.playbookDir,
  }
  return { kind: 'lazy', names: new Set(magicNames), get: (name) => values[name]?.() ?? null }
}

/** `hostvars`: inventory variables, facts and registered results of every host; made again only for hosts whose variables changed. */
function hostvarsOf(sources: VariableSources, inventoryLayer: (name: string) => Layer): () => Value {
  const cache = new Map<string, { readonly version: number; readonly value: ValueMap }>()
  return () => {
    const all: Record<string, Value> = {}
    for (const name of sources.inventory.hosts.keys()) {
      const host = sources.hosts.get(name)
      const version = host?.version ?? -1
      const known = cache.get(name)
      if (known?.version === version) {
        all[name] = known.value
        continue
      }
      const value = varsOf(sources, name, host, inventoryLayer(name))
      cache.set(name, { version, value })
      all[name] = value
    }
    return all
  }
}

function varsOf(sources: VariableSources, name: string, host: HostRun | undefined, inventory: Layer): ValueMap {
  const scope = new Scope([
    { kind: 'values', vars: sources.extraVars },
    { kind: 'values', vars: host?.registered ?? {} },
    { kind: 'values', vars: host?.facts ? factVars(host.facts) : {} },
    inventory,
  ])
  const vars: Record<string, Value | Unknown> = {
    inventory_hostname: name,
    group_names: sources.inventory.hosts.get(name)?.groups ?? [],
    ansible_facts: host?.facts ? factValues(host.facts) : {},
  }
  for (const each of scope.names()) {
    const found = scope.get(each)
    // A variable that cannot be rendered outside its host is simply not there for others.
    if (found?.ok) vars[each] = found.value
  }
  // What check mode does not know of a host stays unknown for the others, too: the languages look for it at any depth.
  return vars as ValueMap
}

function compiled(vars: Readonly<Record<string, InventoryVar>>): Readonly<Record<string, TemplateValue>> {
  return Object.fromEntries(
    Object.entries(vars).map(([name, { value, origin }]) => [name, compileValue(value, origin.place)]),
  )
}

function directoryOf(path: string): string {
  const at = path.lastIndexOf('/')
  return at === -1 ? '.' : path.slice(0, at)
}
