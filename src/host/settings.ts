import { readBecome } from '../inventory/become-vars.ts'
import { type VariableProblem, VariableReader } from '../inventory/variable-reader.ts'
import { err, ok, type Result } from '../shared/result.ts'
import type { Secret } from '../shared/secret.ts'
import { didYouMean } from '../shared/text.ts'
import type { Value } from '../shared/value.ts'
import { type CommonArgs, parseCommonArgs } from './common-args.ts'
import type { Become } from './host.ts'

/** How a host is reached, and as whom work is done there. */
export type ConnectionSettings = LocalSettings | LabConnection | SshSettings

/** This machine itself. */
export interface LocalSettings {
  readonly kind: 'local'
  readonly name: string
  readonly become: BecomeSettings
}

/** A simulated host: whoever starts it knows its address and keys, and makes {@link SshSettings} of them. */
export interface LabConnection {
  readonly kind: 'lab'
  readonly name: string
  readonly user: string | null
  readonly become: BecomeSettings
}

/** Over SSH. null: not said, so ~/.ssh/config and the defaults of ssh decide. */
export interface SshSettings {
  readonly kind: 'ssh'
  /** The host's name in the inventory. */
  readonly name: string
  readonly address: string
  readonly port: number | null
  readonly user: string | null
  /** Private keys to log in with, before all others. */
  readonly keys: readonly PrivateKey[]
  readonly password: Secret | null
  /** Also ask the agent, and try the keys of ~/.ssh. */
  readonly ownKeys: boolean
  readonly hostKey: HostKeyPolicy
  /** Look the host up in ssh's configuration files. */
  readonly readConfig: boolean
  /** Hosts to go through, as ProxyJump of ssh_config(5) has them. */
  readonly jump: string | null
  /** For the handshake and the login, in milliseconds. */
  readonly timeoutMs: number
  /** Between two signs of life, in milliseconds; after the third without an answer the link is dead. */
  readonly keepaliveMs: number
  readonly become: BecomeSettings
}

/** A private key: a file, or its text. */
export type PrivateKey =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'text'; readonly label: string; readonly text: Secret }

/** How the server has to prove who it is. */
export type HostKeyPolicy =
  /** By known_hosts files; null: those of ssh's configuration. `accept-new` adds hosts that are not known. */
  | {
      readonly kind: 'known-hosts'
      readonly mode: 'strict' | 'accept-new' | 'off'
      readonly files: readonly string[] | null
    }
  /** By this key and no other: its blob in base64. */
  | { readonly kind: 'pinned'; readonly key: string }

/** What the inventory says about becoming another user; the playbook may say more. */
export interface BecomeSettings {
  /** null: not said. */
  readonly wanted: boolean | null
  readonly method: Become['method']
  readonly user: string
  readonly password: Secret | null
}

/** What the command line and the config say for all hosts; a host's own variables win. */
export interface ConnectionDefaults {
  readonly user?: string
  readonly privateKey?: string
  /** Seconds. */
  readonly timeout?: number
  readonly acceptNewHostKeys?: boolean
  readonly becomeMethod?: Become['method']
  readonly becomeUser?: string
  readonly becomePassword?: Secret
  /** The folder that `~` stands for. */
  readonly home: string
}

/** For the handshake, in milliseconds; after ssh2's own default of 20 s, shorter: a dead host should not hold up a fleet. */
const defaultTimeoutMs = 10_000

/** Between signs of life, in milliseconds: three that are missed end a link. */
const defaultKeepaliveMs = 5000

