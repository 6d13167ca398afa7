import type { Exchange, ExchangeOptions, Host } from '../../src/host/host.ts'
import type { Frame } from '../../src/module/frame.ts'
import { type Read, readKey } from '../../src/module/read.ts'
import type { Reading } from '../../src/module/reading.ts'
import type { Step, StepResult } from '../../src/module/step.ts'

/** What a {@link ScriptedHost} answers with. */
export interface Script {
  /** Readings by `readKey`, or made for a read; what has neither is absent, empty, or a command that prints nothing. */
  readonly readings?: Readonly<Record<string, Reading>> | ((read: Read) => Reading | undefined)
  /** What becomes of a step; done without output when not given or undefined. */
  readonly step?: (step: Step) => StepResult | undefined
  /** Instead of performing the n-th frame (counted from 0): unreachable, or lost before or after it was performed. */
  readonly exchange?: (at: number, frame: Frame) => Exchange | undefined
}

/** A host for tests of the engine: it answers from a script and remembers the frames it was sent. */
export class ScriptedHost implements Host {
  readonly name: string
  /** Every frame, and how it was to be performed, oldest first. */
  readonly frames: { readonly frame: Frame; readonly options: ExchangeOptions }[] = []
  disconnects = 0
  readonly #script: Script

  constructor(name: string, script: Script = {}) {
    this.name = name
    this.#script = script
  }

  /** Every step of every frame, in order. */
  get steps(): readonly Step[] {
    return this.frames.flatMap(({ frame }) => frame.steps)
  }

  async exchange(frame: Frame, options: ExchangeOptions = {}): Promise<Exchange> {
    const at = this.frames.push({ frame, options }) - 1
    const instead = this.#script.exchange?.(at, frame)
    if (instead) return instead
    const before = frame.before.map((read) => this.#reading(read))
    let failed = false
    const steps = frame.steps.map((step): StepResult => {
      if (failed) return { state: 'not run' }
      const result = this.#script.step?.(step) ?? { state: 'done', status: 0, stdout: '', stderr: '' }
      failed = result.state === 'failed'
      return result
    })
    return { kind: 'done', result: { before, steps, after: frame.after.map((read) => this.#reading(read)) } }
  }

  async disconnect(): Promise<void> {
    this.disconnects++
  }

  #reading(read: Read): Reading {
    const { readings } = this.#script
    const scripted = typeof readings === 'function' ? readings(read) : readings?.[readKey(read)]
    return scripted ?? nothing(read)
  }
}

/** What an empty host shows. */
function nothing(read: Read): Reading {
  switch (read.kind) {
    case 'file':
    case 'stat':
      return { kind: read.kind, path: read.path, state: 'absent' }
    case 'attrs':
      return { kind: 'attrs', values: new Map() }
    case 'links':
      return { kind: 'links', targets: new Map() }
    case 'list':
      return { kind: 'list', paths: [] }
    case 'command':
      return { kind: 'command', argv: read.argv, status: 0, stdout: '', stderr: '' }
  }
}
