import { bootUnits } from './boot.ts'
import { openFiles } from './files.ts'
import { kernelContext } from './kernel/context.ts'
import { createKernel, resume } from './kernel/create-kernel.ts'
import type {
  Fabric,
  Machine,
  MachineFiles,
  MachineTime,
  ProgramInput,
  ProgramResult,
  Tool,
  WriteEntry,
} from './machine.ts'
import { perform } from './perform.ts'
import type { Interpreter } from './performing-steps.ts'
import { Processes } from './processes.ts'
import { restart } from './reboot.ts'
import { forgetTimers, resumeTimers } from './services/timers.ts'
import type { MachineState } from './state.ts'
import { tools as everyTool } from './tools/index.ts'

/** What a machine is connected to and made with. */
export interface MachineOptions {
  readonly fabric: Fabric
  readonly time: MachineTime
  /** Programs besides, or instead of, those that every machine has. */
  readonly tools?: Readonly<Record<string, Tool>>
  /** Interprets `shell:` steps; without one they end with status 127 and say so. */
  readonly interpreter?: Interpreter
  /** Environment of the session in which frames are performed: SSH_CONNECTION. */
  readonly environment?: () => Readonly<Record<string, string>>
  /** Asked before a program starts; a result stands in for the program's. The lab's faults. */
  readonly intercept?: (argv: readonly string[]) => ProgramResult | null
  /** Stands in front of the machine's files: a full disk. */
  readonly files?: (files: MachineFiles) => MachineFiles
}

/** A machine that can say what programs it has. */
export interface CreatedMachine extends Machine {
  /** Names of its programs, sorted. */
  readonly programs: readonly string[]
}

/** Modelled seconds from the moment a machine goes down until its kernel runs again. */
const restartSeconds = 20

/** Makes a machine around its state: the state is changed in place. */
export function createMachine(state: MachineState, options: MachineOptions): CreatedMachine {
  const { fabric, time } = options
  const context = kernelContext(state, time, fabric, () => machine)
  const tools: Readonly<Record<string, Tool>> = { ...everyTool, ...options.tools }
  const writes: WriteEntry[] = []
  const listeners: (() => void)[] = []
  let booting: Promise<void> | null = null

  const session = (): ProgramInput => ({ env: { ...basicEnvironment, ...options.environment?.() }, cwd: '/root' })

  const files = openFiles(context)
  const machine: CreatedMachine = {
    state,
    programs: Object.keys(tools).sort(),
    files: options.files?.(files) ?? files,
    kernel: createKernel(context),
    fabric,
    time,
    processes: new Processes(),
    knows: (program) => toolOf(tools, program) !== undefined,
    writes,
    perform: async (frame) => {
      await booting
      const interpreter = options.interpreter ?? null
      return perform(machine, frame, { interpreter, session: session() }, (entry) => writes.push(entry))
    },
    exec: async (argv, io = {}) => {
      const [name = '', ...args] = argv
      const instead = options.intercept?.(argv)
      if (instead) return instead
      const tool = toolOf(tools, name)
      if (!tool) return { status: 127, stdout: '', stderr: `sh: 1: ${name}: not found\n` }
      const env = io.env ?? session().env ?? {}
      const terminal = { ...(io.ask && { ask: io.ask }), ...(io.signal && { signal: io.signal }) }
      return tool({ machine, args, stdin: io.stdin ?? '', env, cwd: io.cwd ?? '/root', ...terminal })
    },
    reboot: async () => {
      for (const listener of listeners) listener()
      machine.processes.forget()
      forgetTimers(machine)
      const boot = async () => {
        await time.sleep(restartSeconds)
        restart(context)
        await bootUnits(machine)
      }
      booting = boot().finally(() => {
        booting = null
      })
      await booting
    },
    onReboot: (listener) => {
      listeners.push(listener)
    },
  }
  resume(context)
  resumeTimers(machine)
  return machine
}

/** A program by name or by path: `/usr/sbin/ip` is `ip`. */
function toolOf(tools: Readonly<Record<string, Tool>>, name: string): Tool | undefined {
  const bare = /^\/(?:usr\/)?(?:local\/)?s?bin\/([^/]+)$/.exec(name)?.[1] ?? name
  return Object.hasOwn(tools, bare) ? tools[bare] : undefined
}

const basicEnvironment: Readonly<Record<string, string>> = {
  HOME: '/root',
  LANG: 'C',
  LC_ALL: 'C',
  LOGNAME: 'root',
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  SHELL: '/bin/bash',
  USER: 'root',
}
