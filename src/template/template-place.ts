import type { Span } from './language.ts'

/** Turns the places of Handlebars (lines from 1, columns from 0) into spans of the text. */
export class Places {
  readonly #source: string
  /** Where each line begins. */
  readonly #lines: readonly number[]

  constructor(source: string) {
    this.#source = source
    // The lexer of Handlebars ends a line at \n, \r\n and a lone \r.
    this.#lines = [0, ...[...source.matchAll(/\r\n?|\n/g)].map((end) => end.index + end[0].length)]
  }

  /** The span of a place without white space at its ends; always inside of the text. */
  span({ start, end }: hbs.AST.SourceLocation): Span {
    let to = this.#offset(end)
    let from = Math.min(this.#offset(start), to)
    while (from < to && isSpace(this.#source[from])) from++
    while (to > from && isSpace(this.#source[to - 1])) to--
    return { offset: from, length: to - from }
  }

  #offset({ line, column }: hbs.AST.Position): number {
    const { length } = this.#source
    return Math.min((this.#lines[line - 1] ?? length) + column, length)
  }
}

function isSpace(char: string | undefined): boolean {
  return char !== undefined && /\s/.test(char)
}
