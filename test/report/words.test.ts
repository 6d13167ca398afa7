import { expect, test } from 'vitest'
import {
  cutTo,
  duration,
  hostNames,
  hostNamesWithin,
  isQuiet,
  isTrouble,
  oneLine,
  outcomes,
} from '../../src/report/words.ts'

test.each([
  [0, '0.0 s'],
  [449, '0.4 s'],
  [9960, '10 s'],
  [59_400, '59 s'],
  [125_000, '2 min 5 s'],
])('%d ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
})

test.each([
  [['a'], 4, 'a'],
  [['a', 'b', 'c'], 3, 'a, b, c'],
  [['a', 'b', 'c', 'd', 'e', 'f', 'g'], 9, 'a, b, c, d, e and 2 more'],
  [['a', 'b', 'c', 'd', 'e', 'f', 'g'], 7, 'all 7 hosts'],
])('%j of %d hosts are %s', (hosts, total, text) => {
  expect(hostNames(hosts, total)).toBe(text)
})

test('remote text on one line cannot steer the terminal', () => {
  expect(oneLine(' a\u001b[2J\n  b\tc\u009b1m\u202ed \n')).toBe('a\\x1b[2J b c\\x9b1m\\u202ed')
})

test.each([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'ab…'],
  ['äöüß', 3, 'äö…'],
])('%s cut to %d is %s', (text, width, cut) => {
  expect(cutTo(text, width)).toBe(cut)
})

test('an outcome is quiet, trouble, or neither', () => {
  expect(outcomes.map((each) => [each, isQuiet(each) ? 'quiet' : isTrouble(each) ? 'trouble' : ''])).toEqual([
    ['ok', 'quiet'],
    ['skipped', 'quiet'],
    ['changed', ''],
    ['unpredicted', ''],
    ['ignored', ''],
    ['rescued', ''],
    ['failed', 'trouble'],
    ['unreachable', 'trouble'],
    ['lost', 'trouble'],
  ])
})

test.each([
  [80, 'node1, node2, node3, node4, node5 and 2 more'],
  [40, 'node1, node2, node3, node4 and 3 more'],
  [36, 'node1, node2, node3 and 4 more'],
  [10, 'node1 and 6 more'],
])('in %d characters as many hosts are named as fit', (width, text) => {
  const hosts = [1, 2, 3, 4, 5, 6, 7].map((number) => `node${number}`)
  expect(hostNamesWithin(width, hosts, 9)).toBe(text)
})
