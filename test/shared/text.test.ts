import { expect, test } from 'vitest'
import { count, didYouMean, escapeControl, list, nearest } from '../../src/shared/text.ts'

test.each([
  ['hots', ['hosts', 'tasks'], 'hosts'],
  ['taks', ['tags', 'tasks', 'task'], 'task'],
  ['HOSTS', ['hosts'], 'hosts'],
  ['wbe', ['db', 'web'], 'web'],
  ['state', ['name', 'mode'], null],
  ['x', [], null],
])('the name nearest to %s among %j is %s', (name, known, expected) => {
  expect(nearest(name, known)).toBe(expected)
})

test('the hint is a question, or nothing', () => {
  expect([didYouMean('hots', ['hosts']), didYouMean('zzz', ['hosts'])]).toEqual(['did you mean "hosts"?', undefined])
})

test('counts and lists read as sentences', () => {
  expect([count(1, 'host'), count(2, 'host'), list([]), list(['a']), list(['a', 'b', 'c'], 'or')]).toEqual([
    '1 host',
    '2 hosts',
    '',
    'a',
    'a, b or c',
  ])
})

test('control characters of a host cannot repaint the terminal', () => {
  expect(escapeControl('a\u001b[31mb\r\n\tc\u202e')).toBe('a\\x1b[31mb\n\tc\\u202e')
})
