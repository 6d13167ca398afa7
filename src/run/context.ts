import type { Become } from '../host/host.ts'
import type { Facts } from '../module/facts.ts'
import type { LocalFile } from '../module/module.ts'
import type { Read } from '../module/read.ts'
import type { Readings } from '../module/reading.ts'
import type { Block, Common, PlacedCondition, Play, TemplateValue, TemplateVars } from '../playbook/types.ts'
import type { Result } from '../shared/result.ts'
import type { Template } from '../template/language.ts'
import type { Listener } from './event.ts'
import type { HostRun } from './host-run.ts'
import type { Layer } from './scope.ts'

/** What a run is told from outside: nothing in the engine reaches for a clock, a file or a terminal by itself. */
export interface Services {
  /** Milliseconds, monotonic. */
  readonly now: () => number
  /** Resolves after so many seconds, or early when the run is interrupted. */
  readonly sleep: (seconds: number) => Promise<void>
  readonly emit: Listener
  /** How facts are gathered: what to look at, and what it means. */
  readonly facts: { readonly reads: readonly Read[]; readonly parse: (seen: Readings, host: string) => Facts }
  /** A controller file as it is, or why there is none. */
  readonly localFile: (name: string) => Result<LocalFile, string>
  /** A controller file as a compiled template. */
  readonly localTemplate: (name: string) => Result<Template, string>
}

/** What the command line says of becoming another user; a playbook or an inventory that asks for it needs user and password, too. */
export interface BecomeDefaults extends Partial<Become> {
  /** `-b`: also for tasks that say nothing of it. */
  readonly wanted: boolean
}

/** What the user asked of a run. */
export interface RunOptions {
  readonly check: boolean
  readonly diff: boolean
  readonly forks: number
  readonly forceHandlers: boolean
  readonly failOnChange: boolean
  readonly tags: { readonly only: readonly string[]; readonly skip: readonly string[] }
  readonly become: BecomeDefaults
  readonly verbosity: number
  readonly limit: string | null
}

/** Whether to go on. */
export interface RunControl {
  interrupted: boolean
  /** Something of ours threw: the run ends with status 1. */
  bug: boolean
  /** In check mode: the first task, on any host, whose change was not made; null while there is none. */
  pending: string | null
}

/** The keywords that hold for a task: its own, its blocks' and its play's, joined. */
export interface Inherited {
  readonly play: Play
  /** Variables of the blocks and the task, strongest first. */
  readonly vars: readonly TemplateVars[]
  readonly tags: readonly string[]
  readonly when: readonly PlacedCondition[]
  readonly become: boolean | undefined
  readonly becomeUser: string | undefined
  readonly becomeMethod: 'sudo' | 'su' | undefined
  readonly environment: readonly TemplateValue[]
  readonly ignoreErrors: boolean
  readonly ignoreUnreachable: boolean
  readonly anyErrorsFatal: boolean
  readonly noLog: boolean
  readonly checkMode: boolean | undefined
  readonly diff: boolean | undefined
  readonly runOnce: boolean
  /** A failure here is caught by a `rescue`. */
  readonly rescuable: boolean
}

/** What holds for everything directly in a play. */
export function inheritFromPlay(play: Play): Inherited {
  return inherit(
    {
      play,
      vars: [],
      tags: [],
      when: [],
      become: undefined,
      becomeUser: undefined,
      becomeMethod: undefined,
      environment: [],
      ignoreErrors: false,
      ignoreUnreachable: false,
      anyErrorsFatal: false,
      noLog: false,
      checkMode: undefined,
      diff: undefined,
      runOnce: false,
      rescuable: false,
    },
    { ...play, vars: {} },
  )
}

/** What holds inside a block or for a task: the inner keyword wins; `when` and `tags` add up. */
export function inherit(outer: Inherited, inner: Common): Inherited {
  return {
    play: outer.play,
    vars: [inner.vars, ...outer.vars],
    tags: [...outer.tags, ...inner.tags],
    when: [...outer.when, ...inner.when],
    become: inner.become ?? outer.become,
    becomeUser: inner.becomeUser ?? outer.becomeUser,
    becomeMethod: inner.becomeMethod ?? outer.becomeMethod,
    environment: inner.environment ? [...outer.environment, inner.environment] : outer.environment,
    ignoreErrors: inner.ignoreErrors ?? outer.ignoreErrors,
    ignoreUnreachable: inner.ignoreUnreachable ?? outer.ignoreUnreachable,
    anyErrorsFatal: inner.anyErrorsFatal ?? outer.anyErrorsFatal,
    noLog: inner.noLog ?? outer.noLog,
    checkMode: inner.checkMode ?? outer.checkMode,
    diff: inner.diff ?? outer.diff,
    runOnce: inner.runOnce ?? outer.runOnce,
    rescuable: outer.rescuable,
  }
}

/** What holds inside the tasks of a block that has a `rescue`. */
export function insideBlock(outer: Inherited, block: Block): Inherited {
  const inner = inherit(outer, block)
  return block.rescue.length > 0 ? { ...inner, rescuable: true } : inner
}

/** A play on some hosts: what its tasks share. */
export interface PlayRun {
  readonly play: Play
  readonly services: Services
  readonly options: RunOptions
  readonly control: RunControl
  /** The hosts of this batch, in order; some may have dropped out. */
  readonly batch: readonly HostRun[]
  /** Runs work for many hosts, at most `forks` at once. */
  readonly eachHost: (hosts: readonly HostRun[], work: (host: HostRun) => Promise<void>) => Promise<void>
  /** Variables below the task's own, strongest first, for a host. */
  readonly layers: (host: HostRun) => { readonly above: readonly Layer[]; readonly below: readonly Layer[] }
  /** A number for each task. */
  readonly nextId: () => number
}
