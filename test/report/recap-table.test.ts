import { expect, test } from 'vitest'
import { recapTable } from '../../src/report/recap-table.ts'
import type { Recap } from '../../src/run/event.ts'
import { colors } from '../../src/shared/color.ts'
import { counters } from '../support/event-stream.ts'

const recap = (given: Partial<Recap>): Recap => ({
  event: 'recap',
  hosts: {},
  exit: 0,
  ms: 1500,
  check: false,
  ...given,
})
const plain = colors(false)
const piped = { columns: null }

test("the table has Ansible's columns to the character", () => {
  const hosts = { web1: counters({ ok: 5, changed: 1, skipped: 2, rescued: 1 }) }
  expect(recapTable(recap({ hosts }), plain, piped)).toEqual([
    'PLAY RECAP',
    'web1                       : ok=5    changed=1    unreachable=0    failed=0    skipped=2    rescued=1    ignored=0   ',
    '',
    '1 host in 1.5 s',
  ])
})

test('unpredicted is a column only where a host has any, and check mode is named', () => {
  const hosts = { a: counters({ ok: 1, unpredicted: 2 }), b: counters({ ok: 3 }) }
  expect(recapTable(recap({ hosts, exit: 3, check: true }), plain, piped)).toEqual([
    'PLAY RECAP',
    'a                          : ok=1    changed=0    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0    unpredicted=2   ',
    'b                          : ok=3    changed=0    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0    unpredicted=0   ',
    '',
    '2 hosts in 1.5 s, exit status 3',
    'Check mode: no host was changed; "changed" counts what would be.',
  ])
})

test('many hosts that count the same share a line', () => {
  const hosts = Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, counters({ ok: name === 'c' ? 1 : 2 })]))
  const lines = recapTable(recap({ hosts }), plain, { columns: null, foldAbove: 3 })
  expect(lines.slice(1, 3).map((line) => line.slice(0, 36))).toEqual([
    'a and 2 more               : ok=2   ',
    'c                          : ok=1   ',
  ])
})

test('colours show where to look, and do not move the columns', () => {
  const hosts = { a: counters({ ok: 1, changed: 1 }), b: counters({ failed: 1 }) }
  const color = colors(true)
  const [, a, b] = recapTable(recap({ hosts }), color, piped)
  expect(a?.startsWith(color.yellow('a'.padEnd(26)))).toBe(true)
  expect(b).toContain(color.red('failed=1   '))
  expect(b).toContain(' unreachable=0    ')
})

test.each([
  [
    118,
    'web1                       : ok=12   changed=1    unreachable=0    failed=0    skipped=2    rescued=0    ignored=1   ',
    'a                          : ok=5    changed=0    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0   ',
  ],
  [
    117,
    'web1                       : ok=12   changed=1    unreachable=0    failed=0    skipped=2    rescued=0    ignored=1   ',
    'a                          : ok=5    changed=0    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0   ',
  ],
  [
    116,
    'web1 : ok=12 changed=1 unreachable=0 failed=0 skipped=2 rescued=0 ignored=1',
    'a    : ok=5  changed=0 unreachable=0 failed=0 skipped=0 rescued=0 ignored=0',
  ],
  [
    75,
    'web1 : ok=12 changed=1 unreachable=0 failed=0 skipped=2 rescued=0 ignored=1',
    'a    : ok=5  changed=0 unreachable=0 failed=0 skipped=0 rescued=0 ignored=0',
  ],
  [
    74,
    'web1 : ok=12 changed=1 unreachable=0 failed=0 skipped=2 ignored=1',
    'a    : ok=5  changed=0 unreachable=0 failed=0 skipped=0 ignored=0',
  ],
])('on a terminal of %d columns the table is as narrow as it must be', (columns, ...rows) => {
  const hosts = { web1: counters({ ok: 12, changed: 1, skipped: 2, ignored: 1 }), a: counters({ ok: 5 }) }
  expect(recapTable(recap({ hosts }), plain, { columns }).slice(1, 3)).toEqual(rows)
})

test('a name longer than the column of Ansible moves no other line of a terminal', () => {
  const name = 'hypervisor-17.rack-4.example.org'
  const hosts = { [name]: counters({ ok: 1 }), b: counters({ ok: 2 }) }
  const lines = recapTable(recap({ hosts }), plain, { columns: 200 })
  expect(lines.slice(1, 3).map((line) => line.indexOf(' : '))).toEqual([name.length, name.length])
})
