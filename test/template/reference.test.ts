import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compileCondition } from '../../src/template/expression.ts'
import { exampleVars, functionTable, helperTable } from '../../src/template/reference.ts'
import { compileTemplate } from '../../src/template/render.ts'

const page = readFileSync(new URL('../../docs/languages.md', import.meta.url), 'utf8')

describe('docs/languages.md', () => {
  it('has the tables of helpers and functions as they are', () => {
    expect(page).toContain(`${helperTable()}\n`)
    expect(page).toContain(`${functionTable()}\n`)
  })

  const conditions = /```cel\n([^`]+)```/.exec(page)?.[1]?.trim().split('\n') ?? []

  it('has examples of conditions', () => {
    expect(conditions.length).toBeGreaterThan(5)
  })

  it.each(conditions)('rightly says that %s holds', (text) => {
    const condition = compileCondition(text)
    expect(condition.ok && condition.value.test(exampleVars)).toEqual({ ok: true, value: true })
  })

  const templates = [...page.matchAll(/`(\{\{[^`]+\}\})`/g)]
    .map((match) => (match[1] ?? '').replaceAll('\\|', '|'))
    .filter((text) => !text.includes('{{{{'))

  it.each(templates)('shows the template %s, which compiles', (text) => {
    // Words of the prose: the names of blocks alone, an ellipsis for anything.
    if (/^\{\{(?:#\w+|\.\.\.)\}\}$|^\{\{\{x/.test(text)) return
    expect(compileTemplate(text.startsWith('{{../') ? `{{#each vms}}${text}{{/each}}` : text)).toMatchObject({
      ok: true,
    })
  })
})
