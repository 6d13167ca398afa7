import { inspect } from 'node:util'

/** Text that must never be seen: it prints as `***` everywhere, and gives itself away only through {@link Secret.reveal}. */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The text itself; call it only where it is handed to a host. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return '***'
  }

  toJSON(): string {
    return '***'
  }

  [inspect.custom](): string {
    return '***'
  }
}
