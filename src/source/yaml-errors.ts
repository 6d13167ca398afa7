import type { Diagnostic } from './diagnostic.ts'
import type { SourceText } from './text-map.ts'

/** What the YAML parser reports: a code of its documented list, where, and its own words. */
interface ParserError {
  readonly code: string
  readonly pos: readonly [number, number]
  readonly message: string
}

/**
 * Turns what the parser found into sentences with a next move. One mistake often gives several reports: only the first
 * of a line is kept, and of those that follow it none that the first one explains.
 */
export function explainYamlError(source: SourceText, errors: readonly ParserError[]): readonly Diagnostic[] {
  const braces = unquotedBraces(source)
  if (braces && errors.length > 0) return [braces]
  const found: Diagnostic[] = []
  const lines = new Set<number>()
  for (const each of errors) {
    const place = source.place(onText(source, each.pos[0]), Math.max(1, each.pos[1] - each.pos[0]))
    if (lines.has(place.line)) continue
    lines.add(place.line)
    const sentence = explain(each, place.text)
    found.push({ severity: 'error', place, ...sentence })
    // After these the parser is out of step with the text, and the rest is noise.
    if (desynchronising.has(each.code)) break
  }
  if (found.length > 0 || !braces) return found
  return [braces]
}

/** Moves an offset from blanks to the text that is meant: behind the last word of the file, or past the indentation. */
function onText(source: SourceText, offset: number): number {
  const end = source.text.trimEnd().length
  if (offset >= end) return Math.max(0, end - 1)
  const start = source.text.lastIndexOf('\n', offset - 1) + 1
  const blank = /^ *(?=\S)/.exec(source.text.slice(start))?.[0].length ?? 0
  return Math.max(offset, start + blank)
}

const desynchronising = new Set(['MISSING_CHAR', 'UNEXPECTED_TOKEN', 'BAD_INDENT', 'RESOURCE_EXHAUSTION', 'IMPOSSIBLE'])

/** `key: {{name}}` is a mapping in YAML, whatever was meant. */
function unquotedBraces(source: SourceText): Diagnostic | undefined {
  const match = /^(?:[ ]*- +|[ ]*)(?:[\w.-]+:[ ]+|- +)(\{\{[^\n]*)/m.exec(source.text)
  if (!match?.[1]) return undefined
  const value = match[1].trimEnd()
  const offset = match.index + match[0].length - match[1].length
  return {
    severity: 'error',
    message: 'a value that begins with "{{" is a mapping in YAML, but must be text here',
    place: source.place(offset, value.length),
    hint: `quote the whole value: "${value}"`,
  }
}

const badIndent = {
  message: 'the indentation does not fit the lines above',
  hint: 'keys of one mapping, and items of one list, start in the same column',
}

function explain(error: ParserError, line: string): { message: string; hint?: string } {
  const open = /flow (sequence|map)\b.*(\]|\})/i.exec(error.message)
  if (open) {
    return {
      message: `a ${open[1] === 'map' ? 'mapping' : 'list'} is not closed, but must end with "${open[2]}"`,
      hint: 'what stands between the brackets must be indented further than its key',
    }
  }
  if (/without - indicator/.test(error.message)) return badIndent
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return { message: 'a line is indented with a tab, but must be indented with spaces' }
    case 'BAD_INDENT':
      return badIndent
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MULTILINE_IMPLICIT_KEY':
      return /:\s.*:(?:\s|$)/.test(line)
        ? {
            message: 'a value contains ": ", which begins a mapping in YAML',
            hint: 'quote the whole value, or put what follows on lines of its own',
          }
        : { message: 'a key goes over several lines, but must be on one', hint: 'is a ":" missing?' }
    case 'MISSING_CHAR':
      return /quote/.test(error.message)
        ? { message: 'a quoted text is not closed, but must end with the quote it begins with' }
        : { message: sentence(error.message) }
    case 'BAD_SCALAR_START':
      return {
        message: `${sentence(error.message)}`,
        hint: 'quote the whole value',
      }
    case 'BAD_DQ_ESCAPE':
      return {
        message: `${sentence(error.message)} in double quotes`,
        hint: 'use single quotes, in which a backslash is a plain character',
      }
    case 'UNEXPECTED_TOKEN':
      return /:\s+["']/.test(line) || /^\s*-\s+["']/.test(line)
        ? {
            message: 'text follows the closing quote of a value',
            hint: 'quote the whole value, not only its beginning',
          }
        : { message: 'this does not fit the lines above', hint: 'check the indentation, and "- " before list items' }
    case 'TAG_RESOLVE_FAILED':
      return {
        message: `the tag ${/:\s*(\S+)/.exec(error.message)?.[1] ?? 'here'} is not known`,
        hint: 'only the tags of the YAML core schema are, such as !!str; write the value without a tag',
      }
    case 'RESOURCE_EXHAUSTION':
      return { message: 'lists and mappings are nested too deeply here, but at most 60 levels are allowed' }
    default:
      return { message: sentence(error.message) }
  }
}

/** The parser's words as part of ours: first letter small, no full stop. */
function sentence(message: string): string {
  return `${message.charAt(0).toLowerCase()}${message.slice(1)}`.replace(/\.$/, '')
}
