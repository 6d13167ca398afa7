import { expect, test } from 'vitest'
import { TaskView } from '../../src/report/task-view.ts'
import type { HostDone, TaskStart } from '../../src/run/event.ts'

const start: TaskStart = {
  event: 'task_start',
  play: 'p',
  task: 'T',
  module: 'm',
  id: 1,
  path: 'p.yaml:1:1',
  handler: false,
  hosts: ['a', 'b', 'c'],
}
const short = { diff: false, verbosity: 0 }
const verbose = { diff: false, verbosity: 1 }
const done = (host: string, given: Partial<HostDone> = {}): HostDone => ({
  event: 'host_done',
  play: 'p',
  id: 1,
  task: 'T',
  module: 'm',
  host,
  outcome: 'ok',
  because: 'so',
  deltas: [],
  ms: 1,
  ...given,
})
const viewOf = (...events: readonly HostDone[]): TaskView => {
  const view = new TaskView(start, 0)
  for (const event of events) view.on(event, 5)
  return view
}

test('hosts that ended the same way are one group, trouble last', () => {
  const view = viewOf(done('a', { outcome: 'failed', because: 'no' }), done('b'), done('c'))
  expect(view.groups(verbose)).toEqual([
    { task: 'T', hosts: ['b', 'c'], outcome: 'ok', because: 'so', deltas: [] },
    { task: 'T', hosts: ['a'], outcome: 'failed', because: 'no', deltas: [] },
  ])
  expect(view.counts()).toEqual([
    ['ok', 2],
    ['failed', 1],
  ])
})

test('a loop is told by its loud items; its own line is left out when one of them says the same', () => {
  const view = viewOf(
    done('a', { item: 'x' }),
    done('a', { item: 'y', outcome: 'changed' }),
    done('a', { outcome: 'changed' }),
    done('b', { item: 'x' }),
    done('b'),
    done('c', { item: 'x', outcome: 'changed' }),
    done('c', { outcome: 'failed', because: 'the loop broke' }),
  )
  expect(view.groups(verbose)).toEqual([
    { task: 'T', hosts: ['b'], outcome: 'ok', because: 'so', deltas: [] },
    { task: 'T', hosts: ['a'], outcome: 'changed', item: 'y', because: 'so', deltas: [] },
    { task: 'T', hosts: ['c'], outcome: 'changed', item: 'x', because: 'so', deltas: [] },
    { task: 'T', hosts: ['c'], outcome: 'failed', because: 'the loop broke', deltas: [] },
  ])
})

test('a running host keeps its start through retries and is gone when it is done', () => {
  const view = new TaskView(start, 0)
  const retry = { event: 'host_retry', id: 1, task: 'T', host: 'a', because: 'not yet', attempt: 1, left: 2 } as const
  view.on({ event: 'host_start', id: 1, task: 'T', host: 'a' }, 10)
  view.on(retry, 20)
  expect(view.running).toEqual([{ host: 'a', since: 10, retry }])
  view.on(done('a'), 30)
  expect([view.running, view.finished, view.total, view.age(40)]).toEqual([[], 1, 3, 40])
})

test('quiet hosts are one group when nobody asks for their reasons, in the order of the play', () => {
  const view = viewOf(done('c', { because: 'z' }), done('b', { because: 'y' }), done('a', { because: 'x' }))
  expect(view.groups(short).map((group) => group.hosts)).toEqual([['a', 'b', 'c']])
  expect(view.groups(verbose).map((group) => group.hosts)).toEqual([['a'], ['b'], ['c']])
})

const delta = (after: string) => ({ what: '/etc/motd', before: 'old', after, text: true as const })

test('changes that differ only in what is not shown are one group; with --diff they are told apart', () => {
  const view = viewOf(
    done('a', { outcome: 'changed', because: '/etc/motd', deltas: [delta('new')] }),
    done('b', { outcome: 'changed', because: '/etc/motd', deltas: [delta('other')] }),
    done('c', { outcome: 'changed', because: '/etc/motd', deltas: [delta('new')] }),
  )
  expect(view.groups(short).map((group) => group.hosts)).toEqual([['a', 'b', 'c']])
  expect(view.groups({ ...short, diff: true }).map((group) => group.hosts)).toEqual([['a', 'c'], ['b']])
})

test('secrets that differ do not tell hosts apart, not even with --diff', () => {
  const changed = (after: string) => ({
    outcome: 'changed' as const,
    deltas: [{ what: 'password', before: null, after, secret: true as const }],
  })
  const view = viewOf(done('a', changed('x')), done('b', changed('y')))
  expect(view.groups({ ...short, diff: true }).map((group) => group.hosts)).toEqual([['a', 'b']])
})

test('failures are told apart by all that their cards say', () => {
  const failed = (stderr: string) => ({ outcome: 'failed' as const, error: { message: 'no', stderr } })
  const view = viewOf(done('a', failed('busy')), done('b', failed('gone')), done('c', failed('busy\n')))
  expect(view.groups(short).map((group) => group.hosts)).toEqual([['a', 'c'], ['b']])
})

test('items of a host that read the same are one', () => {
  const view = viewOf(
    done('a', { item: 'x', outcome: 'changed' }),
    done('a', { item: 'x', outcome: 'changed' }),
    done('a', { outcome: 'changed' }),
  )
  expect(view.groups(short).map((group) => group.hosts)).toEqual([['a']])
})
