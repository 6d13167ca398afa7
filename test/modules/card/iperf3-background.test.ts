import { expect, test } from 'vitest'
import { iperf3 } from '../../../src/modules/card/iperf3.ts'
import { transcript } from '../../parsers/transcript.ts'
import { hvFacts, planFor } from '../../support/readings.ts'

const path = '/run/vflag-play/iperf3-198.51.100.11.json'
const plan = (background: string, test: { running?: boolean; report?: string | null } = {}, over: object = {}) =>
  planFor(
    iperf3,
    { server: '198.51.100.11', streams: 8, seconds: 60, background, ...over },
    {
      commands: { [`pgrep -f -- ${path}`]: test.running ? '2001\n' : { status: 1 } },
      files: { [path]: test.report ?? null },
    },
    hvFacts('el9'),
  )
const label = 'traffic to 198.51.100.11'
const end = { kind: 'run', argv: ['pkill', '-INT', '-f', '--', path], ok: [0, 1] }
const refused = '{"start":{},"intervals":[],"end":{},"error":"unable to connect to server: Connection refused"}'

test('a test is started in the background, once', () => {
  expect(plan('start')).toEqual({
    kind: 'change',
    deltas: [{ what: label, before: null, after: 'running' }],
    steps: [
      { kind: 'mkdir', path: '/run/vflag-play', mode: '0700' },
      {
        kind: 'detach',
        argv: `iperf3 -c 198.51.100.11 -P 8 -t 60 -i 0.1 -J --logfile ${path}`.split(' '),
      },
    ],
  })
  expect(plan('start', { running: true, report: '' })).toEqual({
    kind: 'unchanged',
    because: 'a test of 198.51.100.11 runs',
  })
})

test('one that ends at once says why', () => {
  expect(plan('start', { report: refused })).toMatchObject({
    kind: 'failed',
    because: 'no traffic to 198.51.100.11: unable to connect to server: Connection refused',
  })
})

test('the result of an earlier test is not mistaken for one of this', () => {
  expect(plan('start', { report: transcript('iperf3-outage.json') })).toMatchObject({
    kind: 'blocked',
    because: 'the result of an earlier test of 198.51.100.11 has not been taken away',
  })
})

test('a test is ended before its time', () => {
  expect(plan('stop', { running: true, report: '' })).toEqual({
    kind: 'change',
    deltas: [{ what: label, before: 'running', after: 'ended' }],
    steps: [end],
  })
  expect(plan('stop', { report: '{}' })).toEqual({ kind: 'unchanged', because: 'no test of 198.51.100.11 runs' })
})

test('a test is taken away with all that it left', () => {
  const remove = { kind: 'remove', path, recursive: false }
  expect(plan('clean', { running: true, report: '' })).toMatchObject({ steps: [end, remove] })
  expect(plan('clean', { report: '{}' })).toMatchObject({ steps: [remove] })
  expect(plan('clean')).toEqual({
    kind: 'unchanged',
    because: 'nothing is left of a test of 198.51.100.11',
  })
})

const data = {
  bits_per_second: expect.any(Number),
  bytes: expect.any(Number),
  retransmits: 409,
  streams: 2,
  intervals: 40,
  longest_gap: 0.9,
  bytes_lost: 44_559_799,
}

test('a real outage is measured', () => {
  expect(plan('collect', { report: transcript('iperf3-outage.json') }, { budget: 1 })).toEqual({
    kind: 'unchanged',
    because: 'the longest gap was 0.9 s, and 44.6 MB came late, at 396.1 Mbit/s to 198.51.100.11',
    data,
  })
})

test('one that is longer than allowed is a failure, and measured all the same', () => {
  expect(plan('collect', { report: transcript('iperf3-outage.json') }, { budget: 0.5 })).toMatchObject({
    kind: 'failed',
    because:
      'the longest gap was 0.9 s, and 44.6 MB came late, at 396.1 Mbit/s to 198.51.100.11; the gap must be at most 0.5 s',
    data,
  })
})

test('a real test that was interrupted is a result', () => {
  expect(plan('collect', { report: transcript('iperf3-interrupted.json') }, { budget: 0 })).toMatchObject({
    kind: 'unchanged',
    data: { streams: 2, intervals: 12, longest_gap: 0, bytes_lost: 0 },
  })
})

test('a test that still runs is waited for', () => {
  expect(plan('collect', { running: true, report: '' })).toMatchObject({ kind: 'wait', upTo: 120 })
})

test.each([
  ['no test', null, 'no test of 198.51.100.11 was started'],
  ['half a report', '{"start":', 'no traffic to 198.51.100.11: iperf3 gave no result'],
  ['an error', refused, 'no traffic to 198.51.100.11: unable to connect to server: Connection refused'],
])('%s is no result', (_title, report, because) => {
  expect(plan('collect', { report })).toMatchObject({ kind: 'failed', because })
})

test('tests of one server are told apart by an id', () => {
  const other = '/run/vflag-play/iperf3-two.json'
  expect(
    planFor(
      iperf3,
      { server: 'fe80::1%eth0', background: 'stop', id: 'two' },
      { commands: { [`pgrep -f -- ${other}`]: '7\n' }, files: { [other]: '' } },
      hvFacts('el9'),
    ),
  ).toMatchObject({ steps: [{ argv: ['pkill', '-INT', '-f', '--', other] }] })
})
