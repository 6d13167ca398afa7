import { expect, test } from 'vitest'
import { modules } from '../../src/modules/index.ts'
import { loadPlaybook } from '../../src/playbook/load.ts'
import { ok } from '../../src/shared/result.ts'
import { formatDiagnostics } from '../../src/source/print.ts'
import { memoryReader } from '../support/memory-reader.ts'

const examples = [...modules.values()].flatMap((module) =>
  module.examples.map(({ title, yaml }): [string, string, string] => [module.name, title, yaml]),
)

test.each(examples)('the example of %s "%s" is a task without mistakes', (_, __, yaml) => {
  const lines = yaml.trimEnd().split('\n')
  const list = lines[0]?.startsWith('- ')
    ? lines
    : lines.map((line, index) => (index === 0 ? `- ${line}` : `  ${line}`))
  const text = `- hosts: all\n  handlers: []\n  tasks:\n${list.map((line) => `    ${line}`).join('\n')}\n`
  const reader = memoryReader({ 'p.yaml': text })
  const loaded = loadPlaybook('p.yaml', {
    // Whatever file or template an example names is there.
    reader: {
      ...reader,
      readBytes: () => ok(new Uint8Array()),
      read: (path) => (path === 'p.yaml' ? ok(text) : ok('')),
    },
    modules,
    inventory: null,
    extraVars: {},
    searchPaths: { templates: [], files: [] },
  })
  expect(loaded.ok ? '' : formatDiagnostics(loaded.error, { color: false })).toBe('')
})
