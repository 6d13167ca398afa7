import { didYouMean, list } from '../shared/text.ts'
import { filterHint, filters, testHint, testNames, tests } from './condition-habits.ts'
import { type Token, tokenize } from './condition-tokens.ts'
import type { LanguageProblem, Span } from './language.ts'

/** A condition in plain CEL, and how its places lead back to what the user wrote. */
export interface Desugared {
  readonly text: string
  /** The place in the source of a stretch of `text`. */
  readonly spanOf: (start: number, end: number) => Span
  readonly tokens: readonly Token[]
}

/**
 * Turns Ansible's words into CEL, token by token: `not a == b` into `!(a == b)`, `x is defined` into `defined(x)`,
 * `x | default(1)` into `default(x, 1)`. Texts are one token, so nothing happens inside of them.
 */
export function desugar(source: string): Desugared | LanguageProblem {
  const { tokens, problem } = tokenize(source)
  if (problem) return problem
  const first = tokens[0]
  if (!first || first.kind === 'end') {
    return { message: 'the condition is empty, but must be an expression', span: { offset: 0, length: source.length } }
  }
  return new Rewriter(tokens).run()
}

interface Piece {
  readonly text: string
  readonly span: Span
  /** Stands in the source as it is here. */
  readonly literal: boolean
}

interface Group {
  readonly open: Token
  /** The piece where the operand begins that the group ends. */
  readonly start: number
  /** What `not` and `not in` still have to close in here. */
  readonly closers: string[]
}

// Python's words for them, in which half of Ansible's conditions are written.
const constants: ReadonlyMap<string, string> = new Map([
  ['True', 'true'],
  ['False', 'false'],
  ['None', 'null'],
])

