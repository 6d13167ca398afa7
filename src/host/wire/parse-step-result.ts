import type { Step, StepResult } from '../../module/step.ts'
import type { Printed } from './marks.ts'
import { type Note, parseNote } from './note.ts'
import { errnoText, lastLine } from './reason.ts'
import { sectionText } from './section-text.ts'

/** What became of a step. */
export function parseStepResult(step: Step, printed: Printed): StepResult {
  const note = parseNote(printed.stdout.at(-1))
  const { status } = note
  if (status === null) return { state: 'not run' }
  const stdout = sectionText(printed.stdout, 'stdout')
  const output = {
    status,
    stdout: stdout.text,
    stderr: withoutStatistics(step, sectionText(printed.stderr, 'stderr').text) + stdout.cut,
  }
  const allowed = step.kind === 'run' || step.kind === 'shell' ? (step.ok ?? [0]) : [0]
  const reason = failure(step, note, status, output.stderr)
  if (note.reason === null && !note.timedOut && !note.noFolder && allowed.includes(status))
    return { state: 'done', ...output }
  return { state: 'failed', reason, ...output }
}

function failure(step: Step, note: Note, status: number, stderr: string): string {
  if (note.reason !== null) return note.reason
  const runs = step.kind === 'run' || step.kind === 'shell'
  if (runs && note.timedOut) return `timed out after ${step.timeout} s`
  return (runs && !note.noFolder ? lastLine(stderr) : errnoText(stderr)) ?? `exit status ${status}`
}

/** dd tells how much it copied; that is not for people. */
function withoutStatistics(step: Step, stderr: string): string {
  if (step.kind !== 'write' && step.kind !== 'attr') return stderr
  return stderr.replaceAll(/^(?:\d+\+\d+ records (?:in|out)|\d+ bytes? .*copied.*)\n/gm, '')
}
