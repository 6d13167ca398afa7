/** The lab cannot start as asked: a sentence for the user, and a next move. Not a bug. */
export class LabError extends Error {
  readonly hint: string | null

  constructor(message: string, hint: string | null = null, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.name = 'LabError'
    this.hint = hint
  }
}
