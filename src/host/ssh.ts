import type { Duplex } from 'node:stream'
import { NodeSSH } from 'node-ssh'
import type { AnyAuthMethod, Client, ClientChannel } from 'ssh2'
import type { Pool } from '../shared/pool.ts'
import { err, ok, type Result } from '../shared/result.ts'
import type { Channel, ChannelEnd, Link } from './channel.ts'
import type { LinkFailure } from './host.ts'
import { judgeKey, knownName, knownTypes } from './known-hosts.ts'
import type { KnownHostsFiles } from './known-hosts-files.ts'
import type { SshSettings } from './settings.ts'
import { connectFailure, deathFailure, isPassing, keyFailure, type RawError, rawError } from './ssh-failure.ts'
import { type LoginMethod, loginMethods } from './ssh-login.ts'
import { type SshEnvironment, type SshTarget, sshTarget } from './ssh-target.ts'

/** What all SSH connections of a run share. */
export interface SshServices {
  /** Limits how many connect at once: a burst makes handshakes time out on our own side. */
  readonly connectPool: Pool
  readonly knownHosts: KnownHostsFiles
  readonly environment: SshEnvironment
  /** Hosts to go through, by `user@host:port`, each connected to once. */
  readonly jumps: Map<string, SshLink>
  /** Told when a new host's key was added. */
  readonly notice?: (text: string) => void
}

/** One SSH connection to a host, made when it is first needed and again after it died. */
export class SshLink implements Link {
  readonly #settings: SshSettings
  readonly #services: SshServices
  #connection: Promise<Result<Connection, LinkFailure>> | null = null

  constructor(settings: SshSettings, services: SshServices) {
    this.#settings = settings
    this.#services = services
  }

  async open(command: string): Promise<Result<Channel, LinkFailure>> {
    return await this.#use((connection) => connection.open(command))
  }

  /** A stream to another host, through this one (`direct-tcpip`, RFC 4254, section 7.2). */
  async forward(address: string, port: number): Promise<Result<Duplex, LinkFailure>> {
    return await this.#use((connection) => connection.forward(address, port))
  }

  async drop(): Promise<void> {
    const connection = this.#connection
    this.#connection = null
    const found = await connection
    if (found?.ok) found.value.end()
  }

  /** A connection that turns out to be dead before anything was sent is made anew, once. */
  async #use<T>(work: (connection: Connection) => Promise<Result<T, LinkFailure>>): Promise<Result<T, LinkFailure>> {
    for (let attempt = 1; ; attempt++) {
      const connection = await this.#connected()
      if (!connection.ok) return connection
      const result = await work(connection.value)
      if (result.ok || connection.value.death === null || attempt === 2) return result
    }
  }

  async #connected(): Promise<Result<Connection, LinkFailure>> {
    const current = this.#connection
    if (current !== null) {
      const found = await current
      if (found.ok && found.value.death === null) return found
      if (this.#connection === current) this.#connection = null
    }
    this.#connection ??= connect(this.#settings, this.#services)
    return await this.#connection
  }
}

/** How often a connection is tried that a busy server cut before the handshake. */
const attempts = 3

async function connect(settings: SshSettings, services: SshServices): Promise<Result<Connection, LinkFailure>> {
  const target = await sshTarget(settings, services.environment)
  if (target.unsupported !== null)
    return err({ reason: 'connect', message: target.unsupported, hint: 'use ProxyJump instead' })
  const { methods, unusable } = loginMethods(target)
  for (let attempt = 1; ; attempt++) {
    const through = target.jump === null ? ok(null) : await throughJump(target.jump, target, settings, services)
    if (!through.ok) return through
    const tried: string[] = []
    const result = await services.connectPool.run(() => handshake(target, through.value, methods, tried, services))
    if (result.ok) return result
    const failure = 'reason' in result.error ? result.error : connectFailure(target, result.error, tried, unusable)
    if ('reason' in result.error || !isPassing(result.error) || attempt === attempts) return err(failure)
    await new Promise((resolve) => setTimeout(resolve, 200 + Math.random() * 600 * attempt))
  }
}

/** A stream to the target through the last of the jump hosts (`user@a:22,b`), itself reached through those before it. */
async function throughJump(
  jump: string,
  target: SshTarget,
  settings: SshSettings,
  services: SshServices,
): Promise<Result<Duplex, LinkFailure>> {
  const hops = jump.split(',').map((hop) => hop.trim())
  const last = /^(?:ssh:\/\/)?(?:([^@]*)@)?(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(hops.at(-1) ?? '')
  if (!last)
    return err({ reason: 'connect', message: `the jump host "${hops.at(-1)}" is not of the form user@host:port` })
  const outer =
    services.jumps.get(jump) ??
    new SshLink(
      {
        ...settings,
        name: hops.at(-1) ?? jump,
        address: (last[2] ?? '').replace(/^\[|\]$/g, ''),
        port: last[3] === undefined ? null : Number(last[3]),
        user: last[1] ?? null,
        password: null,
        jump: hops.length > 1 ? hops.slice(0, -1).join(',') : 'none',
      },
      services,
    )
  services.jumps.set(jump, outer)
  const stream = await outer.forward(target.address, target.port)
  if (stream.ok) return stream
  return err({ ...stream.error, message: `through the jump host: ${stream.error.message}` })
}

/** Best first; what ssh2 lacks (post-quantum kex) and what is weak (SHA-1, group 1) is not here. */
const kex = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group14-sha256',
  'diffie-hellman-group-exchange-sha256',
  'diffie-hellman-group16-sha512',
] as const

