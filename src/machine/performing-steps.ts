import type {
  AttrStep,
  LinkStep,
  MkdirStep,
  ModeStep,
  RunStep,
  ShellStep,
  Step,
  StepResult,
  WriteStep,
} from '../module/step.ts'
import { unreachable } from '../shared/unreachable.ts'
import { done, refused, strerror } from './errno.ts'
import type { Machine, MachineFiles, ProgramInput, ProgramResult, Sys } from './machine.ts'

/** Interprets the text of a `shell:` task on a machine; the lab has one. */
export type Interpreter = (
  machine: Machine,
  text: string,
  input: ProgramInput & { readonly shell?: string },
) => Promise<ProgramResult>

/** What performing steps needs besides the machine. */
export interface StepTools {
  readonly interpreter: Interpreter | null
  /** Of the session: SSH_CONNECTION and the like. */
  readonly session: ProgramInput
}

/** Performs one step, as a host does. */
export async function performStep(machine: Machine, step: Step, tools: StepTools): Promise<StepResult> {
  const { files } = machine
  switch (step.kind) {
    case 'write':
      return ended(await write(files, step))
    case 'attr':
      return writtenAttr(await writeAttr(files, step))
    case 'remove': {
      if (!files.stat(step.path, false).ok) return ended(done)
      return ended(files.remove(step.path, step.recursive))
    }
    case 'mkdir':
      return ended(makeDirectory(files, step))
    case 'link':
      return ended(makeLink(files, step))
    case 'mode':
      return ended(setMode(files, step))
    case 'move':
      return ended(files.rename(step.from, step.to))
    case 'run':
      return program(machine, step, tools.session, (input) => machine.exec(step.argv, input))
    case 'shell':
      return program(machine, step, tools.session, (input) => interpret(machine, step, input, tools.interpreter))
    case 'detach':
      return start(machine, step.argv, tools.session)
    case 'reboot':
      // Stopping services takes a while: whoever asked for it has the answer before the connection goes.
      void machine.time.sleep(stopSeconds).then(() => machine.reboot())
      return ended(done)
    default:
      return unreachable(step)
  }
}

/** Modelled seconds from the order to restart until the machine goes down. */
const stopSeconds = 10

/** Starts a program and does not wait for its end; one that is not there ends at once. */
async function start(machine: Machine, argv: readonly string[], session: ProgramInput): Promise<StepResult> {
  const running = machine.processes.start(argv, (signal) => machine.exec(argv, { ...session, signal })).ended
  const early = await Promise.race([running, beginning()])
  if (early?.status !== 127) return ended(done)
  return { state: 'failed', reason: early.stderr.trimEnd(), ...early }
}

/** As long as a program takes to find that it is not there; no modelled time passes. */
async function beginning(): Promise<null> {
  for (let turn = 0; turn < 50; turn++) await null
  return null
}

/** A file is replaced as a whole, written through a link to it; what is replaced is copied first when there is no copy yet. */
async function write(files: MachineFiles, step: WriteStep): Promise<Sys> {
  const old = files.stat(step.path, true)
  if (old.ok && old.value.type === 'directory') return refused('EISDIR')
  if (old.ok && step.backup !== undefined && !files.stat(step.backup, false).ok) {
    const copied = await copy(files, step.path, step.backup)
    if (!copied.ok) return copied
  }
  const content = typeof step.content === 'string' ? Buffer.from(step.content, 'utf8') : step.content
  const written = await files.write(step.path, content)
  if (!written.ok) return written
  const mode = step.mode ?? (old.ok ? old.value.mode : '0644')
  return own(files, step.path, { ...step, mode })
}

async function copy(files: MachineFiles, from: string, to: string): Promise<Sys> {
  const content = files.read(from)
  const stat = files.stat(from, true)
  if (!content.ok) return content
  if (!stat.ok) return stat
  const made = makeDirectory(files, { kind: 'mkdir', path: to.slice(0, to.lastIndexOf('/')) || '/' })
  if (!made.ok) return made
  const written = await files.write(to, content.value)
  return written.ok ? own(files, to, stat.value) : written
}

function writeAttr(files: MachineFiles, step: AttrStep): Sys | Promise<Sys> {
  const there = files.stat(step.path, true)
  return there.ok ? files.write(step.path, Buffer.from(`${step.value}\n`, 'utf8')) : there
}

