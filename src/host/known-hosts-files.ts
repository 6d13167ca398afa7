import { appendFileSync, chmodSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { type KnownHost, keyType, parseKnownHosts } from './known-hosts.ts'

/** The known_hosts files on this machine, each read once for the whole run. */
export class KnownHostsFiles {
  readonly #files = new Map<string, readonly KnownHost[]>()

  /** The lines of these files, in their order; a file that is not there has none. */
  lines(files: readonly string[]): readonly KnownHost[] {
    return files.flatMap((file) => this.#lines(file))
  }

  /** Adds a key to a file in one write, which other programs see whole or not at all; makes the file (0600) and its folder (0700). Says why it could not, or null; the key counts in this run either way. */
  add(file: string, name: string, blob: Uint8Array): string | null {
    const known = this.#lines(file)
    const text = readText(file)
    const line = `${text === '' || text.endsWith('\n') ? '' : '\n'}${name} ${keyType(blob)} ${Buffer.from(blob).toString('base64')}\n`
    this.#files.set(file, [...known, ...parseKnownHosts(line, file)])
    try {
      mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
      appendFileSync(file, line, { mode: 0o600 })
      if (text === '') chmodSync(file, 0o600)
      return null
    } catch (cause) {
      return cause instanceof Error ? cause.message : String(cause)
    }
  }

  #lines(file: string): readonly KnownHost[] {
    const cached = this.#files.get(file)
    if (cached) return cached
    const lines = parseKnownHosts(readText(file), file)
    this.#files.set(file, lines)
    return lines
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // Absent, a folder, or not ours to read: it says nothing about any host.
  }
}
