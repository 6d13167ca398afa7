import { defineModule } from '../../module/module.ts'
import { blocked, failed, type Plan, unchanged, wait } from '../../module/plan.ts'
import { type CommandRead, command } from '../../module/read.ts'
import type { CommandReading } from '../../module/reading.ts'
import { parseIperf3 } from '../../parsers/iperf3.ts'
import { count } from '../../shared/text.ts'
import { type BackgroundTest, backgroundReads, backgroundTest, planBackground } from './iperf3-background.ts'
import { formatRate, type Iperf3Args, noTraffic, testWords } from './iperf3-test.ts'
import { iperf3Busy, keptInMemory } from './knowledge.ts'
import { lastLine } from './users-of-vfs.ts'

/** A traffic test (iperf3(1)). */
export const iperf3 = defineModule<Iperf3Args, CommandReading | BackgroundTest>({
  name: 'iperf3',
  summary: 'Send traffic to an iperf3 server and measure it',
  description:
    'Changes nothing on a host, but for the result of a test in the background. A server that is busy is tried again for a while. Use at least eight streams: a single one takes one port of a LAG. Registers `bits_per_second`, `bytes`, `retransmits` and `streams`. In the background, a test is started, stopped and collected by tasks of their own while other tasks fail a port; collecting it also registers `longest_gap`, the seconds for which a stream carried less than a tenth of its median rate, to an `interval` on either side, `bytes_lost`, what such streams would have carried meanwhile at the median of their rates before, and `intervals`, how many were reported.',
  args: {
    properties: {
      server: { description: 'Address of the server', type: 'string', minLength: 1, pattern: '^[^-\\s]\\S*$' },
      streams: { description: 'Parallel streams', type: 'integer', minimum: 1, maximum: 128, default: 8 },
      seconds: {
        description: 'How long; in the background, at most',
        type: 'integer',
        minimum: 1,
        maximum: 3600,
        default: 10,
      },
      port: { description: 'Port of the server', type: 'integer', minimum: 1, maximum: 65535 },
      reverse: { description: 'The server sends', type: 'boolean', default: false },
      minimum_mbits: { description: 'Fail below this many megabits per second', type: 'number', minimum: 0 },
      background: {
        description:
          'start: begin a test and go on. stop: end it before its time. collect: wait for its end and read its result. clean: end it and take its result away',
        type: 'string',
        enum: ['start', 'stop', 'collect', 'clean'],
      },
      id: {
        description: 'Tells tests of one server apart; the server when not given',
        type: 'string',
        pattern: '^[A-Za-z0-9_.-]{1,64}$',
      },
      interval: {
        description: 'Seconds between reports in the background: the resolution of gaps',
        type: 'number',
        minimum: 0.1,
        maximum: 60,
        default: 0.1,
      },
      budget: {
        description: 'With `collect`: fail when a gap is longer than so many seconds',
        type: 'number',
        minimum: 0,
      },
    },
    required: ['server'],
  },
  examples: [
    { title: 'Sixteen streams', yaml: 'iperf3:\n  server: 198.51.100.11\n  streams: 16\n  seconds: 10\n' },
    {
      title: 'Begin a test that goes on while other tasks fail a port',
      yaml: 'iperf3:\n  server: 198.51.100.11\n  seconds: 120\n  background: start\n',
    },
    {
      title: 'Measure the outage, after background: stop',
      yaml: 'iperf3:\n  server: 198.51.100.11\n  background: collect\n  budget: 1\nregister: outage\n',
    },
  ],
  fresh: true,
  reads: (args) => (args.background === undefined ? [testRead(args)] : backgroundReads(args)),
  state: (args, seen) =>
    args.background === undefined ? seen.command(...testRead(args).argv) : backgroundTest(args, seen),
  plan: (args, state) => {
    if (state.kind === 'command') return decide(args, state)
    return planBackground(args, args.background ?? 'collect', state)
  },
  settles: { within: () => 10 },
  disturbs: () => [`${keptInMemory}/**`, 'command:pgrep'],
})

const testRead = (args: Iperf3Args): CommandRead => command(...testWords(args), '-J')

function decide(args: Iperf3Args, shown: CommandReading): Plan {
  if (shown.status === 127) return blocked('iperf3 is not installed', 'install the package iperf3 (module package)')
  const result = parseIperf3(shown.stdout)
  if (!result.ok) {
    const reason = shown.stdout.trim() === '' ? lastLine(shown.stderr) || result.error : result.error
    if (iperf3Busy.test(reason)) return wait(`the iperf3 server at ${args.server} is busy`, { again: 2, upTo: 60 })
    return noTraffic(args.server, reason)
  }
  const data = {
    bits_per_second: result.bitsPerSecond,
    bytes: result.bytes,
    retransmits: result.retransmits,
    streams: result.streams,
  }
  const rate = `${formatRate(result.bitsPerSecond)} over ${count(result.streams, 'stream')} to ${args.server}`
  if (args.minimum_mbits !== undefined && result.bitsPerSecond < args.minimum_mbits * 1e6)
    return failed(
      `${rate}, but must be at least ${formatRate(args.minimum_mbits * 1e6)}`,
      'are flows offloaded? look at "ovs-appctl dpctl/dump-flows type=offloaded" on the hypervisor',
      data,
    )
  return unchanged(rate, data)
}
