import type { Place } from './diagnostic.ts'

/** The text of one file with its line starts: turns offsets into places. */
export interface SourceText {
  readonly file: string
  readonly text: string
  /** The place of a stretch of the text; it ends with its line at the latest and is at least 1 long. */
  readonly place: (offset: number, length: number) => Place
}

/** Prepares a text for finding places. Lines end with LF or CRLF. */
export function sourceText(file: string, text: string): SourceText {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return {
    file,
    text,
    place: (offset, length) => {
      const bounded = Math.max(0, Math.min(offset, text.length))
      const index = lineIndex(starts, bounded)
      const start = starts[index] ?? 0
      const next = starts[index + 1]
      const line = text.slice(start, next === undefined ? text.length : next - 1).replace(/\r$/, '')
      // An offset on the line break itself points just past the line's last character.
      const column = Math.min(bounded - start, line.length)
      return {
        file,
        line: index + 1,
        column: column + 1,
        length: Math.max(1, Math.min(length, line.length - column)),
        text: line,
      }
    },
  }
}

/** The index of the last line that starts at or before an offset. */
function lineIndex(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return low
}

/**
 * Where each UTF-16 unit of a scalar's value stands in the file, found by walking value and source side by side: white
 * space is folded and indentation dropped by YAML, escapes stand for other characters, everything else is as written.
 * `start` and `end` bound the scalar's content in `text`, without quotes and block header.
 */
export function alignScalar(text: string, start: number, end: number, value: string, escapes: Escapes): Uint32Array {
  const offsets = new Uint32Array(value.length + 1)
  let at = start
  for (let index = 0; index < value.length; index++) {
    const char = value.charAt(index)
    if (!isSpace(char)) while (at < end && isSpace(text.charAt(at))) at++
    offsets[index] = Math.min(at, end)
    if (text.charAt(at) === '\\' && escapes === 'double') {
      const width = escapeWidth(text, at)
      if (text.charAt(at + 1) === '\n') {
        // A line continuation stands for nothing: look at this character again behind it.
        at += width
        index--
        if (at >= end) break
        continue
      }
      at += width
    } else if (text.charAt(at) === "'" && escapes === 'single') at += 2
    else if (isSpace(char) === isSpace(text.charAt(at))) at++
  }
  offsets[value.length] = Math.min(at, end)
  return offsets
}

/** Which escapes a scalar knows: `\x41` of double quotes, `''` of single ones. */
export type Escapes = 'none' | 'single' | 'double'

const isSpace = (char: string) => char === ' ' || char === '\n' || char === '\t' || char === '\r'

function escapeWidth(text: string, at: number): number {
  const next = text.charAt(at + 1)
  return next === 'x' ? 4 : next === 'u' ? 6 : next === 'U' ? 10 : 2
}
