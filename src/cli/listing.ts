import { selectedByTags } from '../playbook/tags.ts'
import type { Playbook, Task, TaskNode } from '../playbook/types.ts'
import type { Targets } from '../run/targets.ts'
import { count } from '../shared/text.ts'

/** `--list-hosts`: whom each play addresses. */
export function listHosts(playbook: Playbook, targets: Targets): string {
  const plays = playbook.plays.map((play, index) => {
    const hosts = targets.get(play) ?? []
    return [
      `  play #${index + 1} (${play.hosts.source}): ${play.name}`,
      `    ${count(hosts.length, 'host')}:`,
      ...hosts.map((host) => `      ${host}`),
    ].join('\n')
  })
  return [`playbook: ${playbook.file}`, ...plays].join('\n\n')
}

/** `--list-tasks`: what would run with these tags, block by block, with each task's tags. */
export function listTasks(
  playbook: Playbook,
  tags: { readonly only: readonly string[]; readonly skip: readonly string[] },
): string {
  const plays = playbook.plays.map((play, index) => {
    const sections = [play.preTasks, play.tasks, play.postTasks].flatMap((nodes) => withTags(nodes, play.tags))
    const shown = sections.filter((each) => selectedByTags(each.tags, tags))
    return [
      `  play #${index + 1} (${play.hosts.source}): ${play.name}${tagText(play.tags)}`,
      ...shown.map(({ task, tags: own }) => `      ${task.name ?? task.module.name}${tagText(own)}`),
    ].join('\n')
  })
  return [`playbook: ${playbook.file}`, ...plays].join('\n\n')
}

/** `--list-tags`: every tag of every play. */
export function listTags(playbook: Playbook): string {
  const plays = playbook.plays.map((play, index) => {
    const tags = new Set([
      ...play.tags,
      ...[play.preTasks, play.tasks, play.postTasks]
        .flatMap((nodes) => withTags(nodes, []))
        .flatMap((each) => each.tags),
    ])
    return `  play #${index + 1} (${play.hosts.source}): ${play.name}\n      ${[...tags].sort().join(', ') || '(none)'}`
  })
  return [`playbook: ${playbook.file}`, ...plays].join('\n\n')
}

function tagText(tags: readonly string[]): string {
  return tags.length === 0 ? '' : `  TAGS: [${[...new Set(tags)].sort().join(', ')}]`
}

function withTags(
  nodes: readonly TaskNode[],
  outer: readonly string[],
): readonly { readonly task: Task; readonly tags: readonly string[] }[] {
  return nodes.flatMap((node) => {
    const tags = [...outer, ...node.tags]
    return node.kind === 'task'
      ? [{ task: node, tags }]
      : [...withTags(node.tasks, tags), ...withTags(node.rescue, tags), ...withTags(node.always, tags)]
  })
}
