import { expect, test } from 'vitest'
import { TaskView } from '../../src/report/task-view.ts'
import { finishedRows } from '../../src/report/tree-rows.ts'
import type { HostDone, TaskStart } from '../../src/run/event.ts'
import { colors } from '../../src/shared/color.ts'
import { task } from '../support/event-stream.ts'

function rows(events: ReturnType<typeof task>, ms = 0, verbosity = 0, columns = 80): readonly string[] {
  const [start, ...rest] = events
  const view = new TaskView(start as TaskStart, 0)
  for (const event of rest) if (event.event === 'host_done') view.on(event as HostDone, 0)
  return finishedRows(view, ms, { colors: colors(false), columns, options: { diff: false, verbosity } })
}

test('a quiet task is one row; -v says why', () => {
  const events = task({ id: 1, task: 'T', module: 'm', hosts: ['a'] }, { host: 'a', outcome: 'ok' })
  const head = `  ✓ T${' '.repeat(49)}  ok 1`
  expect(rows(events)).toEqual([head])
  expect(rows(events, 2500, 1)).toEqual([`${head}  2.5 s`, '    a  ok  it is so already'])
})

test('of many hosts a few that changed are named, and all kinds of trouble', () => {
  const hosts = Array.from({ length: 30 }, (_, at) => `h${at}`)
  const events = task(
    { id: 1, task: 'T', module: 'm', hosts },
    ...hosts.map((host, at) =>
      at < 20
        ? { host, outcome: 'changed' as const, because: `for ${host}` }
        : { host, outcome: 'failed' as const, because: 'no' },
    ),
  )
  expect(rows(events).slice(1)).toEqual([
    ...[0, 1, 2, 3, 4].map((at) => `    h${at}  changed  for h${at}`),
    '    … 15 more hosts',
    '    h20, h21, h22, h23, h24 and 5 more  failed  no',
  ])
})

test('a reason too long for the terminal is cut', () => {
  const events = task(
    { id: 1, task: 'T'.repeat(90), module: 'm', hosts: ['a'] },
    { host: 'a', outcome: 'changed', because: 'b'.repeat(90) },
  )
  expect(rows(events, 0, 0, 60).map((row) => row.length)).toEqual([45, 59])
})
