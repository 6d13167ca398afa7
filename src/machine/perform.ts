import type { Frame, FrameResult } from '../module/frame.ts'
import type { Read } from '../module/read.ts'
import type { Reading } from '../module/reading.ts'
import type { Step, StepResult } from '../module/step.ts'
import type { Machine, WriteEntry } from './machine.ts'
import { performRead } from './performing-reads.ts'
import { performStep, type StepTools } from './performing-steps.ts'

/**
 * Performs a frame natively: looks, steps in order up to the first failure, looks again. The results are what the wire
 * brings back from a real host.
 */
export async function perform(
  machine: Machine,
  frame: Frame,
  tools: StepTools,
  enter: (entry: WriteEntry) => void,
): Promise<FrameResult> {
  const before = await look(machine, frame.before, tools)
  const steps: StepResult[] = []
  for (const step of frame.steps) {
    if (steps.at(-1)?.state === 'failed' || steps.at(-1)?.state === 'not run') {
      steps.push({ state: 'not run' })
      continue
    }
    enter(entryOf(step))
    steps.push(await performStep(machine, step, tools))
  }
  return { before, steps, after: await look(machine, frame.after, tools) }
}

async function look(machine: Machine, reads: readonly Read[], tools: StepTools): Promise<readonly Reading[]> {
  const readings: Reading[] = []
  for (const read of reads) readings.push(await performRead(machine, read, tools.session))
  return readings
}

function entryOf(step: Step): WriteEntry {
  switch (step.kind) {
    case 'attr':
      return { kind: step.kind, what: step.path, value: step.value }
    case 'write':
      return { kind: step.kind, what: step.path, value: Buffer.from(step.content).toString('utf8') }
    case 'run':
    case 'detach':
      return { kind: step.kind, what: step.argv.join(' ') }
    case 'shell':
      return { kind: step.kind, what: step.text }
    case 'move':
      return { kind: step.kind, what: step.from, value: step.to }
    case 'link':
      return { kind: step.kind, what: step.path, value: step.target }
    case 'reboot':
      return { kind: step.kind, what: 'reboot' }
    default:
      return { kind: step.kind, what: step.path }
  }
}
