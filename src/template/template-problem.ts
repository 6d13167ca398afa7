import { list } from '../shared/text.ts'
import type { LanguageProblem, Span } from './language.ts'
import { callHint } from './template-habits.ts'

/** Whether a piece of template parses. */
export type Parses = (text: string) => boolean

/**
 * What is wrong with a template that Handlebars cannot parse. Its parser names tokens of its grammar and a line; so the
 * mustaches are looked at one by one: the first that does not parse alone, or does not fit the blocks around it, is it.
 */
export function parseProblem(source: string, parses: Parses): LanguageProblem {
  const open: Mustache[] = []
  for (const mustache of mustaches(source)) {
    const { span, inner, sigil } = mustache
    if (!mustache.closed) return problem(`"${mustache.open}" is never closed`, span, `end it with "${close(mustache)}"`)
    if (inner.trim() === '' && sigil !== '^')
      return problem(`${mustache.text} is empty, but must name a variable`, span)
    if (sigil === '/') {
      const last = open.pop()
      if (!last) return problem(`${mustache.text} closes nothing`, span)
      if (last.name !== mustache.name) {
        return problem(
          `${mustache.text} closes "${mustache.name}", but the open block is ${last.text}`,
          span,
          `{{/${last.name}}}`,
        )
      }
    } else if (sigil === 'else') {
      if (open.length === 0) return problem(`${mustache.text} is not inside of a block`, span)
    } else {
      const alone = sigil === '#' || sigil === '^' ? `${mustache.text}{{/${mustache.name}}}` : mustache.text
      if (!parses(alone)) return malformed(mustache)
      if (sigil === '#' || sigil === '^') open.push(mustache)
    }
  }
  const last = open.at(-1)
  if (last) return problem(`${last.text} is never closed`, last.span, `{{/${last.name}}}`)
  return problem('the template cannot be parsed', { offset: 0, length: Math.min(1, source.length) })
}

/** A Jinja statement (`{% if ... %}`) in a text, which Handlebars would print as it is; null when there is none. */
export function jinjaStatement(text: string, offset: number): LanguageProblem | null {
  const found = /\{%-?\s*(if|for|elif|else|endif|endfor|set|include|macro|block)\b/.exec(text)
  if (!found) return null
  const blocks: Readonly<Record<string, string>> = {
    if: '{{#if x}}',
    elif: '{{else if x}}',
    else: '{{else}}',
    endif: '{{/if}}',
    for: '{{#each list}}',
    endfor: '{{/each}}',
  }
  const better = blocks[found[1] ?? ''] ?? `there is no "${found[1]}" in Handlebars`
  return problem(
    `"${found[0]}" is a statement of Jinja, but templates are written in Handlebars`,
    { offset: offset + found.index, length: found[0].length },
    `${better}; if the text is meant for Jinja, put it between {{{{raw}}}} and {{{{/raw}}}}`,
  )
}

interface Mustache {
  readonly span: Span
  readonly text: string
  /** `{{`, `{{{`, `{{{{`. */
  readonly open: string
  readonly closed: boolean
  readonly sigil: '' | '#' | '/' | '^' | 'else' | 'other'
  /** Without braces and sigil. */
  readonly inner: string
  /** The first word. */
  readonly name: string
}

function malformed({ text, span, inner, sigil }: Mustache): LanguageProblem {
  const body = sigil === '#' || sigil === '^' ? inner.trim().replace(/^\S+\s*/, '') : inner
  const word = sigil === '#' ? (inner.trim().split(/\s/)[0] ?? '') : ''
  const hint = callHint(body)
  const simple = hint !== undefined && /^[^\s()]+$/.test(hint)
  const better = hint && (word === '' ? `{{${hint}}}` : `{{#${word} ${simple ? hint : `(${hint})`}}}`)
  const filters = [...body.matchAll(/\|\s*(\w+)/g)].map((match) => match[1] ?? '')
  const why =
    filters.length > 0
      ? `${text} pipes a value through ${list(filters.map((each) => `"${each}"`))}, but helpers come first in Handlebars: {{helper value}}`
      : `${text} is no Handlebars expression, but must be {{name}}, {{a.b}} or {{helper value}}`
  return problem(why, span, better && `the Handlebars way is ${better}`)
}

function problem(message: string, span: Span, hint?: string): LanguageProblem {
  return { message, span, ...(hint !== undefined && hint !== '' && { hint }) }
}

function close({ open }: Mustache): string {
  return '}'.repeat(open.length)
}

function* mustaches(source: string): Generator<Mustache> {
  let at = 0
  for (;;) {
    const start = source.indexOf('{{', at)
    if (start < 0) return
    const open = /^\{{2,4}/.exec(source.slice(start, start + 4))?.[0] ?? '{{'
    // A backslash makes it text, two make a backslash.
    if (source[start - 1] === '\\' && source[start - 2] !== '\\') {
      at = start + open.length
      continue
    }
    const comment = source.startsWith('{{!--', start) || source.startsWith('{{~!--', start)
    const end = endOf(source, start, open, comment)
    const closed = end !== undefined
    const stop = end ?? source.length
    at = stop
    if (open === '{{{{' && closed) {
      const name = source.slice(start + 4, stop - 4).trim()
      const over = source.indexOf(`{{{{/${name}}}}}`, stop)
      at = over < 0 ? source.length : over + name.length + 9
      if (over < 0) yield { ...shape(source, start, stop, open), closed: false }
      continue
    }
    if (comment || /^\{\{~?!/.test(source.slice(start, start + 4))) {
      if (!closed) yield { ...shape(source, start, stop, open), closed }
      continue
    }
    yield { ...shape(source, start, stop, open), closed }
  }
}

function endOf(source: string, start: number, open: string, comment: boolean): number | undefined {
  const close = comment ? '--' : '}'.repeat(open.length)
  if (comment) {
    const end = /--~?\}\}/g
    end.lastIndex = start
    return end.exec(source) ? end.lastIndex : undefined
  }
  let quote = ''
  for (let at = start + open.length; at < source.length; at++) {
    const char = source[at] ?? ''
    if (quote !== '') quote = char === quote ? '' : quote
    else if (source.startsWith(close, at)) return at + close.length
    else if (source.startsWith('{{', at)) return undefined
    else if (char === '"' || char === "'") quote = char
  }
  // A quote that is never closed must not swallow the rest of the template.
  const end = source.indexOf(close, start + open.length)
  return end < 0 ? undefined : end + close.length
}

function shape(source: string, start: number, stop: number, open: string): Omit<Mustache, 'closed'> {
  const text = source.slice(start, stop)
  const line = text.split('\n')[0] ?? text
  const bare = text.replace(/^\{+~?/, '').replace(/~?\}+$/, '')
  const first = bare.trimStart()[0] ?? ''
  const sigil =
    /^\s*else\b/.test(bare) || bare.trim() === '^'
      ? 'else'
      : first === '#' || first === '/' || first === '^'
        ? first
        : /[>*!&]/.test(first)
          ? 'other'
          : ''
  const inner = sigil === '' || sigil === 'else' ? bare : bare.trimStart().slice(1)
  const name = inner.trim().split(/\s/)[0] ?? ''
  return { span: { offset: start, length: Math.max(1, line.length) }, text: line, open, sigil, inner, name }
}
