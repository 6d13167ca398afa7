import { err, type Result } from '../shared/result.ts'
import type { ReadFailure, SourceReader } from '../source/reader.ts'
import { type PatternProblem, selectHosts, splitPattern } from './patterns.ts'
import type { Inventory } from './types.ts'

/**
 * The hosts that `--limit` lets through. `@file` stands for the patterns in a file, one per line. A limit that is empty or
 * lets nobody through is an error: it must never mean "no limit".
 */
export function limitHosts(
  inventory: Inventory,
  limit: string,
  reader: SourceReader,
): Result<readonly string[], PatternProblem> {
  const items: string[] = []
  for (const item of splitPattern(limit)) {
    if (!item.startsWith('@')) {
      items.push(item)
      continue
    }
    const text = reader.read(item.slice(1))
    if (!text.ok) return err(limitFileProblem(item.slice(1), text.error))
    const lines = text.value.split(/\r?\n/).map((line) => line.trim())
    const patterns = lines.filter((line) => line !== '' && !line.startsWith('#'))
    if (patterns.length === 0) {
      return err({ message: `the limit file "${item.slice(1)}" is empty, but must name hosts, one pattern per line` })
    }
    items.push(...patterns.flatMap(splitPattern))
  }
  if (items.length === 0) {
    return err({
      message: 'the limit is empty, but must name hosts or groups',
      hint: 'leave --limit out to address every host',
    })
  }
  const selected = selectHosts(inventory, items.join(','))
  if (!selected.ok || selected.value.length > 0) return selected
  return err({ message: `the limit "${limit}" leaves no host to work on`, hint: 'see who there is with --list-hosts' })
}

function limitFileProblem(path: string, failure: ReadFailure): PatternProblem {
  return { message: `the limit file "${path}" ${failure.message}` }
}
