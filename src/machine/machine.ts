import type { Frame, FrameResult } from '../module/frame.ts'
import type { SwitchMode } from './fabric.ts'
import type { Port } from './kernel/card.ts'
import type { Kernel } from './kernel/kernel.ts'
import type { Processes } from './processes.ts'
import type { MachineState } from './state.ts'

/** A modelled hypervisor. It performs reads and steps exactly as a host does: one implementation for lab, twin and tests. */
export interface Machine {
  readonly state: MachineState
  readonly files: MachineFiles
  readonly kernel: Kernel
  /** What its ports and its guests are connected to. */
  readonly fabric: Fabric
  readonly time: MachineTime
  /** What runs in the background. */
  readonly processes: Processes
  /** Everything that was written since it was created in this process, oldest first; reads leave nothing here. */
  readonly writes: readonly WriteEntry[]
  /** Performs a frame as root. */
  perform(frame: Frame): Promise<FrameResult>
  /** Runs a program of the machine. An unknown one: status 127 and `sh: 1: name: not found`. */
  exec(argv: readonly string[], io?: ProgramInput): Promise<ProgramResult>
  /** Whether it has a program of that name or path. */
  knows(program: string): boolean
  /** Restarts it: firmware's next values become current, volatile state is lost, boot units run. */
  reboot(): Promise<void>
  /** Called by the program when the machine goes down in a reboot, so that servers can cut their connections. */
  onReboot(listener: () => void): void
}

/** How modelled time passes: sleeping is divided by `speed`. */
export interface MachineTime {
  /** Seconds since 1970. */
  now(): number
  /** Modelled seconds; shorter when the signal is given up. */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>
}

/** One change of the machine from outside. */
export interface WriteEntry {
  /** `write`, `attr`, `run` ...: the kind of step; reads never appear. */
  readonly kind: string
  /** The path, or the command line. */
  readonly what: string
  readonly value?: string
}

/** Error numbers by name, as errno(3). */
export type Errno =
  | 'EACCES'
  | 'EAGAIN'
  | 'EBUSY'
  | 'EEXIST'
  | 'EINVAL'
  | 'EIO'
  | 'EISDIR'
  | 'ELOOP'
  | 'ENODEV'
  | 'ENOENT'
  | 'ENOMEM'
  | 'ENOSPC'
  | 'ENOTDIR'
  | 'ENOTEMPTY'
  | 'EOPNOTSUPP'
  | 'EPERM'
  | 'ERANGE'

/** What a kernel call gave: a value, or an errno and, from netlink, an explanation (extack). */
export type Sys<T = void> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly errno: Errno; readonly text?: string }

/** One name space of disk files, sysfs, procfs and debugfs. Paths are absolute; links are followed like the kernel does. */
export interface MachineFiles {
  read(path: string): Sys<Uint8Array>
  /** One write(2) of the whole content. On the disk: creates or truncates. On a kernel attribute: the store function. May take time (numvfs). */
  write(path: string, content: Uint8Array): Promise<Sys>
  stat(path: string, follow: boolean): Sys<FileStat>
  readlink(path: string): Sys<string>
  /** Names in a directory, sorted. */
  list(path: string): Sys<readonly string[]>
  /** Absolute paths that match a glob (`*`, `?`, `[...]`), sorted. */
  glob(pattern: string): readonly string[]
  mkdir(path: string, mode: string): Sys
  remove(path: string, recursive: boolean): Sys
  rename(from: string, to: string): Sys
  symlink(path: string, target: string): Sys
  chmod(path: string, mode: string): Sys
  chown(path: string, owner: string | null, group: string | null): Sys
}

/** What stat(2) says. */
export interface FileStat {
  readonly type: 'file' | 'directory' | 'link'
  readonly mode: string
  readonly owner: string
  readonly group: string
  readonly size: number
  readonly mtime: number
}

/** What a program is given. */
export interface ProgramInput {
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Shows what the program has to say and a question, and gives the line that a person at a terminal types; null when nobody is there any more. Absent without a terminal. */
  readonly ask?: Ask
  /** Given up when a program in the background is asked to end (SIGINT, SIGTERM). */
  readonly signal?: AbortSignal
}

/** A question of a program to the person at its terminal. */
export type Ask = (shown: string) => Promise<string | null>

/** How a program ended. */
export interface ProgramResult {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** A modelled program: one file each under tools/. `args` is argv without the program's name. */
export type Tool = (call: ToolCall) => ProgramResult | Promise<ProgramResult>

/** One call of a modelled program. */
export interface ToolCall {
  readonly machine: Machine
  readonly args: readonly string[]
  readonly stdin: string
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** See {@link ProgramInput.ask}. */
  readonly ask?: Ask
  /** See {@link ProgramInput.signal}. */
  readonly signal?: AbortSignal
}

/**
 * The switch and the cables: who is connected to whom, LACP partners, and traffic between a client and guests.
 */
export interface Fabric {
  /** The LACP partner of a host's port: its system MAC, key and port number; null when that port of the switch does no LACP. */
  partner(machine: Machine, port: Port): { readonly mac: string; readonly key: number; readonly port: number } | null
  /** What the switch does for this host's ports. */
  mode(machine: Machine): SwitchMode
  /** Sends traffic to an address; moves the counters of every port it crosses. */
  send(flow: Flow): FlowResult
  /** Something that frames cross has changed: flows that are under way look for their ways anew. */
  touch(): void
  /** Calls back at every such change; gives what ends that. */
  watch(listener: () => void): () => void
  /** Machines that take part, by host name. */
  readonly machines: ReadonlyMap<string, Machine>
}

/** Traffic between the client and an address: some TCP streams for a while. */
export interface Flow {
  readonly from: Machine
  readonly to: string
  readonly streams: number
  readonly seconds: number
  readonly kind: 'tcp' | 'ping'
  /** The data goes from the address to the client (`iperf3 -R`). */
  readonly reverse?: boolean
}

/** What came of it. */
export type FlowResult =
  | {
      readonly reached: true
      readonly bytes: number
      readonly packets: number /** Bits per second. */
      readonly rate: number
    }
  /** `why` is for people who look at the machine: "the representor ens2f0_0 is down". */
  | { readonly reached: false; readonly error: 'unreachable' | 'refused'; readonly why: string }
