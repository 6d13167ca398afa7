import type * as JustBash from 'just-bash'
import type { Machine } from '../../machine/machine.ts'
import { bashFiles, type ShellErrors } from './bash-files.ts'
import { binFirst, nearPrograms } from './near-programs.ts'
import { isUnfinished } from './unfinished.ts'
import { watch, watchOptions } from './watch.ts'
import { checkWrites, writeCheck } from './write-check.ts'

/** A piece of shell text to run on a machine. */
export interface Script {
  readonly text: string
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly stdin: Uint8Array
  readonly signal?: AbortSignal
  /** Who typed it at a terminal and can be asked. */
  readonly person?: Person
}

/** Somebody at a terminal while a program runs. */
export interface Person {
  /** Puts text on the screen at once. */
  show(text: string): void
  /** The next line that is typed; null when nobody is there any more. */
  readLine(): Promise<string | null>
}

/** How shell text ended. */
export interface ScriptResult {
  readonly status: number
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  /** The variables as the text left them, for a session that goes on. */
  readonly env: Readonly<Record<string, string>>
}

/** A shell on a machine's files and programs. */
export interface Shell {
  run(script: Script): Promise<ScriptResult>
  /** Whether the text goes on in another line, as a shell sees it at its prompt. */
  unfinished(text: string): Promise<boolean>
}

/** What a shell on a machine without just-bash says, on stderr and with status 127. */
const absentText =
  'lab: shell text needs the package just-bash, which is not installed; run "npm install just-bash" beside vflag-play\n'

/** Programs that just-bash has itself, and a machine knows better. */
const machineKnows = ['date', 'hostname', 'whoami']

/** Programs that make no sense on a hypervisor, or do only half of what the real one does. */
const hidden = ['html-to-markdown', 'rg', 'jq', 'yq', 'xan', 'sqlite3', 'history', 'tree', 'help', 'python', 'python3']

/**
 * The shell of a machine: just-bash, an optional dependency that is loaded at the first use. `programs` are the names of
 * the programs that the machine models; all that just-bash has itself (cat, grep, sed, ...) works on the machine's files.
 */
export function createShell(machine: Machine, programs: readonly string[]): Shell {
  return {
    run: async (script) => {
      const bash = await loaded()
      return bash ? await runIn(bash, machine, programs, script) : absent(script)
    },
    unfinished: async (text) => {
      const bash = await loaded()
      return bash !== null && isUnfinished(text, bash.parse)
    },
  }
}

let loading: Promise<typeof JustBash | null> | null = null

function loaded(): Promise<typeof JustBash | null> {
  loading ??= import('just-bash').catch(() => null)
  return loading
}

function absent(script: Script): ScriptResult {
  return { status: 127, stdout: new Uint8Array(), stderr: Buffer.from(absentText), env: script.env }
}

async function runIn(
  library: typeof JustBash,
  machine: Machine,
  programs: readonly string[],
  script: Script,
): Promise<ScriptResult> {
  const own: readonly JustBash.CommandName[] = library
    .getCommandNames()
    .flatMap((name) => (hidden.includes(name) ? [] : [name as JustBash.CommandName]))
  const modelled = programs.filter((name) => machineKnows.includes(name) || !(own as readonly string[]).includes(name))
  const { fs, errors } = bashFiles(machine.files, {
    own: new Set([...own, 'sudo', 'mktemp', 'watch', writeCheck]),
    modelled: new Set(modelled),
  })
  const bash = new library.Bash({
    fs,
    // Variables given here are exported; those given with the text would be the shell's alone.
    env: { ...script.env, ...(script.env['PATH'] && { PATH: binFirst(script.env['PATH']) }) },
    cwd: script.cwd,
    commands: [...own],
    customCommands: [
      ...modelled.map((name) => program(library, machine, name, script.person)),
      ls(library, machine),
      watching(library, machine, script),
      sudo(library),
      mktemp(library, machine),
      afterWrite(library, errors),
    ],
    // The text comes from the user's own playbook and touches only the model.
    defenseInDepth: false,
    executionLimits: { maxCommandCount: 1_000_000, maxLoopIterations: 1_000_000 },
    processInfo: { pid: 4242, ppid: 4200, uid: 0, gid: 0 },
    sleep: (ms) => machine.time.sleep(ms / 1000),
  })
  bash.registerTransformPlugin({
    name: 'write-check',
    transform: ({ ast }) => ({ ast: nearPrograms(checkWrites(ast, library.parse), new Set(modelled)) }),
  })
  try {
    const result = await bash.exec(script.text, {
      rawScript: true,
      stdin: Buffer.from(script.stdin).toString('latin1'),
      stdinKind: 'bytes',
      ...(script.signal ? { signal: script.signal } : {}),
    })
    const lost = errors.takeWriteError()
    const stdout = Buffer.from(library.latin1FromBytes(library.stdoutAsBytes(result)), 'latin1')
    return {
      status: lost ? 1 : result.exitCode,
      stdout: corrected(stdout, errors),
      stderr: Buffer.from(
        errors.correct(result.stderr) + (lost ? `bash: ${lost.path}: write error: ${lost.text}\n` : ''),
      ),
      env: exported(result.env),
    }
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause)
    return { status: 1, stdout: new Uint8Array(), stderr: Buffer.from(`bash: ${text}\n`), env: script.env }
  }
}

