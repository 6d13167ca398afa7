import { expect, test } from 'vitest'
import { failureCard } from '../../src/report/failure-card.ts'
import { colors } from '../../src/shared/color.ts'

const group = { task: 'Set mode', hosts: ['hv1', 'hv2'], outcome: 'failed', because: 'no', deltas: [] } as const

test('a card shows all that is known, and only the last lines of the output', () => {
  const stderr = Array.from({ length: 12 }, (_, at) => `line ${at}\u0007\n`).join('')
  const error = {
    message: 'it failed\nbadly',
    command: 'a b',
    exit_status: 3,
    stdout: 'x',
    stderr,
    path: 'p.yaml:1:2',
    hint: 'do c',
  }
  expect(failureCard({ ...group, item: 'ens2f0', error }, 4, colors(false))).toEqual([
    'failed: hv1, hv2  Set mode (ens2f0)',
    '  it failed',
    '  badly',
    '  command     a b',
    '  exit status 3',
    '  stderr      … (2 lines before)',
    ...[2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((at) => `              line ${at}\\x07`),
    '  at          p.yaml:1:2',
    '  next        do c',
  ])
})

test('a program that says nothing on stderr is quoted from stdout', () => {
  const error = { message: 'it failed', stdout: 'Nothing to do\n', stderr: '' }
  expect(failureCard({ ...group, error }, 4, colors(false))).toEqual([
    'failed: hv1, hv2  Set mode',
    '  it failed',
    '  stdout      Nothing to do',
  ])
})

test('without details the reason is shown', () => {
  expect(failureCard(group, 2, colors(false))).toEqual(['failed: hv1, hv2  Set mode', '  no'])
})
