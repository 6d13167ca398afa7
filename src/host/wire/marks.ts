/** What lies between two marks of one stream. */
export interface Section {
  /** At most {@link sectionLimit} bytes. */
  readonly bytes: Uint8Array
  /** How many bytes more there were. */
  readonly dropped: number
  /** The mark that ends it: `<` the frame begins, `,` a part of a call ends, `.` a call ends, `>` the frame ends. */
  readonly mark: Mark
  /** The rest of the mark's line: the exit status and, sometimes, a word. */
  readonly note: string
}

/** How a section ends. */
export type Mark = '<' | ',' | '.' | '>'

/** What one call printed: its parts on stdout, and the part of stderr that belongs to each. */
export interface Printed {
  readonly stdout: readonly Section[]
  readonly stderr: readonly Section[]
}

/** The most that is kept of what one call prints to one stream, in bytes: 8 MiB. */
export const outputLimit = 8 * 1024 * 1024

/** A little more than {@link outputLimit}, so that a whole file with its line of attributes fits. */
const sectionLimit = outputLimit + 64 * 1024

/** A mark's line is never longer: a nonce, a status and a reason. */
const markLimit = 4096

/** Cuts the bytes of one stream at marks: by a random nonce, never by what commands print. Memory is bounded by the limit. */
export class MarkReader {
  readonly #nonce: string
  #parts: Buffer[] = []
  #kept = 0
  #dropped = 0
  #tail: Buffer = Buffer.alloc(0)

  constructor(nonce: string) {
    this.#nonce = nonce
  }

  /** Takes the next bytes and gives the sections that are now complete. */
  push(chunk: Uint8Array): readonly Section[] {
    const sections: Section[] = []
    let rest: Buffer = this.#tail.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#tail, chunk])
    for (;;) {
      const at = rest.indexOf(this.#nonce, 0, 'latin1')
      if (at < 0) {
        const safe = Math.max(0, rest.length - this.#nonce.length + 1)
        this.#keep(rest.subarray(0, safe))
        rest = rest.subarray(safe)
        break
      }
      const end = rest.indexOf(0x0a, at)
      if (end < 0 && rest.length - at < markLimit) {
        this.#keep(rest.subarray(0, at))
        rest = rest.subarray(at)
        break
      }
      const line = rest.subarray(at + this.#nonce.length, end < 0 ? rest.length : end).toString('utf8')
      this.#keep(rest.subarray(0, at))
      sections.push(this.#cut(line))
      rest = end < 0 ? Buffer.alloc(0) : rest.subarray(end + 1)
    }
    this.#tail = rest
    return sections
  }

  #keep(bytes: Buffer): void {
    const room = Math.max(0, sectionLimit - this.#kept)
    const kept = bytes.subarray(0, room)
    if (kept.length > 0) this.#parts.push(kept)
    this.#kept += kept.length
    this.#dropped += bytes.length - kept.length
  }

  #cut(line: string): Section {
    const sign = line[0]
    const mark: Mark = sign === '<' || sign === ',' || sign === '>' ? sign : '.'
    const section = { bytes: Buffer.concat(this.#parts), dropped: this.#dropped, mark, note: line.slice(1) }
    this.#parts = []
    this.#kept = 0
    this.#dropped = 0
    return section
  }
}
