import { expect, test } from 'vitest'
import type { Diagnostic } from '../../src/source/diagnostic.ts'
import { formatDiagnostics } from '../../src/source/print.ts'

const at = (file: string, line: number, column: number, length: number, text: string) => ({
  file,
  line,
  column,
  length,
  text,
})

const list: readonly Diagnostic[] = [
  { severity: 'error', message: 'second', place: at('b.yaml', 1, 1, 1, 'x') },
  {
    severity: 'error',
    message: '"hots" is not known in a play',
    place: at('a.yaml', 12, 3, 4, '  hots: all'),
    hint: 'did you mean "hosts"?',
  },
  { severity: 'error', message: 'the inventory "i.yaml" does not exist', place: null, hint: 'give one with -i' },
  { severity: 'warning', message: 'old', place: at('a.yaml', 2, 1, 3, '\tab\u001b[31m') },
  { severity: 'error', message: 'second', place: at('b.yaml', 1, 1, 1, 'x') },
]

test('diagnostics are sorted, shown once, and point at the text', () => {
  expect(formatDiagnostics(list, { color: false })).toBe(`error: the inventory "i.yaml" does not exist
    hint: give one with -i

a.yaml:2:1: warning: old
  2 |  ab [31m
    | ~~~

a.yaml:12:3: error: "hots" is not known in a play
  12 |   hots: all
     |   ~~~~
      hint: did you mean "hosts"?

b.yaml:1:1: error: second
  1 | x
    | ~
`)
})

test('past the limit the rest is counted', () => {
  expect(formatDiagnostics(list, { color: false, max: 1 })).toBe(`error: the inventory "i.yaml" does not exist
    hint: give one with -i

... and 3 more problems
`)
})

test('a long line is cut around what is wrong', () => {
  const text = `${'a'.repeat(200)}WRONG${'b'.repeat(200)}`
  const shown = formatDiagnostics([{ severity: 'error', message: 'm', place: at('f', 1, 201, 5, text) }], {
    color: false,
  })
  const [, line = '', squiggle = ''] = shown.split('\n')
  expect(line.length).toBeLessThan(130)
  expect(line.slice(squiggle.indexOf('~'), squiggle.lastIndexOf('~') + 1)).toBe('WRONG')
})

test('colour is only added, never instead of a word', () => {
  const plain = formatDiagnostics(list, { color: false })
  const coloured = formatDiagnostics(list, { color: true })
  expect(coloured).not.toBe(plain)
  expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain)
})