const hostKeyAlgorithms = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
] as const

/** Only types that are known for the host: ssh2 could agree on another, which would look like a changed key. */
function algorithmsFor(target: SshTarget, services: SshServices): (typeof hostKeyAlgorithms)[number][] {
  if (target.hostKey.kind === 'pinned' || target.hostKey.mode === 'off') return [...hostKeyAlgorithms]
  const types = knownTypes(
    services.knownHosts.lines(target.knownHosts),
    knownName(target.knownAs.name, target.knownAs.port),
  )
  const usable = hostKeyAlgorithms.filter((each) => types.includes(each.startsWith('rsa-') ? 'ssh-rsa' : each))
  return usable.length > 0 ? usable : [...hostKeyAlgorithms]
}

/** Judges the key that the server showed, and remembers a new one where that is wanted; null: trusted. */
function judge(target: SshTarget, blob: Buffer, services: SshServices): LinkFailure | null {
  const policy = target.hostKey
  if (policy.kind === 'pinned')
    return blob.toString('base64') === policy.key ? null : keyFailure(target, blob, 'pinned')
  if (policy.mode === 'off') return null
  const name = knownName(target.knownAs.name, target.knownAs.port)
  const verdict = judgeKey(services.knownHosts.lines(target.knownHosts), name, blob)
  if (verdict.kind === 'trusted') return null
  const [file] = target.knownHosts
  if (verdict.kind !== 'unknown' || policy.mode !== 'accept-new' || file === undefined)
    return keyFailure(target, blob, verdict)
  const problem = services.knownHosts.add(file, name, blob)
  services.notice?.(
    problem === null
      ? `the host key of ${target.name} is new and was added to ${file}`
      : `the host key of ${target.name} is new and could not be added to ${file}: ${problem}`,
  )
  return null
}

function handshake(
  target: SshTarget,
  through: Duplex | null,
  methods: readonly LoginMethod[],
  tried: string[],
  services: SshServices,
): Promise<Result<Connection, LinkFailure | RawError>> {
  return new Promise((resolve) => {
    let keyProblem: LinkFailure | null = null
    const untried = [...methods]
    const ssh = new NodeSSH()
    const config: Parameters<NodeSSH['connect']>[0] = {
      username: target.user,
      readyTimeout: target.timeoutMs,
      keepaliveInterval: target.keepaliveMs,
      keepaliveCountMax: 3,
      algorithms: { kex: [...kex], serverHostKey: algorithmsFor(target, services) },
      // ssh2 takes false for "there are no more"; its types do not know.
      authHandler: (left, _partial, next) => next(nextMethod(target.user, untried, tried, left) as AnyAuthMethod),
      hostVerifier: (blob: Buffer) => {
        keyProblem = judge(target, blob, services)
        return keyProblem === null
      },
      ...(through === null ? { host: target.address, port: target.port } : {}),
    }
    // node-ssh listens for errors only until the login: an error after that would end this program, and an agent that does
    // not answer would end the login. Our own listeners stay for the connection's life.
    const started = ssh.connect(through === null ? config : { ...config, sock: through as never })
    const client = ssh.connection
    if (!client) {
      started.catch(() => {})
      resolve(err({ message: 'the SSH library made no connection', code: null, level: null }))
      return
    }
    const connection = new Connection(client, target)
    client.on('connect', () => client.setNoDelay(true))
    client.on('ready', () => resolve(ok(connection)))
    const fail = (error: RawError): void => {
      resolve(err(keyProblem ?? error))
      client.destroy()
    }
    client.on('error', (cause) => {
      const error = rawError(cause)
      if (error.level !== 'agent') fail(error)
    })
    client.on('close', () => fail({ message: 'Connection lost before handshake', code: null, level: null }))
    // What has no level was thrown before anything was sent: an algorithm that this Node does not have.
    started.catch((cause) => {
      const error = rawError(cause)
      if (error.level === null) fail(error)
    })
  })
}

