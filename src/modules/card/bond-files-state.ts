import type { Facts } from '../../module/facts.ts'
import type { Plan } from '../../module/plan.ts'
import { type AttrsRead, attrs, file, type ListRead, list as listRead, type Read } from '../../module/read.ts'
import type { FileReading, Readings } from '../../module/reading.ts'
import type { BondArgs } from './bond-args.ts'
import type { Asked, Backend, Claim } from './network/backend.ts'
import { isOurs } from './network/backend.ts'
import { backends, backupPath, candidates, chooseBackend, chooseReads, type Wish } from './network/backends.ts'
import { bondMacPath, systemdFolder } from './network/bond-mac.ts'
import { interfaceName } from './pf.ts'

/** What the user says of the files of a bond. */
export interface Args extends BondArgs {
  readonly mtu?: number
  readonly backend: Wish
}

/** A file of ours, or in the place of one, and what it replaced. */
export interface Kept {
  readonly path: string
  readonly backup: string
  readonly found: FileReading
  readonly original: FileReading
  /** The kind of files it belongs to; null for the file about the MAC address, which goes with all. */
  readonly backend: Backend | null
}

/** What a host has of the files of a bond. */
export interface State {
  /** What the host is to be told by, or why there is no such thing. Nothing to choose for `absent`. */
  readonly chosen: { readonly backend: Backend } | { readonly refusal: Plan } | null
  readonly kept: readonly Kept[]
  /** What files of others say. */
  readonly claims: readonly Claim[]
  /** Files of others that could not be understood. */
  readonly unread: readonly { readonly path: string; readonly text: string }[]
  /** The folder for systemd's files is there. */
  readonly folder: boolean
  /** Backends that have yet to be told that files are gone: an earlier run broke off before it did. */
  readonly reloadDue: readonly string[]
}

/** Names those backends while files are taken back. In memory, as what they know: a restart of the host mends both. */
export const reloadMark = '/run/vflag-play.reload'

/** Names of the ports, also of those that were given by PCI address. */
export const portNames = (args: Pick<Args, 'ports'>, facts: Facts): readonly string[] =>
  args.ports.map((name) => interfaceName(facts, name))

/** What to look at in the first place. Files that are there are looked at whole in {@link moreReads}, where that was not clear before. */
export function stateReads(args: Args, facts: Facts): readonly Read[] {
  return [
    othersRead,
    thereRead(args, facts),
    file(reloadMark),
    ...(args.state === 'present' ? chooseReads(args.backend, portNames(args, facts), facts) : []),
    ...expectedPaths(args, facts).flatMap(wholeReads),
  ]
}

/** Files of ours that are there although another kind of files was expected, or to be taken back. */
export function moreReads(args: Args, seen: Readings, facts: Facts): readonly Read[] {
  const expected = expectedPaths(args, facts)
  return presentPaths(args, seen, facts)
    .filter((path) => !expected.includes(path))
    .flatMap(wholeReads)
}

/** The state, from both. */
export function readState(args: Args, seen: Readings, facts: Facts): State {
  const ports = portNames(args, facts)
  const chosen = args.state === 'present' ? chooseBackend(args.backend, ports, facts, seen) : null
  const paths = new Set([...expectedPaths(args, facts), ...presentPaths(args, seen, facts)])
  const kept = [...allPaths(args, facts)].flatMap(([path, backend]): readonly Kept[] => {
    if (!paths.has(path)) return []
    const backup = backupPath(path)
    return [{ path, backup, found: seen.file(path), original: seen.file(backup), backend }]
  })
  const claims: Claim[] = []
  const unread: { path: string; text: string }[] = []
  if (chosen && 'backend' in chosen) {
    const asked = askedOf(args.bond, ports, facts)
    const own = new Set(allPaths(args, facts).keys())
    for (const [path, text] of othersFiles(chosen.backend, seen)) {
      if (own.has(path)) continue
      const found = chosen.backend.claims(path, text, asked)
      if (found) claims.push(...found)
      else unread.push({ path, text })
    }
  }
  return {
    chosen,
    kept,
    claims,
    unread,
    folder: seen.list(...thereRead(args, facts).globs).includes(systemdFolder),
    reloadDue: (seen.text(reloadMark) ?? '').split('\n').filter((name) => name !== ''),
  }
}

const othersRead: AttrsRead = attrs(...backends.flatMap((each) => each.places))

/** Our paths and the originals behind them, to learn which are there. */
function thereRead(args: Args, facts: Facts): ListRead {
  return listRead(systemdFolder, ...[...allPaths(args, facts).keys()].flatMap((path) => [path, backupPath(path)]))
}

const wholeReads = (path: string): readonly Read[] => [file(path), file(backupPath(path))]

function expectedPaths(args: Args, facts: Facts): readonly string[] {
  if (args.state === 'absent') return []
  const ports = portNames(args, facts)
  return [...candidates(args.backend, facts).flatMap((each) => each.paths(args.bond, ports)), bondMacPath(args.bond)]
}

/** Every path that is ours to write, by kind; a wish narrows what is taken back. */
function allPaths(args: Args, facts: Facts): ReadonlyMap<string, Backend | null> {
  const ports = portNames(args, facts)
  const wanted =
    args.state === 'absent' && args.backend !== 'auto'
      ? backends.filter((each) => each.name === args.backend)
      : backends
  return new Map<string, Backend | null>([
    ...wanted.flatMap((each) => each.paths(args.bond, ports).map((path) => [path, each] as const)),
    [bondMacPath(args.bond), null],
  ])
}

/** Ours that are there, or whose original is. Those of others in such places count only where they are to be replaced. */
function presentPaths(args: Args, seen: Readings, facts: Facts): readonly string[] {
  const there = new Set(seen.list(...thereRead(args, facts).globs))
  return [...allPaths(args, facts).keys()].filter(
    (path) => there.has(backupPath(path)) || (there.has(path) && (args.state === 'absent' || ours(path, seen))),
  )
}

function ours(path: string, seen: Readings): boolean {
  return isOurs(seen.value(path) ?? '')
}

function othersFiles(backend: Backend, seen: Readings): readonly (readonly [path: string, text: string])[] {
  const places = backend.places.map(pattern)
  return [...seen.attrs(...othersRead.globs)].flatMap(([path, value]) =>
    value.ok && places.some((place) => place.test(path)) ? [[path, value.value] as const] : [],
  )
}

function pattern(place: string): RegExp {
  return new RegExp(`^${place.replaceAll(/[.+^${}()|\\]/g, '\\$&').replaceAll('*', '[^/]*')}$`)
}

function askedOf(bond: string, ports: readonly string[], facts: Facts): readonly Asked[] {
  return [
    { name: bond, mac: null },
    ...ports.map((name) => ({
      name,
      mac: facts.pfs.find((pf) => pf.netdev === name)?.mac?.toLowerCase() ?? null,
    })),
  ]
}

/** The text of a file; null when it is absent or no regular file. */
export function textOf(found: FileReading): string | null {
  return found.state === 'present' && found.type === 'file' ? Buffer.from(found.bytes).toString('utf8') : null
}
