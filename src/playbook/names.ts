import type { Inventory } from '../inventory/types.ts'
import { didYouMean } from '../shared/text.ts'
import type { Vars } from '../shared/value.ts'
import type { Problems } from '../source/problems.ts'
import type { PlacedUse } from './texts.ts'

/** Names that the engine itself sets for every task, as Ansible's magic variables. */
export const magicNames: readonly string[] = [
  'ansible_check_mode',
  'ansible_diff_mode',
  'ansible_facts',
  'ansible_forks',
  'ansible_limit',
  'ansible_play_batch',
  'ansible_play_hosts',
  'ansible_play_hosts_all',
  'ansible_play_name',
  'ansible_run_tags',
  'ansible_skip_tags',
  'ansible_verbosity',
  'group_names',
  'groups',
  'hostvars',
  'inventory_dir',
  'inventory_file',
  'inventory_hostname',
  'inventory_hostname_short',
  'playbook_dir',
]

/** What `ansible_<fact>` may be called: the keys of Facts. */
export const factNames: readonly string[] = [
  'architecture',
  'boot_id',
  'distribution',
  'fqdn',
  'hostname',
  'kernel',
  'management',
  'network_backend',
  'package_manager',
  'pfs',
]

/** Names that can have a value at a point of a playbook; inner ones see the outer ones, also those that come later. */
export class Names {
  readonly #outer: Names | null
  readonly #own: Set<string>

  constructor(outer: Names | null, own: Iterable<string> = []) {
    this.#outer = outer
    this.#own = new Set(own)
  }

  /** A scope inside this one. */
  inner(own: Iterable<string>): Names {
    return new Names(this, own)
  }

  add(name: string): void {
    this.#own.add(name)
  }

  has(name: string): boolean {
    return this.#own.has(name) || (this.#outer?.has(name) ?? false)
  }

  all(): readonly string[] {
    return [...this.#own, ...(this.#outer?.all() ?? [])]
  }
}

/** The names that hold for every play: of the inventory, of the command line, of the engine, of facts. */
export function outerNames(inventory: Inventory, extraVars: Vars, facts: readonly string[]): Names {
  const names = new Names(null, magicNames)
  for (const name of Object.keys(extraVars)) names.add(name)
  for (const name of Object.keys(inventory.allVars ?? {})) names.add(name)
  for (const host of inventory.hosts.values()) for (const name of Object.keys(host.vars)) names.add(name)
  for (const name of facts) names.add(`ansible_${name}`)
  return names
}

/** Refuses names that nothing sets. `later` are those that tasks further down set. */
export function checkNames(
  uses: readonly PlacedUse[],
  names: Names | null,
  problems: Problems,
  later: ReadonlyMap<string, number> = new Map(),
): void {
  if (!names) return
  for (const { node, use } of uses) {
    if (use.guarded || names.has(use.name)) continue
    const line = later.get(use.name)
    const hint =
      line === undefined
        ? (didYouMean(use.name, names.all()) ?? `set it in the inventory, in "vars", or with -e ${use.name}=...`)
        : `it is set by a task further down, in line ${line}`
    problems.error(
      node.within(use.span.offset, use.span.length),
      `the variable "${use.name}" is set nowhere, but must have a value here`,
      hint,
    )
  }
}
