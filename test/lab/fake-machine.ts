import { posix } from 'node:path'
import type { Errno, FileStat, Machine, MachineFiles, ProgramInput, Sys } from '../../src/machine/machine.ts'
import type { Frame, FrameResult } from '../../src/module/frame.ts'
import { readKey } from '../../src/module/read.ts'

const good = <T>(value: T): Sys<T> => ({ ok: true, value })
const bad = (errno: Errno): { ok: false; errno: Errno } => ({ ok: false, errno })

type Entry = { type: 'file'; content: string; mode: string } | { type: 'directory' } | { type: 'link'; target: string }

/** Files in memory, with errors on demand: enough of a machine to try a shell on. */
export function fakeFiles(
  initial: Readonly<Record<string, string>>,
  errors: { readonly reads?: Readonly<Record<string, Errno>>; readonly writes?: Readonly<Record<string, Errno>> } = {},
): MachineFiles & { readonly written: string[] } {
  const entries = new Map<string, Entry>([['/', { type: 'directory' }]])
  const folders = (path: string) => {
    for (let at = posix.dirname(path); !entries.has(at); at = posix.dirname(at)) entries.set(at, { type: 'directory' })
  }
  for (const [path, content] of Object.entries(initial)) {
    folders(path)
    entries.set(
      path,
      content.startsWith('-> ')
        ? { type: 'link', target: content.slice(3) }
        : { type: 'file', content, mode: content === '' ? '0200' : '0644' },
    )
  }
  for (const path of ['/root', '/tmp']) entries.set(path, { type: 'directory' })
  const real = (path: string, last: boolean): string => {
    const parent = path === '/' ? '/' : real(posix.dirname(path), true)
    const here = posix.join(parent, posix.basename(path))
    const entry = entries.get(here)
    return entry?.type === 'link' && last ? real(posix.resolve(parent, entry.target), true) : here
  }
  const written: string[] = []
  const stat = (entry: Entry): FileStat => ({
    type: entry.type,
    mode: entry.type === 'file' ? entry.mode : '0755',
    owner: 'root',
    group: 'root',
    size: entry.type === 'file' ? entry.content.length : 0,
    mtime: 0,
  })
  const change = (action: () => Sys): Sys => action()
  return {
    written,
    read: (path) => {
      const errno = errors.reads?.[path]
      if (errno) return bad(errno)
      const entry = entries.get(real(path, true))
      if (!entry) return bad('ENOENT')
      return entry.type === 'file' ? good(Buffer.from(entry.content)) : bad('EISDIR')
    },
    write: async (path, content) => {
      const errno = errors.writes?.[path]
      if (errno && content.length > 0) return bad(errno)
      const at = real(path, true)
      if (entries.get(posix.dirname(at))?.type !== 'directory') return bad('ENOENT')
      if (entries.get(at)?.type === 'directory') return bad('EISDIR')
      const text = Buffer.from(content).toString('utf8')
      written.push(`${at}=${text}`)
      entries.set(at, { type: 'file', content: text, mode: '0644' })
      return good(undefined)
    },
    stat: (path, follow) => {
      const entry = entries.get(real(path, follow))
      return entry ? good(stat(entry)) : bad('ENOENT')
    },
    readlink: (path) => {
      const entry = entries.get(real(path, false))
      return entry?.type === 'link' ? good(entry.target) : bad(entry ? 'EINVAL' : 'ENOENT')
    },
    list: (path) => {
      const at = real(path, true)
      if (entries.get(at)?.type !== 'directory') return bad('ENOENT')
      const names = [...entries.keys()].filter((each) => each !== '/' && posix.dirname(each) === at)
      return good(names.map((each) => posix.basename(each)).sort())
    },
    glob: () => [],
    mkdir: (path) =>
      change(() => {
        entries.set(path, { type: 'directory' })
        return good(undefined)
      }),
    remove: (path) => {
      for (const each of [...entries.keys()]) if (each === path || each.startsWith(`${path}/`)) entries.delete(each)
      return good(undefined)
    },
    rename: (from, to) => {
      const entry = entries.get(from)
      if (!entry) return bad('ENOENT')
      entries.delete(from)
      entries.set(to, entry)
      return good(undefined)
    },
    symlink: (path, target) => {
      entries.set(path, { type: 'link', target })
      return good(undefined)
    },
    chmod: (path, mode) => {
      const entry = entries.get(path)
      if (entry?.type === 'file') entries.set(path, { ...entry, mode })
      return entry ? good(undefined) : bad('ENOENT')
    },
    chown: () => good(undefined),
  }
}

/** A machine that has files, programs that say how they were called, and frames that are only counted. */
export function fakeMachine(files: MachineFiles): Machine & { readonly frames: Frame[]; restart(): void } {
  const exec = async (argv: readonly string[], input: ProgramInput = {}) => ({
    status: argv.includes('fail') ? 3 : 0,
    stdout: `${argv.join(' ')}|${input.stdin ?? ''}|${input.env?.['A'] ?? ''}|${input.cwd ?? ''}\n`,
    stderr: '',
  })
  const frames: Frame[] = []
  const listeners: (() => void)[] = []
  let booting: Promise<unknown> = Promise.resolve()
  const perform = async (frame: Frame): Promise<FrameResult> => {
    await booting
    if (frame.before.length + frame.steps.length + frame.after.length > 0) frames.push(frame)
    return {
      before: frame.before.map((read) => ({ kind: 'list', paths: [readKey(read)] }) as const),
      steps: frame.steps.map(() => ({ state: 'done', status: 0, stdout: 'done', stderr: '' }) as const),
      after: [],
    }
  }
  const time = { now: () => 0, sleep: (seconds: number) => new Promise<void>((wake) => setTimeout(wake, seconds)) }
  const state = { links: { eno1: { kind: 'management', addresses: ['192.0.2.11/24'] } } }
  const onReboot = (listener: () => void) => listeners.push(listener)
  const restart = () => {
    booting = new Promise((up) => setTimeout(up, 100))
    for (const listener of listeners) listener()
  }
  // The parts of a machine that the lab's doors touch.
  const parts: unknown = { files, exec, time, state, perform, onReboot, frames, restart }
  return parts as Machine & { readonly frames: Frame[]; restart(): void }
}
