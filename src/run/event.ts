import type { Delta } from '../module/plan.ts'
import type { CheckRow } from '../module/rows.ts'
import type { Counters, Failure, Outcome } from './outcome.ts'

/**
 * What happened, in order. Reporters and the journal are views of these and of nothing else; `--output json` prints them
 * under the same names, one object per line, plus `time`.
 */
export type RunEvent =
  | RunStart
  | PlayStart
  | BatchStart
  | FactsStart
  | TaskStart
  | HostStart
  | HostRetry
  | HostDone
  | TaskDone
  | HandlerNotified
  | HostLost
  | Warning
  | Interrupted
  | Recap

/** A playbook begins. */
export interface RunStart {
  readonly event: 'run_start'
  /** Id of the run, unique: `20261122-213045-3f2a`. */
  readonly run: string
  readonly playbook: string
  readonly check: boolean
  readonly diff: boolean
  /** Every host that any play of the run will address. */
  readonly hosts: readonly string[]
}

/** A play begins, with the hosts that are still fit. An empty list means: no host left or matched; the play is passed over. */
export interface PlayStart {
  readonly event: 'play_start'
  readonly play: string
  readonly hosts: readonly string[]
}

/** A `serial` slice of a play begins; only sent when there are several. `number` counts from 1. */
export interface BatchStart {
  readonly event: 'batch_start'
  readonly play: string
  readonly number: number
  readonly total: number
  readonly hosts: readonly string[]
}

/** Facts are being gathered; each host answers with `host_done` of task "Gathering Facts", module `setup`. */
export interface FactsStart {
  readonly event: 'facts_start'
  readonly play: string
  readonly hosts: readonly string[]
}

/** A task or handler begins for the hosts of the batch. */
export interface TaskStart {
  readonly event: 'task_start'
  readonly play: string
  /** The task's name, or its module when it has none. */
  readonly task: string
  readonly module: string
  /** Unique within the run; the events of one task have the same. */
  readonly id: number
  /** `playbooks/vflag-lacp.yaml:41:7` */
  readonly path: string
  readonly handler: boolean
  readonly hosts: readonly string[]
}

/** Work for a task begins on one host. */
export interface HostStart {
  readonly event: 'host_start'
  readonly id: number
  readonly task: string
  readonly host: string
}

/** A host is looked at again: `until` was not met, or the state is on its way. */
export interface HostRetry {
  readonly event: 'host_retry'
  readonly id: number
  readonly task: string
  readonly host: string
  readonly item?: string
  readonly because: string
  readonly attempt: number
  /** Attempts left of an `until`; null when there is a time limit instead. */
  readonly left: number | null
}

/** What became of a task on one host, or of one item of a loop (then `item` is its label). After the items comes one without `item`. */
export interface HostDone {
  readonly event: 'host_done'
  readonly play: string
  readonly id: number
  readonly task: string
  readonly module: string
  readonly host: string
  readonly item?: string
  readonly outcome: Outcome
  /** Why: a clause, always there. */
  readonly because: string
  readonly deltas: readonly Delta[]
  /** Milliseconds. */
  readonly ms: number
  /** Lines that the task wants people to see (debug). */
  readonly message?: string
  /** A table of what was checked (health). */
  readonly rows?: readonly CheckRow[]
  readonly error?: Failure
}

/** Every host of the batch is through with the task. */
export interface TaskDone {
  readonly event: 'task_done'
  readonly id: number
  readonly task: string
  readonly ms: number
}

/** A changed task notified a handler. */
export interface HandlerNotified {
  readonly event: 'handler_notified'
  readonly handler: string
  readonly task: string
  readonly host: string
}

/** A host takes no further part in the run. */
export interface HostLost {
  readonly event: 'host_lost'
  readonly host: string
  readonly because: string
}

/** Something people should know that fails nothing. */
export interface Warning {
  readonly event: 'warning'
  readonly message: string
  readonly host?: string
}

/** Ctrl-C: running steps finish, nothing new starts. */
export interface Interrupted {
  readonly event: 'interrupted'
}

/** The end, always the last event. Hosts in the order of the run. */
export interface Recap {
  readonly event: 'recap'
  readonly hosts: Readonly<Record<string, Counters>>
  readonly exit: number
  readonly ms: number
  readonly check: boolean
}

/** Takes events as they happen; must not throw and must not block. */
export type Listener = (event: RunEvent) => void
