import { randomBytes } from 'node:crypto'
import type { Frame } from '../module/frame.ts'
import { ok, type Result } from '../shared/result.ts'
import { count } from '../shared/text.ts'
import { openBecome, refusal } from './become.ts'
import type { Channel, ChannelEnd, Link } from './channel.ts'
import type { Become, Exchange, ExchangeOptions, Host, LinkFailure } from './host.ts'
import { encodeFrame, FrameParser, transmission, unsendable } from './wire.ts'

/** The command that starts the shell frames are sent to. */
const shellCommand = 'exec /bin/sh'

/**
 * A host behind a link: one long-lived shell per user that is become, each receiving one frame at a time. A frame past
 * its time closes its shell; the next frame opens a new one.
 */
export class ShellHost implements Host {
  readonly name: string
  readonly #link: Link
  readonly #shells = new Map<string, Shell>()
  #queue: Promise<unknown> = Promise.resolve()

  constructor(name: string, link: Link) {
    this.name = name
    this.#link = link
  }

  exchange(frame: Frame, options: ExchangeOptions = {}): Promise<Exchange> {
    const turn = this.#queue.then(() => this.#exchange(frame, options))
    this.#queue = turn.catch(() => {})
    return turn
  }

  async disconnect(): Promise<void> {
    for (const shell of this.#shells.values()) shell.close()
    this.#shells.clear()
    await this.#link.drop()
  }

  async #exchange(frame: Frame, options: ExchangeOptions): Promise<Exchange> {
    const wrong = unsendable(frame)
    if (wrong !== null) return { kind: 'unreachable', failure: { reason: 'protocol', message: wrong } }
    const shell = await this.#shell(options.become)
    if (!shell.ok) return { kind: 'unreachable', failure: shell.error }
    return await shell.value.exchange(frame, options.timeoutMs)
  }

  async #shell(become: Become | undefined): Promise<Result<Shell, LinkFailure>> {
    const key = become ? `${become.method} ${become.user}` : ''
    const cached = this.#shells.get(key)
    if (cached?.alive) return ok(cached)
    const channel = become ? await openBecome(this.#link, become) : await this.#link.open(shellCommand)
    if (!channel.ok) return channel
    const shell = new Shell(channel.value, this.name, become ?? null)
    this.#shells.set(key, shell)
    return ok(shell)
  }
}

/** The next move when a link died under a frame. */
const unknownRest =
  'it may be done, half done or not begun: look at the host, then run again; all modules but command and shell do only what is left'

/** How much of what a shell says outside of frames is kept: to tell why it ended. */
const saidLimit = 8192

/** A shell at the other end of a channel. */
class Shell {
  readonly #channel: Channel
  readonly #host: string
  readonly #become: Become | null
  #end: ChannelEnd | null = null
  #said = ''
  #current: { readonly parser: FrameParser; readonly settle: (exchange: Exchange) => void } | null = null

  constructor(channel: Channel, host: string, become: Become | null) {
    this.#channel = channel
    this.#host = host
    this.#become = become
    channel.onStdout((bytes) => {
      this.#current?.parser.pushStdout(bytes)
      this.#check()
    })
    channel.onStderr((bytes) => {
      if (!this.#current?.parser.begun)
        this.#said = (this.#said + Buffer.from(bytes).toString('utf8')).slice(-saidLimit)
      this.#current?.parser.pushStderr(bytes)
      this.#check()
    })
    channel.onEnd((end) => {
      this.#end = end
      this.#current?.settle(this.#broken(end))
    })
  }

  get alive(): boolean {
    return this.#end === null
  }

  close(): void {
    this.#end ??= { kind: 'exit', status: 0 }
    this.#channel.close()
  }

  exchange(frame: Frame, timeoutMs: number | undefined): Promise<Exchange> {
    return new Promise((resolve) => {
      const nonce = randomBytes(16).toString('hex')
      const parser = new FrameParser(frame, nonce)
      const settle = (exchange: Exchange): void => {
        clearTimeout(timer)
        this.#current = null
        resolve(exchange)
      }
      const late = (): void => {
        settle({ kind: 'lost', failure: this.#late(timeoutMs ?? 0) })
        this.close()
      }
      const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs)
      this.#current = { parser, settle }
      this.#said = ''
      this.#channel.write(transmission(encodeFrame(frame, nonce)))
    })
  }

  #check(): void {
    const result = this.#current?.parser.result
    if (!result) return
    if (result.ok) {
      this.#current?.settle({ kind: 'done', result: result.value })
      return
    }
    const message = `${this.#host} answered something else than was asked: ${result.error}`
    this.#current?.settle({ kind: 'lost', failure: { reason: 'protocol', message } })
    this.close()
  }

  /** The shell is gone in the middle of a frame. When it went by itself before it began, nothing was performed. */
  #broken(end: ChannelEnd): Exchange {
    const begun = this.#current?.parser.begun ?? false
    if (end.kind === 'dead') return { kind: 'lost', failure: { ...end.failure, hint: end.failure.hint ?? unknownRest } }
    if (!begun && this.#become) return { kind: 'unreachable', failure: refusal(this.#become, this.#said, end.status) }
    if (begun) {
      const message = `the shell on ${this.#host} ended in the middle of its work with status ${end.status}`
      return { kind: 'lost', failure: { reason: 'link', message, hint: unknownRest } }
    }
    return { kind: 'unreachable', failure: noShell(this.#host, this.#said, end.status) }
  }

  #late(timeoutMs: number): LinkFailure {
    const done = this.#current?.parser.completed ?? 0
    return {
      reason: 'timeout',
      message: `${this.#host} did not finish within ${timeoutMs / 1000} s (${done === 0 ? 'nothing was completed' : `${count(done, 'read or step was', 'reads and steps were')} completed`})`,
      hint: 'it may still be at work; look at the host, or give the task a longer timeout',
    }
  }
}

function noShell(host: string, said: string, status: number): LinkFailure {
  const text = said.trim()
  return {
    reason: 'protocol',
    message: `${host} let us in but gave no shell: /bin/sh ended with status ${status}${text === '' ? '' : `: ${text}`}`,
    hint: 'the user needs a login shell and /bin/sh; a ForceCommand or /sbin/nologin stands in the way',
  }
}
