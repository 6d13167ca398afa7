import { createHash } from 'node:crypto'
import type { Exchange, ExchangeOptions, Host } from '../../src/host/host.ts'
import type { Frame } from '../../src/module/frame.ts'
import type { Read } from '../../src/module/read.ts'
import type { Reading } from '../../src/module/reading.ts'
import { describeStep, type Step, type StepResult } from '../../src/module/step.ts'

/** What a program of a {@link FileHost} does: given its words, an exit status and what it prints. */
export type Program = (
  argv: readonly string[],
  host: FileHost,
) => { readonly status?: number; readonly stdout?: string; readonly stderr?: string }

/** A host for engine tests: files in a table, programs by name, every frame recorded. Trouble can be scripted. */
export class FileHost implements Host {
  readonly name: string
  readonly files: Map<string, string>
  readonly programs: Readonly<Record<string, Program>>
  /** Every frame that arrived, with whom it was performed as. */
  readonly frames: { readonly frame: Frame; readonly options: ExchangeOptions | undefined }[] = []
  /** Steps that were performed, as text. */
  readonly performed: string[] = []
  disconnects = 0
  /** Answers in place of the host, for one exchange each; `null` lets the exchange through. */
  readonly trouble: (Exclude<Exchange, { kind: 'done' }> | null)[] = []

  constructor(
    name: string,
    files: Readonly<Record<string, string>> = {},
    programs: Readonly<Record<string, Program>> = {},
  ) {
    this.name = name
    this.files = new Map(Object.entries({ '/proc/sys/kernel/random/boot_id': 'boot-1\n', '/etc/hosts': '', ...files }))
    this.programs = programs
  }

  async exchange(frame: Frame, options?: ExchangeOptions): Promise<Exchange> {
    await Promise.resolve()
    this.frames.push({ frame, options })
    const trouble = this.trouble.shift()
    if (trouble) return trouble
    const before = frame.before.map((read) => this.#read(read))
    let broken = false
    const steps = frame.steps.map((step): StepResult => {
      if (broken) return { state: 'not run' }
      const result = this.#perform(step)
      broken = result.state === 'failed'
      return result
    })
    return { kind: 'done', result: { before, steps, after: frame.after.map((read) => this.#read(read)) } }
  }

  async disconnect(): Promise<void> {
    this.disconnects++
  }

  #read(read: Read): Reading {
    switch (read.kind) {
      case 'file': {
        const text = this.files.get(read.path)
        if (text === undefined) return { kind: 'file', path: read.path, state: 'absent' }
        return {
          kind: 'file',
          path: read.path,
          state: 'present',
          type: 'file',
          bytes: Buffer.from(text),
          mode: '0644',
          owner: 'root',
          group: 'root',
        }
      }
      case 'stat': {
        const directory = [...this.files.keys()].some((path) => path.startsWith(`${read.path}/`))
        const text = this.files.get(read.path)
        if (text === undefined && !directory) return { kind: 'stat', path: read.path, state: 'absent' }
        const checksum = text === undefined ? null : createHash('sha1').update(text).digest('hex')
        return {
          kind: 'stat',
          path: read.path,
          state: 'present',
          type: directory ? 'directory' : 'file',
          mode: '0644',
          owner: 'root',
          group: 'root',
          uid: 0,
          gid: 0,
          size: text?.length ?? 0,
          mtime: 0,
          inode: 1,
          links: 1,
          target: null,
          checksum: read.checksum ? checksum : null,
        }
      }
      case 'attrs':
        return {
          kind: 'attrs',
          values: new Map(
            read.globs.flatMap((path) =>
              this.files.has(path) ? [[path, { ok: true, value: (this.files.get(path) ?? '').trim() }] as const] : [],
            ),
          ),
        }
      case 'links':
        return { kind: 'links', targets: new Map() }
      case 'list':
        return { kind: 'list', paths: read.globs.filter((path) => this.files.has(path)) }
      case 'command': {
        const { status, stdout, stderr } = this.#run(read.argv)
        return { kind: 'command', argv: read.argv, status, stdout, stderr }
      }
    }
  }

  #perform(step: Step): StepResult {
    this.performed.push(describeStep(step))
    if (step.kind === 'write')
      this.files.set(step.path, typeof step.content === 'string' ? step.content : Buffer.from(step.content).toString())
    if (step.kind === 'remove') this.files.delete(step.path)
    if (step.kind === 'attr') this.files.set(step.path, `${step.value}\n`)
    if (step.kind === 'run' || step.kind === 'shell') {
      const result = this.#run(step.kind === 'run' ? step.argv : ['sh', '-c', step.text])
      return (step.ok ?? [0]).includes(result.status)
        ? { state: 'done', ...result }
        : { state: 'failed', reason: `exit status ${result.status}`, ...result }
    }
    return { state: 'done', status: 0, stdout: '', stderr: '' }
  }

  #run(argv: readonly string[]): { status: number; stdout: string; stderr: string } {
    const program = this.programs[argv[0] ?? '']
    if (!program) return { status: 127, stdout: '', stderr: `sh: ${argv[0]}: not found\n` }
    return { status: 0, stdout: '', stderr: '', ...program(argv, this) }
  }
}
