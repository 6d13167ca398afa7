import type { Read } from '../../module/read.ts'
import type { RunStep, Step } from '../../module/step.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { unreachable } from '../../shared/unreachable.ts'

/** A read or a step as the words of a call: options up to `--` (steps only), then what it is about. */
export interface Words {
  readonly kind: string
  readonly words: readonly string[]
}

/** The words of a read. */
export function readWords(read: Read): Words {
  switch (read.kind) {
    case 'file':
      return { kind: 'file', words: [read.path] }
    case 'stat':
      return { kind: 'stat', words: [`${read.follow ? 'L' : ''}${read.checksum ? 'C' : ''}`, read.path] }
    case 'attrs':
    case 'links':
    case 'list':
      return { kind: read.kind, words: read.globs }
    case 'command':
      return { kind: 'command', words: read.argv }
    default:
      return unreachable(read)
  }
}

/** Reads back what {@link readWords} made. */
export function wordsRead({ kind, words }: Words): Result<Read, string> {
  const [first = '', second = ''] = words
  switch (kind) {
    case 'file':
      return ok({ kind, path: first })
    case 'stat':
      return ok({ kind, path: second, follow: first.includes('L'), checksum: first.includes('C') })
    case 'attrs':
    case 'links':
    case 'list':
      return ok({ kind, globs: words })
    case 'command':
      return ok({ kind, argv: words })
    default:
      return err(`"${kind}" is no kind of read`)
  }
}

/** The words of a step. */
export function stepWords(step: Step): Words {
  const { kind } = step
  const words = (...rest: readonly string[]): Words => ({ kind, words: [...options(step), '--', ...rest] })
  switch (step.kind) {
    case 'write':
      return words(step.path, ...contentWords(step.content))
    case 'attr':
      return words(step.path, step.value)
    case 'remove':
    case 'mkdir':
    case 'mode':
      return words(step.path)
    case 'link':
      return words(step.path, step.target)
    case 'move':
      return words(step.from, step.to)
    case 'run':
      return words(...envWords(step.env), ...step.argv)
    case 'shell':
      return words(...envWords(step.env), step.shell ?? '/bin/sh', '-c', step.text)
    case 'detach':
      return words(...step.argv)
    case 'reboot':
      return words(step.message)
    default:
      return unreachable(step)
  }
}

/** Reads back what {@link stepWords} made. */
export function wordsStep({ kind, words }: Words): Result<Step, string> {
  const end = words.indexOf('--')
  if (end < 0) return err(`the step "${kind}" has no "--"`)
  const given = new Map(words.slice(0, end).map(splitOption))
  const rest = words.slice(end + 1)
  const [first = '', second = '', , fourth = ''] = rest
  const owned = pick(given, ['mode', 'owner', 'group'])
  switch (kind) {
    case 'write':
      return ok({ kind, path: first, content: wordsContent(second, fourth), ...owned, ...pick(given, ['backup']) })
    case 'attr':
      return ok({ kind, path: first, value: second })
    case 'remove':
      return ok({ kind, path: first, recursive: given.has('recursive') })
    case 'mkdir':
      return ok({ kind, path: first, ...owned })
    case 'mode':
      return ok({ kind, path: first, recursive: given.has('recursive'), ...owned })
    case 'link':
      return ok({ kind, path: first, target: second })
    case 'move':
      return ok({ kind, from: first, to: second })
    case 'run': {
      const { env, argv } = wordsEnv(rest)
      return ok({ kind, argv, ...env, ...execution(given) })
    }
    case 'shell': {
      const { env, argv } = wordsEnv(rest)
      const shell = given.has('shell') ? { shell: argv[0] ?? '' } : {}
      return ok({ kind, text: argv[2] ?? '', ...shell, ...env, ...execution(given) })
    }
    case 'detach':
      return ok({ kind, argv: rest })
    case 'reboot':
      return ok({ kind, message: first })
    default:
      return err(`"${kind}" is no kind of step`)
  }
}

function options(step: Step): readonly string[] {
  const list: string[] = []
  const add = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) list.push(`${name}=${value}`)
  }
  if (step.kind === 'write' || step.kind === 'mkdir' || step.kind === 'mode') {
    add('mode', step.mode)
    add('owner', step.owner)
    add('group', step.group)
  }
  if (step.kind === 'write') add('backup', step.backup)
  if ((step.kind === 'remove' || step.kind === 'mode') && step.recursive) list.push('recursive')
  if (step.kind === 'shell' && step.shell !== undefined) list.push('shell')
  if (step.kind === 'run' || step.kind === 'shell') {
    add('ok', step.ok?.join(','))
    add('timeout', step.timeout)
    add('cwd', step.cwd)
    if (step.stdin !== undefined) list.push(stdinOption(step.stdin))
  }
  return list
}

function execution(given: ReadonlyMap<string, string>): Partial<Pick<RunStep, 'stdin' | 'cwd' | 'timeout' | 'ok'>> {
  const allowed = given.get('ok')
  const timeout = given.get('timeout')
  const binary = given.get('stdin64')
  return {
    ...pick(given, ['cwd', 'stdin']),
    ...(binary !== undefined && { stdin: Buffer.from(binary, 'base64').toString('utf8') }),
    ...(timeout !== undefined && { timeout: Number(timeout) }),
    ...(allowed !== undefined && { ok: allowed === '' ? [] : allowed.split(',').map(Number) }),
  }
}

/** No shell carries a NUL in a word. */
const stdinOption = (text: string): string =>
  text.includes('\0') ? `stdin64=${Buffer.from(text, 'utf8').toString('base64')}` : `stdin=${text}`

/** Encoding, length in bytes, text: as it is where a shell can carry it, else in base64. */
function contentWords(content: string | Uint8Array): readonly string[] {
  const bytes = Buffer.from(content)
  const length = String(bytes.length)
  if (typeof content !== 'string') return ['bytes64', length, bytes.toString('base64')]
  return content.includes('\0') ? ['text64', length, bytes.toString('base64')] : ['text', length, content]
}

function wordsContent(encoding: string, text: string): string | Uint8Array {
  if (encoding === 'text') return text
  const bytes = Buffer.from(text, 'base64')
  return encoding === 'text64' ? bytes.toString('utf8') : new Uint8Array(bytes)
}

/** `-` when no environment was given, else how many variables follow. */
function envWords(env: Readonly<Record<string, string>> | undefined): readonly string[] {
  if (!env) return ['-']
  const entries = Object.entries(env)
  return [String(entries.length), ...entries.map(([name, value]) => `${name}=${value}`)]
}

function wordsEnv(words: readonly string[]): {
  readonly env: { readonly env?: Readonly<Record<string, string>> }
  readonly argv: readonly string[]
} {
  const [size = '-', ...rest] = words
  if (size === '-') return { env: {}, argv: rest }
  const count = Number(size)
  return { env: { env: Object.fromEntries(rest.slice(0, count).map(splitOption)) }, argv: rest.slice(count) }
}

function splitOption(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

function pick<Name extends string>(
  given: ReadonlyMap<string, string>,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {}
  for (const name of names) {
    const value = given.get(name)
    if (value !== undefined) found[name] = value
  }
  return found
}
