import { type Read, readKey } from './read.ts'

/** What came back for a read of the same kind. */
export type Reading = FileReading | AttrsReading | LinksReading | ListReading | StatReading | CommandReading

/** The kind of a file system object. */
export type FileType = 'file' | 'directory' | 'link' | 'other'

/** A file as it was found. */
export type FileReading =
  | { readonly kind: 'file'; readonly path: string; readonly state: 'absent' }
  /** It is there but could not be read; `reason` is the system's text, `Permission denied`. */
  | { readonly kind: 'file'; readonly path: string; readonly state: 'error'; readonly reason: string }
  | {
      readonly kind: 'file'
      readonly path: string
      readonly state: 'present'
      readonly type: FileType
      /** The content of a regular file, exactly; empty for everything else. */
      readonly bytes: Uint8Array
      /** Permission bits in octal, four digits: `0644`. */
      readonly mode: string
      readonly owner: string
      readonly group: string
    }

/** The value of a small file without its final newline, or why it could not be read (`Invalid argument`). */
export type AttrValue = { readonly ok: true; readonly value: string } | { readonly ok: false; readonly reason: string }

/** Values by path, in the order of the globs and then by name. */
export interface AttrsReading {
  readonly kind: 'attrs'
  readonly values: ReadonlyMap<string, AttrValue>
}

/** Link targets by path. */
export interface LinksReading {
  readonly kind: 'links'
  readonly targets: ReadonlyMap<string, string>
}

/** Paths that matched. */
export interface ListReading {
  readonly kind: 'list'
  readonly paths: readonly string[]
}

/** What stat(2) said. */
export type StatReading =
  | { readonly kind: 'stat'; readonly path: string; readonly state: 'absent' }
  | { readonly kind: 'stat'; readonly path: string; readonly state: 'error'; readonly reason: string }
  | {
      readonly kind: 'stat'
      readonly path: string
      readonly state: 'present'
      readonly type: FileType
      readonly mode: string
      readonly owner: string
      readonly group: string
      readonly uid: number
      readonly gid: number
      /** Bytes. */
      readonly size: number
      /** Seconds since 1970. */
      readonly mtime: number
      readonly inode: number
      readonly links: number
      /** Of a symbolic link that was not followed. */
      readonly target: string | null
      /** SHA-1 in hex, of a regular file when it was asked for. */
      readonly checksum: string | null
    }

/** What a command printed. `stdout` and `stderr` are decoded as UTF-8 and not trimmed. */
export interface CommandReading {
  readonly kind: 'command'
  readonly argv: readonly string[]
  /** Exit status; 127 when there is no such program. */
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

type ReadingOf<Kind extends Reading['kind']> = Extract<Reading, { kind: Kind }>

/**
 * What is known of a host at one moment: readings, asked for by what they looked at. Asking for something that was not
 * read is a bug in the module and throws.
 */
export class Readings {
  readonly #byKey: ReadonlyMap<string, Reading>

  constructor(byKey: ReadonlyMap<string, Reading>) {
    this.#byKey = byKey
  }

  /** Pairs reads with what came back for them, in the same order. */
  static of(reads: readonly Read[], readings: readonly Reading[]): Readings {
    const byKey = new Map<string, Reading>()
    for (const [at, read] of reads.entries()) {
      const reading = readings[at]
      if (reading) byKey.set(readKey(read), reading)
    }
    return new Readings(byKey)
  }

  #get<Kind extends Reading['kind']>(kind: Kind, key: string): ReadingOf<Kind> {
    const reading = this.#byKey.get(key)
    if (!reading || reading.kind !== kind)
      throw new Error(`Internal error: the module asks for "${key}", which it did not read`)
    return reading as ReadingOf<Kind>
  }

  /** The reading of `file(path)`. */
  file(path: string): FileReading {
    return this.#get('file', `file ${path}`)
  }

  /** The text of a file (UTF-8), or null when it is absent, unreadable or no regular file. */
  text(path: string): string | null {
    const found = this.file(path)
    return found.state === 'present' && found.type === 'file' ? Buffer.from(found.bytes).toString('utf8') : null
  }

  /** The reading of `stat(path, options)`. */
  stat(path: string, options: { follow?: boolean; checksum?: boolean } = {}): StatReading {
    const follow = options.follow ?? false
    const checksum = options.checksum ?? false
    return this.#get('stat', readKey({ kind: 'stat', path, follow, checksum }))
  }

  /** The reading of `command(...argv)`. */
  command(...argv: string[]): CommandReading {
    return this.#get('command', readKey({ kind: 'command', argv }))
  }

  /** What one attribute said, whichever glob reached it; undefined when the path does not exist. */
  attr(path: string): AttrValue | undefined {
    for (const reading of this.#byKey.values()) {
      if (reading.kind === 'attrs' && reading.values.has(path)) return reading.values.get(path)
    }
    return undefined
  }

  /** The value of one attribute; null when it is absent or unreadable. */
  value(path: string): string | null {
    const found = this.attr(path)
    return found?.ok ? found.value : null
  }

  /** The reading of `attrs(...globs)`. */
  attrs(...globs: string[]): ReadonlyMap<string, AttrValue> {
    return this.#get('attrs', readKey({ kind: 'attrs', globs })).values
  }

  /** The reading of `links(...globs)`. */
  links(...globs: string[]): ReadonlyMap<string, string> {
    return this.#get('links', readKey({ kind: 'links', globs })).targets
  }

  /** The reading of `list(...globs)`. */
  list(...globs: string[]): readonly string[] {
    return this.#get('list', readKey({ kind: 'list', globs })).paths
  }
}
