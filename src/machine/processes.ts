import type { ProgramResult } from './machine.ts'

/** A program that runs in the background. */
export interface Process {
  readonly pid: number
  readonly argv: readonly string[]
  /** Resolves when it has ended. */
  readonly ended: Promise<ProgramResult>
  /** SIGINT or SIGTERM: the program ends in its own way, or goes on when it does not listen. */
  interrupt(): void
}

/** The programs of a machine that run in the background: what outlives the connection that started it. */
export class Processes {
  readonly #running = new Map<number, Process>()
  #last = 2000

  /** Starts a program; `run` is given the signal by which it is told to end. */
  start(argv: readonly string[], run: (signal: AbortSignal) => Promise<ProgramResult>): Process {
    const stop = new AbortController()
    const pid = ++this.#last
    const ended = run(stop.signal).finally(() => this.#running.delete(pid))
    const started: Process = { pid, argv, ended, interrupt: () => stop.abort() }
    this.#running.set(pid, started)
    return started
  }

  /** Those that have not ended, oldest first. */
  get running(): readonly Process[] {
    return [...this.#running.values()]
  }

  /** A restart of the machine: nobody is asked. */
  forget(): void {
    for (const each of this.running) each.interrupt()
    this.#running.clear()
  }
}
