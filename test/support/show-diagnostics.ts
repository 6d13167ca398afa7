import type { Diagnostic } from '../../src/source/diagnostic.ts'
import { sortDiagnostics } from '../../src/source/print.ts'

/** Diagnostics on a line each: `3:5 message (hint)`, with `<word>` for what the place underlines, sorted. */
export function showDiagnostics(list: readonly Diagnostic[]): readonly string[] {
  return sortDiagnostics(list).map(({ place, message, hint }) => {
    const where = place ? `${place.line} <${place.text.slice(place.column - 1, place.column - 1 + place.length)}> ` : ''
    return `${where}${message}${hint === undefined ? '' : ` (${hint})`}`
  })
}

/** Places that do not lie within their line; there must never be one. */
export function badPlaces(list: readonly Diagnostic[]): readonly Diagnostic[] {
  return list.filter(({ place }) => {
    if (!place) return false
    const { line, column, length, text } = place
    return (
      line < 1 ||
      column < 1 ||
      length < 1 ||
      column > text.length + 1 ||
      column - 1 + length > Math.max(text.length, column)
    )
  })
}
