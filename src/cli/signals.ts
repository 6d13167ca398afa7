/**
 * Ctrl-C (SIGINT) and SIGTERM: the first asks the run to stop - steps under way finish, nothing new starts -, the second
 * leaves at once.
 *
 * @returns what takes the listeners away again
 */
export function onInterrupt(first: () => void, second: () => never): () => void {
  let asked = false
  const listener = () => {
    if (asked) second()
    asked = true
    first()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, listener)
  return () => {
    for (const signal of signals) process.off(signal, listener)
  }
}

/** Sleeping that an interrupt ends early. */
export class Alarm {
  readonly #wake = new Set<() => void>()
  #rung = false

  /** Resolves after so many seconds, or when the alarm rings. */
  sleep(seconds: number): Promise<void> {
    if (this.#rung || seconds <= 0) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#wake.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, seconds * 1000)
      this.#wake.add(wake)
    })
  }

  /** Ends every sleep, now and later. */
  ring(): void {
    this.#rung = true
    for (const wake of [...this.#wake]) wake()
  }
}
