import type { Section } from './marks.ts'

/** What the mark at the end of a call says: `0`, `124 T`, `1 C`, `-`, `1 R<reason in base64>`. */
export interface Note {
  /** Exit status; null for a step that was not run. */
  readonly status: number | null
  readonly timedOut: boolean
  /** The folder to run in could not be entered, and nothing was run. */
  readonly noFolder: boolean
  /** The reason in so many words; machines know it, shells leave it in stderr. */
  readonly reason: string | null
}

/** Reads the note of a call's last section. */
export function parseNote(section: Section | undefined): Note {
  const [status = '', word = ''] = (section?.note ?? '').split(' ')
  return {
    status: /^\d+$/.test(status) ? Number(status) : null,
    timedOut: word === 'T',
    noFolder: word === 'C',
    reason: word.startsWith('R') ? Buffer.from(word.slice(1), 'base64').toString('utf8') : null,
  }
}

/** Writes a note with an explicit reason. */
export const noteOf = (status: number, reason: string | null): string =>
  reason === null ? String(status) : `${status} R${Buffer.from(reason, 'utf8').toString('base64')}`
