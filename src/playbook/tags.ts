import { didYouMean } from '../shared/text.ts'
import type { Diagnostic } from '../source/diagnostic.ts'
import type { Playbook, TaskNode } from './types.ts'

/** Which tags were asked for with `--tags` and `--skip-tags`; empty lists when not given. */
export interface TagChoice {
  readonly only: readonly string[]
  readonly skip: readonly string[]
}

/** Words that select by having tags at all, and tags with a meaning of their own. */
const special: readonly string[] = ['all', 'tagged', 'untagged', 'always', 'never']

/**
 * Whether a task with these tags (its own with those of its blocks and play) runs. As in Ansible: `always` runs unless it
 * is skipped by name, `never` only when another of its tags, or `never`, is asked for; skipping wins over choosing.
 */
export function selectedByTags(tags: readonly string[], { only, skip }: TagChoice): boolean {
  const own = new Set(tags)
  const tagged = own.size > 0
  const asked = only.length === 0 ? ['all'] : only
  const chosen =
    own.has('always') ||
    asked.some((tag) => own.has(tag)) ||
    (!own.has('never') &&
      (asked.includes('all') || (asked.includes('tagged') && tagged) || (asked.includes('untagged') && !tagged)))
  if (!chosen) return false
  if (skip.length === 0) return true
  if (skip.includes('all')) return own.has('always') && !skip.includes('always')
  if (skip.includes('tagged') && tagged) return false
  if (skip.includes('untagged') && !tagged) return false
  return !skip.some((tag) => own.has(tag))
}

/** Every tag in a playbook, sorted. */
export function playbookTags(playbook: Playbook): readonly string[] {
  const tags = new Set<string>()
  const visit = (node: TaskNode): void => {
    for (const tag of node.tags) tags.add(tag)
    if (node.kind === 'block') for (const inner of [...node.tasks, ...node.rescue, ...node.always]) visit(inner)
  }
  for (const play of playbook.plays) {
    for (const tag of play.tags) tags.add(tag)
    for (const node of [...play.preTasks, ...play.tasks, ...play.postTasks, ...play.handlers]) visit(node)
  }
  return [...tags].sort()
}

/** Tags that were asked for and that no task has: what a typing mistake looks like. */
export function unknownTags(playbook: Playbook, wanted: readonly string[]): readonly Diagnostic[] {
  const known = playbookTags(playbook)
  return wanted
    .filter((tag) => !known.includes(tag) && !special.includes(tag))
    .map((tag) => {
      const hint = didYouMean(tag, [...known, ...special]) ?? 'see which tags there are with --list-tags'
      return { severity: 'error', message: `the tag "${tag}" is on no task of ${playbook.file}`, place: null, hint }
    })
}
