import { posix } from 'node:path'
import { strerror } from '../../machine/errno.ts'
import type { Errno, FileStat, MachineFiles, Sys } from '../../machine/machine.ts'
import { isKernelPath, programAt, resolvePath } from './paths.ts'

/** What stat says, in the words of just-bash's file system interface. */
export interface ShellStat {
  isFile: boolean
  isDirectory: boolean
  isSymbolicLink: boolean
  mode: number
  size: number
  mtime: Date
}

/** The errors that just-bash would lose. It shows every failed read as a missing file, and lets write errors escape. */
export interface ShellErrors {
  /** The first write error since the last call: its path and text; null when all went well. */
  takeWriteError(): { path: string; text: string } | null
  /** `No such file or directory` replaced by what was really wrong, where the line is about such a file. */
  correct(output: string): string
}

type Content = string | Uint8Array
type Encoding = string | { readonly encoding?: string | null } | null | undefined

/** The programs of a shell: just-bash's own, which lie in `/usr/bin`, and the machine's, which may also lie in `sbin`. */
export interface ShellPrograms {
  readonly own: ReadonlySet<string>
  readonly modelled: ReadonlySet<string>
}

/**
 * A machine's files as just-bash wants them (its IFileSystem). Programs are no files of the model; they are shown where
 * a shell looks for them. Promises, since the interface is asynchronous.
 */
export function bashFiles(files: MachineFiles, programs: ShellPrograms) {
  const failedReads = new Map<string, string>()
  let writeError: { path: string; text: string } | null = null

  const device = (path: string) => /^\/dev\/(null|zero|stdin|stdout|stderr)$/.test(path)
  const program = (path: string) => {
    const name = programAt(path)
    if (name === null) return null
    return programs.modelled.has(name) || (programs.own.has(name) && !path.includes('/sbin/')) ? name : null
  }
  const read = async (path: string): Promise<Uint8Array> => {
    if (device(path)) return new Uint8Array()
    const found = files.read(path)
    if (found.ok) return found.value
    const name = program(path)
    // Programs outside the folders where just-bash looks for its own are scripts that call them.
    if (name !== null) return Buffer.from(`#!/bin/sh\n/usr/bin/${name} "$@"\n`)
    if (found.errno !== 'ENOENT') failedReads.set(path, strerror(found.errno))
    throw failure(found.errno, 'open', path)
  }
  const stat = async (path: string, follow: boolean): Promise<ShellStat> => {
    if (device(path)) return { ...plainFile, mode: 0o666 }
    const found = files.stat(path, follow)
    if (found.ok) return shellStat(found.value)
    if (program(path) !== null) return { ...plainFile, mode: 0o755 }
    throw failure(found.errno, 'stat', path)
  }
  const put = async (path: string, content: Content, append: boolean, encoding: Encoding): Promise<void> => {
    if (device(path)) return
    const bytes = toBytes(content, encoding)
    const opens = bytes.length === 0
    const before = append || opens ? files.read(path) : null
    if (opens && (isKernelPath(path) || append)) {
      // As open(2) with O_TRUNC or O_APPEND: sysfs truncates nothing and makes no files.
      const there = files.stat(path, true)
      if (there.ok && there.value.type !== 'directory') return
      if (isKernelPath(path)) throw opening(path, there.ok ? 'EISDIR' : 'EACCES', encoding)
    }
    const whole = append && before?.ok && !isKernelPath(path) ? Buffer.concat([before.value, bytes]) : bytes
    const done = await files.write(path, whole)
    if (done.ok) return
    if (opens) throw opening(path, done.errno, encoding)
    failedReads.set(path, strerror(done.errno))
    // Only redirections and tee name an encoding; an exception there would end the whole script, see shell-errors.ts.
    if (encoding === undefined) throw failure(done.errno, 'write', path)
    writeError ??= { path, text: strerror(done.errno) }
  }
  const remove = async (path: string, recursive: boolean, force: boolean): Promise<void> => {
    const there = files.stat(path, false)
    if (!there.ok && there.errno === 'ENOENT' && force) return
    must(there, 'rm', path)
    must(files.remove(path, recursive), 'rm', path)
  }
  const copy = async (from: string, to: string, recursive: boolean): Promise<void> => {
    const source = must(files.stat(from, true), 'cp', from)
    if (source.type === 'directory') {
      if (!recursive) throw failure('EISDIR', 'cp', from)
      if (!files.stat(to, true).ok) must(files.mkdir(to, source.mode), 'mkdir', to)
      for (const name of must(files.list(from), 'scandir', from))
        await copy(posix.join(from, name), posix.join(to, name), true)
      return
    }
    must(await files.write(to, await read(from)), 'cp', to)
    if (!isKernelPath(to)) files.chmod(to, source.mode)
  }
  const makeFolder = async (path: string, recursive: boolean): Promise<void> => {
    const there = files.stat(path, true)
    if (there.ok && recursive && there.value.type === 'directory') return
    if (there.ok) throw failure('EEXIST', 'mkdir', path)
    const parent = posix.dirname(path)
    if (recursive && !files.stat(parent, true).ok) await makeFolder(parent, true)
    must(files.mkdir(path, '0755'), 'mkdir', path)
  }
  const realpath = async (path: string): Promise<string> => {
    let real = '/'
    let waiting = path.split('/').filter((part) => part !== '')
    for (let hops = 0; waiting.length > 0; ) {
      const [next = '', ...rest] = waiting
      const here = posix.join(real, next)
      const target = files.readlink(here)
      if (target.ok) {
        if (++hops > 40) throw failure('ELOOP', 'realpath', path)
        waiting = [
          ...resolvePath(real, target.value)
            .split('/')
            .filter((part) => part !== ''),
          ...rest,
        ]
        real = '/'
      } else {
        real = here
        waiting = rest
      }
    }
    await stat(real, false)
    return real
  }

  const fs = {
    readFile: async (path: string, encoding?: Encoding) => toText(await read(path), encoding),
    readFileBuffer: read,
    writeFile: (path: string, content: Content, encoding?: Encoding) => put(path, content, false, encoding),
    appendFile: (path: string, content: Content, encoding?: Encoding) => put(path, content, true, encoding),
    exists: async (path: string) => device(path) || program(path) !== null || files.stat(path, true).ok,
    stat: (path: string) => stat(path, true),
    lstat: (path: string) => stat(path, false),
    mkdir: (path: string, options?: { recursive?: boolean }) => makeFolder(path, options?.recursive ?? false),
    readdir: async (path: string) => [...must(files.list(path), 'scandir', path)],
    rm: (path: string, options?: { recursive?: boolean; force?: boolean }) =>
      remove(path, options?.recursive ?? false, options?.force ?? false),
    cp: (from: string, to: string, options?: { recursive?: boolean }) => copy(from, to, options?.recursive ?? false),
    mv: async (from: string, to: string) => {
      const into = files.stat(to, true)
      const target = into.ok && into.value.type === 'directory' ? posix.join(to, posix.basename(from)) : to
      must(files.rename(from, target), 'rename', from)
    },
    resolvePath,
    getAllPaths: (): string[] => [],
    chmod: async (path: string, mode: number) =>
      must(files.chmod(path, (mode & 0o7777).toString(8).padStart(4, '0')), 'chmod', path),
    symlink: async (target: string, path: string) => must(files.symlink(path, target), 'symlink', path),
    link: async (_from: string, path: string): Promise<void> => {
      throw failure('EPERM', 'link', path) // The model knows no hard links.
    },
    readlink: async (path: string) => must(files.readlink(path), 'readlink', path),
    realpath,
    utimes: async (path: string): Promise<void> => void (await stat(path, true)),
  }
  const errors: ShellErrors = {
    takeWriteError: () => {
      const error = writeError
      writeError = null
      return error
    },
    correct: (output) =>
      failedReads.size === 0
        ? output
        : output.replaceAll(/^(.*: )?([^:\n]+): No such file or directory$/gm, (line, prefix = '', named: string) => {
            for (const [path, text] of failedReads)
              if (path === named || path.endsWith(`/${named}`)) return `${prefix}${named}: ${text}`
            return line
          }),
  }
  return { fs, errors }
}

