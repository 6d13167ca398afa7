import type { Duplex } from 'node:stream'
import { NodeSSH } from 'node-ssh'
import type { AnyAuthMethod, Client, ClientChannel } from 'ssh2'
import { err, ok, type Result } from '../shared/result.ts'
import type { Channel, ChannelEnd } from './channel.ts'
import type { LinkFailure } from './host.ts'
import type { SshServices } from './ssh.ts'
import { deathFailure, type RawError, rawError } from './ssh-failure.ts'
import { hostKeyAlgorithmsFor, judgeHostKey } from './ssh-host-key.ts'
import type { LoginMethod } from './ssh-login.ts'
import type { SshTarget } from './ssh-target.ts'

/**
 * Connects, verifies the host's key and logs in; what was `tried` to log in is noted there. Over `through` when the target
 * is behind another host.
 */
export function handshake(
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
      algorithms: { kex: [...kex], serverHostKey: hostKeyAlgorithmsFor(target, services) },
      // ssh2 takes false for "there are no more"; its types do not know.
      authHandler: (left, _partial, next) => next(nextMethod(target.user, untried, tried, left) as AnyAuthMethod),
      hostVerifier: (blob: Buffer) => {
        keyProblem = judgeHostKey(target, blob, services)
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
export class Connection {
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
