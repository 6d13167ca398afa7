import type { Span } from './language.ts'

/** A stretch of a rewritten condition. */
export interface Piece {
  readonly text: string
  /** Where it comes from in what the user wrote; without length where it was put in between. */
  readonly span: Span
}

/** The text of pieces, a blank between them, and what of the source a stretch of it stands for. */
export function joinPieces(pieces: readonly Piece[]): {
  readonly text: string
  readonly spanOf: (start: number, end: number) => Span
} {
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