/** A text with its errors set right; bytes that are no UTF-8 stay as they are. */
function corrected(bytes: Buffer, errors: ShellErrors): Uint8Array {
  const text = bytes.toString('utf8')
  const better = errors.correct(text)
  return better === text ? bytes : Buffer.from(better)
}

/** Bookkeeping of the shell that does not belong to a later command's environment. */
const internal = ['?', 'IFS', 'OPTIND', 'SHELLOPTS', 'BASHOPTS', 'OSTYPE', 'MACHTYPE', 'HOSTTYPE']

function exported(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !internal.includes(name)))
}

function program(
  library: typeof JustBash,
  machine: Machine,
  name: string,
  person: Person | undefined,
): JustBash.CustomCommand {
  return library.defineCommand(name, async (args, context) => {
    const stdin = library.decodeBytesToUtf8(context.stdin)
    const ask = (shown: string) => {
      person?.show(shown)
      return person?.readLine() ?? Promise.resolve(null)
    }
    const result = await machine.exec([name, ...args], {
      stdin,
      env: context.exportedEnv ?? {},
      cwd: context.cwd,
      ...(person && stdin === '' ? { ask } : {}),
    })
    // A program that is not installed speaks for the sh of a frame.
    const stderr =
      result.stderr === `sh: 1: ${name}: not found\n` ? `bash: ${name}: command not found\n` : result.stderr
    return { stdout: result.stdout, stderr, exitCode: result.status }
  })
}

/** watch(1), for somebody who can end it with Ctrl-C. */
function watching(library: typeof JustBash, machine: Machine, script: Script): JustBash.CustomCommand {
  return library.defineCommand('watch', async (args, context) => {
    const options = watchOptions(args)
    if (!options) return { stdout: '', stderr: 'Usage:\n watch [options] command\n', exitCode: 1 }
    const { person, signal } = script
    const { exec } = context
    if (!person || !signal || !exec) return { stdout: '', stderr: 'Error opening terminal: unknown.\n', exitCode: 1 }
    const once = async () => {
      const { stdout, stderr } = await exec(options.command, { cwd: context.cwd })
      return stdout + stderr
    }
    await watch(options, once, { show: (text) => person.show(text), signal, now: () => machine.time.now() })
    return { stdout: '', stderr: '', exitCode: 130 }
  })
}

/**
 * just-bash puts an empty line between the files that it lists; ls(1) does so between directories only. With `-l` it knows no
 * owners and no targets of links, so the machine's own lists what is on the machine.
 */
