import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkSchema } from '../shared/schema.ts'
import { isMap } from '../shared/value.ts'
import { placeAt } from '../source/place-at.ts'
import { toValue } from '../source/tree.ts'
import { parseYaml } from '../source/yaml.ts'
import { Stop, stop } from './stop.ts'

/** What `vflag.yaml` may say. Paths in it are relative to its directory. */
export interface Config {
  /** Where it was found; the working directory when there is none. */
  readonly directory: string
  readonly file: string | null
  readonly playbook: string | null
  readonly inventory: readonly string[]
  readonly forks: number | null
  readonly user: string | null
  readonly privateKey: string | null
  readonly timeout: number | null
  readonly output: 'tree' | 'lines' | 'json' | 'quiet' | null
}

/** The directory of the program itself: shipped playbooks, templates and the lab inventory live there. */
export const packageDir = fileURLToPath(new URL('../..', import.meta.url))

/** Schema of `vflag.yaml`. */
export const configSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    playbook: { type: 'string', minLength: 1, description: 'Playbook that is run when none is named' },
    inventory: {
      description: 'Inventory file, or several, when none is named',
      type: ['string', 'array'],
      items: { type: 'string' },
    },
    forks: { type: 'integer', minimum: 1, description: 'Hosts that are worked on at once' },
    user: { type: 'string', minLength: 1, description: 'User to log in as' },
    private_key: { type: 'string', minLength: 1, description: 'File of the private key to log in with' },
    timeout: { type: 'integer', minimum: 1, description: 'Seconds to wait for a connection' },
    output: { enum: ['tree', 'lines', 'json', 'quiet'], description: 'How a run is shown' },
  },
} as const

/** Finds `vflag.yaml` in the working directory or above, and checks it. */
export function loadConfig(cwd: string): Config {
  const file = findUp(cwd, 'vflag.yaml')
  const empty: Config = {
    directory: cwd,
    file: null,
    playbook: null,
    inventory: [],
    forks: null,
    user: null,
    privateKey: null,
    timeout: null,
    output: null,
  }
  if (file === null) return empty
  const shown = path.relative(cwd, file) || file
  const parsed = parseYaml(shown, readText(file))
  if (!parsed.ok) throw new Stop(parsed.error)
  const value = toValue(parsed.value)
  if (value === null) return { ...empty, directory: path.dirname(file), file }
  const problems = checkSchema(configSchema, value, 'the config')
  if (problems.length > 0 || !isMap(value)) {
    throw new Stop(
      problems.map((problem) => ({
        severity: 'error',
        message: problem.message,
        place: placeAt(parsed.value, problem.path, problem.atKey),
        ...(problem.hint !== undefined && { hint: problem.hint }),
      })),
    )
  }
  const directory = path.dirname(file)
  const text = (name: string) => (typeof value[name] === 'string' ? value[name] : null)
  const whole = (name: string) => (typeof value[name] === 'number' ? value[name] : null)
  const inventory = value['inventory']
  const output = text('output')
  return {
    directory,
    file,
    playbook: text('playbook'),
    inventory: Array.isArray(inventory) ? inventory.map(String) : typeof inventory === 'string' ? [inventory] : [],
    forks: whole('forks'),
    user: text('user'),
    privateKey: text('private_key'),
    timeout: whole('timeout'),
    output: output === 'tree' || output === 'lines' || output === 'json' || output === 'quiet' ? output : null,
  }
}

/** The playbook that is meant: as given, else under `playbooks/` here, beside the config, or shipped with the program. */
export function findPlaybook(given: string | undefined, config: Config, cwd: string): string {
  const name = given ?? config.playbook ?? 'playbooks/vflag-lacp.yaml'
  const base = given === undefined && config.playbook !== null ? config.directory : cwd
  const places = [
    path.resolve(base, name),
    path.resolve(base, 'playbooks', name),
    path.resolve(config.directory, 'playbooks', name),
    path.resolve(packageDir, name),
    path.resolve(packageDir, 'playbooks', name),
  ]
  const found = places.find((each) => existsSync(each))
  if (found === undefined)
    throw stop(
      `the playbook is ${JSON.stringify(name)}, but there is no such file, nor one under playbooks/`,
      'vflag-play --help shows how to name one',
    )
  return shorten(found, cwd)
}

/** How a user would name the playbook from here: what leads {@link findPlaybook} to the same file, the shortest first. */
export function playbookName(file: string, config: Config, cwd: string): string {
  const full = path.resolve(cwd, file)
  const inside = (directory: string): boolean => !path.relative(directory, full).startsWith('..')
  const names = [
    ...(inside(cwd) || inside(config.directory) ? [path.relative(cwd, full)] : []),
    ...(inside(packageDir) ? [path.relative(packageDir, full)] : []),
  ]
  return names.find((name) => path.resolve(cwd, findPlaybook(name, config, cwd)) === full) ?? full
}

/** The inventories that are meant: `-i`, else `$VFLAG_INVENTORY`, else the config's, else `inventory/lab.yaml`. */
export function findInventories(
  given: readonly string[],
  environment: string | undefined,
  config: Config,
  cwd: string,
): readonly string[] {
  if (given.length > 0) return given.map((each) => existing(each, cwd, '-i'))
  if (environment !== undefined && environment !== '') return [existing(environment, cwd, '$VFLAG_INVENTORY')]
  if (config.inventory.length > 0)
    return config.inventory.map((each) => existing(each, config.directory, 'vflag.yaml', cwd))
  const fallback = [path.resolve(cwd, 'inventory/lab.yaml'), path.resolve(packageDir, 'inventory/lab.yaml')].find(
    (each) => existsSync(each),
  )
  return [shorten(fallback ?? 'inventory/lab.yaml', cwd)]
}

function existing(name: string, base: string, who: string, cwd = base): string {
  if (name.includes(',')) return name
  const found = path.resolve(base, name)
  if (!existsSync(found))
    throw stop(`the inventory given by ${who} is ${JSON.stringify(name)}, but there is no such file`)
  return shorten(found, cwd)
}

/** A path as people would write it from here. */
export function shorten(file: string, cwd: string): string {
  const relative = path.relative(cwd, file)
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative) ? relative : file
}

function findUp(from: string, name: string): string | null {
  for (let directory = path.resolve(from); ; directory = path.dirname(directory)) {
    const file = path.join(directory, name)
    if (existsSync(file)) return file
    if (directory === path.dirname(directory)) return null
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw stop(`${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}
