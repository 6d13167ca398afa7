import type { ExchangeOptions } from '../host/host.ts'
import type { Module, PlanContext } from '../module/module.ts'
import type { Delta } from '../module/plan.ts'
import type { Read } from '../module/read.ts'
import type { ValueMap } from '../shared/value.ts'
import type { Disturbance } from './disturbance.ts'
import type { Failure } from './outcome.ts'

/** What a module came to on a host, before `changed_when`, `failed_when` and `ignore_errors` have their say. */
export type ModuleResult =
  | { readonly kind: 'ok'; readonly because: string; readonly deltas: readonly Delta[]; readonly data: ValueMap }
  /** Performed and confirmed; in check mode: would be, and `data` is what is known of it. */
  | {
      readonly kind: 'changed'
      readonly because: string
      readonly deltas: readonly Delta[]
      readonly data: ValueMap
      readonly predicted: boolean
    }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly deltas: readonly Delta[]; readonly data: ValueMap }
  /** Nothing was done: the run was interrupted first. */
  | { readonly kind: 'skipped'; readonly because: string }
  /** Check mode cannot say. */
  | { readonly kind: 'unpredicted'; readonly because: string; readonly disturbance: Disturbance | null }
  | Trouble

/** The host could not be talked to. */
export type Trouble =
  | { readonly kind: 'unreachable'; readonly failure: Failure }
  | { readonly kind: 'lost'; readonly failure: Failure }

/** One call of a module: everything is rendered and checked. */
export interface ModuleCall {
  readonly task: string
  readonly module: Module
  readonly args: unknown
  readonly check: boolean
  readonly exchange: ExchangeOptions
  readonly environment: Readonly<Record<string, string>>
  readonly context: Omit<PlanContext, 'elapsed' | 'facts' | 'host' | 'check'>
  /** Reads of the tasks that follow, made along when a round trip is needed. */
  readonly ahead: () => readonly Read[]
  readonly onRetry: (because: string, attempt: number) => void
  readonly stopped: () => boolean
  /** In check mode: the first task on any host whose change was not made. */
  readonly pendingAnywhere: () => string | null
}
