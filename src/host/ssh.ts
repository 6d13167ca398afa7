import type { Duplex } from 'node:stream'
import type { Pool } from '../shared/pool.ts'
import { err, ok, type Result } from '../shared/result.ts'
import type { Channel, Link } from './channel.ts'
import type { LinkFailure } from './host.ts'
import type { KnownHostsFiles } from './known-hosts-files.ts'
import type { SshSettings } from './settings.ts'
import { type Connection, handshake } from './ssh-connection.ts'
import { connectFailure, isPassing } from './ssh-failure.ts'
import { loginMethods } from './ssh-login.ts'
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
