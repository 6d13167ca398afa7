import type { ValueMap, Vars } from '../shared/value.ts'
import type { Facts } from './facts.ts'
import type { Plan } from './plan.ts'
import type { Read } from './read.ts'
import type { Readings } from './reading.ts'
import type { Step, StepResult } from './step.ts'

/** JSON Schema of one argument. `description` is its documentation; `default` is filled in by the engine. */
export interface ArgSchema {
  readonly description: string
  readonly type?: ArgType | readonly ArgType[]
  readonly enum?: readonly (string | number | boolean)[]
  readonly default?: unknown
  readonly items?: Omit<ArgSchema, 'description'> & { readonly description?: string }
  readonly properties?: Readonly<Record<string, ArgSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Omit<ArgSchema, 'description'>
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly minLength?: number
  readonly examples?: readonly unknown[]
}

/** The types an argument may have. `expression` (via {@link ArgsSchema.expressions}) is text in the condition language. */
export type ArgType = 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object' | 'null'

/** The arguments of a module. */
export interface ArgsSchema {
  readonly properties: Readonly<Record<string, ArgSchema>>
  readonly required?: readonly string[]
  /** Every name is allowed besides `properties` (set_fact). */
  readonly open?: true
  /** The argument that the short form `module: text` stands for (`command: uptime`). */
  readonly freeForm?: string
  /** Arguments that hold conditions, as text or a list of texts (assert's `that`): compiled at load, given to `plan` in `context.conditions`. */
  readonly expressions?: readonly string[]
  /** Names of arguments of which exactly one has to be given. */
  readonly oneOf?: readonly string[]
}

/** A file on the controller that a task needs, loaded by the engine before the module looks at anything. */
export interface LocalFile {
  /** As the user wrote it. */
  readonly name: string
  /** Where it was found. */
  readonly path: string
  readonly bytes: Uint8Array
}

/** What `plan` may use besides args and state. */
export interface PlanContext {
  readonly facts: Facts
  readonly host: string
  /** Whether nothing will be performed. */
  readonly check: boolean
  /** Seconds since the first look of this task on this host. */
  readonly elapsed: number
  /** The files named by `local`, by name. */
  readonly files: ReadonlyMap<string, LocalFile>
  /** Renders a controller file that `templates` named, with the variables of the task and `extra` over them; fails the task when it cannot. */
  readonly render: (name: string, extra?: Vars) => string
  /** Tests the conditions in an `expressions` argument, in order; the first that is false is named with the values it saw. */
  readonly test: (
    arg: string,
  ) => { readonly holds: true } | { readonly holds: false; readonly condition: string; readonly values: string }
  /** The value of a variable of this task, undefined when there is none. */
  readonly variable: (name: string) => unknown
}

/** An example of a task, for the documentation; a test loads it. */
export interface Example {
  readonly title: string
  /** YAML of one task or a list of tasks. */
  readonly yaml: string
}

/** A step that did not do, with what came back. */
export interface StepFailure {
  readonly step: Step
  readonly result: Extract<StepResult, { state: 'failed' }>
}

/** What an error means, as a clause, and what to do about it. */
export interface Explanation {
  readonly because: string
  readonly hint: string
}

/**
 * A module: what to look at, what was found, what to do about it. All functions are pure and get whole values; none
 * touches a host.
 *
 * @typeParam Args the checked and rendered arguments, defaults filled in
 * @typeParam State what `state` makes of the readings
 */
export interface ModuleSpec<Args, State> {
  readonly name: string
  /** One line, imperative: "Put the e-switch of a PF into legacy or switchdev mode". */
  readonly summary: string
  /** More, in plain sentences, for the docs. */
  readonly description?: string
  readonly args: ArgsSchema
  readonly examples: readonly Example[]
  /** Its readings mean "now" (counters, traffic): never read ahead of its turn. */
  readonly fresh?: true
  /** Needs gathered facts: the engine gathers them first when the play did not. */
  readonly needsFacts?: true
  /** What it registers as `rows` (rows.ts) is shown to people as a table, whatever the outcome. */
  readonly showsRows?: true
  /** Never looks at a host: no reads, and it runs without a connection. */
  readonly controllerOnly?: true
  /** Controller files needed as they are. */
  readonly local?: (args: Args) => readonly string[]
  /** Controller files needed as templates: looked up under `templates/`, compiled at load where the name is constant. */
  readonly templates?: (args: Args) => readonly string[]
  /** What to look at. Nothing when not given. */
  readonly reads?: (args: Args, facts: Facts) => readonly Read[]
  /** A second round of reads that depends on the first. */
  readonly more?: (args: Args, seen: Readings, facts: Facts) => readonly Read[]
  /** Parses what was seen, with src/parsers. */
  readonly state: (args: Args, seen: Readings, facts: Facts) => State
  /** Decides. */
  readonly plan: (args: Args, state: State, context: PlanContext) => Plan
  /**
   * How the second look works. Not given: right after the steps (in their round trip) the plan has to be unchanged.
   * `{within: s}`: looked at again until it is, for `s` seconds (kernel and udev need time). `false`: there is no state
   * to look at (command).
   */
  readonly settles?: false | { readonly within: (args: Args) => number }
  /** Whether the change has come about, where "the plan is now unchanged" is not the test (reboot: another boot id). */
  readonly settled?: (args: Args, before: State, after: State) => boolean
  /** What is registered after steps were performed: results of the steps in order, and the state seen afterwards. */
  readonly conclude?: (args: Args, results: readonly StepResult[], after: State | null) => ValueMap
  /**
   * The second look may find more to do that nobody could know before (an interface that comes back under another name):
   * done as well, the same steps never twice.
   */
  readonly follows?: true
  /** What the failure of one of its steps means: a clause and a next move for the errors that it knows; null for others. */
  readonly explain?: (args: Args, failure: StepFailure, before: State, facts: Facts) => Explanation | null
  /**
   * What a change may alter beyond the paths its steps name, as globs over paths and `command:<program>`: in check mode
   * later tasks that read such things are unpredicted. Not given: nothing more, or everything when a step runs a program.
   */
  readonly disturbs?: (args: Args, facts: Facts) => readonly string[]
  /** The steps cut the link, or may: losing it while they run is no failure; the engine reconnects within this many seconds. */
  readonly cutsLink?: (args: Args) => number
  /** Before anything else wait until the host answers, for this many seconds (wait_for_connection). */
  readonly awaitsLink?: (args: Args) => { readonly within: number; readonly delay: number; readonly pause: number }
}

/** A module as the engine sees it: argument types folded away; args were checked against the schema before. */
export type Module = ModuleSpec<unknown, unknown>

/** Declares a module. The author sees precise types, the engine an opaque module. */
export function defineModule<Args, State>(spec: ModuleSpec<Args, State>): Module {
  return spec as unknown as Module
}
