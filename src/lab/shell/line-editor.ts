/** What a typed key, or several, came to. */
export type Typed =
  /** A finished line. */
  | { readonly kind: 'line'; readonly text: string }
  /** Ctrl-C: the line is dropped, or what runs is to stop. */
  | { readonly kind: 'interrupt' }
  /** Ctrl-D on an empty line. */
  | { readonly kind: 'end' }

/** The little of a terminal's line editing that a login needs: echo, backspace, Ctrl-U, Ctrl-W, Ctrl-C, Ctrl-D. */
export class LineEditor {
  readonly #echo: (text: string) => void
  #line = ''
  /** The escape sequence under way, such as that of an arrow key; they do nothing. */
  #escape: string | null = null
  #afterReturn = false

  constructor(echo: (text: string) => void) {
    this.#echo = echo
  }

  /** Takes typed text and gives what was finished by it, in order. */
  type(text: string): Typed[] {
    const typed: Typed[] = []
    for (const char of text) {
      const done = this.#key(char)
      if (done) typed.push(done)
    }
    return typed
  }

  /** Forgets what was typed of the line. */
  clear(): void {
    this.#line = ''
  }

  #key(char: string): Typed | null {
    if (this.#escape !== null) {
      this.#escape += char
      // ECMA-48: ESC, or ESC [ parameters, up to a final byte.
      if (/^\u001b(\[[0-9;?]*[@-~]|O.|[^[O])$/.test(this.#escape)) this.#escape = null
      return null
    }
    const afterReturn = this.#afterReturn
    this.#afterReturn = char === '\r'
    switch (char) {
      case '\u001b':
        this.#escape = char
        return null
      case '\n':
        if (afterReturn) return null
        return this.#finish()
      case '\r':
        return this.#finish()
      case '\u0003':
        this.#echo('^C\r\n')
        this.#line = ''
        return { kind: 'interrupt' }
      case '\u0004':
        return this.#line === '' ? { kind: 'end' } : null
      case '\u007f':
      case '\b':
        this.#erase(1)
        return null
      case '\u0015':
        this.#erase([...this.#line].length)
        return null
      case '\u0017':
        this.#erase([...(/\S*\s*$/.exec(this.#line)?.[0] ?? '')].length)
        return null
      default:
        if (char >= ' ') {
          this.#line += char
          this.#echo(char)
        }
        return null
    }
  }

  #finish(): Typed {
    const text = this.#line
    this.#line = ''
    this.#echo('\r\n')
    return { kind: 'line', text }
  }

  #erase(count: number): void {
    const chars = [...this.#line]
    const gone = Math.min(count, chars.length)
    this.#line = chars.slice(0, chars.length - gone).join('')
    this.#echo('\b \b'.repeat(gone))
  }
}