/** Takes the next way to log in that the server would accept, and notes that it is tried; `false` when there is none. */
function nextMethod(
  username: string,
  untried: LoginMethod[],
  tried: string[],
  accepted: readonly string[] | null,
): AnyAuthMethod | false {
  for (let method = untried.shift(); method; method = untried.shift()) {
    const wire = method.type === 'agent' ? 'publickey' : method.type
    if (accepted !== null && !accepted.includes(wire)) continue
    tried.push(method.label)
    switch (method.type) {
      case 'publickey':
        return { type: 'publickey', username, key: method.key }
      case 'agent':
        return { type: 'agent', username, agent: method.socket }
      case 'password':
        return { type: 'password', username, password: method.password.reveal() }
      case 'keyboard-interactive':
        return {
          type: 'keyboard-interactive',
          username,
          prompt: (_name, _instructions, _language, prompts, finish) =>
            finish(prompts.map(() => method.password.reveal())),
        }
    }
  }
  return false
}

/** An SSH connection that is or was up. */
class Connection {
  readonly #client: Client
  readonly #target: SshTarget
  readonly #mourners = new Set<(failure: LinkFailure) => void>()
  #death: LinkFailure | null = null

  constructor(client: Client, target: SshTarget) {
    this.#client = client
    this.#target = target
    client.on('error', (cause) => this.#die(rawError(cause)))
    client.on('end', () => this.#die(null))
    client.on('close', () => this.#die(null))
  }

  /** Why the connection is gone; null while it is up. */
  get death(): LinkFailure | null {
    return this.#death
  }

  end(): void {
    this.#client.end()
  }

  async open(command: string): Promise<Result<Channel, LinkFailure>> {
    // Wrapped right in the callback: a command that ends in the packet that answers would be over before an await is.
    return await this.#ask<Channel>((done) =>
      this.#client.exec(command, (error, stream) => {
        if (error) done(error, undefined)
        else done(undefined, this.#channel(stream))
      }),
    )
  }

  async forward(address: string, port: number): Promise<Result<Duplex, LinkFailure>> {
    return await this.#ask<ClientChannel>((done) =>
      this.#client.forwardOut('127.0.0.1', 0, address, port, (error, stream) => {
        if (error) done(error, undefined)
        else done(undefined, stream)
      }),
    )
  }

  /** Asks for a channel. On a link that died silently the answer never comes, so there is a limit. */
  #ask<T>(
    start: (done: (...answer: [error: Error, value: undefined] | [error: undefined, value: T]) => void) => unknown,
  ): Promise<Result<T, LinkFailure>> {
    return new Promise((resolve) => {
      const settle = (result: Result<T, LinkFailure>): void => {
        clearTimeout(timer)
        this.#mourners.delete(mourn)
        resolve(result)
      }
      const mourn = (failure: LinkFailure): void => settle(err(failure))
      const late = (): void => {
        this.#die({ message: `no channel within ${this.#target.timeoutMs / 1000} s`, code: null, level: null })
        this.#client.destroy()
      }
      const timer = setTimeout(late, this.#target.timeoutMs)
      this.#mourners.add(mourn)
      if (this.#death) {
        mourn(this.#death)
        return
      }
      try {
        start((...[error, value]) => settle(error ? err(this.#refused(error)) : ok(value)))
      } catch (cause) {
        this.#die(rawError(cause))
      }
    })
  }

  #refused(error: Error): LinkFailure {
    return this.#death ?? { reason: 'connect', message: `${this.#target.name} opened no channel: ${error.message}` }
  }

  #channel(stream: ClientChannel): Channel {
    let end: ChannelEnd | null = null
    let status: number | null = null
    const listeners: ((end: ChannelEnd) => void)[] = []
    const finish = (how: ChannelEnd): void => {
      if (end) return
      end = how
      this.#mourners.delete(mourn)
      for (const listener of listeners) listener(how)
    }
    const mourn = (failure: LinkFailure): void =>
      finish(status === null ? { kind: 'dead', failure } : { kind: 'exit', status })
    this.#mourners.add(mourn)
    stream.on('exit', (code: number | null) => {
      status = code ?? 255
    })
    // A channel that closes without a status closed because the other side died.
    stream.on('close', () => {
      if (status === null) mourn(this.#death ?? deathFailure(this.#target, null))
      else finish({ kind: 'exit', status })
    })
    stream.on('error', () => {})
    stream.stderr.on('error', () => {})
    return {
      write: (bytes) => {
        if (stream.writable) stream.write(bytes)
      },
      onStdout: (listener) => void stream.on('data', listener),
      onStderr: (listener) => void stream.stderr.on('data', listener),
      onEnd: (listener) => {
        if (end) listener(end)
        else listeners.push(listener)
      },
      close: () => {
        finish({ kind: 'exit', status: status ?? 255 })
        stream.close()
      },
    }
  }

  #die(error: RawError | null): void {
    if (error?.level === 'agent' || this.#death) return
    this.#death = deathFailure(this.#target, error)
    for (const mourn of [...this.#mourners]) mourn(this.#death)
    this.#mourners.clear()
  }
}
