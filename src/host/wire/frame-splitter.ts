/** The first line of a frame; the nonce is 32 hexadecimal digits. */
export const frameHead = (nonce: string): string => `{ # vflag-play frame 1 ${nonce}\n`

/** The last line of a frame. The shell performs nothing before it has this line. */
export const frameEnd = (nonce: string): string => `\n} </dev/null # vflag-play end ${nonce}\n`

/** Reads the nonce of a frame's first line; null when the text does not begin with one. */
export const headNonce = (text: string): string | null =>
  /^\{ # vflag-play frame 1 ([0-9a-f]{32})\n/.exec(text)?.[1] ?? null

const headLength = frameHead('0'.repeat(32)).length

/** Finds complete frames in the bytes that a shell is sent. */
export class FrameSplitter {
  #chunks: Buffer[] = []
  #nonce: string | null = null
  #foreign = false
  /** The last bytes seen, where an end may have begun. */
  #tail: Buffer = Buffer.alloc(0)

  /** Takes the next bytes and gives the text of every frame that is now complete. */
  push(chunk: Uint8Array): readonly string[] {
    const frames: string[] = []
    let rest: Buffer = Buffer.from(chunk)
    while (rest.length > 0 && !this.#foreign) {
      if (this.#nonce === null) {
        const begun = Buffer.concat([...this.#chunks, rest])
        this.#chunks = []
        if (begun.length < headLength) {
          this.#chunks.push(begun)
          this.#foreign = !frameHead('').startsWith(begun.toString('latin1').slice(0, frameHead('').length - 1))
          break
        }
        this.#nonce = headNonce(begun.subarray(0, headLength).toString('latin1'))
        this.#foreign = this.#nonce === null
        rest = begun
        continue
      }
      const end = frameEnd(this.#nonce)
      const window = Buffer.concat([this.#tail, rest])
      const at = window.indexOf(end, 0, 'latin1')
      if (at < 0) {
        this.#chunks.push(rest)
        this.#tail = Buffer.from(window.subarray(Math.max(0, window.length - end.length + 1)))
        break
      }
      const used = at + end.length - this.#tail.length
      frames.push(Buffer.concat([...this.#chunks, rest.subarray(0, used)]).toString('utf8'))
      rest = rest.subarray(used)
      this.#chunks = []
      this.#nonce = null
      this.#tail = Buffer.alloc(0)
    }
    return frames
  }

  /** Whether what came is no frame: somebody types at this shell. */
  get foreign(): boolean {
    return this.#foreign
  }
}
