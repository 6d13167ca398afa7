import type { TemplateValue, TemplateVars } from '../playbook/types.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { didYouMean } from '../shared/text.ts'
import type { Unknown } from '../shared/unknown.ts'
import type { Value, Vars } from '../shared/value.ts'
import type { Condition, EvaluationProblem, NameUse } from '../template/language.ts'

/** One level of variables: values as they are, or templates that are rendered when something reads them. */
export type Layer =
  | { readonly kind: 'values'; readonly vars: Vars }
  | { readonly kind: 'templates'; readonly vars: TemplateVars }
  /** Computed on demand (`hostvars`). */
  | { readonly kind: 'lazy'; readonly names: ReadonlySet<string>; readonly get: (name: string) => Value }

type Found = Result<Value | Unknown, EvaluationProblem>

/**
 * The variables that a task sees on a host: layers, strongest first. A template is rendered when it is read and only
 * then, so a variable that nobody needs may refer to something that does not exist here.
 */
export class Scope {
  readonly #layers: readonly Layer[]
  readonly #rendered = new Map<string, Found>()
  readonly #inProgress: string[] = []

  constructor(layers: readonly Layer[]) {
    this.#layers = layers
  }

  /** This scope with stronger layers on top. */
  over(...layers: readonly Layer[]): Scope {
    return new Scope([...layers, ...this.#layers])
  }

  /** Every name that is set. */
  names(): Set<string> {
    const names = new Set<string>()
    for (const layer of this.#layers) {
      for (const name of layer.kind === 'lazy' ? layer.names : Object.keys(layer.vars)) names.add(name)
    }
    return names
  }

  /** The value of a name; undefined when nobody set it. */
  get(name: string): Found | undefined {
    const known = this.#rendered.get(name)
    if (known) return known
    const found = this.#find(name)
    if (found !== undefined) this.#rendered.set(name, found)
    return found
  }

  #find(name: string): Found | undefined {
    for (const layer of this.#layers) {
      if (layer.kind === 'lazy') {
        if (layer.names.has(name)) return ok(layer.get(name))
      } else if (Object.hasOwn(layer.vars, name)) {
        if (layer.kind === 'values') {
          const value = layer.vars[name]
          return value === undefined ? undefined : ok(value)
        }
        const template = layer.vars[name]
        return template === undefined ? undefined : this.#renderNamed(name, template)
      }
    }
    return undefined
  }

  #renderNamed(name: string, template: TemplateValue): Found {
    if (this.#inProgress.includes(name)) {
      const circle = [...this.#inProgress.slice(this.#inProgress.indexOf(name)), name].join(' -> ')
      return err({ kind: 'other', message: `the variable "${name}" refers to itself: ${circle}` })
    }
    this.#inProgress.push(name)
    const value = this.render(template)
    this.#inProgress.pop()
    if (value.ok || value.error.message.includes(`variable "${name}"`)) return value
    return err({ ...value.error, message: `in the variable "${name}": ${value.error.message}` })
  }

  /** The values of the names that a template or condition reads; a name that is not set is left out, and the language says so. */
  context(uses: readonly NameUse[]): Result<Vars, EvaluationProblem> {
    const vars: Record<string, Value | Unknown> = Object.create(null)
    for (const { name, guarded } of uses) {
      if (Object.hasOwn(vars, name)) continue
      const found = this.get(name)
      if (found === undefined) continue
      if (found.ok) vars[name] = found.value
      // Under `default` and `is defined` a variable made of one that is not there is not there either.
      else if (!guarded || found.error.kind !== 'undefined') return found
    }
    return ok(vars)
  }

  /** A template value with everything filled in. */
  render(value: TemplateValue): Result<Value, EvaluationProblem> {
    switch (value.kind) {
      case 'constant':
        return ok(value.value)
      case 'template': {
        const context = this.context(value.template.names)
        if (!context.ok) return context
        const rendered = value.template.value(context.value)
        return rendered.ok ? rendered : err(this.#hinted(rendered.error, value.template.names))
      }
      case 'list': {
        const items: Value[] = []
        for (const item of value.items) {
          const rendered = this.render(item)
          if (!rendered.ok) return rendered
          items.push(rendered.value)
        }
        return ok(items)
      }
      case 'map': {
        const map: Record<string, Value> = {}
        for (const [key, item] of value.entries) {
          const rendered = this.render(item)
          if (!rendered.ok) return rendered
          map[key] = rendered.value
        }
        return ok(map)
      }
    }
  }

  /** Whether a condition holds. */
  test(condition: Condition): Result<boolean, EvaluationProblem> {
    const context = this.context(condition.names)
    if (!context.ok) return context
    const tested = condition.test(context.value)
    return tested.ok ? tested : err(this.#hinted(tested.error, condition.names))
  }

  /** The names that a condition reads with their values, for people. */
  explain(condition: Condition): string {
    const context = this.context(condition.names)
    return context.ok ? condition.explain(context.value) : ''
  }

  /** The language sees only the names it asked for; the nearest of all the others is known here. */
  #hinted(problem: EvaluationProblem, uses: readonly NameUse[]): EvaluationProblem {
    if (problem.kind !== 'undefined' || problem.hint !== undefined) return problem
    const missing = uses.find((use) => this.get(use.name) === undefined)
    const hint = missing && didYouMean(missing.name, this.names())
    return hint === undefined ? problem : { ...problem, hint }
  }
}
