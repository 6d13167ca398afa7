import { readdirSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { err, ok, type Result } from '../shared/result.ts'

/** Why a file could not be read. */
export interface ReadFailure {
  /** There is no such file, as against one that is there and cannot be read. */
  readonly missing: boolean
  /** As a clause: `does not exist`, `is not UTF-8 text`. */
  readonly message: string
}

/** Where the user's files come from: the disk, or a table in tests. Relative paths stand under the working directory. */
export interface SourceReader {
  /** A text file in UTF-8. */
  read(path: string): Result<string, ReadFailure>
  /** Any file as it is. */
  readBytes(path: string): Result<Uint8Array, ReadFailure>
  isDirectory(path: string): boolean
  /** The names in a folder, sorted; empty when there is none. */
  list(dir: string): readonly string[]
}

/** Reads from the disk, relative paths under `cwd`. */
export function diskReader(cwd: string): SourceReader {
  const readBytes = (path: string): Result<Uint8Array, ReadFailure> => {
    try {
      return ok(readFileSync(resolve(cwd, path)))
    } catch (cause) {
      return err(explain(cause))
    }
  }
  return {
    readBytes,
    read: (path) => {
      const bytes = readBytes(path)
      return bytes.ok ? decodeText(bytes.value) : bytes
    },
    isDirectory: (path) => statSync(resolve(cwd, path), { throwIfNoEntry: false })?.isDirectory() ?? false,
    list: (dir) => {
      try {
        return readdirSync(resolve(cwd, dir)).sort()
      } catch {
        return []
      }
    },
  }
}

/** Bytes as UTF-8 text; anything else is refused rather than repaired. */
function decodeText(bytes: Uint8Array): Result<string, ReadFailure> {
  try {
    return ok(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    return err({ missing: false, message: 'is not UTF-8 text' })
  }
}

function explain(cause: unknown): ReadFailure {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { missing: true, message: 'does not exist' }
    case 'EISDIR':
      return { missing: false, message: 'is a folder, but must be a file' }
    case 'EACCES':
      return { missing: false, message: 'may not be read by this user' }
    default:
      return { missing: false, message: `cannot be read (${cause instanceof Error ? cause.message : String(cause)})` }
  }
}
