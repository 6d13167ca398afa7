import { didYouMean, list } from '../shared/text.ts'
import { filterHint, filters, testHint, testNames, tests } from './condition-habits.ts'
import { joinPieces, type Piece } from './condition-pieces.ts'
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

// Signs of other languages, and what to write instead.
const signHints: ReadonlyMap<string, string> = new Map([
  ['=', 'compare with "=="'],
  ['===', 'compare with "=="'],
  ['!==', 'compare with "!="'],
  ['<>', 'compare with "!="'],
  ['&', 'write "and" or "&&"'],
  ['~', 'join texts with "+"'],
  ['**', 'multiply with "*"'],
  ['//', 'divide whole numbers with "/"'],
  ['@', 'write the name alone'],
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
    return { ...joinPieces(this.#pieces), tokens: this.#tokens }
  }

  #step(token: Token, before: Token): void {
    const field = before.text === '.' && before.kind === 'sign'
    switch (token.kind) {
      case 'text':
        this.#value(token)
        break
      case 'number':
        if (field) this.#refuse(`".${token.text}" is no key`, span(before, token), `write [${token.text}]`)
        this.#value(token)
        break
      case 'word':
        if (field) this.#field(token)
        else this.#word(token)
        break
      case 'sign':
        this.#sign(token)
        break
      case 'end':
        this.#close()
    }
  }

  #word(token: Token): void {
    const { text } = token
    const next = this.#token(1)
    const constant = constants.get(text)
    const follows = this.#operand >= 0
    if (constant !== undefined) this.#value(token, constant)
    else if (text === 'and' || text === 'or') this.#operator(token, text === 'and' ? '&&' : '||')
    else if (text === 'not' && !follows) this.#not(token)
    else if (text === 'not' && next.text === 'in') this.#notIn(token, next)
    else if (text === 'in') this.#push(token, 'in', false)
    else if (text === 'is' && follows) this.#is(token)
    else if (text === 'if' && follows)
      this.#refuse('"if" does not follow a value in a condition', token.span, 'write condition ? value : otherwise')
    else this.#value(token)
  }

  // The words of CEL cannot be keys after a dot.
  #field(token: Token): void {
    if (['in', 'true', 'false', 'null'].includes(token.text)) {
      this.#pieces.pop()
      this.#push(token, `["${token.text}"]`, true)
    } else this.#push(token, token.text, true)
  }

  #sign(token: Token): void {
    const { text } = token
    const hint = signHints.get(text)
    if (hint !== undefined) this.#refuse(`"${text}" has no meaning in a condition`, token.span, hint)
    else if (text === '{{' || text === '{%')
      this.#refuse(
        `"${text}" is not needed: a condition is an expression already`,
        token.span,
        'write the name without braces',
      )
    else if ((text === '!' || text === '{') && this.#operand >= 0) this.#value(token)
    else if (text === '|') this.#filter(token)
    else if ('([{'.includes(text)) this.#open(token)
    else if (')]}'.includes(text)) this.#shut(token)
    else if (text === '.') this.#pushPlain(token)
    else if (['&&', '||', '?', ':', ','].includes(text)) this.#operator(token, text)
    else this.#push(token, text, false)
  }

  #open(token: Token): void {
    const start = this.#operand >= 0 && token.text !== '{' ? this.#operand : this.#pieces.length
    this.#groups.push({ open: token, start, closers: [] })
    this.#push(token, token.text, false)
  }

  #shut(token: Token): void {
    const group = this.#groups.at(-1)
    const wanted = { '(': ')', '[': ']', '{': '}' }[group?.open.text ?? '']
    if (!group || this.#groups.length === 1) {
      this.#refuse(`"${token.text}" closes nothing`, token.span)
      return
    }
    if (wanted !== token.text) {
      this.#refuse(
        `"${token.text}" is found where "${group.open.text}" must be closed`,
        token.span,
        `write "${wanted}"`,
      )
      return
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
    this.#pieces.push({ text: 'in', span: span(token, next) })
    this.#operand = -1
  }

  #is(token: Token): void {
    const not = this.#token(1).text === 'not'
    if (not) this.#at++
    const word = this.#token(1)
    if (word.text === 'in') {
      this.#at++
      if (not) this.#groups.at(-1)?.closers.push('== false')
      this.#push(word, 'in', false)
      return
    }
    const name = tests.get(word.text)
    if (word.kind !== 'word' || name === undefined) {
      const known = [...tests.keys()]
      const hint = testHint(word.text) ?? didYouMean(word.text, known)
      const wanted = `but must be one of ${list(testNames)}`
      const shown = word.kind === 'end' ? 'nothing' : `"${word.text}"`
      const message = word.kind === 'end' ? '"is" is followed by nothing' : `${shown} is no test that conditions know`
      this.#refuse(
        hint === undefined ? `${message}, ${wanted}` : message,
        word.kind === 'end' ? token.span : word.span,
        hint,
      )
      return
    }
    this.#at++
    const negate = (word.text === 'undefined') !== not
    this.#wrap(negate ? `!${name}` : name, token)
    this.#pushPlain(word, ')')
  }

  #filter(token: Token): void {
    const word = this.#token(1)
    const name = filters.get(word.text)
    if (this.#operand < 0) {
      this.#refuse('"|" has no value before it', token.span)
      return
    }
    if (word.kind !== 'word' || name === undefined) {
      const hint = word.kind === 'word' ? (filterHint(word.text) ?? didYouMean(word.text, filters.keys())) : undefined
      const message =
        word.kind === 'word' ? `"${word.text}" is no filter that conditions know` : '"|" is followed by no filter'
      const known = `but must be one of ${list([...filters.keys()])}`
      this.#refuse(
        hint === undefined ? `${message}, ${known}` : message,
        word.kind === 'word' ? word.span : token.span,
        hint,
      )
      return
    }
    this.#at++
    this.#wrap(name, token)
    const open = this.#token(1)
    if (open.text !== '(') {
      this.#pushPlain(word, ')')
      return
    }
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
      this.#refuse(
        `${token.kind === 'text' ? token.text : `"${token.text}"`} follows a value, but an operator must be between them`,
        token.span,
        'join conditions with "and" or "or"',
      )
      return
    }
    this.#operand = this.#pieces.length
    this.#pushPlain(token, text)
  }

  /** Puts a call around the operand that ends here. */
  #wrap(name: string, token: Token): void {
    const offset = this.#pieces[this.#operand]?.span.offset ?? token.span.offset
    this.#pieces.splice(this.#operand, 0, { text: `${name}(`, span: { offset, length: 0 } })
  }

  #push(token: Token, text: string, operand: boolean): void {
    if (!operand) this.#operand = -1
    this.#pushPlain(token, text)
  }

  #pushPlain(token: Token, text = token.text): void {
    this.#pieces.push({ text, span: token.span })
  }

  #insert(text: string, token: Token, after = false): void {
    const offset = token.span.offset + (after ? token.span.length : 0)
    this.#pieces.push({ text, span: { offset, length: 0 } })
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
