import type { Frame, FrameResult } from '../module/frame.ts'
import type { StepResult } from '../module/step.ts'
import { become } from './become.ts'
import { parseCommandLine } from './commandline.ts'
import { serveStdinShell } from './frame-session.ts'
import { Input } from './input.ts'
import type { Shell } from './shell/shell.ts'
import { login } from './shell/terminal.ts'
import type { SessionRequest } from './ssh-server.ts'

/** The machine at the other end of a session. */
export interface SessionHost {
  readonly name: string
  readonly shell: Shell
  /** What sudo asks `admin` for; null: it does not ask. */
  readonly sudoPassword: string | null
  /** The variables of a login: PATH, HOME, SSH_CONNECTION ... */
  environment(user: string): Readonly<Record<string, string>>
  /** Performs a frame as root; null when the connection died under it. */
  perform(frame: Frame): Promise<FrameResult | null>
  /** Called when shell text ran: the machine may be another one now. */
  afterText(): Promise<void>
}

/** Serves one session of a client: frames, a script, one command, or a login. */
export async function serveSession(request: SessionRequest, host: SessionHost): Promise<void> {
  const { channel } = request
  const input = new Input()
  channel.on('data', (bytes: Buffer) => input.push(bytes))
  channel.on('end', () => input.end())
  channel.on('close', () => input.end())
  const finish = (status: number) => {
    if (channel.destroyed || !channel.writable) return
    channel.exit(status & 255)
    channel.end()
  }
  try {
    const status = await served(request, input, host)
    // No program starts and ends in no time; clients may hear of its start and its end in one breath and miss the latter.
    await new Promise((resolve) => setTimeout(resolve, 5))
    finish(status)
  } catch (cause) {
    // A bug of the model must not look like a host's answer: the channel ends without a status.
    const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
    if (channel.writable) channel.stderr.write(`lab: internal error, please report it: ${text}\n`)
    channel.close()
  }
}

async function served(request: SessionRequest, input: Input, host: SessionHost): Promise<number> {
  const { channel, command, terminal, user } = request
  const stdout = (bytes: Uint8Array): Promise<void> =>
    new Promise((resolve) => {
      if (!channel.writable) return resolve()
      const through = () => {
        channel.off('close', through)
        resolve()
      }
      channel.on('close', through)
      channel.write(bytes, through)
    })
  const stderr = (bytes: Uint8Array) => void (channel.writable && channel.stderr.write(bytes))
  const environment = (as: string): Readonly<Record<string, string>> => ({
    ...host.environment(as),
    ...accepted(request.env),
    ...(terminal ? { TERM: terminal.term } : {}),
  })
  if (command === null && terminal) {
    let gone = () => {}
    const ends = {
      onData: (listener: (bytes: Uint8Array) => void) => input.flow(listener, () => gone()),
      onEnd: (listener: () => void) => {
        gone = listener
      },
      show: (text: string) => void stdout(Buffer.from(text)),
    }
    return await login(ends, host.shell, {
      user,
      host: host.name.split('.')[0] ?? host.name,
      env: environment(user),
      afterCommand: host.afterText,
    })
  }
  const line = parseCommandLine(command ?? 'sh')
  let as = user
  for (const each of line.becomes) {
    const say = (text: string) => stderr(Buffer.from(text))
    const next = await become(each, as, { input, password: host.sudoPassword, say })
    if (next === null) return 1
    as = next
  }
  const runText = async (text: string, stdin: Uint8Array): Promise<number> => {
    const env = environment(as)
    const result = await host.shell.run({ text, env, cwd: environment(user)['HOME'] ?? '/', stdin })
    await host.afterText()
    await stdout(terminal ? forTerminal(result.stdout) : result.stdout)
    if (terminal) await stdout(forTerminal(result.stderr))
    else stderr(result.stderr)
    return result.status
  }
  if (line.run.kind === 'text') {
    // A client at a terminal leaves its input open and sends nothing; that must not keep a command from running.
    return await runText(line.run.text, await atOnce(input))
  }
  if (line.run.greeting !== '') await stdout(Buffer.from(line.run.greeting))
  return await serveStdinShell({
    input,
    perform: (frame) => (as === 'root' ? host.perform(frame) : denied(frame, host)),
    runText: (text) => runText(text, new Uint8Array()),
    stdout,
    stderr,
  })
}

/** All of stdin; nothing from a client that leaves it open and sends nothing within a moment. */
async function atOnce(input: Input): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  await new Promise<void>((resolve) => {
    const moment = setTimeout(resolve, 100)
    const data = (bytes: Uint8Array) => {
      clearTimeout(moment)
      chunks.push(bytes)
    }
    input.flow(data, () => {
      clearTimeout(moment)
      resolve()
    })
  })
  return Buffer.concat(chunks)
}

/** The model knows one user, root. Anybody else may look, and may change nothing. */
async function denied(frame: Frame, host: SessionHost): Promise<FrameResult | null> {
  const looked = await host.perform({ before: frame.before, steps: [], after: frame.after })
  if (!looked) return null
  const steps = frame.steps.map(
    (_step, at): StepResult =>
      at === 0
        ? { state: 'failed', reason: 'Permission denied', status: 1, stdout: '', stderr: 'Permission denied\n' }
        : { state: 'not run' },
  )
  return { ...looked, steps }
}

/** What sshd takes over from a client: AcceptEnv LANG LC_*, as Debian and Red Hat set it. */
function accepted(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => /^(LANG|LC_\w+)$/.test(name)))
}

function forTerminal(bytes: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(bytes).toString('utf8').replaceAll(/\r?\n/g, '\r\n'))
}
