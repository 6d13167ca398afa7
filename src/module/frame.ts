import type { Read } from './read.ts'
import type { Reading } from './reading.ts'
import type { Step, StepResult } from './step.ts'

/** What crosses the wire in one round trip: looks, then steps in order up to the first failure, then looks again (always made). */
export interface Frame {
  readonly before: readonly Read[]
  readonly steps: readonly Step[]
  readonly after: readonly Read[]
}

/** What came back, each list in the order of the frame's. */
export interface FrameResult {
  readonly before: readonly Reading[]
  readonly steps: readonly StepResult[]
  readonly after: readonly Reading[]
}

/** A frame that only looks. */
export const look = (reads: readonly Read[]): Frame => ({ before: reads, steps: [], after: [] })
