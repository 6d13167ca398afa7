/** One unit of change on a host, as data. Only a Host performs steps. */
export type Step =
  | WriteStep
  | AttrStep
  | RemoveStep
  | MkdirStep
  | LinkStep
  | ModeStep
  | MoveStep
  | RunStep
  | ShellStep
  | DetachStep
  | RebootStep

/** Replaces a file atomically: temporary file beside it, mode and owner, fsync, rename. */
export interface WriteStep {
  readonly kind: 'write'
  readonly path: string
  readonly content: string | Uint8Array
  /** Octal, `0644`. Not given: that of the file replaced, else 0644. */
  readonly mode?: string
  /** Not given: that of the file replaced, else the user's own. */
  readonly owner?: string
  readonly group?: string
  /** Copy what is replaced to this path first (with its mode, owner and times; missing folders are made). Nothing is copied when nothing is replaced or the copy is there already. */
  readonly backup?: string
}

/** One write(2) of `value` and a newline to a kernel attribute; the kernel's errno text survives in the result. */
export interface AttrStep {
  readonly kind: 'attr'
  readonly path: string
  readonly value: string
}

/** Removes a file, a link or, when `recursive`, a directory with all it holds. Absent is fine. Without `recursive` only an empty directory goes. */
export interface RemoveStep {
  readonly kind: 'remove'
  readonly path: string
  readonly recursive: boolean
}

/** Makes a directory and the missing ones above it. */
export interface MkdirStep {
  readonly kind: 'mkdir'
  readonly path: string
  readonly mode?: string
  readonly owner?: string
  readonly group?: string
}

/** Makes `path` a symbolic link to `target`, replacing a link or file that is there. */
export interface LinkStep {
  readonly kind: 'link'
  readonly path: string
  readonly target: string
}

/** Sets mode, owner and group of what is there. */
export interface ModeStep {
  readonly kind: 'mode'
  readonly path: string
  readonly mode?: string
  readonly owner?: string
  readonly group?: string
  readonly recursive: boolean
}

/** Renames within one file system, replacing `to`: how a backup is put back. */
export interface MoveStep {
  readonly kind: 'move'
  readonly from: string
  readonly to: string
}

/** Runs a program without a shell. An exit status outside `ok` is a failed step. */
export interface RunStep {
  readonly kind: 'run'
  readonly argv: readonly string[]
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Seconds; after that the step has failed. */
  readonly timeout?: number
  /** Exit statuses that are success; [0] when not given. */
  readonly ok?: readonly number[]
}

/** Runs what the user wrote in a `shell:` task, by /bin/sh or the shell they named. */
export interface ShellStep {
  readonly kind: 'shell'
  readonly text: string
  readonly shell?: string
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly timeout?: number
  readonly ok?: readonly number[]
}

/** Runs a program that outlives the connection (a network restart): started detached; `done` is that it was started. */
export interface DetachStep {
  readonly kind: 'detach'
  readonly argv: readonly string[]
}

/** Restarts the host. The link dies; the engine waits until the host answers with another boot id. */
export interface RebootStep {
  readonly kind: 'reboot'
  /** What is shown to people on the host. */
  readonly message: string
}

/** What became of a step. */
export type StepResult =
  | { readonly state: 'done'; readonly status: number; readonly stdout: string; readonly stderr: string }
  /** `reason` is short: the errno text, or the last line of stderr, or `exit status 3`, or `timed out after 30 s`. */
  | {
      readonly state: 'failed'
      readonly reason: string
      readonly status: number
      readonly stdout: string
      readonly stderr: string
    }
  /** A step before it failed. */
  | { readonly state: 'not run' }

/** Writes a file atomically. */
export const write = (
  path: string,
  content: string | Uint8Array,
  options: Omit<WriteStep, 'kind' | 'path' | 'content'> = {},
): WriteStep => ({
  kind: 'write',
  path,
  content,
  ...options,
})
/** Writes a kernel attribute. */
export const attr = (path: string, value: string | number): AttrStep => ({ kind: 'attr', path, value: String(value) })
/** Removes a path. */
export const remove = (path: string, options: { recursive?: boolean } = {}): RemoveStep => ({
  kind: 'remove',
  path,
  recursive: options.recursive ?? false,
})
/** Makes a directory. */
export const mkdir = (path: string, options: Omit<MkdirStep, 'kind' | 'path'> = {}): MkdirStep => ({
  kind: 'mkdir',
  path,
  ...options,
})
/** Makes a symbolic link. */
export const link = (path: string, target: string): LinkStep => ({ kind: 'link', path, target })
/** Sets mode and owner. */
export const mode = (
  path: string,
  options: { mode?: string; owner?: string; group?: string; recursive?: boolean },
): ModeStep => ({
  kind: 'mode',
  path,
  recursive: false,
  ...options,
})
/** Moves a file. */
export const move = (from: string, to: string): MoveStep => ({ kind: 'move', from, to })
/** Runs a program. */
export const run = (argv: readonly string[], options: Omit<RunStep, 'kind' | 'argv'> = {}): RunStep => ({
  kind: 'run',
  argv,
  ...options,
})
/** Starts a program that outlives the connection. */
export const detach = (argv: readonly string[]): DetachStep => ({ kind: 'detach', argv })

/** One line that says what a step does, for messages: `write /etc/motd`, `run ovs-vsctl add-br br0`. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'attr':
      return `write "${step.value}" to ${step.path}`
    case 'run':
    case 'detach':
      return `run ${step.argv.join(' ')}`
    case 'shell':
      return `run ${step.text}`
    case 'move':
      return `move ${step.from} to ${step.to}`
    case 'reboot':
      return 'reboot'
    case 'mode':
      return `set mode and owner of ${step.path}`
    case 'mkdir':
      return `make the directory ${step.path}`
    default:
      return `${step.kind} ${step.path}`
  }
}
