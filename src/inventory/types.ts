import type { Value } from '../shared/value.ts'
import type { Place } from '../source/diagnostic.ts'

/** Where a value was set, for `--explain-var` and messages. */
export interface Origin {
  /** The level of the published precedence table: `inventory group vars`, `host_vars/`. */
  readonly level: string
  /** `group hypervisors`, `host hv1`. */
  readonly owner: string
  readonly place: Place
}

/** A variable as written in an inventory; text with `{{` is a template and rendered when read. */
export interface InventoryVar {
  readonly value: Value
  readonly origin: Origin
  /** The weaker setting that this one replaced, and through it all that set the variable. */
  readonly hides?: InventoryVar
}

/** One host with all that the inventory says of it. */
export interface InventoryHost {
  readonly name: string
  /** Names of its groups with the ones above them, sorted, without `all`. */
  readonly groups: readonly string[]
  /** Merged: group vars (all, then by depth, `ansible_group_priority`, name), group_vars/, host vars, host_vars/; the strongest wins. */
  readonly vars: Readonly<Record<string, InventoryVar>>
  readonly place: Place | null
}

/** A group: its hosts with those of its children, in pattern order. */
export interface InventoryGroup {
  readonly name: string
  readonly hosts: readonly string[]
  readonly children: readonly string[]
}

/** Everyone who exists. */
export interface Inventory {
  /** The files it came from. */
  readonly files: readonly string[]
  /** In the order of `all`. */
  readonly hosts: ReadonlyMap<string, InventoryHost>
  /** With `all` and `ungrouped`. */
  readonly groups: ReadonlyMap<string, InventoryGroup>
  /** What holds for every host, also for `localhost` when no inventory names it. */
  readonly allVars?: Readonly<Record<string, InventoryVar>>
}