function ls(library: typeof JustBash, machine: Machine): JustBash.CustomCommand {
  return library.defineCommand('ls', async (args, context) => {
    const options = args.filter((arg) => arg.startsWith('-') && arg !== '--')
    const named = args.filter((arg) => !arg.startsWith('-'))
    const list = context.origCommand
    if (!list) return { stdout: '', stderr: 'ls: not available\n', exitCode: 127 }
    const onMachine = (path: string) => machine.files.stat(context.fs.resolvePath(context.cwd, path), false).ok
    if (options.some((option) => /^-[ladA1]*l[ladA1]*$/.test(option)) && named.every(onMachine)) {
      const result = await machine.exec(['ls', ...args], { cwd: context.cwd })
      return { stdout: result.stdout, stderr: result.stderr, exitCode: result.status }
    }
    const isFolder = async (path: string) => {
      const found = await context.fs.stat(context.fs.resolvePath(context.cwd, path)).catch(() => null)
      return found?.isDirectory ?? false
    }
    const asFiles = options.some((option) => /^-\w*d/.test(option) || option === '--directory')
    const folders = asFiles ? [] : (await Promise.all(named.map(isFolder))).filter((folder) => folder)
    if (named.length < 2 || folders.length > 0) return await list(args)
    let [stdout, stderr, exitCode] = ['', '', 0]
    for (const path of named) {
      const one = await list([...options, '--', path])
      stdout += one.stdout
      stderr += one.stderr
      exitCode = Math.max(exitCode, one.exitCode)
    }
    return { stdout, stderr, exitCode }
  })
}

/** Everybody in this shell is root already. */
function sudo(library: typeof JustBash): JustBash.CustomCommand {
  return library.defineCommand('sudo', async (args, context) => {
    const rest = [...args]
    while (rest[0]?.startsWith('-')) {
      const option = rest.shift()
      if (option === '--') break
      if (option !== undefined && ['-u', '-g', '-p'].includes(option)) rest.shift()
    }
    if (rest.length === 0 || !context.exec) {
      return { stdout: '', stderr: 'usage: sudo [-n] [-u user] command [argument ...]\n', exitCode: 1 }
    }
    return await context.exec('command', {
      args: rest,
      cwd: context.cwd,
      stdin: library.latin1FromBytes(context.stdin),
      stdinKind: 'bytes',
    })
  })
}

/** mktemp(1), which just-bash lacks: `mktemp [-d] [TEMPLATE]`. */
function mktemp(library: typeof JustBash, machine: Machine): JustBash.CustomCommand {
  return library.defineCommand('mktemp', async (args, context) => {
    const folder = args.includes('-d')
    const template = args.find((arg) => !arg.startsWith('-')) ?? '/tmp/tmp.XXXXXXXXXX'
    const runs = /X{3,}$/.exec(template)
    if (!runs) return { stdout: '', stderr: `mktemp: too few X's in template '${template}'\n`, exitCode: 1 }
    for (let number = 0; ; number++) {
      const tail = number.toString(36).padStart(runs[0].length, '0')
      const path = context.fs.resolvePath(context.cwd, template.slice(0, runs.index) + tail)
      if (machine.files.stat(path, false).ok) continue
      const made = folder ? machine.files.mkdir(path, '0700') : await machine.files.write(path, new Uint8Array())
      if (!made.ok) {
        return { stdout: '', stderr: `mktemp: failed to create file via template '${template}'\n`, exitCode: 1 }
      }
      if (!folder) machine.files.chmod(path, '0600')
      return { stdout: `${path}\n`, stderr: '', exitCode: 0 }
    }
  })
}

/** See write-check.ts. */
function afterWrite(library: typeof JustBash, errors: ShellErrors): JustBash.CustomCommand {
  return library.defineCommand(writeCheck, async ([status = '0', line = '1', name = '-']) => {
    const error = errors.takeWriteError()
    if (!error) return { stdout: '', stderr: '', exitCode: Number(status) }
    const builtin = ['echo', 'printf', '-', 'eval', 'source', '.'].includes(name)
    const who = builtin
      ? `bash: line ${line}: ${name === 'printf' ? name : 'echo'}: write error`
      : `${name}: write error`
    const stderr = name === 'tee' ? `tee: ${error.path}: ${error.text}\n` : `${who}: ${error.text}\n`
    return { stdout: '', stderr, exitCode: 1 }
  })
}
