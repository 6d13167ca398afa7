import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { precedence, precedenceTable } from '../../src/inventory/precedence.ts'

test('there are at most ten levels, numbered from the weakest', () => {
  expect(precedence.map((level) => level.rank)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})

test('the documentation shows the table that the program goes by', () => {
  expect(readFileSync('docs/variables.md', 'utf8')).toContain(precedenceTable())
})
