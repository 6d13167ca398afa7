import type { Play, Playbook, TaskNode } from './types.ts'

/** A play with its tasks, for `--list-tasks` and `--list-tags`. */
export interface ListedPlay {
  readonly play: Play
  readonly tags: readonly string[]
  readonly tasks: readonly ListedTask[]
}

/** A task with the tags it runs under, sorted: its own, its blocks' and its play's. */
export interface ListedTask {
  readonly name: string
  readonly module: string
  readonly tags: readonly string[]
}

/** Every task of a playbook in the order of a run, blocks opened; handlers are not tasks. */
export function listedPlays(playbook: Playbook): readonly ListedPlay[] {
  return playbook.plays.map((play) => ({
    play,
    tags: [...play.tags].sort(),
    tasks: [...play.preTasks, ...play.tasks, ...play.postTasks].flatMap((node) => flatten(node, play.tags)),
  }))
}

function flatten(node: TaskNode, outer: readonly string[]): readonly ListedTask[] {
  const tags = [...new Set([...outer, ...node.tags])].sort()
  if (node.kind === 'task') return [{ name: node.name ?? node.module.name, module: node.module.name, tags }]
  return [...node.tasks, ...node.rescue, ...node.always].flatMap((inner) => flatten(inner, tags))
}
