import { normalize } from 'node:path'
import { err, ok } from '../../src/shared/result.ts'
import type { SourceReader } from '../../src/source/reader.ts'

/** A reader over a table of files, by path. */
export function memoryReader(files: Readonly<Record<string, string>>): SourceReader {
  const table = new Map(Object.entries(files).map(([path, text]) => [normalize(path), text]))
  const under = (dir: string) => (normalize(dir) === '.' ? '' : `${normalize(dir).replace(/\/$/, '')}/`)
  const isDirectory = (path: string) => [...table.keys()].some((each) => each.startsWith(under(path)))
  const read: SourceReader['read'] = (path) => {
    const text = table.get(normalize(path))
    if (text !== undefined) return ok(text)
    return isDirectory(path)
      ? err({ missing: false, message: 'is a folder, but must be a file' })
      : err({ missing: true, message: 'does not exist' })
  }
  return {
    read,
    readBytes: (path) => {
      const text = read(path)
      return text.ok ? ok(new TextEncoder().encode(text.value)) : text
    },
    isDirectory,
    list: (dir) =>
      [
        ...new Set(
          [...table.keys()]
            .filter((each) => each.startsWith(under(dir)))
            .map((each) => each.slice(under(dir).length).split('/')[0] ?? ''),
        ),
      ].sort(),
  }
}
