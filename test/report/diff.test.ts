import { describe, expect, test } from 'vitest'
import type { Delta } from '../../src/module/plan.ts'
import { changeLines, deltaLines } from '../../src/report/diff.ts'
import { colors } from '../../src/shared/color.ts'

const plain = colors(false)
const file = (before: string | null, after: string | null): Delta => ({ what: '/a', before, after, text: true })

describe('deltas', () => {
  test.each<[string, Delta, readonly string[]]>([
    ['a value', { what: 'mode', before: 'legacy', after: 'switchdev' }, ['mode: legacy -> switchdev']],
    ['something new', { what: 'br0', before: null, after: '' }, ['br0: absent -> (empty)']],
    ['a secret', { what: 'key', before: 'old', after: 'new', secret: true }, ['key: (secret)']],
    ['a secret file', { ...file('old\n', 'new\n'), secret: true }, ['/a: (secret)']],
    ['hostile text', { what: 'x\u001b[1m', before: 'a\u0007', after: 'b\nc' }, ['x\\x1b[1m: a\\x07 -> b c']],
    [
      'a changed file',
      file('1\n2\n3\n4\n5\n6\n', '1\n2\n3\n4\nfive\n6\n'),
      ['--- before: /a', '+++ after: /a', '@@ -2,5 +2,5 @@', ' 2', ' 3', ' 4', '-5', '+five', ' 6'],
    ],
    ['a new file', file(null, 'a\u001b[2J\n'), ['--- absent: /a', '+++ after: /a', '@@ -0,0 +1,1 @@', '+a\\x1b[2J']],
    [
      'a missing final newline',
      file('a\n', 'a'),
      ['--- before: /a', '+++ after: /a', '@@ -1,1 +1,1 @@', '-a', '+a', '\\ No newline at end of file'],
    ],
  ])('%s', (_, delta, lines) => {
    expect(deltaLines([delta], plain)).toEqual(lines)
  })

  test('a very long diff is cut', () => {
    const long = Array.from({ length: 500 }, (_, at) => `${at}\n`).join('')
    const lines = deltaLines([file(null, long)], plain)
    expect([lines.length, lines.at(-1)]).toEqual([403, '… 101 more lines'])
  })

  test('files that have nothing in common are not compared to the end', () => {
    const text = (seed: string) => Array.from({ length: 3000 }, (_, at) => `${seed}${at}\n`).join('')
    expect(deltaLines([file(text('a'), text('b'))], plain)).toEqual([
      '/a: 3000 lines -> 3000 lines, too different to show',
    ])
  })

  test('added lines are green and removed ones red', () => {
    const color = colors(true)
    expect(deltaLines([file('a\n', 'b\n')], color).slice(3)).toEqual([color.red('-a'), color.green('+b')])
  })

  test('what the reason says already is not said again', () => {
    const delta: Delta = { what: 'mode', before: 'a', after: 'b' }
    expect(changeLines({ deltas: [delta], because: 'mode: a -> b' }, plain)).toEqual([])
    expect(changeLines({ deltas: [delta, delta], because: 'mode: a -> b' }, plain)).toHaveLength(2)
  })
})
