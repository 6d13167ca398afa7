import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import type { ArgSchema } from '../../module/module.ts'
import { blocked, change, type Delta, delta, type Plan, unchanged } from '../../module/plan.ts'
import { file, type Read, stat } from '../../module/read.ts'
import type { FileReading, Readings, StatReading } from '../../module/reading.ts'
import { mkdir, mode, type Step, write } from '../../module/step.ts'
import type { ValueMap } from '../../shared/value.ts'
import { askedOwnership, asksForNumbers, type FoundOwnership, type Ownership, ownershipDeltas } from './ownership.ts'

/** Schema of `backup`, of every module that replaces a whole file. */
export const backupArg: ArgSchema = {
  description: 'Keep a copy of what is replaced beside it, `name.<checksum>~`.',
  type: 'boolean',
  default: false,
}

/** Schema of `force`: whether a file that is there and differs is replaced, too. */
export const forceArg: ArgSchema = {
  description: 'Replace a file that is there and differs; false: only make a missing one.',
  type: 'boolean',
  default: true,
}

/** Where a whole file is to be, as a task says it. */
export interface Destination extends Ownership {
  readonly dest: string
  /** The name that the file gets when `dest` is a directory; null when there is none to take. */
  readonly name: string | null
}

/** What was found there. */
export interface FoundFile {
  /** The file itself, after a directory `dest` was followed by the name. */
  readonly path: string
  readonly file: FileReading
  /** The directory that holds it. */
  readonly folder: StatReading
  /** Made when names are not enough: numeric owners, files too large to be read. */
  readonly stat: StatReading | null
}

/** The first look at a destination. */
export function destinationReads(to: Destination): readonly Read[] {
  const path = plainPath(to)
  return [
    file(path),
    stat(posix.dirname(path), { follow: true }),
    ...(asksForNumbers(to) ? [stat(path, { follow: true, checksum: true })] : []),
  ]
}

/** The second look: into a directory, or at the checksum of a file that could not be read as a whole. */
export function moreDestinationReads(to: Destination, seen: Readings): readonly Read[] {
  const path = plainPath(to)
  const found = seen.file(path)
  if (found.state === 'error') return [stat(path, { follow: true, checksum: true })]
  if (!isDirectory(found) || to.name === null) return []
  const inside = posix.join(path, to.name)
  return [
    file(inside),
    stat(path, { follow: true }),
    ...(asksForNumbers(to) ? [stat(inside, { follow: true, checksum: true })] : []),
  ]
}

/** What the looks found. */
export function foundFile(to: Destination, seen: Readings): FoundFile {
  const path = plainPath(to)
  const found = seen.file(path)
  const inside = isDirectory(found) && to.name !== null ? posix.join(path, to.name) : null
  const final = inside ?? path
  const reading = seen.file(final)
  const numbers = asksForNumbers(to) || (inside === null && reading.state === 'error')
  return {
    path: final,
    file: reading,
    folder: seen.stat(inside === null ? posix.dirname(path) : path, { follow: true }),
    stat: numbers ? seen.stat(final, { follow: true, checksum: true }) : null,
  }
}

/** What the file has to hold. */
export interface WantedFile extends Ownership {
  readonly content: string | Uint8Array
  /** Keep a copy of what is replaced beside it. */
  readonly backup: boolean
}

/** Makes a file hold exactly this, with this mode and owner; missing directories above it are made. */
export function planWholeFile(wanted: WantedFile, found: FoundFile): Plan {
  const { path } = found
  const problem = refusal(found)
  if (problem) return problem
  const bytes = typeof wanted.content === 'string' ? Buffer.from(wanted.content) : Buffer.from(wanted.content)
  const data: ValueMap = { dest: path, checksum: sha1(bytes), size: bytes.length }
  const asked = askedOwnership(wanted)
  const held = heldContent(found)
  if (held === null) {
    const { folder } = found
    const makesFolder = folder.state === 'absent'
    return change(
      [...(makesFolder ? [delta(folder.path, null, 'directory')] : []), contentDelta(path, null, bytes)],
      [...(makesFolder ? [mkdir(folder.path)] : []), write(path, wanted.content, asked)],
      data,
    )
  }
  const ownership = ownershipDeltas(path, wanted, heldOwnership(found))
  if (held.checksum === sha1(bytes)) {
    if (ownership.length === 0) return unchanged(`${path} has this content already`, data)
    return change(ownership, [mode(path, asked)], data)
  }
  const backup = wanted.backup ? backupPath(path, held.checksum) : null
  const steps: Step[] = [write(path, wanted.content, { ...asked, ...(backup !== null && { backup }) })]
  return change([contentDelta(path, held.bytes, bytes), ...ownership], steps, {
    ...data,
    ...(backup !== null && { backup_file: backup }),
  })
}

/** Where the copy of a replaced file goes: beside it, named after what it holds, so that the same copy is never made twice. */
function backupPath(path: string, checksum: string): string {
  return `${path}.${checksum.slice(0, 12)}~`
}

/** SHA-1 in hex, as `sha1sum` prints it. */
function sha1(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex')
}

function plainPath(to: Destination): string {
  return to.dest.endsWith('/') && to.name !== null ? posix.join(to.dest, to.name) : to.dest
}

function isDirectory(found: FileReading): boolean {
  return found.state === 'present' && found.type === 'directory'
}

function refusal({ path, file: found, folder, stat: looked }: FoundFile): Plan | null {
  if (found.state === 'error' && looked?.state !== 'present')
    return blocked(`${path} could not be read: ${found.reason}`, 'the task may need become: true')
  if (found.state === 'present' && found.type !== 'file') {
    return found.type === 'directory'
      ? blocked(`${path} is a directory, but must be a file`, 'name the file itself in dest')
      : blocked(`${path} is no regular file, and is left alone`)
  }
  if (folder.state === 'error') return blocked(`${folder.path} could not be looked at: ${folder.reason}`)
  if (folder.state === 'present' && folder.type !== 'directory')
    return blocked(`${folder.path} is a file, but must be a directory`)
  return null
}

/** What is there now; null for nothing, bytes null when the file was too large to be read. */
function heldContent(found: FoundFile): { readonly checksum: string; readonly bytes: Uint8Array | null } | null {
  if (found.file.state === 'absent') return null
  if (found.file.state === 'present') return { checksum: sha1(found.file.bytes), bytes: found.file.bytes }
  const checksum = found.stat?.state === 'present' ? found.stat.checksum : null
  return { checksum: checksum ?? 'unknown', bytes: null }
}

function heldOwnership(found: FoundFile): FoundOwnership {
  if (found.stat?.state === 'present') return found.stat
  if (found.file.state === 'present') return found.file
  return { mode: '', owner: '', group: '' }
}

function contentDelta(path: string, before: Uint8Array | null, after: Uint8Array): Delta {
  const [old, next] = [before && readable(before), readable(after)]
  if (next !== null && (before === null || old !== null)) return { what: path, before: old, after: next, text: true }
  return delta(path, before && `${before.length} bytes`, `${after.length} bytes`)
}

/** The text of a file; null when it is binary. */
function readable(bytes: Uint8Array): string | null {
  const buffer = Buffer.from(bytes)
  if (buffer.includes(0)) return null
  const text = buffer.toString('utf8')
  return Buffer.from(text).equals(buffer) ? text : null
}
