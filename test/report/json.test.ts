import { expect, test } from 'vitest'
import { jsonLine, jsonReporter } from '../../src/report/json.ts'
import { recordedRun, task } from '../support/event-stream.ts'
import { FakeScreen } from '../support/fake-screen.ts'

const time = new Date('2026-11-22T21:30:45.123Z')

test('every line is one object, the first begins the run and the last is the recap', () => {
  const screen = new FakeScreen()
  const reporter = jsonReporter(screen, () => time)
  for (const event of recordedRun) reporter.on(event)
  const lines = screen.text.trimEnd().split('\n')
  const events = lines.map((line): { event: string; time: string } => JSON.parse(line))
  expect([events[0]?.event, events.at(-1)?.event]).toEqual(['run_start', 'recap'])
  expect(new Set(events.map((each) => each.time))).toEqual(new Set(['2026-11-22T21:30:45.123Z']))
  expect(new Set(events.map((each) => each.event))).toEqual(
    new Set([
      'run_start',
      'play_start',
      'task_start',
      'host_done',
      'handler_notified',
      'warning',
      'host_retry',
      'host_lost',
      'recap',
    ]),
  )
  expect(lines[0]).toBe(
    '{"event":"run_start","time":"2026-11-22T21:30:45.123Z","run":"20261122-213045-3f2a","playbook":"playbooks/vflag-lacp.yaml","check":false,"diff":true,"hosts":["hv1","hv2","hv3","hv4"]}',
  )
})

test('deltas are what, before and after; secrets are stars', () => {
  const deltas = [
    { what: 'a', before: null, after: 'x\n', text: true },
    { what: 'b', before: 'old', after: 'new', secret: true },
  ] as const
  const [, , event] = task({ id: 1, task: 't', module: 'm', hosts: ['h'] }, { host: 'h', outcome: 'changed', deltas })
  if (!event) throw new Error('no event')
  expect(JSON.parse(jsonLine(event, time)).deltas).toEqual([
    { what: 'a', before: null, after: 'x\n' },
    { what: 'b', before: '***', after: '***' },
  ])
})

test('a line holds no control character and parses back to the text', () => {
  const message = 'a\u001b[2J\u009b1m\u202eb\n\u2028c'
  const line = jsonLine({ event: 'warning', message }, time)
  expect(line).toBe(
    '{"event":"warning","time":"2026-11-22T21:30:45.123Z","message":"a\\u001b[2J\\u009b1m\\u202eb\\n\\u2028c"}',
  )
  expect(JSON.parse(line).message).toBe(message)
})
