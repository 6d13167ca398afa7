import type { Token } from './condition-tokens.ts'
import type { LanguageProblem, Span } from './language.ts'

/** What the parser's refusal means, in the user's words: `span` is where it gave up. */
export function syntaxProblem(code: string, span: Span, tokens: readonly Token[]): LanguageProblem {
  const at = tokens.findIndex((token) => token.kind === 'end' || token.span.offset + token.span.length > span.offset)
  const token = tokens[at]
  const before = tokens[at - 1]
  switch (code) {
    case 'limit_exceeded':
      return {
        message: 'the condition is too long or nested too deeply',
        span,
        hint: 'split it into a list of conditions',
      }
    case 'newline_in_string':
      return { message: 'a text goes over the end of its line', span, hint: 'write \\n for a line break' }
    case 'reserved_identifier':
      return {
        message: `"${token?.text}" is a word of CEL, but must be another name`,
        span,
        hint: 'rename the variable',
      }
    case 'invalid_macro_argument':
      return { message: 'a macro must be given a name first', span, hint: 'x.exists(each, each == 1)' }
  }
  if (code.startsWith('invalid_') || code.includes('escape')) return literalProblem(span, token)
  if (!token || token.kind === 'end') {
    const after = before ? ` after ${quoted(before)}` : ''
    const last = before?.span ?? span
    // Brackets are balanced already, so what else can be expected is the second half of a choice.
    if (code === 'expected_token') {
      return {
        message: `the condition ends${after}, but "?" needs a ":" as well`,
        span: last,
        hint: 'condition ? value : otherwise',
      }
    }
    return { message: `the condition ends${after}, where a value is missing`, span: last }
  }
  if (token.kind === 'sign' || ['and', 'or', 'in', 'not', 'is'].includes(token.text)) {
    const where = before ? `${quoted(token)} follows ${quoted(before)}` : `the condition begins with ${quoted(token)}`
    return { message: `${where}, but a value must be there`, span: token.span }
  }
  return { message: `${quoted(token)} does not belong here`, span: token.span }
}

function quoted({ kind, text }: Token): string {
  return kind === 'text' ? text : `"${text}"`
}

function literalProblem(span: Span, token: Token | undefined): LanguageProblem {
  if (token?.kind === 'number') return { message: `${token.text} is no number that conditions know`, span: token.span }
  return {
    message: 'a backslash in a text must be followed by one of \\ " \' n r t x u',
    span: span.length > 0 || !token ? span : token.span,
    hint: 'double the backslash, or put r before the text',
  }
}
