/** The first line of a frame; the nonce is 32 hexadecimal digits. */
export const frameHead = (nonce: string): string => `{ # vflag-play frame 1 ${nonce}\n`

/** The last line of a frame. The shell performs nothing before it has this line. */
export const frameEnd = (nonce: string): string => `\n} </dev/null # vflag-play end ${nonce}\n`

/** Reads the nonce of a frame's first line; null when the text does not begin with one. */
export const headNonce = (text: string): string | null =>
  /^\{ # vflag-play frame 1 ([0-9a-f]{32})\n/.exec(text)?.[1] ?? null

/** Above this many bytes a frame is sent with {@link forBash} in front of it. */
const largeFrame = 16 * 1024

/**
 * What is sent to a shell for a frame. bash reads a script that comes through a pipe byte by byte, a second for each
 * megabyte; so a large frame has a line in front of it that makes bash, and nothing else, take the frame at once. Other
 * shells read on and find the same frame.
 */
export function transmission(frame: string): string {
  const length = Buffer.byteLength(frame)
  return length < largeFrame ? frame : `${forBash}${length})"; fi\n${frame}`
}

const forBash = 'if [ "$BASH_VERSION" ]; then eval "$(head -c '

const forBashLine = /^if \[ "\$BASH_VERSION" \]; then eval "\$\(head -c \d+\)"; fi\n$/

/** No first line of a frame, and no line in front of one, is longer. */
const lineLimit = 100

/** Finds complete frames in the bytes that a shell is sent. */
export class FrameSplitter {
  /** What came of a line in front of a frame, or of a frame. */
  #chunks: Buffer[] = []
  /** Of the frame that has begun. */
  #nonce: string | null = null
  #foreign = false
  /** The last bytes of the frame seen, where an end may have begun. */
  #tail: Buffer = Buffer.alloc(0)

  /** Takes the next bytes and gives the text of every frame that is now complete. */
  push(chunk: Uint8Array): readonly string[] {
    const frames: string[] = []
    let rest: Buffer = Buffer.from(chunk)
    while (rest.length > 0 && !this.#foreign) {
      if (this.#nonce === null) rest = this.#begin(rest)
      else {
        const { frame, after } = this.#proceed(this.#nonce, rest)
        if (frame !== null) frames.push(frame)
        rest = after
      }
    }
    return frames
  }

  /** Whether what came is no frame: somebody types at this shell. */
  get foreign(): boolean {
    return this.#foreign
  }

  /** Looks for the first line of a frame; gives what is left to look at. */
  #begin(bytes: Buffer): Buffer {
    const seen = Buffer.concat([...this.#chunks, bytes])
    this.#chunks = []
    const end = seen.indexOf(0x0a)
    const line = seen.subarray(0, end < 0 ? seen.length : end + 1).toString('latin1')
    if (end >= 0 && forBashLine.test(line)) return seen.subarray(end + 1)
    if (end >= 0) {
      this.#nonce = headNonce(line)
      this.#foreign = this.#nonce === null
      return seen
    }
    const like = [frameHead('').trimEnd(), forBash].some((each) => line.startsWith(each) || each.startsWith(line))
    this.#foreign = !like || line.length > lineLimit
    this.#chunks.push(seen)
    return Buffer.alloc(0)
  }

  /** Looks for the end of the frame that has begun. */
  #proceed(nonce: string, bytes: Buffer): { readonly frame: string | null; readonly after: Buffer } {
    const end = frameEnd(nonce)
    const window = Buffer.concat([this.#tail, bytes])
    const at = window.indexOf(end, 0, 'latin1')
    if (at < 0) {
      this.#chunks.push(bytes)
      this.#tail = Buffer.from(window.subarray(Math.max(0, window.length - end.length + 1)))
      return { frame: null, after: Buffer.alloc(0) }
    }
    const used = at + end.length - this.#tail.length
    const frame = Buffer.concat([...this.#chunks, bytes.subarray(0, used)]).toString('utf8')
    this.#chunks = []
    this.#nonce = null
    this.#tail = Buffer.alloc(0)
    return { frame, after: bytes.subarray(used) }
  }
}
