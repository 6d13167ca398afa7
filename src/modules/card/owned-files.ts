import type { Delta, Plan } from '../../module/plan.ts'
import { blocked } from '../../module/plan.ts'
import { type FileRead, file } from '../../module/read.ts'
import type { FileReading, Readings } from '../../module/reading.ts'
import { remove, type Step, write } from '../../module/step.ts'
import { list } from '../../shared/text.ts'
import { keptDirectory } from './knowledge.ts'

/** A file of the host that this program writes as a whole. */
export interface OwnedFile {
  readonly path: string
  readonly found: FileReading
  /** What it replaced, kept until it is put back. */
  readonly original: FileReading
}

/** What has to be done to a set of files. */
export interface FileChanges {
  readonly deltas: readonly Delta[]
  readonly steps: readonly Step[]
}

const backupOf = (path: string): string => `${keptDirectory}/backup${path}`

/** What to look at for {@link ownedFile}. */
export const ownedReads = (path: string): readonly FileRead[] => [file(path), file(backupOf(path))]

/** A file and what it replaced, from {@link ownedReads}. */
export const ownedFile = (path: string, seen: Readings): OwnedFile => ({
  path,
  found: seen.file(path),
  original: seen.file(backupOf(path)),
})

/** The refusal for things that are no readable files, or null. */
export function oddFiles(files: readonly OwnedFile[]): Plan | null {
  const odd = files.filter(
    ({ found }) => found.state === 'error' || (found.state === 'present' && found.type !== 'file'),
  )
  if (odd.length === 0) return null
  return blocked(
    `${list(odd.map(({ path }) => path))} cannot be read as a file`,
    'look at it on the host; become: true may be missing',
  )
}

/** Makes files hold these texts; somebody else's file is kept before it is replaced. */
export function writeFiles(wanted: readonly (readonly [OwnedFile, string])[]): FileChanges {
  const changed = wanted.filter(([each, text]) => ownedText(each) !== text)
  return {
    deltas: changed.map(([each, text]) => ({ what: each.path, before: ownedText(each), after: text, text: true })),
    steps: changed.map(([each, text]) => {
      const before = ownedText(each)
      const foreign = before !== null && !isOwned(before)
      return write(each.path, text, { mode: '0644', ...(foreign && { backup: backupOf(each.path) }) })
    }),
  }
}

/** Removes our files and puts back what they replaced; a file that is somebody else's stays. */
export function takeBackFiles(files: readonly OwnedFile[]): FileChanges {
  const deltas: Delta[] = []
  const steps: Step[] = []
  for (const each of files) {
    const before = ownedText(each)
    const { path, original } = each
    if (before !== null && !isOwned(before)) {
      // It was put back already, but the run broke off before what was kept of it was taken away.
      if (original.state !== 'present' || before !== Buffer.from(original.bytes).toString('utf8')) continue
      deltas.push({ what: backupOf(path), before: 'kept', after: null })
      steps.push(remove(backupOf(path)))
    } else if (original.state === 'present') {
      deltas.push({ what: path, before, after: Buffer.from(original.bytes).toString('utf8'), text: true })
      // Not a rename: /var is often another file system than /etc.
      const { mode, owner, group } = original
      steps.push(write(path, original.bytes, { mode, owner, group }), remove(backupOf(path)))
    } else if (before !== null) {
      deltas.push({ what: path, before, after: null, text: true })
      steps.push(remove(path))
    }
  }
  return { deltas, steps }
}

/** The text of the file as it is; null when there is none. */
export function ownedText({ found }: OwnedFile): string | null {
  return found.state === 'present' && found.type === 'file' ? Buffer.from(found.bytes).toString('utf8') : null
}

// The first line, or the second of a script.
function isOwned(text: string): boolean {
  return /^(?:#!.*\n)?# Managed by vflag-play\n/.test(text)
}