const plainFile = { isFile: true, isDirectory: false, isSymbolicLink: false, size: 0, mtime: new Date(0) }

function shellStat(stat: FileStat): ShellStat {
  return {
    isFile: stat.type === 'file',
    isDirectory: stat.type === 'directory',
    isSymbolicLink: stat.type === 'link',
    mode: Number.parseInt(stat.mode, 8),
    size: stat.size,
    mtime: new Date(stat.mtime * 1000),
  }
}

function must<T>(result: Sys<T>, call: string, path: string): T {
  if (result.ok) return result.value
  throw failure(result.errno, call, path)
}

/** An error in the form of Node's fs, which is what just-bash's commands look at. */
function failure(errno: Errno, call: string, path: string): Error {
  return Object.assign(new Error(`${errno}: ${strerror(errno).toLowerCase()}, ${call} '${path}'`), { code: errno })
}

/** A file that could not be opened for writing; just-bash prints the message of a redirection as it is. */
function opening(path: string, errno: Errno, encoding: Encoding): Error {
  if (encoding === undefined) return failure(errno, 'open', path)
  return Object.assign(new Error(`bash: ${path}: ${strerror(errno)}`), { code: errno })
}

function encodingName(encoding: Encoding): string {
  return (typeof encoding === 'object' ? encoding?.encoding : encoding) ?? 'utf8'
}

function toBytes(content: Content, encoding: Encoding): Uint8Array {
  if (typeof content !== 'string') return content
  return Buffer.from(content, bufferEncoding(encodingName(encoding)))
}

function toText(bytes: Uint8Array, encoding: Encoding): string {
  return Buffer.from(bytes).toString(bufferEncoding(encodingName(encoding)))
}

function bufferEncoding(name: string): 'utf8' | 'latin1' | 'base64' | 'hex' | 'ascii' {
  if (name === 'binary' || name === 'latin1') return 'latin1'
  return name === 'base64' || name === 'hex' || name === 'ascii' ? name : 'utf8'
}
