import type { AttrsRead, LinksRead, ListRead, Read } from '../../module/read.ts'
import type { AttrValue, FileType, Reading } from '../../module/reading.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { unreachable } from '../../shared/unreachable.ts'
import { outputLimit, type Printed, type Section } from './marks.ts'
import { parseNote } from './note.ts'
import { errnoText, saysAbsent } from './reason.ts'
import { sectionText } from './section-text.ts'

/** What came back for a read. */
export function parseReading(read: Read, printed: Printed): Result<Reading, string> {
  switch (read.kind) {
    case 'file':
      return parseFile(read.path, printed)
    case 'stat':
      return parseStat(read.path, printed)
    case 'attrs':
    case 'links':
    case 'list':
      if (printed.stdout.some(({ dropped }) => dropped > 0))
        return err(`what matches ${read.globs.join(' ')} is larger than ${outputLimit} bytes, but must be smaller`)
      return parseNames(read, printed)
    case 'command': {
      const stdout = sectionText(printed.stdout, 'stdout')
      const stderr = sectionText(printed.stderr, 'stderr')
      const status = parseNote(printed.stdout.at(-1)).status
      if (status === null) return err('the host answered a command without an exit status')
      return ok({
        kind: 'command',
        argv: read.argv,
        status,
        stdout: stdout.text,
        stderr: stderr.text + stdout.cut + stderr.cut,
      })
    }
    default:
      return unreachable(read)
  }
}

const types: Readonly<Record<string, FileType>> = {
  'regular file': 'file',
  'regular empty file': 'file',
  directory: 'directory',
  'symbolic link': 'link',
}

/** The words of stat(1)'s `%F` that {@link types} knows, for writing them. */
export const typeWords: Readonly<Record<FileType, string>> = {
  file: 'regular file',
  directory: 'directory',
  link: 'symbolic link',
  other: 'character special file',
}

interface Attributes {
  readonly type: FileType
  readonly mode: string
  readonly size: number
  readonly owner: string
  readonly group: string
  readonly uid: number
  readonly gid: number
  readonly mtime: number
  readonly inode: number
  readonly links: number
}

/** Reads `%F:%a:%s:%U:%G:%u:%g:%Y:%i:%h` of stat(1). A user or group without a name goes by its number. */
function parseAttributes(line: string): Attributes | null {
  const [type = '', mode = '', size, owner = '', group = '', uid = '', gid = '', mtime, inode, links] = line.split(':')
  if (links === undefined) return null
  return {
    type: types[type] ?? 'other',
    mode: mode.padStart(4, '0'),
    size: Number(size),
    owner: owner === 'UNKNOWN' ? uid : owner,
    group: group === 'UNKNOWN' ? gid : group,
    uid: Number(uid),
    gid: Number(gid),
    mtime: Number(mtime),
    inode: Number(inode),
    links: Number(links),
  }
}

/** The line of attributes and what follows it; or why there is none. */
function parseFound(
  printed: Printed,
):
  | { readonly state: 'absent' }
  | { readonly state: 'error'; readonly reason: string }
  | { readonly state: 'present'; readonly attributes: Attributes; readonly rest: Uint8Array } {
  const section = printed.stdout.at(-1)
  const note = parseNote(section)
  const bytes = section?.bytes ?? new Uint8Array()
  const end = bytes.indexOf(0x0a)
  const attributes = end < 0 ? null : parseAttributes(Buffer.from(bytes.subarray(0, end)).toString('utf8'))
  if (note.status === 0 && attributes) return { state: 'present', attributes, rest: bytes.subarray(end + 1) }
  const reason =
    note.reason ?? errnoText(sectionText(printed.stderr, 'stderr').text) ?? `exit status ${note.status ?? 'unknown'}`
  return saysAbsent(reason) ? { state: 'absent' } : { state: 'error', reason }
}

function parseFile(path: string, printed: Printed): Result<Reading, string> {
  const found = parseFound(printed)
  if (found.state !== 'present') return ok({ kind: 'file', path, ...found })
  const { type, mode, owner, group, size } = found.attributes
  const large = Math.max(type === 'file' ? size : 0, found.rest.length)
  if (large > outputLimit)
    return ok({
      kind: 'file',
      path,
      state: 'error',
      reason: `${large} bytes large, but must be at most ${outputLimit}`,
    })
  return ok({ kind: 'file', path, state: 'present', type, bytes: new Uint8Array(found.rest), mode, owner, group })
}

function parseStat(path: string, printed: Printed): Result<Reading, string> {
  const found = parseFound(printed)
  if (found.state !== 'present') return ok({ kind: 'stat', path, ...found })
  const rest = Buffer.from(found.rest).toString('utf8').replace(/\n$/, '')
  const { type } = found.attributes
  const target = type === 'link' ? rest : null
  const checksum = type === 'file' ? (/^[0-9a-f]{40}/.exec(rest)?.[0] ?? null) : null
  return ok({ kind: 'stat', path, state: 'present', ...found.attributes, target, checksum })
}

function parseNames(read: AttrsRead | LinksRead | ListRead, printed: Printed): Result<Reading, string> {
  if (read.kind === 'attrs') return parseAttrs(printed)
  const text = Buffer.concat(printed.stdout.map(({ bytes }) => bytes)).toString('utf8')
  const fields = text === '' ? [] : text.split('\0').slice(0, -1)
  if (text !== '' && !text.endsWith('\0')) return err(`the list of ${read.globs.join(' ')} does not end`)
  if (read.kind === 'list') return ok({ kind: 'list', paths: [...new Set(fields)] })
  const targets = new Map<string, string>()
  for (let at = 0; at + 1 < fields.length; at += 2) targets.set(fields[at] ?? '', fields[at + 1] ?? '')
  return ok({ kind: 'links', targets })
}

/** Records of a path, NUL, and `=value` and newline, or `!` and all that cat printed up to the end of the part. */
function parseAttrs(printed: Printed): Result<Reading, string> {
  const values = new Map<string, AttrValue>()
  for (const [part, section] of printed.stdout.entries()) {
    const bytes = Buffer.from(section.bytes)
    let at = 0
    while (at < bytes.length) {
      const nul = bytes.indexOf(0, at)
      const whole = nul >= 0 && bytes[nul + 1] === 0x21
      const end = whole ? bytes.length : bytes.indexOf(0x0a, nul + 1)
      if (nul < 0 || end < 0 || (!whole && bytes[nul + 1] !== 0x3d)) return err('the values of attributes are garbled')
      const path = bytes.subarray(at, nul).toString('utf8')
      const raw = bytes.subarray(nul + 2, end).toString('utf8')
      if (!values.has(path))
        values.set(path, whole ? catValue(raw, section, printed.stderr[part]) : { ok: true, value: raw })
      at = whole ? end : end + 1
    }
  }
  return ok({ kind: 'attrs', values })
}

function catValue(raw: string, section: Section, stderr: Section | undefined): AttrValue {
  const note = parseNote(section)
  if (note.status === 0) return { ok: true, value: raw.replace(/\n$/, '') }
  const said = stderr ? errnoText(sectionText([stderr], 'stderr').text) : null
  return { ok: false, reason: note.reason ?? said ?? `exit status ${note.status ?? 'unknown'}` }
}
