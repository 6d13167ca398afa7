import { posix } from 'node:path'
import type { ArgSchema } from '../../module/module.ts'
import { list, type Read } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import type { StepResult } from '../../module/step.ts'
import type { ValueMap } from '../../shared/value.ts'

/** What command and shell have in common: when to leave it, where to run it, what to feed it. */
export interface Guard {
  readonly chdir?: string
  readonly creates?: string
  readonly removes?: string
  readonly stdin?: string
}

/** Schemas of these arguments. */
export const guardArgs: Readonly<Record<keyof Guard, ArgSchema>> = {
  chdir: { description: 'Directory to run it in.', type: 'string', pattern: '^/' },
  creates: { description: 'A path or glob: when it is there, nothing is run.', type: 'string', minLength: 1 },
  removes: { description: 'A path or glob: when it is not there, nothing is run.', type: 'string', minLength: 1 },
  stdin: { description: 'Text for its standard input, exactly as given.', type: 'string' },
}

/** Looks whether `creates` and `removes` are there. */
export function guardReads(args: Guard): readonly Read[] {
  return [args.creates, args.removes].filter((glob) => glob !== undefined).map((glob) => list(within(args, glob)))
}

/** Why nothing is to be run, as Ansible words it; null when it is. */
export function guardReason(args: Guard, seen: Readings): string | null {
  const there = (glob: string): boolean => seen.list(within(args, glob)).length > 0
  if (args.creates !== undefined && there(args.creates)) return `${args.creates} exists`
  if (args.removes !== undefined && !there(args.removes)) return `${args.removes} does not exist`
  return null
}

/** What a task registers that ran nothing. */
export function notRun(cmd: string, because: string): ValueMap {
  return output(cmd, 0, `skipped, since ${because}`, '')
}

/** What a task registers that ran: exit status and output, whatever the status was. */
export function commandResult(cmd: string, results: readonly StepResult[]): ValueMap {
  const result = results[0]
  if (!result || result.state === 'not run') return { cmd }
  return output(cmd, result.status, result.stdout, result.stderr)
}

/** Options of a run or shell step that the task gave. */
export function runOptions(args: Guard): { readonly cwd?: string; readonly stdin?: string } {
  return {
    ...(args.chdir !== undefined && { cwd: args.chdir }),
    ...(args.stdin !== undefined && { stdin: args.stdin }),
  }
}

/** Relative globs are relative to `chdir`. */
function within(args: Guard, glob: string): string {
  return args.chdir === undefined || posix.isAbsolute(glob) ? glob : posix.join(args.chdir, glob)
}

/** Final newlines are taken off, as in Ansible, so that `r.stdout == "yes"` holds. */
function output(cmd: string, rc: number, stdout: string, stderr: string): ValueMap {
  const [out, error] = [stdout, stderr].map((text) => text.replace(/[\r\n]+$/, ''))
  return {
    cmd,
    rc,
    stdout: out ?? '',
    stderr: error ?? '',
    stdout_lines: lines(out ?? ''),
    stderr_lines: lines(error ?? ''),
  }
}

function lines(text: string): string[] {
  return text === '' ? [] : text.split(/\r?\n/)
}
