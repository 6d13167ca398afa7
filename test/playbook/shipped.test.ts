import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loadInventory } from '../../src/inventory/load.ts'
import { modules } from '../../src/modules/index.ts'
import { loadPlaybook } from '../../src/playbook/load.ts'
import { formatDiagnostics } from '../../src/source/print.ts'
import { diskReader } from '../../src/source/reader.ts'

const reader = diskReader(process.cwd())
const inventory = loadInventory(reader, ['inventory/lab.yaml'], { playbookDir: 'playbooks' })

test.each(readdirSync('playbooks').filter((name) => name.endsWith('.yaml')))('playbooks/%s has no mistakes', (name) => {
  if (!inventory.ok) throw new Error(formatDiagnostics(inventory.error, { color: false }))
  const loaded = loadPlaybook(`playbooks/${name}`, {
    reader,
    modules,
    inventory: inventory.value,
    extraVars: {},
    searchPaths: { templates: ['templates'], files: ['files'] },
  })
  expect(loaded.ok ? '' : formatDiagnostics(loaded.error, { color: false })).toBe('')
})
