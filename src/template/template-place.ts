import type { Span } from './language.ts'

/** The span of a node's place: lines from 1, columns from 0; white space at its ends is left out. Always inside of the text. */
export function spanOf(source: string, loc: hbs.AST.SourceLocation): Span {
  const end = offsetOf(source, loc.end)
  let from = Math.min(offsetOf(source, loc.start), end)
  let to = end
  while (from < to && isSpace(source[from])) from++
  while (to > from && isSpace(source[to - 1])) to--
  return { offset: from, length: to - from }
}

function offsetOf(source: string, { line, column }: hbs.AST.Position): number {
  // The lexer of Handlebars ends a line at \n, \r\n and a lone \r.
  const ends = /\r\n?|\n/g
  for (let at = 1; at < line && ends.exec(source); at++);
  return Math.min(ends.lastIndex + column, source.length)
}

function isSpace(char: string | undefined): boolean {
  return char !== undefined && /\s/.test(char)
}
