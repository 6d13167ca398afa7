import type { Exchange, LinkFailure } from '../host/host.ts'
import type { Explanation, StepFailure } from '../module/module.ts'
import type { Plan } from '../module/plan.ts'
import { describeStep, type Step, type StepResult } from '../module/step.ts'
import type { Failure } from './outcome.ts'

/** What is wrong when a step failed, with the next move where the module or the error text gives one; null when none did. */
export function failedStep(
  steps: readonly Step[],
  results: readonly StepResult[],
  explain: (failure: StepFailure) => Explanation | null,
): Failure | null {
  for (const [index, step] of steps.entries()) {
    const result = results[index]
    if (result?.state !== 'failed') continue
    const explained = explain({ step, result })
    const hint = explained?.hint ?? nextMoves.find(([text]) => result.reason.endsWith(text))?.[1]
    const because = explained ? `: ${explained.because}` : ''
    if (step.kind !== 'run' && step.kind !== 'shell')
      return {
        message: `could not ${describeStep(step)}: ${result.reason}${because}`,
        ...(hint !== undefined && { hint }),
      }
    return {
      message: `the command failed: ${result.reason}${because}`,
      ...(hint !== undefined && { hint }),
      command: describeStep(step).replace(/^run /, ''),
      exit_status: result.status,
      stdout: result.stdout,
      stderr: result.stderr,
    }
  }
  return null
}

/** What to do about errors that say little by themselves, by the C library's text (strerror(3)). */
const nextMoves: readonly (readonly [text: string, hint: string])[] = [
  ['No space left on device', 'make room on the host ("df -h" and "df -i" show where), then run again'],
  ['Read-only file system', 'the host may have found its disk damaged: look at "dmesg" there'],
  ['Permission denied', 'the login user may not do this: use become: true, or log in as root'],
  ['Operation not permitted', 'the login user may not do this: use become: true, or log in as root'],
]

/** What the second look still found after every step was performed. `budget` in seconds: how long it was looked. */
export function notSettled(next: Plan, budget: number): Failure {
  const waited = budget > 0 ? ` within ${budget} s` : ''
  if (next.kind === 'change') {
    const left = next.deltas.map((each) =>
      each.text || each.secret
        ? each.what
        : `${each.what} is ${each.before ?? 'absent'}, not ${each.after ?? 'absent'}`,
    )
    return {
      message: `every step was performed, but a second look still finds something to do${waited}: ${left.join('; ')}`,
    }
  }
  const because = next.kind === 'unchanged' ? 'the change has not come about' : next.because
  const hint = next.kind === 'unchanged' ? undefined : next.hint
  return {
    message: `every step was performed, but a second look says${waited}: ${because}`,
    ...(hint !== undefined && { hint }),
  }
}

/** A plan's reason and hint as a failure. */
export function failureOf(plan: { readonly because: string; readonly hint?: string }, message = plan.because): Failure {
  return { message, ...(plan.hint !== undefined && { hint: plan.hint }) }
}

/** A dead or refused link as a failure of the host. */
export function failureOfLink(failure: LinkFailure): Failure {
  return { message: failure.message, ...(failure.hint !== undefined && { hint: failure.hint }) }
}

/** An exchange that did not come about, as trouble of the host. */
export function troubleOf(exchange: Exclude<Exchange, { kind: 'done' }>): {
  readonly kind: 'unreachable' | 'lost'
  readonly failure: Failure
} {
  return { kind: exchange.kind, failure: failureOfLink(exchange.failure) }
}
