import type { Diagnostic, Place } from './diagnostic.ts'
import type { ScalarNode } from './tree.ts'

/** Collects everything that is wrong with a text, so that all of it can be shown together. */
export class Problems {
  readonly #list: Diagnostic[] = []

  get list(): readonly Diagnostic[] {
    return this.#list
  }

  /** Notes a mistake; `place` is null when there is no text to point at. */
  error(place: Place | null, message: string, hint?: string): void {
    this.#list.push({ severity: 'error', message, place, ...(hint !== undefined && { hint }) })
  }

  /** Notes a mistake inside the text of a scalar: in a template or condition. */
  within(node: ScalarNode, problem: InText): void {
    this.error(node.within(problem.span.offset, problem.span.length), problem.message, problem.hint)
  }

  /** Notes mistakes that were found elsewhere. */
  add(list: readonly Diagnostic[]): void {
    this.#list.push(...list)
  }
}

/** A mistake at an offset of a text. */
interface InText {
  readonly message: string
  readonly hint?: string
  readonly span: { readonly offset: number; readonly length: number }
}
