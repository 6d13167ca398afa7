/** Bytes that come in on a session: first some lines may be asked for (a password), then all the rest flows on. */
export class Input {
  #chunks: Buffer[] = []
  #ended = false
  #wake: () => void = () => {}
  #flow: { readonly data: (bytes: Uint8Array) => void; readonly end: () => void } | null = null

  push(bytes: Uint8Array): void {
    if (this.#flow) this.#flow.data(bytes)
    else this.#chunks.push(Buffer.from(bytes))
    this.#wake()
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#flow?.end()
    this.#wake()
  }

  /** The next line without its end; null when there comes none. */
  async line(): Promise<string | null> {
    for (;;) {
      const all = Buffer.concat(this.#chunks)
      const at = all.indexOf(0x0a)
      if (at >= 0) {
        this.#chunks = [all.subarray(at + 1)]
        return all.subarray(0, at).toString('utf8').replace(/\r$/, '')
      }
      if (this.#ended) return null
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Everything from here on. */
  flow(data: (bytes: Uint8Array) => void, end: () => void): void {
    this.#flow = { data, end }
    const waiting = Buffer.concat(this.#chunks)
    this.#chunks = []
    if (waiting.length > 0) data(waiting)
    if (this.#ended) end()
  }

  /** All of it, up to its end. */
  all(): Promise<Uint8Array> {
    return new Promise((resolve) => {
      const chunks: Uint8Array[] = []
      this.flow(
        (bytes) => chunks.push(bytes),
        () => resolve(Buffer.concat(chunks)),
      )
    })
  }
}
