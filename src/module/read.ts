/**
 * One thing to look at on a host, as data. Reading has no side effects. What comes back is the `Reading` of the same
 * kind (reading.ts).
 */
export type Read = FileRead | AttrsRead | LinksRead | ListRead | StatRead | CommandRead

/** A whole file: content, type, mode, owner and group; or that it is absent. Symbolic links are followed. */
export interface FileRead {
  readonly kind: 'file'
  readonly path: string
}

/** Small sysfs or procfs files: each path that matches a glob, with its value or the error of reading it. */
export interface AttrsRead {
  readonly kind: 'attrs'
  readonly globs: readonly string[]
}

/** Symbolic links: each link that matches a glob, with its target as written (`readlink`). */
export interface LinksRead {
  readonly kind: 'links'
  readonly globs: readonly string[]
}

/** Names: each path that matches a glob. */
export interface ListRead {
  readonly kind: 'list'
  readonly globs: readonly string[]
}

/** What stat(2) says of a path, its SHA-1 when asked for; or that it is absent. */
export interface StatRead {
  readonly kind: 'stat'
  readonly path: string
  /** Follow a symbolic link at the end of the path. */
  readonly follow: boolean
  /** Also compute the checksum of a regular file. */
  readonly checksum: boolean
}

/** A command that is declared free of side effects: exit status, stdout, stderr. A program that is not there is exit status 127. */
export interface CommandRead {
  readonly kind: 'command'
  readonly argv: readonly string[]
}

/** Reads a whole file. */
export const file = (path: string): FileRead => ({ kind: 'file', path })
/** Reads small kernel files. Globs know `*`, `?` and `[...]`; a glob never crosses a `/`. */
export const attrs = (...globs: string[]): AttrsRead => ({ kind: 'attrs', globs })
/** Reads symbolic links. */
export const links = (...globs: string[]): LinksRead => ({ kind: 'links', globs })
/** Lists paths. */
export const list = (...globs: string[]): ListRead => ({ kind: 'list', globs })
/** Reads a path's attributes. */
export const stat = (path: string, options: { follow?: boolean; checksum?: boolean } = {}): StatRead => ({
  kind: 'stat',
  path,
  follow: options.follow ?? false,
  checksum: options.checksum ?? false,
})
/** Runs a command that changes nothing, and takes what it prints. */
export const command = (...argv: string[]): CommandRead => ({ kind: 'command', argv })

/** The identity of a read: two reads with the same key look at the same thing. */
export function readKey(read: Read): string {
  switch (read.kind) {
    case 'file':
      return `file ${read.path}`
    case 'stat':
      return `stat ${read.follow ? 'L' : '-'}${read.checksum ? 'C' : '-'} ${read.path}`
    case 'command':
      return `command ${JSON.stringify(read.argv)}`
    default:
      return `${read.kind} ${JSON.stringify(read.globs)}`
  }
}
