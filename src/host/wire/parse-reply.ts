import type { Frame, FrameResult } from '../../module/frame.ts'
import type { Read } from '../../module/read.ts'
import type { Reading } from '../../module/reading.ts'
import type { Step, StepResult } from '../../module/step.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { MarkReader, type Printed, type Section } from './marks.ts'
import { parseReading } from './parse-reading.ts'
import { parseStepResult } from './parse-step-result.ts'

/** Takes the bytes of stdout and stderr of the shell that was sent a frame, each in their own order, until the reply is whole. */
export class FrameParser {
  readonly #frame: Frame
  readonly #stdout: CallReader
  readonly #stderr: CallReader

  constructor(frame: Frame, nonce: string) {
    this.#frame = frame
    this.#stdout = new CallReader(nonce)
    this.#stderr = new CallReader(nonce)
  }

  pushStdout(bytes: Uint8Array): void {
    this.#stdout.push(bytes)
  }

  pushStderr(bytes: Uint8Array): void {
    this.#stderr.push(bytes)
  }

  /** Whether the host has begun to perform the frame. */
  get begun(): boolean {
    return this.#stdout.begun
  }

  /** How many calls were completed: what is known of a frame whose reply broke off. */
  get completed(): number {
    return this.#stdout.calls.length
  }

  /** The result; null while more has to come. An error means that the host answered something else than frames are answered with. */
  get result(): Result<FrameResult, string> | null {
    if (!this.#stdout.ended || !this.#stderr.ended) return null
    return parse(this.#frame, this.#stdout.calls, this.#stderr.calls)
  }
}

/** One stream of a reply, as calls. What comes before the frame's begin is dropped: greetings of a login shell. */
class CallReader {
  readonly calls: (readonly Section[])[] = []
  begun = false
  ended = false
  readonly #marks: MarkReader
  #parts: Section[] = []

  constructor(nonce: string) {
    this.#marks = new MarkReader(nonce)
  }

  push(bytes: Uint8Array): void {
    for (const section of this.#marks.push(bytes)) {
      if (section.mark === '<') this.begun = true
      else if (section.mark === '>') this.ended = true
      else {
        this.#parts.push(section)
        if (section.mark === ',') continue
        this.calls.push(this.#parts)
        this.#parts = []
      }
    }
  }
}

function parse(
  frame: Frame,
  stdout: readonly (readonly Section[])[],
  stderr: readonly (readonly Section[])[],
): Result<FrameResult, string> {
  const total = frame.before.length + frame.steps.length + frame.after.length
  if (stdout.length !== total || stderr.length !== total)
    return err(`the host answered ${stdout.length} of ${total} calls`)
  const printed = stdout.map((sections, at): Printed => ({ stdout: sections, stderr: stderr[at] ?? [] }))
  const stepsAt = frame.before.length
  const afterAt = stepsAt + frame.steps.length
  const before = parseReadings(frame.before, printed.slice(0, stepsAt))
  if (!before.ok) return before
  const after = parseReadings(frame.after, printed.slice(afterAt))
  if (!after.ok) return after
  return ok({
    before: before.value,
    steps: parseSteps(frame.steps, printed.slice(stepsAt, afterAt)),
    after: after.value,
  })
}

function parseReadings(reads: readonly Read[], printed: readonly Printed[]): Result<readonly Reading[], string> {
  const readings: Reading[] = []
  for (const [at, read] of reads.entries()) {
    const reading = parseReading(read, printed[at] ?? { stdout: [], stderr: [] })
    if (!reading.ok) return reading
    readings.push(reading.value)
  }
  return ok(readings)
}

const parseSteps = (steps: readonly Step[], printed: readonly Printed[]): readonly StepResult[] =>
  steps.map((step, at) => parseStepResult(step, printed[at] ?? { stdout: [], stderr: [] }))