/** Reads Ansible's connection variables of a host (`ansible_host`, `ansible_port` ...); names all that cannot be used. */
export function connectionSettings(
  host: string,
  vars: Readonly<Record<string, Value | undefined>>,
  defaults: ConnectionDefaults,
): Result<ConnectionSettings, readonly VariableProblem[]> {
  const read = new VariableReader(vars)
  const kind = connectionKind(host, read)
  const user = read.text('ansible_user', 'ansible_ssh_user') ?? defaults.user ?? null
  const given = readBecome(read)
  const become: BecomeSettings = {
    wanted: given.wanted,
    method: given.method ?? defaults.becomeMethod ?? 'sudo',
    user: given.user ?? defaults.becomeUser ?? 'root',
    password: given.password ?? defaults.becomePassword ?? null,
  }
  const ssh = sshSettings(host, user, become, read, defaults)
  if (read.problems.length > 0) return err(read.problems)
  if (kind === 'local') return ok({ kind, name: host, become })
  return ok(kind === 'lab' ? { kind, name: host, user, become } : ssh)
}

function sshSettings(
  host: string,
  user: string | null,
  become: BecomeSettings,
  read: VariableReader,
  defaults: ConnectionDefaults,
): SshSettings {
  const more = commonArgs(read, defaults.home)
  const file = read.text('ansible_private_key_file', 'ansible_ssh_private_key_file') ?? defaults.privateKey
  const timeout = read.number('ansible_ssh_timeout', 'ansible_timeout') ?? more.timeout ?? defaults.timeout
  const checking = read.flag('ansible_host_key_checking', 'ansible_ssh_host_key_checking')
  const mode =
    more.hostKeys ?? (checking === false ? 'off' : null) ?? (defaults.acceptNewHostKeys ? 'accept-new' : 'strict')
  return {
    kind: 'ssh',
    name: host,
    address: read.text('ansible_host', 'ansible_ssh_host') ?? host,
    port: read.port('ansible_port', 'ansible_ssh_port') ?? more.port,
    user: user ?? more.user,
    keys: [...(file === undefined ? [] : [file]), ...more.keys].map((each) => ({
      kind: 'file' as const,
      path: each.replace(/^~(?=\/)/, defaults.home),
    })),
    password: read.secret('ansible_password', 'ansible_ssh_password', 'ansible_ssh_pass'),
    ownKeys: true,
    hostKey: { kind: 'known-hosts', mode, files: more.knownHosts },
    readConfig: true,
    jump: more.jump,
    timeoutMs: timeout === undefined ? defaultTimeoutMs : timeout * 1000,
    keepaliveMs: defaultKeepaliveMs,
    become,
  }
}

function connectionKind(host: string, read: VariableReader): 'ssh' | 'local' | 'lab' {
  const word = read.text('ansible_connection')
  if (word === undefined) return host === 'localhost' ? 'local' : 'ssh'
  if (word === 'local' || word === 'lab' || word === 'ssh') return word
  if (word === 'paramiko' || word === 'paramiko_ssh' || word === 'smart') return 'ssh'
  read.refuse(
    'ansible_connection',
    `is "${word}", but must be ssh, local or lab`,
    didYouMean(word, ['ssh', 'local', 'lab']),
  )
  return 'ssh'
}

/** All of Ansible's variables for arguments of ssh, in the order ssh would get them. */
function commonArgs(read: VariableReader, home: string): CommonArgs {
  const names = ['ansible_ssh_common_args', 'ansible_ssh_extra_args', 'ansible_ssh_args'] as const
  const parts = names.map((name) => {
    const parsed = parseCommonArgs(read.text(name) ?? '', home)
    if (parsed.ok) return parsed.value
    read.refuse(name, parsed.error.message, parsed.error.hint)
    return null
  })
  const given = parts.filter((part) => part !== null)
  return {
    port: given.find((part) => part.port !== null)?.port ?? null,
    user: given.find((part) => part.user !== null)?.user ?? null,
    jump: given.find((part) => part.jump !== null)?.jump ?? null,
    timeout: given.find((part) => part.timeout !== undefined)?.timeout,
    hostKeys: given.find((part) => part.hostKeys !== null)?.hostKeys ?? null,
    knownHosts: given.find((part) => part.knownHosts !== null)?.knownHosts ?? null,
    keys: given.flatMap((part) => part.keys),
  }
}
