import os from 'node:os'
import path from 'node:path'
import { createHost } from '../host/factory.ts'
import type { Host } from '../host/host.ts'
import { KnownHostsFiles } from '../host/known-hosts-files.ts'
import { type ConnectionSettings, connectionSettings, type SshSettings } from '../host/settings.ts'
import type { SshServices } from '../host/ssh.ts'
import { hostNamed } from '../inventory/patterns.ts'
import type { Lab } from '../lab/lab.ts'
import type { LabHost } from '../lab/settings.ts'
import { Pool } from '../shared/pool.ts'
import { Secret } from '../shared/secret.ts'
import type { Diagnostic } from '../source/diagnostic.ts'
import type { RunFlags } from './options.ts'
import { Stop } from './stop.ts'
import { connectionVars, type World } from './world.ts'

/** How many connections may be in the making at once, apart from forks: a burst of handshakes starves their own timeouts. */
const connectsAtOnce = 32

/** How many times faster than real time the simulated hosts live: ten seconds of traffic to a VM take a sixth of one. */
const labSpeed = 60

/** The ways to the hosts of a run, and the lab that was started for some of them. */
export interface OpenHosts {
  readonly connect: (name: string) => Host
  /** Ends the lab and keeps its state. */
  readonly close: () => Promise<void>
}

/** The flags that say how to get in. */
type AccessFlags = Pick<RunFlags, 'user' | 'privateKey' | 'timeout' | 'acceptNewHostKeys'>

/**
 * Checks how each host is reached, and starts the simulated ones. Nothing connects yet. Hosts that are simulated but
 * outside the run are started as well: traffic needs its other end.
 */
export async function openHosts(world: World, names: readonly string[], flags: AccessFlags): Promise<OpenHosts> {
  const settings = settingsOf(world, names, flags)
  const simulated = [...settings.values()].some((each) => each.kind === 'lab')
  const lab = simulated ? await startFleet(world, [...world.inventory.hosts.keys()]) : null
  const services: SshServices = {
    connectPool: new Pool(connectsAtOnce),
    knownHosts: new KnownHostsFiles(),
    environment: {
      home: os.homedir(),
      user: os.userInfo().username,
      agentSocket: process.env['SSH_AUTH_SOCK'] ?? null,
    },
    jumps: new Map(),
    notice: (text) => process.stderr.write(`${text}\n`),
  }
  return {
    connect: (name) => {
      const found = settings.get(name)
      if (!found) throw new Error(`Internal error: the host ${name} is not part of this run`)
      return createHost(found.kind === 'lab' ? labSsh(found, lab) : found, services)
    },
    close: async () => {
      await lab?.close()
    },
  }
}

function settingsOf(
  world: World,
  names: readonly string[],
  flags: AccessFlags,
): ReadonlyMap<string, ConnectionSettings> {
  const problems: Diagnostic[] = []
  const settings = new Map<string, ConnectionSettings>()
  const user = flags.user ?? world.config.user
  const privateKey =
    flags.privateKey ??
    (world.config.privateKey === null ? null : path.resolve(world.config.directory, world.config.privateKey))
  const timeout = flags.timeout ?? world.config.timeout
  for (const name of names) {
    const read = connectionSettings(name, connectionVars(world, name), {
      home: os.homedir(),
      acceptNewHostKeys: flags.acceptNewHostKeys,
      ...(user != null && { user }),
      ...(privateKey != null && { privateKey }),
      ...(timeout != null && { timeout }),
    })
    if (read.ok) settings.set(name, read.value)
    else problems.push(...read.error.map((each) => problemOf(world, name, each.variable, each.message, each.hint)))
  }
  if (problems.length > 0) throw new Stop(problems)
  return settings
}

function problemOf(
  world: World,
  host: string,
  variable: string,
  message: string,
  hint: string | undefined,
): Diagnostic {
  const place = hostNamed(world.inventory, host)?.vars[variable]?.origin.place ?? null
  return { severity: 'error', message: `${host}: ${message}`, place, ...(hint !== undefined && { hint }) }
}

/** The folder that keeps the simulated hosts between runs. */
export function labDir(world: World): string {
  return path.join(world.config.directory, '.vflag', 'lab')
}

/** The simulated hosts among these, checked. */
export async function labHosts(world: World, names: readonly string[]): Promise<readonly LabHost[]> {
  const { labSettings } = await import('../lab/settings.ts')
  const problems: Diagnostic[] = []
  const hosts: LabHost[] = []
  for (const name of names) {
    const vars = connectionVars(world, name)
    if (vars['ansible_connection'] !== 'lab') continue
    const checked = labSettings(name, vars)
    if (checked.ok) hosts.push(checked.value)
    else problems.push(...checked.error.map((each) => problemOf(world, name, 'lab', each.message, each.hint)))
  }
  if (problems.length > 0) throw new Stop(problems)
  return hosts
}

/** Starts the simulated hosts among these; what stands in the way (another run has them) ends the program with a sentence. */
export async function startFleet(world: World, names: readonly string[]): Promise<Lab> {
  const hosts = await labHosts(world, names)
  const { startLab } = await import('../lab/lab.ts')
  const { LabError } = await import('../lab/lab-error.ts')
  try {
    return await startLab({ hosts, stateDir: labDir(world), speed: labSpeed, pid: process.pid })
  } catch (cause) {
    if (!(cause instanceof LabError)) throw cause
    throw new Stop([
      { severity: 'error', message: cause.message, place: null, ...(cause.hint !== null && { hint: cause.hint }) },
    ])
  }
}

function labSsh(settings: Extract<ConnectionSettings, { kind: 'lab' }>, lab: Lab | null): SshSettings {
  if (lab === null) throw new Error('Internal error: a simulated host without the lab')
  const endpoint = lab.endpoint(settings.name)
  return {
    kind: 'ssh',
    name: settings.name,
    address: endpoint.host,
    port: endpoint.port,
    user: settings.user ?? endpoint.user,
    keys: [{ kind: 'text', label: 'the key of the lab', text: new Secret(endpoint.privateKey) }],
    password: null,
    ownKeys: false,
    hostKey: { kind: 'pinned', key: endpoint.hostKey },
    readConfig: false,
    jump: null,
    timeoutMs: 5000,
    keepaliveMs: 5000,
    become: settings.become,
  }
}
