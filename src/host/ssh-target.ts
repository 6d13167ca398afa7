import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Secret } from '../shared/secret.ts'
import type { HostKeyPolicy, PrivateKey, SshSettings } from './settings.ts'
import { askSshConfig, type SshConfig } from './ssh-config.ts'

/** Who runs this program, as far as ssh cares. */
export interface SshEnvironment {
  readonly home: string
  /** Logs in under this name where nothing else is said. */
  readonly user: string
  /** `$SSH_AUTH_SOCK`; null: there is no agent. */
  readonly agentSocket: string | null
}

/** Where and how to connect: settings, ssh's configuration and defaults put together. */
export interface SshTarget {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly user: string
  /** Keys to try before the agent, and after it. */
  readonly keys: readonly PrivateKey[]
  readonly agentSocket: string | null
  readonly lateKeys: readonly PrivateKey[]
  readonly password: Secret | null
  readonly hostKey: HostKeyPolicy
  /** The name and port under which known_hosts has the host. */
  readonly knownAs: { readonly name: string; readonly port: number }
  /** Files to look into; keys of new hosts go into the first. */
  readonly knownHosts: readonly string[]
  readonly jump: string | null
  /** Why the configuration cannot be followed. */
  readonly unsupported: string | null
  readonly timeoutMs: number
  readonly keepaliveMs: number
}

/** Puts together how to reach a host. What the inventory and the command line say wins over ssh's configuration. */
export async function sshTarget(settings: SshSettings, environment: SshEnvironment): Promise<SshTarget> {
  const config = settings.readConfig ? await askSshConfig(settings.address, settings.user, settings.port) : null
  const address = config?.hostName ?? settings.address
  const port = settings.port ?? config?.port ?? 22
  const own = settings.ownKeys && settings.keys.length === 0
  const jump = settings.jump ?? config?.proxyJump ?? null
  return {
    name: settings.name,
    address,
    port,
    user: settings.user ?? config?.user ?? environment.user,
    keys: settings.keys,
    agentSocket: settings.ownKeys && !(own && config?.identitiesOnly) ? agentSocket(config, environment) : null,
    lateKeys: own ? ownKeys(config, environment) : [],
    password: settings.password,
    hostKey: settings.hostKey,
    knownAs: { name: config?.hostKeyAlias ?? address, port: config?.hostKeyAlias ? 22 : port },
    knownHosts: knownHostsFiles(settings, config, environment),
    jump: jump === 'none' ? null : jump,
    unsupported:
      jump === null && config?.proxyCommand
        ? `ssh's configuration gives ${settings.address} a ProxyCommand, which is not understood here`
        : null,
    timeoutMs: settings.timeoutMs,
    keepaliveMs: settings.keepaliveMs,
  }
}

const defaultKeyNames = ['id_ed25519', 'id_ecdsa', 'id_rsa']

function ownKeys(config: SshConfig | null, environment: SshEnvironment): readonly PrivateKey[] {
  const named = config?.identityFiles ?? defaultKeyNames.map((name) => path.join(environment.home, '.ssh', name))
  return named
    .map((file) => inHome(file, environment))
    .filter((file) => existsSync(file))
    .map((file) => ({ kind: 'file', path: file }))
}

function agentSocket(config: SshConfig | null, environment: SshEnvironment): string | null {
  const named = config?.identityAgent ?? null
  if (named === 'none') return null
  const socket = named === null || named === 'SSH_AUTH_SOCK' ? environment.agentSocket : inHome(named, environment)
  return socket !== null && existsSync(socket) ? socket : null
}

function knownHostsFiles(
  settings: SshSettings,
  config: SshConfig | null,
  environment: SshEnvironment,
): readonly string[] {
  const named = settings.hostKey.kind === 'known-hosts' ? settings.hostKey.files : null
  const user = named ?? config?.userKnownHosts ?? [path.join(environment.home, '.ssh', 'known_hosts')]
  const system = config?.globalKnownHosts ?? ['/etc/ssh/ssh_known_hosts']
  return [...user, ...system].map((file) => inHome(file, environment)).filter((file) => file !== 'none')
}

const inHome = (file: string, environment: SshEnvironment): string => file.replace(/^~(?=\/)/, environment.home)
