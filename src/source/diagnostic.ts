/** A place in a user's file. */
export interface Place {
  /** As the user named it, else relative to the working directory. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 units. */
  readonly column: number
  /** How far the squiggle goes; at least 1, within the line. */
  readonly length: number
  /** The whole line, for printing. */
  readonly text: string
}

/** Something wrong in the user's text: *subject is X, but must be Y*, its place and a next move. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning'
  readonly message: string
  /** Null when there is no text to point at (a flag, a missing file). */
  readonly place: Place | null
  readonly hint?: string
}

/** `playbooks/a.yaml:3:5` */
export function formatPlace(place: Place): string {
  return `${place.file}:${place.line}:${place.column}`
}