class Rewriter {
  readonly #tokens: readonly Token[]
  readonly #pieces: Piece[] = []
  readonly #groups: Group[]
  /** The piece where the operand begins that ends just here; -1 after an operator or at the start. */
  #operand = -1
  #at = 0
  #problem: LanguageProblem | undefined

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
    const end = tokens.at(-1)
    this.#groups = end ? [{ open: end, start: 0, closers: [] }] : []
  }

  run(): Desugared | LanguageProblem {
    for (; this.#at < this.#tokens.length; this.#at++) {
      this.#step(this.#token(0), this.#token(-1))
      if (this.#problem) return this.#problem
    }
    const [outer, open] = [this.#groups[0], this.#groups.at(-1)]
    if (open && open !== outer) return { message: `"${open.open.text}" is never closed`, span: open.open.span }
    return { ...joined(this.#pieces), tokens: this.#tokens }
  }

  #step(token: Token, before: Token): void {
    const field = before.text === '.' && before.kind === 'sign'
    switch (token.kind) {
      case 'text':
        return this.#value(token)
      case 'number':
        if (field) this.#refuse(`".${token.text}" is no key`, span(before, token), `write [${token.text}]`)
        return this.#value(token)
      case 'word':
        return field ? this.#field(token) : this.#word(token)
      case 'sign':
        return this.#sign(token)
      case 'end':
        return this.#close()
    }
  }

  #word(token: Token): void {
    const { text } = token
    const next = this.#token(1)
    const constant = constants.get(text)
    if (constant !== undefined) return this.#value(token, constant)
    if (text === 'and' || text === 'or') return this.#operator(token, text === 'and' ? '&&' : '||')
    if (text === 'not' && this.#operand >= 0) return next.text === 'in' ? this.#notIn(token, next) : this.#value(token)
    if (text === 'not') return this.#not(token)
    if (text === 'in') return this.#push(token, 'in', false)
    if (this.#operand >= 0 && text === 'is') return this.#is(token)
    if (this.#operand >= 0 && text === 'if') {
      return this.#refuse(
        '"if" does not follow a value in a condition',
        token.span,
        'write condition ? value : otherwise',
      )
    }
    this.#value(token)
  }

  // The words of CEL cannot be keys after a dot.
  #field(token: Token): void {
    if (!['in', 'true', 'false', 'null'].includes(token.text)) return this.#push(token, token.text, true)
    this.#pieces.pop()
    this.#push(token, `["${token.text}"]`, true)
  }

  #sign(token: Token): void {
    const { text } = token
    const better: Readonly<Record<string, string>> = {
      '=': 'compare with "=="',
      '===': 'compare with "=="',
      '!==': 'compare with "!="',
      '<>': 'compare with "!="',
      '&': 'write "and" or "&&"',
      '~': 'join texts with "+"',
      '**': 'multiply with "*"',
      '//': 'divide whole numbers with "/"',
      '@': 'write the name alone',
    }
    const hint = better[text]
    if (hint !== undefined) return this.#refuse(`"${text}" has no meaning in a condition`, token.span, hint)
    if (text === '{{' || text === '{%') {
      return this.#refuse(
        `"${text}" is not needed: a condition is an expression already`,
        token.span,
        'write the name without braces',
      )
    }
    if ((text === '!' || text === '{') && this.#operand >= 0) return this.#value(token)
    if (text === '|') return this.#filter(token)
    if ('([{'.includes(text)) return this.#open(token)
    if (')]}'.includes(text)) return this.#shut(token)
    if (text === '.') return this.#pushPlain(token)
    if (text === '&&' || text === '||' || text === '?' || text === ':' || text === ',')
      return this.#operator(token, text)
    this.#push(token, text, false)
  }

  #open(token: Token): void {
    const start = this.#operand >= 0 && token.text !== '{' ? this.#operand : this.#pieces.length
    this.#groups.push({ open: token, start, closers: [] })
    this.#push(token, token.text, false)
  }

  #shut(token: Token): void {
    const group = this.#groups.at(-1)
    const wanted = { '(': ')', '[': ']', '{': '}' }[group?.open.text ?? '']
    if (!group || this.#groups.length === 1) return this.#refuse(`"${token.text}" closes nothing`, token.span)
    if (wanted !== token.text) {
      return this.#refuse(
        `"${token.text}" is found where "${group.open.text}" must be closed`,
        token.span,
        `write "${wanted}"`,
      )
    }
    this.#close()
    this.#groups.pop()
    this.#pushPlain(token)
    this.#operand = group.start
  }

  #operator(token: Token, text: string): void {
    this.#close()
    this.#push(token, text, false)
  }

  // Ansible's "not" is weaker than comparisons, "!" is stronger; so it takes all up to the next "and", "or" or bracket.
  #not(token: Token): void {
    this.#groups.at(-1)?.closers.push(')')
    this.#push(token, '!', false)
    this.#insert('(', token)
  }

  #notIn(token: Token, next: Token): void {
    this.#at++
    this.#groups.at(-1)?.closers.push('== false')
    this.#pieces.push({ text: 'in', span: span(token, next), literal: false })
    this.#operand = -1
  }

  #is(token: Token): void {
    const not = this.#token(1).text === 'not'
    if (not) this.#at++
    const word = this.#token(1)
    if (word.text === 'in') {
      this.#at++
      if (not) this.#groups.at(-1)?.closers.push('== false')
      return this.#push(word, 'in', false)
    }
    const name = tests.get(word.text)
    if (word.kind !== 'word' || name === undefined) {
      const known = [...tests.keys()]
      const hint = testHint(word.text) ?? didYouMean(word.text, known)
      const wanted = `but must be one of ${list(testNames)}`
      const shown = word.kind === 'end' ? 'nothing' : `"${word.text}"`
      const message = word.kind === 'end' ? '"is" is followed by nothing' : `${shown} is no test that conditions know`
      return this.#refuse(
        hint === undefined ? `${message}, ${wanted}` : message,
        word.kind === 'end' ? token.span : word.span,
        hint,
      )
    }
    this.#at++
    const negate = (word.text === 'undefined') !== not
    this.#wrap(negate ? `!${name}` : name, token)
    this.#pushPlain({ ...word, text: ')' }, false)
  }

  #filter(token: Token): void {
    const word = this.#token(1)
    const name = filters.get(word.text)
    if (this.#operand < 0) return this.#refuse('"|" has no value before it', token.span)
    if (word.kind !== 'word' || name === undefined) {
      const hint = word.kind === 'word' ? (filterHint(word.text) ?? didYouMean(word.text, filters.keys())) : undefined
      const message =
        word.kind === 'word' ? `"${word.text}" is no filter that conditions know` : '"|" is followed by no filter'
      const known = `but must be one of ${list([...filters.keys()])}`
      return this.#refuse(
        hint === undefined ? `${message}, ${known}` : message,
        word.kind === 'word' ? word.span : token.span,
        hint,
      )
    }
    this.#at++
    this.#wrap(name, token)
    const open = this.#token(1)
    if (open.text !== '(') return this.#pushPlain({ ...word, text: ')' }, false)
    this.#at++
    this.#groups.push({ open, start: this.#operand, closers: [] })
    if (this.#token(1).text !== ')') this.#push(open, ',', false)
  }

  #close(): void {
    const group = this.#groups.at(-1)
    while (group && group.closers.length > 0) this.#insert(group.closers.pop() ?? '', this.#token(-1), true)
  }

  #value(token: Token, text = token.text): void {
    if (this.#operand >= 0) {
      return this.#refuse(
        `${token.kind === 'text' ? token.text : `"${token.text}"`} follows a value, but an operator must be between them`,
        token.span,
        'join conditions with "and" or "or"',
      )
    }
    this.#operand = this.#pieces.length
    this.#pushPlain(token, text === token.text, text)
  }

  /** Puts a call around the operand that ends here. */
  #wrap(name: string, token: Token): void {
    const offset = this.#pieces[this.#operand]?.span.offset ?? token.span.offset
    this.#pieces.splice(this.#operand, 0, { text: `${name}(`, span: { offset, length: 0 }, literal: false })
  }

  #push(token: Token, text: string, operand: boolean): void {
    if (!operand) this.#operand = -1
    this.#pushPlain(token, text === token.text, text)
  }

  #pushPlain(token: Token, literal = true, text = token.text): void {
    this.#pieces.push({ text, span: token.span, literal })
  }

  #insert(text: string, token: Token, after = false): void {
    const offset = token.span.offset + (after ? token.span.length : 0)
    this.#pieces.push({ text, span: { offset, length: 0 }, literal: false })
  }

  #refuse(message: string, at: Span, hint?: string): void {
    this.#problem ??= { message, span: at, ...(hint !== undefined && { hint }) }
  }

  /** The token so many places on; the end beyond both ends. */
  #token(ahead: number): Token {
    return (
      this.#tokens[this.#at + ahead] ?? this.#tokens.at(-1) ?? { kind: 'end', text: '', span: { offset: 0, length: 0 } }
    )
  }
}

function span(first: Token, last: Token): Span {
  return { offset: first.span.offset, length: last.span.offset + last.span.length - first.span.offset }
}

function joined(pieces: readonly Piece[]): Pick<Desugared, 'text' | 'spanOf'> {
  const starts: number[] = []
  let text = ''
  for (const piece of pieces) {
    starts.push(text.length)
    text += `${piece.text} `
  }
  const spanOf = (start: number, end: number): Span => {
    const covered = pieces.filter((piece, index) => {
      const from = starts[index] ?? 0
      return from < Math.max(end, start + 1) && from + piece.text.length > start
    })
    const last = pieces.at(-1)?.span ?? { offset: 0, length: 0 }
    const from = covered[0]?.span.offset ?? last.offset + last.length
    const to = Math.max(from, ...covered.map((piece) => piece.span.offset + piece.span.length))
    return { offset: from, length: to - from }
  }
  return { text, spanOf }
}
