import { oneLine } from './words.ts'

/** Rows of cells as text in columns, two blanks apart; the last column is not padded. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const clean = rows.map((row) => row.map(oneLine))
  const widths = clean.reduce<readonly number[]>(
    (most, row) => row.map((cell, at) => Math.max(most[at] ?? 0, [...cell].length)),
    [],
  )
  return clean.map((row) =>
    row
      .map((cell, at) => `${cell}${' '.repeat((widths[at] ?? 0) - [...cell].length)}`)
      .join('  ')
      .trimEnd(),
  )
}
