import type { LanguageProblem, Span } from './language.ts'

/** A piece of a condition's text. */
export interface Token {
  readonly kind: 'word' | 'number' | 'text' | 'sign' | 'end'
  readonly text: string
  readonly span: Span
}

/** The tokens of a condition up to its end, or to the first thing that cannot be one; `end` is always the last. */
export function tokenize(source: string): {
  readonly tokens: readonly Token[]
  readonly problem: LanguageProblem | null
} {
  const tokens: Token[] = []
  let at = 0
  const finish = (problem: LanguageProblem | null) => {
    tokens.push({ kind: 'end', text: '', span: { offset: source.length, length: 0 } })
    return { tokens, problem }
  }
  while (at < source.length) {
    const char = source[at] ?? ''
    if (char === ' ' || char === '\t' || char === '\n' || char === '\r') {
      at++
      continue
    }
    const length = lengthOf(source, at)
    const span = { offset: at, length: length.value }
    if (length.kind === 'unclosed')
      return finish({ message: 'the text is never closed', span, hint: `end it with ${char}` })
    if (length.kind === 'unknown') return finish({ message: `"${char}" has no meaning in a condition`, span })
    tokens.push({ kind: length.kind, text: source.slice(at, at + length.value), span })
    at += length.value
  }
  return finish(null)
}

// Longest first.
const signs = ['===', '!==', '==', '!=', '<=', '>=', '<>', '&&', '||', '**', '//', '{{', '{%']

function lengthOf(source: string, at: number): { kind: Token['kind'] | 'unclosed' | 'unknown'; value: number } {
  const char = source[at] ?? ''
  if (isDigit(char)) return { kind: 'number', value: numberLength(source, at) }
  const prefix = 'rRbB'.includes(char) && isQuote(source[at + 1]) ? 1 : 0
  if (prefix > 0 || isQuote(char)) {
    const end = endOfText(source, at + prefix)
    return end < 0 ? { kind: 'unclosed', value: source.length - at } : { kind: 'text', value: end - at }
  }
  if (isWordChar(char)) {
    let end = at + 1
    while (isWordChar(source[end] ?? '') || isDigit(source[end] ?? '')) end++
    return { kind: 'word', value: end - at }
  }
  const sign = signs.find((each) => source.startsWith(each, at))
  if (sign !== undefined) return { kind: 'sign', value: sign.length }
  return { kind: '+-*/%<>!=()[]{}.,:?|&~@'.includes(char) ? 'sign' : 'unknown', value: 1 }
}

// As the parser reads texts: a backslash takes the next character with it, raw ones too; three quotes end at three.
function endOfText(source: string, at: number): number {
  const quote = source[at] ?? ''
  const close = source.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote
  for (let end = at + close.length; end < source.length; end++) {
    if (source.startsWith(close, end)) return end + close.length
    if (source[end] === '\\') end++
  }
  return -1
}

function numberLength(source: string, at: number): number {
  const digits = (from: number, hex = false) => {
    let end = from
    while (isDigit(source[end] ?? '') || (hex && /^[a-fA-F]$/.test(source[end] ?? ''))) end++
    return end
  }
  if (/^0[xX]$/.test(source.slice(at, at + 2))) return digits(at + 2, true) - at
  let end = digits(at)
  if (source[end] === '.' && isDigit(source[end + 1] ?? '')) end = digits(end + 1)
  if (/^[eE][+-]?\d/.test(source.slice(end, end + 3))) end = digits(end + 2)
  return end - at
}

const isQuote = (char: string | undefined) => char === '"' || char === "'"
const isDigit = (char: string) => char >= '0' && char <= '9'
const isWordChar = (char: string) => (char >= 'a' && char <= 'z') || (char >= 'A' && char <= 'Z') || char === '_'
