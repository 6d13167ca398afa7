import type { Problems } from '../source/problems.ts'
import { type Node, type ScalarNode, toValue } from '../source/tree.ts'
import { compileCondition } from '../template/expression.ts'
import type { NameUse, Template } from '../template/language.ts'
import { compileTemplate } from '../template/render.ts'
import type { PlacedCondition, TemplateValue } from './types.ts'

/** A name that the user's text reads, and the scalar it stands in. */
export interface PlacedUse {
  readonly node: ScalarNode
  readonly use: NameUse
}

/** Compiles the templates and conditions of a playbook; notes mistakes, and the names that are read. */
export class Texts {
  readonly problems: Problems
  #uses: PlacedUse[] = []

  constructor(problems: Problems) {
    this.problems = problems
  }

  /** The names read since the last call. */
  takeUses(): readonly PlacedUse[] {
    const uses = this.#uses
    this.#uses = []
    return uses
  }

  /** A value whose text may hold templates. */
  value(node: Node): TemplateValue {
    switch (node.kind) {
      case 'scalar': {
        if (!hasTemplate(node)) return { kind: 'constant', value: node.value }
        const template = this.template(node)
        return template ? { kind: 'template', template, place: node.place } : { kind: 'constant', value: node.value }
      }
      case 'list': {
        const items = node.items.map((item) => this.value(item))
        return items.every((item) => item.kind === 'constant')
          ? { kind: 'constant', value: toValue(node) }
          : { kind: 'list', items }
      }
      case 'map': {
        const entries = node.entries.map(({ key, value }): [string, TemplateValue] => [key, this.value(value)])
        return entries.every(([, value]) => value.kind === 'constant')
          ? { kind: 'constant', value: toValue(node) }
          : { kind: 'map', entries }
      }
    }
  }

  /** A text as a template; undefined when it has mistakes, which are noted. */
  template(node: ScalarNode): Template | undefined {
    const template = compileTemplate(String(node.value ?? ''))
    if (!template.ok) {
      for (const problem of template.error) this.problems.within(node, problem)
      return undefined
    }
    this.note(node, template.value.names)
    return template.value
  }

  /** Conditions: text, true or false, or a list of them; mistakes are noted and left out. */
  conditions(node: Node, keyword: string): readonly PlacedCondition[] {
    if (node.kind === 'list') return node.items.flatMap((item) => this.conditions(item, keyword))
    if (node.kind === 'map') {
      this.problems.error(
        node.place,
        `"${keyword}" is a mapping, but must be a condition`,
        'quote a condition that contains ": " or "{"',
      )
      return []
    }
    const { value } = node
    if (typeof value === 'boolean') return this.#condition(node, String(value))
    if (typeof value !== 'string' || value.trim() === '') {
      const found = value === null || value === '' ? 'empty' : 'a number'
      this.problems.error(node.place, `"${keyword}" is ${found}, but must be a condition`)
      return []
    }
    const braces = value.indexOf('{{')
    if (braces !== -1) {
      const inner = /^\s*\{\{\s*([\s\S]*?)\s*\}\}\s*$/.exec(value)?.[1]
      this.problems.error(
        node.within(braces, 2),
        `"${keyword}" holds "{{", but must be a condition without braces`,
        inner === undefined || inner.includes('{{')
          ? 'names stand in a condition as they are: x == 1'
          : `write it without: ${keyword}: ${inner}`,
      )
      return []
    }
    return this.#condition(node, value)
  }

  #condition(node: ScalarNode, text: string): readonly PlacedCondition[] {
    const condition = compileCondition(text)
    if (!condition.ok) {
      for (const problem of condition.error) this.problems.within(node, problem)
      return []
    }
    this.note(node, condition.value.names)
    return [{ condition: condition.value, place: node.place }]
  }

  /** Notes names that a text reads. */
  note(node: ScalarNode, names: readonly NameUse[]): void {
    for (const use of names) this.#uses.push({ node, use })
  }
}

/** Whether a scalar has to be rendered. */
export function hasTemplate(node: Node): boolean {
  return node.kind === 'scalar' && typeof node.value === 'string' && node.value.includes('{{')
}
