import { join, resolve } from 'node:path'
import type { Machine, MachineTime } from '../machine/machine.ts'
import { replaceFile } from './disk.ts'
import { type HostServer, startHostServer } from './host-server.ts'
import { hostKey, userKey, userKeyPath } from './keys.ts'
import { LabError } from './lab-error.ts'
import { takeLock } from './lock.ts'
import { createMachines } from './machines.ts'
import type { LabHost } from './settings.ts'
import type { ScriptResult } from './shell/shell.ts'
import { login, type TerminalEnds } from './shell/terminal.ts'
import { type KeyPair, publicBlob } from './ssh-server.ts'
import { loadState, saveState } from './store.ts'

/** What to start. */
export interface LabOptions {
  readonly hosts: readonly LabHost[]
  /** Where machines and keys are kept between runs: `.vflag/lab`. */
  readonly stateDir: string
  /** How many times faster than real time modelled time passes. */
  readonly speed?: number
  /** Another clock for the machines, in place of `speed`. */
  readonly time?: MachineTime
  /** The process number to tell another run that finds the lab in use. */
  readonly pid?: number
}

/** How to reach a machine of the lab. */
export interface LabEndpoint {
  readonly host: '127.0.0.1'
  readonly port: number
  readonly user: 'root'
  /** In OpenSSH's text format. */
  readonly privateKey: string
  /** The public host key on record: its blob, base64, as in known_hosts. */
  readonly hostKey: string
}

/** Simulated hypervisors that run behind SSH servers on loopback. */
export interface Lab {
  readonly names: readonly string[]
  endpoint(name: string): LabEndpoint
  machine(name: string): Machine
  /** Serves an interactive login in this process, without SSH; gives the exit status. */
  login(name: string, ends: TerminalEnds): Promise<number>
  /** Runs shell text as root in this process, without SSH. */
  run(name: string, text: string, stdin?: Uint8Array): Promise<ScriptResult>
  /** Keeps all machines for the next run. */
  save(): Promise<void>
  /** Saves, cuts all connections and gives the state free for another run. */
  close(): Promise<void>
}

/** One machine with all that belongs to it. */
interface Member {
  readonly machine: Machine
  readonly server: HostServer
  readonly hostKey: KeyPair
  save(): Promise<void>
}

/**
 * Starts the simulated hypervisors, each as the last run left it. Throws a {@link LabError} when another run has them or
 * when what was kept cannot be used.
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const { stateDir, hosts } = options
  const lock = await takeLock(stateDir, options.pid ?? null, new Date())
  const members = new Map<string, Member>()
  const stop = async () => {
    await Promise.all([...members.values()].map((member) => member.server.close()))
    await lock.release()
  }
  try {
    const [user, states, hostKeys] = await Promise.all([
      userKey(stateDir),
      Promise.all(hosts.map((host) => loadState(stateDir, host))),
      Promise.all(hosts.map((host) => hostKey(stateDir, host.name))),
    ])
    const made = createMachines(
      hosts.map((host, at) => ({ host, state: states[at] ?? null, cut: () => members.get(host.name)?.server.cut() })),
      { ...(options.time ? { time: options.time } : {}), ...(options.speed ? { speed: options.speed } : {}) },
    )
    await Promise.all(
      made.map(async ({ host, machine, shell }, at) => {
        const key = hostKeys[at]
        if (!key) throw new Error('Internal error: a machine without a host key')
        const save = saver(() => saveState(stateDir, host, machine.state))
        const server = await startHostServer({ host, machine, shell, hostKey: key, userKey: user, save })
        members.set(host.name, { machine, server, hostKey: key, save })
      }),
    )
    await writeSshConfig(stateDir, hosts, members)
    return labOf(hosts, members, user, stop)
  } catch (cause) {
    await stop()
    throw cause
  }
}

function labOf(
  hosts: readonly LabHost[],
  members: ReadonlyMap<string, Member>,
  user: KeyPair,
  stop: () => Promise<void>,
): Lab {
  const member = (name: string): Member => {
    const found = members.get(name)
    if (!found) throw new Error(`Internal error: the lab was started without the host "${name}"`)
    return found
  }
  const save = async () => {
    await Promise.all([...members.values()].map((each) => each.save()))
  }
  return {
    names: hosts.map((host) => host.name),
    endpoint: (name) => ({
      host: '127.0.0.1',
      port: member(name).server.port,
      user: 'root',
      privateKey: user.privateKey,
      hostKey: publicBlob(member(name).hostKey.publicKey).toString('base64'),
    }),
    machine: (name) => member(name).machine,
    login: (name, ends) => {
      const { session } = member(name).server
      const { shell, afterText } = session
      return login(ends, shell, { user: 'root', host: name, env: session.environment('root'), afterCommand: afterText })
    },
    run: async (name, text, stdin = new Uint8Array()) => {
      const { shell, environment, afterText } = member(name).server.session
      const env = environment('root')
      const result = await shell.run({ text, env, cwd: env['HOME'] ?? '/', stdin })
      await afterText()
      return result
    },
    save,
    close: async () => {
      await save()
      await stop()
    },
  }
}

/** Saves one after the other; all who ask before a write begins share it. */
function saver(write: () => Promise<void>): () => Promise<void> {
  let last: Promise<void> = Promise.resolve()
  let waiting: Promise<void> | null = null
  return () => {
    if (!waiting) {
      waiting = last
        .catch(() => {})
        .then(() => {
          waiting = null
          return write()
        })
      last = waiting
    }
    return waiting
  }
}

/** `ssh -F .vflag/lab/ssh_config hv1` logs in, for people and for other tools. */
async function writeSshConfig(
  stateDir: string,
  hosts: readonly LabHost[],
  members: ReadonlyMap<string, Member>,
): Promise<void> {
  const knownHosts = resolve(stateDir, 'known_hosts')
  const entries = hosts.flatMap(({ name }) => {
    const member = members.get(name)
    return member ? [{ name, port: member.server.port, key: member.hostKey.publicKey }] : []
  })
  const config = entries.map(({ name, port }) =>
    [
      `Host ${name}`,
      '  HostName 127.0.0.1',
      `  Port ${port}`,
      '  User root',
      `  HostKeyAlias ${name}`,
      `  IdentityFile "${resolve(userKeyPath(stateDir))}"`,
      '  IdentitiesOnly yes',
      `  UserKnownHostsFile "${knownHosts}"`,
      '',
    ].join('\n'),
  )
  await replaceFile(knownHosts, entries.map(({ name, key }) => `${name} ${key}\n`).join(''))
  await replaceFile(join(stateDir, 'ssh_config'), `${config.join('\n')}`)
}
