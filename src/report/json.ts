import type { Delta } from '../module/plan.ts'
import type { RunEvent } from '../run/event.ts'
import type { Reporter, Screen } from './reporter.ts'

/**
 * One JSON object per line, with `event` and `time` (ISO 8601) first and the other keys as in the event. Events that only
 * a live view needs are left out. Deltas are `{what, before, after}`; secret ones show `***`.
 */
export function jsonReporter(screen: Screen, clock: () => Date): Reporter {
  return {
    on(event) {
      if (isInternal(event)) return
      screen.write(`${jsonLine(event, clock())}\n`)
    },
    async end() {},
  }
}

/** The line of one event, without its newline. */
export function jsonLine(event: RunEvent, time: Date): string {
  const { event: name, ...rest } = event
  const body = event.event === 'host_done' ? { ...rest, deltas: event.deltas.map(plainDelta) } : rest
  const text = JSON.stringify({ event: name, time: time.toISOString(), ...body })
  // JSON.stringify leaves C1 controls and direction marks as they are, and a terminal obeys them.
  return text.replaceAll(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function isInternal(event: RunEvent): boolean {
  return event.event === 'host_start' || event.event === 'facts_start' || event.event === 'task_done'
}

function plainDelta({ what, before, after, secret }: Delta): Pick<Delta, 'what' | 'before' | 'after'> {
  const hide = (value: string | null) => (value === null ? null : '***')
  return secret ? { what, before: hide(before), after: hide(after) } : { what, before, after }
}
