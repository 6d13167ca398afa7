import path from 'node:path'
import { loadInventory } from '../inventory/load.ts'
import { hostNamed, limitHosts } from '../inventory/patterns.ts'
import type { Inventory } from '../inventory/types.ts'
import type { SearchPaths } from '../playbook/local-files.ts'
import { parseExtraVars } from '../playbook/vars-text.ts'
import { compileValue } from '../run/compile.ts'
import { Scope } from '../run/scope.ts'
import { Unknown } from '../shared/unknown.ts'
import type { Value, Vars } from '../shared/value.ts'
import { diskReader, type SourceReader } from '../source/reader.ts'
import { type Config, findInventories, loadConfig, packageDir } from './config.ts'
import type { RunFlags } from './options.ts'
import { Stop, stop } from './stop.ts'

/** What a command works on: who exists, whom the limit leaves, and what is set over everything. */
export interface World {
  readonly cwd: string
  readonly config: Config
  readonly reader: SourceReader
  readonly inventory: Inventory
  readonly limit: readonly string[] | null
  readonly extraVars: Vars
}

/** The part of the flags that says who and what. */
export type WorldFlags = Pick<RunFlags, 'inventory' | 'limit'> & Partial<Pick<RunFlags, 'extraVars'>>

/** Reads config, inventory, limit and extra variables; everything that is wrong with them ends the program. */
export function loadWorld(flags: WorldFlags, playbook: string | null): World {
  const cwd = process.cwd()
  const config = loadConfig(cwd)
  const reader = diskReader(cwd)
  const extraVars = extraVarsOf(flags, reader)
  const paths = findInventories(flags.inventory, process.env['VFLAG_INVENTORY'], config, cwd)
  const inventory = loadInventory(reader, paths, { playbookDir: playbook === null ? null : path.dirname(playbook) })
  if (!inventory.ok) throw new Stop(inventory.error)
  return { cwd, config, reader, inventory: inventory.value, limit: limitOf(flags, inventory.value, reader), extraVars }
}

function limitOf(flags: WorldFlags, inventory: Inventory, reader: SourceReader): readonly string[] | null {
  if (flags.limit === undefined) return null
  const limited = limitHosts(inventory, flags.limit, reader)
  if (!limited.ok) throw stop(`--limit: ${limited.error.message}`, limited.error.hint)
  return limited.value
}

function extraVarsOf(flags: WorldFlags, reader: SourceReader): Vars {
  const vars: Record<string, Value> = {}
  for (const text of flags.extraVars ?? []) {
    const parsed = parseExtraVars(text, reader)
    if (!parsed.ok) throw new Stop(parsed.error)
    Object.assign(vars, parsed.value)
  }
  return vars
}

/** Where controller files are looked for besides the playbook's own folder: the project's, then those shipped with the program. */
export function searchPaths({ config }: Pick<World, 'config'>): SearchPaths {
  const roots = [...new Set([config.directory, packageDir])]
  return {
    templates: roots.map((root) => path.join(root, 'templates')),
    files: roots.map((root) => path.join(root, 'files')),
  }
}

/** The variables of a host that say how it is reached (`ansible_*`, `lab`, `vflag_vms`), rendered. */
export function connectionVars(world: World, host: string): Readonly<Record<string, Value>> {
  const written = hostNamed(world.inventory, host)?.vars ?? {}
  const scope = new Scope([
    { kind: 'values', vars: { inventory_hostname: host } },
    { kind: 'values', vars: world.extraVars },
    {
      kind: 'templates',
      vars: Object.fromEntries(
        Object.entries(written).map(([name, each]) => [name, compileValue(each.value, each.origin.place)]),
      ),
    },
  ])
  const vars: Record<string, Value> = {}
  for (const name of scope.names()) {
    if (!name.startsWith('ansible_') && name !== 'lab' && name !== 'vflag_vms') continue
    const found = scope.get(name)
    if (found === undefined || (found.ok && found.value instanceof Unknown)) continue
    if (!found.ok && name === 'vflag_vms') {
      // It may name what only a run learns, the ports of the card above all; the lab wants no more than names and addresses.
      const asWritten = written[name]?.value
      if (asWritten !== undefined) vars[name] = asWritten
      continue
    }
    if (!found.ok) {
      const place = written[name]?.origin.place ?? null
      throw new Stop([
        {
          severity: 'error',
          message: `the variable "${name}" of ${host} cannot be evaluated: ${found.error.message}`,
          place,
          ...(found.error.hint !== undefined && { hint: found.error.hint }),
        },
      ])
    }
    if (!(found.value instanceof Unknown)) vars[name] = found.value
  }
  return vars
}
