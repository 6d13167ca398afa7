import type { Delta } from '../module/plan.ts'
import type { CheckRow } from '../module/rows.ts'
import type { Task } from '../playbook/types.ts'
import type { Unknown } from '../shared/unknown.ts'
import type { ValueMap } from '../shared/value.ts'
import type { Inherited } from './context.ts'
import type { Failure, Outcome } from './outcome.ts'

/** What `register` keeps of a task: `{outcome, changed, failed, skipped, because, deltas, ...data}`. */
export type Registered = ValueMap

/** What became of a task, or of one item of its loop, on a host. */
export interface TaskResult {
  readonly outcome: Outcome
  readonly because: string
  readonly deltas: readonly Delta[]
  /** What `register` keeps. */
  readonly registered: Registered | Unknown
  /** It comes from a change that check mode did not make. */
  readonly predicted: boolean
  readonly message?: string
  readonly rows?: readonly CheckRow[]
  readonly error?: Failure
}

/** A task that is about to run on the hosts of a batch. */
export interface RunningTask {
  readonly id: number
  readonly task: Task
  readonly inherited: Inherited
  /** What people see. */
  readonly name: string
  readonly upcoming: readonly Upcoming[]
}

/** A task that comes later in the same list. */
export interface Upcoming {
  readonly task: Task
  readonly inherited: Inherited
}
