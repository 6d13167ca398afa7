import { spawn } from 'node:child_process'
import { err, ok, type Result } from '../shared/result.ts'
import type { Channel, ChannelEnd, Link } from './channel.ts'
import type { LinkFailure } from './host.ts'

/** How programs are started on this machine. */
export interface LocalOptions {
  /** What runs a command line; `['/bin/sh', '-c']` when not given. */
  readonly shell?: readonly [string, ...string[]]
  /** Environment over that of this program. */
  readonly env?: Readonly<Record<string, string>>
}

/** This machine itself: `ansible_connection: local`. */
export class LocalLink implements Link {
  readonly #options: LocalOptions

  constructor(options: LocalOptions = {}) {
    this.#options = options
  }

  open(command: string): Promise<Result<Channel, LinkFailure>> {
    const [program, ...args] = this.#options.shell ?? ['/bin/sh', '-c']
    return startProgram([program, ...args, command], this.#options.env)
  }

  async drop(): Promise<void> {}
}

/** How long a program's last words may take after its end, in milliseconds: what it left running may hold the pipes for ever. */
const drainMs = 100

function startProgram(
  argv: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> | undefined,
): Promise<Result<Channel, LinkFailure>> {
  const [program, ...args] = argv
  // With PATH and the rest of this program, and a process group of its own: a Ctrl-C here is not for it.
  const child = spawn(
    '/usr/bin/env',
    [...Object.entries(env ?? {}).map(([name, value]) => `${name}=${value}`), program, ...args],
    {
      stdio: 'pipe',
      detached: true,
    },
  )
  child.stdin.on('error', () => {}) // The end of the program says more than EPIPE.
  let end: ChannelEnd | null = null
  const listeners: ((end: ChannelEnd) => void)[] = []
  const finish = (status: number): void => {
    if (end) return
    end = { kind: 'exit', status }
    child.stdout.destroy()
    child.stderr.destroy()
    for (const listener of listeners) listener(end)
  }
  child.on('exit', (code) => {
    const status = code ?? 255
    child.on('close', () => finish(status))
    setTimeout(() => finish(status), drainMs)
  })
  const channel: Channel = {
    write: (bytes) => void child.stdin.write(bytes),
    onStdout: (listener) => void child.stdout.on('data', listener),
    onStderr: (listener) => void child.stderr.on('data', listener),
    onEnd: (listener) => (end ? listener(end) : void listeners.push(listener)),
    close: () => {
      child.stdin.destroy()
      child.kill('SIGHUP')
      child.unref()
      finish(255)
    },
  }
  return new Promise((resolve) => {
    child.once('spawn', () => resolve(ok(channel)))
    child.once('error', (error) =>
      resolve(err({ reason: 'connect', message: `${program} cannot be started: ${error.message}` })),
    )
  })
}
