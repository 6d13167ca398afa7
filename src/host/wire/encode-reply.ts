import type { Frame, FrameResult } from '../../module/frame.ts'
import type { AttrValue, Reading } from '../../module/reading.ts'
import type { StepResult } from '../../module/step.ts'
import { unreachable } from '../../shared/unreachable.ts'
import { noteOf } from './note.ts'
import { typeWords } from './parse-reading.ts'

/**
 * What a host that performed a frame natively writes to stdout and stderr, exactly as the shell would have: for the lab.
 * Reasons are written out, so that they arrive word for word.
 */
export function encodeReply(
  _frame: Frame,
  nonce: string,
  result: FrameResult,
): { readonly stdout: Uint8Array; readonly stderr: Uint8Array } {
  const reply = new Reply(nonce)
  reply.begin()
  for (const reading of result.before) addReading(reply, reading)
  for (const step of result.steps) addStep(reply, step)
  for (const reading of result.after) addReading(reply, reading)
  reply.end()
  return reply.streams()
}

class Reply {
  readonly #nonce: string
  readonly #stdout: Uint8Array[] = []
  readonly #stderr: Uint8Array[] = []

  constructor(nonce: string) {
    this.#nonce = nonce
  }

  begin(): void {
    this.#mark('<', '')
  }

  end(): void {
    this.#mark('>', '')
  }

  out(content: string | Uint8Array): void {
    this.#stdout.push(Buffer.from(content))
  }

  error(content: string): void {
    this.#stderr.push(Buffer.from(content))
  }

  /** Ends a part (`,`) or a call (`.`). */
  close(mark: ',' | '.', note: string): void {
    this.#mark(mark, note)
  }

  streams(): { readonly stdout: Uint8Array; readonly stderr: Uint8Array } {
    return { stdout: Buffer.concat(this.#stdout), stderr: Buffer.concat(this.#stderr) }
  }

  #mark(mark: string, note: string): void {
    this.out(`${this.#nonce}${mark}${note}\n`)
    this.error(`${this.#nonce}${mark}\n`)
  }
}

function addReading(reply: Reply, reading: Reading): void {
  reply.close('.', writeReading(reply, reading))
}

/** Writes a reading; gives the note that ends it. */
function writeReading(reply: Reply, reading: Reading): string {
  switch (reading.kind) {
    case 'file':
    case 'stat':
      return writeFound(reply, reading)
    case 'attrs':
      for (const [path, value] of reading.values) addAttr(reply, path, value)
      return '0'
    case 'links':
      for (const [path, target] of reading.targets) reply.out(`${path}\0${target}\0`)
      return '0'
    case 'list':
      for (const path of reading.paths) reply.out(`${path}\0`)
      return '0'
    case 'command':
      reply.out(reading.stdout)
      reply.error(reading.stderr)
      return String(reading.status)
    default:
      return unreachable(reading)
  }
}

function writeFound(reply: Reply, reading: Extract<Reading, { kind: 'file' | 'stat' }>): string {
  if (reading.state === 'absent') return noteOf(1, 'No such file or directory')
  if (reading.state === 'error') return noteOf(1, reading.reason)
  const { type, mode, owner, group } = reading
  if (reading.kind === 'file') {
    const fields = [typeWords[type], mode, reading.bytes.length, owner, group, 0, 0, 0, 0, 1]
    reply.out(`${fields.join(':')}\n`)
    reply.out(reading.bytes)
    return '0'
  }
  const { size, uid, gid, mtime, inode, links } = reading
  reply.out(`${[typeWords[type], mode, size, owner, group, uid, gid, mtime, inode, links].join(':')}\n`)
  if (reading.target !== null) reply.out(`${reading.target}\n`)
  if (reading.checksum !== null) reply.out(`${reading.checksum}  -\n`)
  return '0'
}

function addAttr(reply: Reply, path: string, value: AttrValue): void {
  if (value.ok && !value.value.includes('\n')) {
    reply.out(`${path}\0=${value.value}\n`)
    return
  }
  reply.out(`${path}\0!`)
  if (value.ok) reply.out(`${value.value}\n`)
  reply.close(',', value.ok ? '0' : noteOf(1, value.reason))
}

function addStep(reply: Reply, step: StepResult): void {
  if (step.state === 'not run') {
    reply.close('.', '-')
    return
  }
  reply.out(step.stdout)
  reply.error(step.stderr)
  reply.close('.', noteOf(step.status, step.state === 'failed' ? step.reason : null))
}
