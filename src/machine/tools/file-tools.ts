import { strerror } from '../errno.ts'
import type { Machine, ProgramResult, Tool } from '../machine.ts'
import { done, failed } from './program.ts'

const at = (cwd: string, path: string): string => (path.startsWith('/') ? path : `${cwd === '/' ? '' : cwd}/${path}`)
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8')
const words = (args: readonly string[]): readonly string[] =>
  args.filter((arg) => arg !== '--' && (!arg.startsWith('-') || arg === '-'))

/** cat(1). */
export const cat: Tool = ({ machine, args, cwd, stdin }) => {
  const names = words(args)
  return gather(names.length === 0 ? ['-'] : names, (name) => {
    if (name === '-') return { out: stdin }
    const content = machine.files.read(at(cwd, name))
    return content.ok ? { out: text(content.value) } : { error: `cat: ${name}: ${strerror(content.errno)}` }
  })
}

/** ls(1): names, one a line; -l with mode, owner and target; -d, -a and -1 are understood. */
export const ls: Tool = ({ machine, args, cwd }) => {
  const flags = new Set(args.filter((arg) => arg.startsWith('-')).flatMap((arg) => [...arg.slice(1)]))
  const names = words(args)
  const paths = names.length === 0 ? ['.'] : names
  const result = gather(paths, (name) => {
    const path = at(cwd, name)
    // With -l a link that is named is shown itself, unless a slash asks for what it leads to.
    const follow = !flags.has('d') && (!flags.has('l') || name.endsWith('/'))
    const stat = machine.files.stat(path, follow)
    if (!stat.ok) return { error: `ls: cannot access ${name}: ${strerror(stat.errno)}`, status: 2 }
    if (stat.value.type !== 'directory' || flags.has('d'))
      return { out: `${entry(machine, path, name, flags.has('l'))}\n` }
    const found = machine.files.list(path)
    if (!found.ok) return { error: `ls: cannot open directory ${name}: ${strerror(found.errno)}`, status: 2 }
    const shown = found.value.filter((each) => flags.has('a') || flags.has('A') || !each.startsWith('.'))
    const head = paths.length > 1 ? `${name}:\n` : ''
    const total = flags.has('l') ? 'total 0\n' : ''
    return {
      out: `${head}${total}${shown.map((each) => `${entry(machine, `${path}/${each}`, each, flags.has('l'))}\n`).join('')}`,
    }
  })
  return result
}

function entry(machine: Machine, path: string, name: string, long: boolean): string {
  const stat = machine.files.stat(path, false)
  if (!long || !stat.ok) return name
  const { type, mode, owner, group, size, mtime } = stat.value
  const letter = type === 'directory' ? 'd' : type === 'link' ? 'l' : '-'
  const bits = [...mode.slice(-3)].map((digit) => {
    const value = Number(digit)
    return `${value & 4 ? 'r' : '-'}${value & 2 ? 'w' : '-'}${value & 1 ? 'x' : '-'}`
  })
  const date = new Date(mtime * 1000).toUTCString()
  const target = type === 'link' ? machine.files.readlink(path) : null
  const arrow = target?.ok ? ` -> ${target.value}` : ''
  return `${letter}${bits.join('')} 1 ${owner} ${group} ${String(size).padStart(4)} ${date.slice(8, 11)} ${String(Number(date.slice(5, 7))).padStart(2)} ${date.slice(17, 22)} ${name}${arrow}`
}

/** readlink(1): -f gives the whole real path, -n leaves the newline out. */
export const readlink: Tool = ({ machine, args, cwd }) => {
  const flags = args.filter((arg) => arg.startsWith('-')).join('')
  const end = flags.includes('n') ? '' : '\n'
  const [name = ''] = words(args)
  const path = at(cwd, name)
  if (!/[fe]/.test(flags)) {
    const target = machine.files.readlink(path)
    return target.ok ? done(`${target.value}${end}`) : failed(1, '')
  }
  const real = realPath(machine, path)
  return real === null ? failed(1, '') : done(`${real}${end}`)
}

/** The path without links; null when it leads nowhere. */
function realPath(machine: Machine, path: string): string | null {
  let real = ''
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  for (let followed = 0; parts.length > 0; ) {
    const part = parts.shift() ?? ''
    if (part === '..') {
      real = real.slice(0, real.lastIndexOf('/'))
      continue
    }
    const target = machine.files.readlink(`${real}/${part}`)
    if (!target.ok) {
      real += `/${part}`
      continue
    }
    if (++followed > 40) return null
    if (target.value.startsWith('/')) real = ''
    parts.unshift(...target.value.split('/').filter((each) => each !== '' && each !== '.'))
  }
  return real === '' || machine.files.stat(real, false).ok ? real || '/' : null
}

/** test(1) for files and words: -e -f -d -L -h -s -r -w -x -n -z = != -eq -ne and a leading `!`. */
export const test: Tool = ({ machine, args, cwd }) => {
  const negated = args[0] === '!'
  const [one = '', two, three] = negated ? args.slice(1) : args
  const truth =
    three !== undefined ? compare(one, two ?? '', three) : two !== undefined ? look(machine, one, two, cwd) : one !== ''
  if (truth === null) return failed(2, `test: ${two ?? one}: binary operator expected\n`)
  return { status: truth !== negated ? 0 : 1, stdout: '', stderr: '' }
}

function compare(left: string, operator: string, right: string): boolean | null {
  const numbers: Readonly<Record<string, (a: number, b: number) => boolean>> = {
    '-eq': (a, b) => a === b,
    '-ne': (a, b) => a !== b,
    '-lt': (a, b) => a < b,
    '-le': (a, b) => a <= b,
    '-gt': (a, b) => a > b,
    '-ge': (a, b) => a >= b,
  }
  if (operator === '=' || operator === '==') return left === right
  if (operator === '!=') return left !== right
  return numbers[operator]?.(Number(left), Number(right)) ?? null
}

function look(machine: Machine, operator: string, name: string, cwd: string): boolean | null {
  if (operator === '-n') return name !== ''
  if (operator === '-z') return name === ''
  const stat = machine.files.stat(at(cwd, name), operator !== '-L' && operator !== '-h')
  if ('-e -r -w'.split(' ').includes(operator)) return stat.ok
  if (operator === '-f') return stat.ok && stat.value.type === 'file'
  if (operator === '-d') return stat.ok && stat.value.type === 'directory'
  if (operator === '-L' || operator === '-h') return stat.ok && stat.value.type === 'link'
  if (operator === '-s') return stat.ok && stat.value.size > 0
  if (operator === '-x') return stat.ok && /[1357]/.test(stat.value.mode)
  return null
}

function gather(
  names: readonly string[],
  each: (name: string) => { readonly out?: string; readonly error?: string; readonly status?: number },
): ProgramResult {
  const results = names.map(each)
  const errors = results.filter((result) => result.error !== undefined)
  return {
    status: errors.length === 0 ? 0 : Math.max(...errors.map((result) => result.status ?? 1)),
    stdout: results.map((result) => result.out ?? '').join(''),
    stderr: errors.map((result) => `${result.error}\n`).join(''),
  }
}
