import { describe, expect, test } from 'vitest'
import { listedPlays } from '../../src/playbook/describe.ts'
import { loadPlaybook } from '../../src/playbook/load.ts'
import { playbookTags, selectedByTags, unknownTags } from '../../src/playbook/tags.ts'
import type { Playbook } from '../../src/playbook/types.ts'
import { fakeModules } from '../support/fake-modules.ts'
import { memoryReader } from '../support/memory-reader.ts'
import { showDiagnostics } from '../support/show-diagnostics.ts'

/** For each choice: which of the tasks `none`, `a`, `a,b`, `always`, `never`, `never,a` run. */
describe('--tags and --skip-tags', () => {
  const tasks: readonly (readonly string[])[] = [[], ['a'], ['a', 'b'], ['always'], ['never'], ['never', 'a']]
  test.each([
    ['', '', 'run run run run - -'],
    ['all', '', 'run run run run - -'],
    ['a', '', '- run run run - run'],
    ['b', '', '- - run run - -'],
    ['never', '', '- - - run run run'],
    ['tagged', '', '- run run run - -'],
    ['untagged', '', 'run - - run - -'],
    ['a,untagged', '', 'run run run run - run'],
    ['', 'a', 'run - - run - -'],
    ['a', 'b', '- run - run - run'],
    ['', 'always', 'run run run - - -'],
    ['', 'tagged', 'run - - - - -'],
    ['', 'untagged', '- run run run - -'],
    ['', 'all', '- - - run - -'],
    ['always', '', '- - - run - -'],
  ])('only %j, skipping %j: %s', (only, skip, expected) => {
    const choice = { only: only.split(',').filter(Boolean), skip: skip.split(',').filter(Boolean) }
    expect(tasks.map((tags) => (selectedByTags(tags, choice) ? 'run' : '-')).join(' ')).toBe(expected)
  })
})

describe('a playbook with tags', () => {
  const text = `
- hosts: all
  tags: play
  pre_tasks:
    - command: first
  tasks:
    - name: Inside
      block:
        - name: Deep
          command: x
          tags: [deep, always]
      always:
        - debug: {msg: end}
      tags: outer
  handlers:
    - name: h
      command: y
      tags: handler
`
  const loaded = loadPlaybook('p.yaml', {
    reader: memoryReader({ 'p.yaml': text }),
    modules: fakeModules,
    inventory: null,
    extraVars: {},
    searchPaths: { templates: [], files: [] },
  })
  if (!loaded.ok) throw new Error('playbook')
  const playbook: Playbook = loaded.value

  test('lists them all', () => {
    expect(playbookTags(playbook)).toEqual(['always', 'deep', 'handler', 'outer', 'play'])
  })

  test('lists its tasks with the tags they inherit', () => {
    expect(listedPlays(playbook).map(({ tags, tasks }) => ({ tags, tasks }))).toEqual([
      {
        tags: ['play'],
        tasks: [
          { name: 'command', module: 'command', tags: ['play'] },
          { name: 'Deep', module: 'command', tags: ['always', 'deep', 'outer', 'play'] },
          { name: 'debug', module: 'debug', tags: ['outer', 'play'] },
        ],
      },
    ])
  })

  test('names tags that no task has', () => {
    expect(showDiagnostics(unknownTags(playbook, ['deep', 'untagged', 'oter', 'zzz']))).toEqual([
      'the tag "oter" is on no task of p.yaml (did you mean "outer"?)',
      'the tag "zzz" is on no task of p.yaml (see which tags there are with --list-tags)',
    ])
  })
})
