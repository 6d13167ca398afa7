import { listedPlays } from '../playbook/describe.ts'
import { selectedByTags, type TagChoice } from '../playbook/tags.ts'
import type { Playbook } from '../playbook/types.ts'
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
export function listTasks(playbook: Playbook, tags: TagChoice): string {
  const plays = listedPlays(playbook).map(({ play, tags: playTags, tasks }, index) =>
    [
      `  play #${index + 1} (${play.hosts.source}): ${play.name}${tagText(playTags)}`,
      ...tasks
        .filter((task) => selectedByTags(task.tags, tags))
        .map((task) => `      ${task.name}${tagText(task.tags)}`),
    ].join('\n'),
  )
  return [`playbook: ${playbook.file}`, ...plays].join('\n\n')
}

/** `--list-tags`: every tag of every play. */
export function listTags(playbook: Playbook): string {
  const plays = listedPlays(playbook).map(({ play, tags, tasks }, index) => {
    const all = new Set([...tags, ...tasks.flatMap((task) => task.tags)])
    return `  play #${index + 1} (${play.hosts.source}): ${play.name}\n      ${[...all].sort().join(', ') || '(none)'}`
  })
  return [`playbook: ${playbook.file}`, ...plays].join('\n\n')
}

function tagText(tags: readonly string[]): string {
  return tags.length === 0 ? '' : `  TAGS: [${tags.join(', ')}]`
}