function makeDirectory(files: MachineFiles, step: MkdirStep): Sys {
  let path = ''
  for (const part of step.path.split('/').filter((each) => each !== '')) {
    path += `/${part}`
    const there = files.stat(path, true)
    if (there.ok && there.value.type !== 'directory') return refused(path === step.path ? 'EEXIST' : 'ENOTDIR')
    if (there.ok) continue
    const made = files.mkdir(path, '0755')
    if (!made.ok) return made
  }
  return own(files, step.path, step)
}

function makeLink(files: MachineFiles, step: LinkStep): Sys {
  const there = files.stat(step.path, false)
  if (there.ok && there.value.type === 'directory') return refused('EISDIR')
  if (there.ok) {
    const removed = files.remove(step.path, false)
    if (!removed.ok) return removed
  }
  return files.symlink(step.path, step.target)
}

function setMode(files: MachineFiles, step: ModeStep): Sys {
  const result = own(files, step.path, step)
  if (!result.ok || !step.recursive) return result
  const names = files.list(step.path)
  if (!names.ok) return done
  for (const name of names.value) {
    const path = `${step.path}/${name}`
    const stat = files.stat(path, false)
    if (!stat.ok || stat.value.type === 'link') continue
    const inner = setMode(files, { ...step, path })
    if (!inner.ok) return inner
  }
  return done
}

function own(
  files: MachineFiles,
  path: string,
  wanted: {
    readonly mode?: string | undefined
    readonly owner?: string | undefined
    readonly group?: string | undefined
  },
): Sys {
  const there = files.stat(path, true)
  if (!there.ok) return there
  if (wanted.owner !== undefined || wanted.group !== undefined)
    files.chown(path, wanted.owner ?? null, wanted.group ?? null)
  if (wanted.mode !== undefined) files.chmod(path, wanted.mode.padStart(4, '0'))
  return done
}

async function interpret(
  machine: Machine,
  step: ShellStep,
  input: ProgramInput,
  interpreter: Interpreter | null,
): Promise<ProgramResult> {
  if (!interpreter)
    return {
      status: 127,
      stdout: '',
      stderr: 'This simulated machine interprets no shell text; install just-bash or use command: instead.\n',
    }
  return interpreter(machine, step.text, { ...input, ...(step.shell !== undefined && { shell: step.shell }) })
}

/** Runs a program with what the step gives it, for at most as long as the step allows. */
async function program(
  machine: Machine,
  step: RunStep | ShellStep,
  session: ProgramInput,
  start: (input: ProgramInput) => Promise<ProgramResult>,
): Promise<StepResult> {
  if (step.cwd !== undefined) {
    const directory = machine.files.stat(step.cwd, true)
    if (!directory.ok) return ended(directory)
    if (directory.value.type !== 'directory') return ended(refused('ENOTDIR'))
  }
  const running = start({
    ...session,
    ...(step.stdin !== undefined && { stdin: step.stdin }),
    env: { ...session.env, ...step.env },
    ...(step.cwd !== undefined && { cwd: step.cwd }),
  })
  const result = step.timeout === undefined ? await running : await within(machine, running, step.timeout)
  if (result === null)
    return { state: 'failed', reason: `timed out after ${step.timeout} s`, status: 124, stdout: '', stderr: '' }
  if ((step.ok ?? [0]).includes(result.status)) return { state: 'done', ...result }
  const last = result.stderr.trimEnd().split('\n').at(-1)
  return { state: 'failed', reason: last ? last : `exit status ${result.status}`, ...result }
}

async function within(
  machine: Machine,
  running: Promise<ProgramResult>,
  seconds: number,
): Promise<ProgramResult | null> {
  const alarm = new AbortController()
  const result = await Promise.race([running, machine.time.sleep(seconds, alarm.signal).then(() => null)])
  alarm.abort()
  return result
}

/** write(2) gives an errno only; a text goes with it where the model gives up on a call that never returns. */
function writtenAttr(result: Sys): StepResult {
  if (result.ok || result.text?.startsWith('still waiting')) return ended(result)
  return ended(refused(result.errno))
}

function ended(result: Sys): StepResult {
  if (result.ok) return { state: 'done', status: 0, stdout: '', stderr: '' }
  return { state: 'failed', reason: result.text ?? strerror(result.errno), status: 1, stdout: '', stderr: '' }
}
