import type { Module } from '../module/module.ts'
import type { Value } from '../shared/value.ts'
import type { Place } from '../source/diagnostic.ts'
import type { Condition, Template } from '../template/language.ts'

/**
 * A checked playbook: syntax, keys, types, modules, arguments, templates, conditions, handlers and names were all looked
 * at; nothing here can be a typing mistake any more. What still depends on a host is held as compiled templates.
 */
export interface Playbook {
  readonly file: string
  readonly plays: readonly Play[]
}

/** A value whose text parts are compiled templates; the engine renders it per host. */
export type TemplateValue =
  | { readonly kind: 'constant'; readonly value: Value }
  | { readonly kind: 'template'; readonly template: Template; readonly place: Place }
  | { readonly kind: 'list'; readonly items: readonly TemplateValue[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [string, TemplateValue])[] }

/** Variables as written, rendered lazily when something reads them. */
export type TemplateVars = Readonly<Record<string, TemplateValue>>

/** A condition with its place, for messages. */
export interface PlacedCondition {
  readonly condition: Condition
  readonly place: Place
}

/** What plays, blocks and tasks have in common; inner ones win, `when` and `tags` add up. Undefined: not given here. */
export interface Common {
  readonly place: Place
  readonly vars: TemplateVars
  readonly tags: readonly string[]
  readonly when: readonly PlacedCondition[]
  readonly become: boolean | undefined
  readonly becomeUser: string | undefined
  readonly becomeMethod: 'sudo' | 'su' | undefined
  readonly environment: TemplateValue | undefined
  readonly ignoreErrors: boolean | undefined
  readonly ignoreUnreachable: boolean | undefined
  readonly anyErrorsFatal: boolean | undefined
  readonly noLog: boolean | undefined
  readonly checkMode: boolean | undefined
  readonly diff: boolean | undefined
  readonly runOnce: boolean | undefined
}

/** One play. `when` is always empty here. */
export interface Play extends Common {
  readonly name: string
  /** Host pattern, a template over extra vars and play vars. */
  readonly hosts: Template
  readonly hostsPlace: Place
  readonly gatherFacts: boolean
  readonly remoteUser: string | undefined
  /** Slices: a number of hosts or a percentage; empty for all at once. */
  readonly serial: readonly (number | { readonly percent: number })[]
  readonly maxFailPercentage: number | undefined
  readonly order: 'inventory' | 'reverse_inventory' | 'sorted' | 'reverse_sorted' | 'shuffle'
  readonly forceHandlers: boolean
  /** Its pattern may match nobody: the play is passed over then. Otherwise that is an error. */
  readonly allowEmpty: boolean
  /** Names of files with variables, already loaded, in order. */
  readonly varsFiles: readonly { readonly file: string; readonly vars: TemplateVars }[]
  readonly preTasks: readonly TaskNode[]
  readonly tasks: readonly TaskNode[]
  readonly postTasks: readonly TaskNode[]
  readonly handlers: readonly Task[]
}

/** A task or a block of them. */
export type TaskNode = Task | Block

/** A block: its keywords hold for every task inside. */
export interface Block extends Common {
  readonly kind: 'block'
  readonly name: string | undefined
  readonly tasks: readonly TaskNode[]
  readonly rescue: readonly TaskNode[]
  readonly always: readonly TaskNode[]
}

/** One task or handler. */
export interface Task extends Common {
  readonly kind: 'task'
  /** Not given: the module's name is shown. A template: rendered per run with what all hosts share, shown as written when that fails. */
  readonly name: string | undefined
  readonly module: Module
  /** Checked against the module's schema as far as they are constant. */
  readonly args: readonly (readonly [string, TemplateValue])[]
  /** Arguments that are conditions (`that`), compiled. */
  readonly conditions: Readonly<Record<string, readonly PlacedCondition[]>>
  /** Where each argument's value stands, for messages after rendering. */
  readonly argPlaces: Readonly<Record<string, Place>>
  readonly loop: TemplateValue | undefined
  readonly loopControl: LoopControl
  readonly register: string | undefined
  /** Handler names and `listen` topics; all exist. */
  readonly notify: readonly string[]
  /** Of a handler: topics it listens to besides its name. */
  readonly listen: readonly string[]
  readonly changedWhen: readonly PlacedCondition[] | undefined
  readonly failedWhen: readonly PlacedCondition[] | undefined
  readonly until: readonly PlacedCondition[] | undefined
  readonly retries: TemplateValue | undefined
  readonly delay: TemplateValue | undefined
  /** Seconds. */
  readonly timeout: TemplateValue | undefined
}

/** How a loop names and shows its items. */
export interface LoopControl {
  /** `item` when not given. */
  readonly loopVar: string
  readonly indexVar: string | undefined
  readonly label: Template | undefined
  /** Seconds between items. */
  readonly pause: number
}
