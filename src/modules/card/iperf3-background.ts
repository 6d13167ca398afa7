import { blocked, change, delta, failed, type Plan, unchanged, wait } from '../../module/plan.ts'
import { type CommandRead, command, type FileRead, file, type Read } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { detach, mkdir, remove, run } from '../../module/step.ts'
import { parseIperf3 } from '../../parsers/iperf3.ts'
import { formatRate, type Iperf3Args, noTraffic, testWords } from './iperf3-test.ts'
import { keptInMemory } from './knowledge.ts'
import { outageOf } from './outage.ts'

/** How a test in the background stands. */
export interface BackgroundTest {
  readonly kind: 'background'
  readonly running: boolean
  /** What is in the result file; empty while the test runs, null when there is none. */
  readonly report: string | null
}

/** What a task may do with a test in the background. */
export type Background = 'start' | 'stop' | 'collect' | 'clean'

/** What to look at for {@link backgroundTest}. */
export function backgroundReads(args: Iperf3Args): readonly Read[] {
  return [resultRead(args), processRead(args)]
}

/** How the test stands, from {@link backgroundReads}. */
export function backgroundTest(args: Iperf3Args, seen: Readings): BackgroundTest {
  return {
    kind: 'background',
    running: seen.command(...processRead(args).argv).status === 0,
    report: seen.text(resultRead(args).path),
  }
}

/** Starts, ends, reads or forgets a test. */
export function planBackground(args: Iperf3Args, what: Background, test: BackgroundTest): Plan {
  switch (what) {
    case 'start':
      return start(args, test)
    case 'stop':
      if (!test.running) return unchanged(`no test of ${args.server} runs`)
      return change([delta(label(args), 'running', 'ended')], [end(args)])
    case 'clean':
      if (!test.running && test.report === null) return unchanged(`nothing is left of a test of ${args.server}`)
      return change(
        [delta(label(args), test.running ? 'running' : 'ended', null)],
        [...(test.running ? [end(args)] : []), remove(resultPath(args))],
      )
    case 'collect':
      return collect(args, test)
  }
}

function start(args: Iperf3Args, test: BackgroundTest): Plan {
  if (test.running) return unchanged(`a test of ${args.server} runs`)
  if (test.report !== null) {
    const result = parseIperf3(test.report)
    if (!result.ok && test.report !== '') return noTraffic(args.server, result.error)
    return blocked(
      `the result of an earlier test of ${args.server} has not been taken away`,
      'take it away with background: clean first',
    )
  }
  return change(
    [delta(label(args), null, 'running')],
    [
      mkdir(keptInMemory, { mode: '0700' }),
      detach([...testWords(args), '-i', String(args.interval), '-J', '--logfile', resultPath(args)]),
    ],
  )
}

function collect(args: Iperf3Args, test: BackgroundTest): Plan {
  if (test.report === null && !test.running)
    return failed(`no test of ${args.server} was started`, 'start it with background: start')
  if (test.running)
    return wait(
      `the test of ${args.server} still runs`,
      { again: 1, upTo: args.seconds + 60 },
      'end it with background: stop',
    )
  const result = parseIperf3(test.report ?? '')
  if (!result.ok) return noTraffic(args.server, result.error)
  const { longestGap, bytesLost } = outageOf(result.intervals)
  const data = {
    bits_per_second: result.bitsPerSecond,
    bytes: result.bytes,
    retransmits: result.retransmits,
    streams: result.streams,
    intervals: result.intervals.length,
    longest_gap: longestGap,
    bytes_lost: bytesLost,
  }
  const gap =
    longestGap === 0
      ? `no stream stood still for ${args.interval} s`
      : `the longest gap was ${longestGap} s, and ${formatBytes(bytesLost)} came late`
  const because = `${gap}, at ${formatRate(result.bitsPerSecond)} to ${args.server}`
  if (args.budget === undefined || longestGap <= args.budget) return unchanged(because, data)
  return failed(
    `${because}; the gap must be at most ${args.budget} s`,
    'does the switch notice a failed port at once (LACP with lacp_rate fast, or a LAG)? is miimon 100? were the VFs bound before LAG was made?',
    data,
  )
}

// SIGINT makes iperf3 report what it has.
const end = (args: Iperf3Args) => run(['pkill', '-INT', '-f', '--', resultPath(args)], { ok: [0, 1] })

const label = (args: Iperf3Args): string => `traffic to ${args.server}`
const resultPath = (args: Iperf3Args): string =>
  `${keptInMemory}/iperf3-${(args.id ?? args.server).replaceAll(/[^A-Za-z0-9.-]/g, '_')}.json`
const resultRead = (args: Iperf3Args): FileRead => file(resultPath(args))
// By the name of its result file, which no other program has on its command line.
const processRead = (args: Iperf3Args): CommandRead => command('pgrep', '-f', '--', resultPath(args))

function formatBytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`
}
