import type { Module } from '../module/module.ts'
import type { Vars } from '../shared/value.ts'
import type { Problems } from '../source/problems.ts'
import type { SourceReader } from '../source/reader.ts'
import type { Node, ScalarNode } from '../source/tree.ts'
import type { LocalFiles } from './local-files.ts'
import { checkNames, type Names } from './names.ts'
import type { Texts } from './texts.ts'

/** What loading a playbook works with. */
export interface LoadContext {
  readonly reader: SourceReader
  readonly modules: ReadonlyMap<string, Module>
  readonly problems: Problems
  readonly texts: Texts
  readonly extraVars: Vars
  readonly playbookDir: string
  readonly files: LocalFiles
  /** The names that hold outside plays, with what the tasks loaded so far register. */
  readonly names: Names
  /** Whether names can be checked: they cannot without an inventory. */
  readonly namesKnown: boolean
}

/** What is collected while a play is loaded, and checked at its end. */
export class PlayLoad {
  readonly context: LoadContext
  /** Every name that anything in the play sets: what variables, which are rendered when read, may use. */
  readonly everything: Names
  readonly notified: ScalarNode[] = []
  /** Where names are registered that no task has set so far. */
  readonly later: ReadonlyMap<string, number>

  constructor(context: LoadContext, node: Node) {
    this.context = context
    this.everything = context.names.inner(['ansible_failed_task', 'ansible_failed_result'])
    this.later = registeredIn(node)
  }

  /** Checks the names read since the last check against those that can be set there. */
  check(names: Names): void {
    const { texts, problems, namesKnown } = this.context
    const uses = texts.takeUses()
    if (namesKnown) checkNames(uses, names, problems, this.later)
  }
}

/** The names that tasks register or set, with their lines. */
function registeredIn(node: Node): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  const visit = (at: Node): void => {
    if (at.kind === 'list') for (const item of at.items) visit(item)
    if (at.kind !== 'map') return
    for (const { key, keyPlace, value } of at.entries) {
      if (key === 'register' && value.kind === 'scalar' && typeof value.value === 'string') {
        if (!found.has(value.value)) found.set(value.value, keyPlace.line)
      } else if (/^(?:ansible\.builtin\.)?set_fact$/.test(key) && value.kind === 'map') {
        for (const each of value.entries) if (!found.has(each.key)) found.set(each.key, each.keyPlace.line)
      } else visit(value)
    }
  }
  visit(node)
  return found
}
