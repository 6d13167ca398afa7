import { StringDecoder } from 'node:string_decoder'
import { LineEditor } from './line-editor.ts'
import type { Shell } from './shell.ts'

/** The two ends of a login: what is typed comes in, what is shown goes out. */
export interface TerminalEnds {
  /** Calls back with typed bytes; ends when the client goes. */
  onData(listener: (bytes: Uint8Array) => void): void
  onEnd(listener: () => void): void
  show(text: string): void
}

/** A login shell at work. */
export interface LoginOptions {
  readonly user: string
  readonly host: string
  readonly env: Readonly<Record<string, string>>
  /** Called after every command. */
  afterCommand(): Promise<void>
}

/** Serves an interactive login until `exit`, Ctrl-D or the client's end; gives the exit status. */
export function login(ends: TerminalEnds, shell: Shell, options: LoginOptions): Promise<number> {
  return new Promise((resolve) => {
    const session = new Login(ends, shell, options, resolve)
    session.start()
  })
}

class Login {
  readonly #ends: TerminalEnds
  readonly #shell: Shell
  readonly #options: LoginOptions
  readonly #leave: (status: number) => void
  readonly #editor: LineEditor
  readonly #decoder = new StringDecoder('utf8')
  #env: Readonly<Record<string, string>>
  #status = 0
  #left = false
  /** Typed while a command was running. */
  #ahead = ''
  #running: AbortController | null = null
  /** Lines that are not yet a whole command, such as the beginning of a here-document. */
  #begun = ''
  /** A program that waits for a line. */
  #reader: ((line: string | null) => void) | null = null

  constructor(ends: TerminalEnds, shell: Shell, options: LoginOptions, leave: (status: number) => void) {
    this.#ends = ends
    this.#shell = shell
    this.#options = options
    this.#env = options.env
    this.#editor = new LineEditor((text) => ends.show(text))
    this.#leave = (status) => {
      if (this.#left) return
      this.#left = true
      this.#reader?.(null)
      this.#running?.abort()
      leave(status)
    }
  }

  start(): void {
    this.#ends.onData((bytes) => {
      this.#ahead += this.#decoder.write(Buffer.from(bytes))
      // Ctrl-C is heard at once, everything else waits for its turn.
      if (this.#running && this.#ahead.includes('\u0003')) {
        this.#ahead = this.#ahead.slice(this.#ahead.lastIndexOf('\u0003') + 1)
        this.#ends.show('^C\r\n')
        this.#reader?.(null)
        this.#editor.clear()
        this.#running.abort()
      }
      this.#answer()
      void this.#advance()
    })
    this.#ends.onEnd(() => this.#leave(this.#status))
    this.#prompt()
  }

  /** Gives what was typed to the program that asked. */
  #answer(): void {
    while (this.#reader && this.#ahead !== '') {
      const [char = ''] = this.#ahead
      this.#ahead = this.#ahead.slice(char.length)
      for (const typed of this.#editor.type(char)) this.#reader?.(typed.kind === 'line' ? typed.text : null)
    }
  }

  #readLine(): Promise<string | null> {
    return new Promise((resolve) => {
      this.#reader = (line) => {
        this.#reader = null
        resolve(line)
      }
      this.#answer()
    })
  }

  async #advance(): Promise<void> {
    while (!this.#running && !this.#left && this.#ahead !== '') {
      const [char = ''] = this.#ahead
      this.#ahead = this.#ahead.slice(char.length)
      for (const typed of this.#editor.type(char)) {
        if (typed.kind === 'end') {
          if (this.#begun === '') {
            this.#ends.show('logout\r\n')
            this.#leave(this.#status)
          } else await this.#run('', true)
        } else if (typed.kind === 'interrupt') {
          this.#status = 130
          this.#begun = ''
          this.#prompt()
        } else await this.#run(typed.text)
      }
    }
  }

  async #run(typed: string, ended = false): Promise<void> {
    // Nothing else that is typed may overtake the look at what the line is.
    const looking = new AbortController()
    this.#running = looking
    const line = this.#begun + typed
    const more = !ended && (await this.#shell.unfinished(line))
    if (this.#running === looking) this.#running = null
    if (looking.signal.aborted) {
      this.#begun = ''
      return this.#prompt()
    }
    this.#begun = more ? `${line}\n` : ''
    if (more) return this.#ends.show('> ')
    const exit = /^\s*(?:exit|logout)(?:\s+(\d+))?\s*;?\s*$/.exec(line)
    if (exit) {
      this.#ends.show('logout\r\n')
      this.#leave(exit[1] === undefined ? this.#status : Number(exit[1]) & 255)
      return
    }
    if (line.trim() !== '') await this.#command(line)
    if (!this.#left) this.#prompt()
  }

  async #command(line: string): Promise<void> {
    const running = new AbortController()
    this.#running = running
    const script = {
      // The status of the line before is what $? says at the start of this one.
      text: `(exit ${this.#status})\n${line}`,
      env: this.#env,
      cwd: this.#env['PWD'] ?? '/',
      stdin: new Uint8Array(),
      signal: running.signal,
      person: { show: (text: string) => this.#show(Buffer.from(text)), readLine: () => this.#readLine() },
    }
    const interrupted = new Promise<null>((resolve) =>
      running.signal.addEventListener('abort', () => resolve(null), { once: true }),
    )
    const result = await Promise.race([this.#shell.run(script), interrupted])
    await this.#options.afterCommand()
    this.#running = null
    if (!result) {
      this.#status = 130
      return
    }
    this.#env = result.env
    this.#status = result.status
    this.#show(result.stdout)
    this.#show(result.stderr)
  }

  #show(bytes: Uint8Array): void {
    const text = Buffer.from(bytes).toString('utf8')
    if (text !== '') this.#ends.show(text.replaceAll(/\r?\n/g, '\r\n'))
  }

  #prompt(): void {
    const { user, host } = this.#options
    const cwd = this.#env['PWD'] ?? '/'
    const home = this.#env['HOME']
    const where = cwd === home ? '~' : cwd === '/' ? '/' : (cwd.split('/').at(-1) ?? cwd)
    this.#ends.show(`[${user}@${host} ${where}]${user === 'root' ? '#' : '$'} `)
  }
}
