import type { Machine, ProgramResult, ToolCall } from '../machine.ts'

/** A program that ended well. */
export const done = (stdout = '', stderr = ''): ProgramResult => ({ status: 0, stdout, stderr })

/** A program that failed with a message on stderr. */
export const failed = (status: number, stderr: string, stdout = ''): ProgramResult => ({ status, stdout, stderr })

/** What the shell says when a program is not installed. */
export const absent = (name: string): ProgramResult => ({
  status: 127,
  stdout: '',
  stderr: `sh: 1: ${name}: not found\n`,
})

/** Whether one of some packages is installed. */
export function installed(machine: Machine, ...packages: readonly string[]): boolean {
  return packages.some((name) => name in machine.state.packages)
}

/**
 * Asks whether to go on, the person at the terminal if there is one, else stdin; `yes` stands for the option that answers in
 * advance. `shown` is what is yet to be printed: a question that a person has answered is on the screen already.
 */
export async function confirm(
  { ask, stdin }: ToolCall,
  question: string,
  yes: boolean,
): Promise<{ readonly yes: boolean; readonly shown: string }> {
  if (yes) return { yes: true, shown: `${question}y\n` }
  const agreed = (line: string) => /^\s*y(es)?\s*(\n|$)/i.test(line)
  if (ask) return { yes: agreed((await ask(question)) ?? ''), shown: '' }
  return agreed(stdin) ? { yes: true, shown: `${question}y\n` } : { yes: false, shown: question }
}

/** Options and words of a command line that uses getopt: `flags` take no value, `valued` take one (`-c 3`, `-c3`, `--count=3`, `--count 3`). */
export interface Options {
  readonly values: ReadonlyMap<string, readonly string[]>
  readonly words: readonly string[]
  /** The first option that is not known, or lacks its value. */
  readonly wrong: string | null
}

/** Splits a command line; options may stand between the words, and `--` ends them. */
export function splitOptions(
  args: readonly string[],
  known: { readonly flags: readonly string[]; readonly valued: readonly string[] },
): Options {
  const values = new Map<string, string[]>()
  const words: string[] = []
  let wrong: string | null = null
  const put = (name: string, value: string) => values.set(name, [...(values.get(name) ?? []), value])
  const queue = [...args]
  for (let arg = queue.shift(); arg !== undefined; arg = queue.shift()) {
    if (arg === '--') {
      words.push(...queue)
      break
    }
    if (!arg.startsWith('-') || arg === '-') words.push(arg)
    else if (arg.startsWith('--')) {
      const at = arg.indexOf('=')
      const name = at < 0 ? arg : arg.slice(0, at)
      if (known.flags.includes(name) && at < 0) put(name, '')
      else if (known.valued.includes(name)) {
        const value = at < 0 ? queue.shift() : arg.slice(at + 1)
        if (value === undefined) wrong ??= arg
        else put(name, value)
      } else wrong ??= arg
    } else {
      const name = arg.slice(0, 2)
      if (known.valued.includes(name)) {
        const value = arg.length > 2 ? arg.slice(2) : queue.shift()
        if (value === undefined) wrong ??= arg
        else put(name, value)
      } else if (known.flags.includes(name)) {
        put(name, '')
        if (arg.length > 2) queue.unshift(`-${arg.slice(2)}`)
      } else wrong ??= arg
    }
  }
  return { values, words, wrong }
}
