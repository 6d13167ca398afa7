import { expect, test } from 'vitest'
import { LiveTask } from '../../src/report/live-task.ts'
import { TaskView } from '../../src/report/task-view.ts'
import type { HostDone, HostRetry, HostStart, RunEvent, TaskStart } from '../../src/run/event.ts'
import { colors } from '../../src/shared/color.ts'
import { task } from '../support/event-stream.ts'

type TaskEvent = HostStart | HostRetry | HostDone

/** Feeds the events of a task, all but the last of its end, at the time `at`. */
function liveAfter(events: readonly RunEvent[], at: number): LiveTask {
  const [start, ...rest] = events
  const view = new TaskView(start as TaskStart, 0)
  const style = { colors: colors(false), columns: 100, options: { diff: false, verbosity: 0 } }
  const live = new LiveTask(view, style, () => at, 40)
  for (const event of rest.slice(0, -1)) {
    view.on(event as TaskEvent, 1000)
    live.on(event as TaskEvent)
  }
  return live
}

const names = (number: number) => Array.from({ length: number }, (_, at) => `h${at}`)

test('few hosts have rows of their own that say what they are up to', () => {
  const events = [
    ...task(
      { id: 1, task: 'Wait for LAG', module: 'lag', hosts: ['a', 'long', 'c'] },
      { host: 'a', outcome: 'changed', because: 'mode: legacy -> switchdev' },
    ).slice(0, -1),
    { event: 'host_retry', id: 1, task: 'x', host: 'long', because: 'LAG is off', attempt: 2, left: null } as const,
    { event: 'host_retry', id: 1, task: 'x', host: 'c', item: 'i', because: 'rc is 1', attempt: 2, left: 3 } as const,
    { event: 'task_done', id: 1, task: 'x', ms: 1 } as const,
  ]
  const live = liveAfter(events, 12_000)
  expect([live.title(), ...live.hosts.map((host) => live.hostTitle(host))]).toEqual([
    'Wait for LAG  12 s',
    'a     changed  mode: legacy -> switchdev',
    'long  LAG is off (look 2)',
    'c     i: rc is 1 (3 left)',
  ])
})

test('many hosts are a bar, counts, and those that hold it up', () => {
  const hosts = names(20)
  const some = hosts.slice(0, 12).map((host) => ({ host, outcome: 'ok' as const }))
  expect(liveAfter(task({ id: 1, task: 'T', module: 'm', hosts }, ...some), 5000).title()).toBe(
    'T  [######----]  12/20  ok 12  5.0 s, slowest h12 4.0 s',
  )
  const most = hosts.slice(0, 18).map((host) => ({ host, outcome: 'changed' as const }))
  expect(liveAfter(task({ id: 1, task: 'T', module: 'm', hosts }, ...most), 500).title()).toBe(
    'T  [#########-]  18/20  changed 18  waiting for h18, h19',
  )
})

test('of many hosts only the last that changed are lines below the row', () => {
  const hosts = names(20)
  const results = hosts.map((host) => ({ host, outcome: 'changed' as const, because: `for ${host}` }))
  const live = liveAfter(task({ id: 1, task: 'T', module: 'm', hosts }, ...results), 0)
  const lines: string[] = []
  live.attach({ title: () => {}, line: (text) => lines.push(text) })
  live.refresh()
  live.refresh()
  expect(lines).toEqual([15, 16, 17, 18, 19].map((at) => `h${at}  changed  for h${at}`))
})

test('rows end with their hosts, and with the task', async () => {
  const live = liveAfter(
    task(
      { id: 1, task: 'T', module: 'm', hosts: ['a', 'b', 'c', 'd'] },
      { host: 'a', outcome: 'failed' },
      { host: 'b', outcome: 'skipped' },
      { host: 'c', outcome: 'changed' },
    ),
    0,
  )
  const ends = live.hosts.map((host) => live.host(host, () => {}))
  live.end()
  expect(await Promise.all(ends)).toEqual(['failed', 'skipped', 'done', 'skipped'])
  expect(live.isOver).toBe(true)
})
