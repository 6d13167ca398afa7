import { createHash } from 'node:crypto'
import type { Read } from '../module/read.ts'
import type { AttrValue, FileReading, Reading, StatReading } from '../module/reading.ts'
import { unreachable } from '../shared/unreachable.ts'
import { strerror } from './errno.ts'
import { atOneMoment } from './files.ts'
import { stableNumber } from './identity.ts'
import type { Machine, MachineFiles, ProgramInput, Sys } from './machine.ts'

/** Looks at one thing, as a host does. Programs get the environment of the session. */
export async function performRead(machine: Machine, read: Read, session: ProgramInput): Promise<Reading> {
  const { files } = machine
  switch (read.kind) {
    case 'file':
      return readFile(machine, read.path)
    case 'attrs':
      return {
        kind: 'attrs',
        values: atOneMoment(
          files,
          () => new Map(read.globs.flatMap((each) => files.glob(each)).map((path) => [path, attr(files.read(path))])),
        ),
      }
    case 'links':
      return { kind: 'links', targets: atOneMoment(files, () => linkTargets(files, read.globs)) }
    case 'list':
      return { kind: 'list', paths: atOneMoment(files, () => read.globs.flatMap((each) => files.glob(each))) }
    case 'stat':
      return statOf(machine, read.path, read.follow, read.checksum)
    case 'command': {
      const result = await machine.exec(read.argv, session)
      return { kind: 'command', argv: read.argv, ...result }
    }
    default:
      return unreachable(read)
  }
}

function linkTargets(files: MachineFiles, globs: readonly string[]): ReadonlyMap<string, string> {
  const targets = new Map<string, string>()
  for (const path of globs.flatMap((each) => files.glob(each))) {
    const target = files.readlink(path)
    if (target.ok) targets.set(path, target.value)
  }
  return targets
}

function readFile(machine: Machine, path: string): FileReading {
  const stat = machine.files.stat(path, true)
  if (!stat.ok) {
    return stat.errno === 'ENOENT' || stat.errno === 'ENOTDIR'
      ? { kind: 'file', path, state: 'absent' }
      : { kind: 'file', path, state: 'error', reason: strerror(stat.errno) }
  }
  const { type, mode, owner, group } = stat.value
  const about = { kind: 'file', path, state: 'present', type, mode, owner, group } as const
  if (type !== 'file') return { ...about, bytes: new Uint8Array() }
  const content = machine.files.read(path)
  return content.ok
    ? { ...about, bytes: new Uint8Array(content.value) }
    : { kind: 'file', path, state: 'error', reason: strerror(content.errno) }
}

function attr(content: Sys<Uint8Array>): AttrValue {
  if (!content.ok) return { ok: false, reason: strerror(content.errno) }
  return { ok: true, value: Buffer.from(content.value).toString('utf8').replace(/\n$/, '') }
}

function statOf(machine: Machine, path: string, follow: boolean, checksum: boolean): StatReading {
  const stat = machine.files.stat(path, follow)
  if (!stat.ok) {
    return stat.errno === 'ENOENT' || stat.errno === 'ENOTDIR'
      ? { kind: 'stat', path, state: 'absent' }
      : { kind: 'stat', path, state: 'error', reason: strerror(stat.errno) }
  }
  const target = machine.files.readlink(path)
  const content = checksum && stat.value.type === 'file' ? machine.files.read(path) : null
  return {
    kind: 'stat',
    path,
    state: 'present',
    ...stat.value,
    uid: idOf(stat.value.owner),
    gid: idOf(stat.value.group),
    inode: 100 + stableNumber(1_000_000_000, path),
    links: stat.value.type === 'directory' ? 2 : 1,
    target: stat.value.type === 'link' && target.ok ? target.value : null,
    checksum: content?.ok ? createHash('sha1').update(content.value).digest('hex') : null,
  }
}

/** Numbers of the users and groups that Red Hat's packages make; others count from 1000. */
function idOf(name: string): number {
  const known: Readonly<Record<string, number>> = { root: 0, qemu: 107, openvswitch: 800, hugetlbfs: 801, nobody: 99 }
  if (/^\d+$/.test(name)) return Number(name)
  return known[name] ?? 1000
}
