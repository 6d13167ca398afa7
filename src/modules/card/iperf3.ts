import { defineModule } from '../../module/module.ts'
import { blocked, failed, type Plan, unchanged, wait } from '../../module/plan.ts'
import { type CommandRead, command } from '../../module/read.ts'
import type { CommandReading } from '../../module/reading.ts'
import { parseIperf3 } from '../../parsers/iperf3.ts'
import { count } from '../../shared/text.ts'
import { iperf3Busy } from './knowledge.ts'
import { lastLine } from './users-of-vfs.ts'

interface Args {
  readonly server: string
  readonly streams: number
  readonly seconds: number
  readonly port?: number
  readonly reverse: boolean
  readonly minimum_mbits?: number
}

/** A traffic test (iperf3(1)). */
export const iperf3 = defineModule<Args, CommandReading>({
  name: 'iperf3',
  summary: 'Send traffic to an iperf3 server and measure it',
  description:
    'Changes nothing on a host. A server that is busy is tried again for a while. Use at least eight streams: a single one takes one port of a LAG. Registers `bits_per_second`, `bytes`, `retransmits` and `streams`.',
  args: {
    properties: {
      server: { description: 'Address of the server', type: 'string', minLength: 1, pattern: '^[^-\\s]\\S*$' },
      streams: { description: 'Parallel streams', type: 'integer', minimum: 1, maximum: 128, default: 8 },
      seconds: { description: 'How long', type: 'integer', minimum: 1, maximum: 3600, default: 10 },
      port: { description: 'Port of the server', type: 'integer', minimum: 1, maximum: 65535 },
      reverse: { description: 'The server sends', type: 'boolean', default: false },
      minimum_mbits: { description: 'Fail below this many megabits per second', type: 'number', minimum: 0 },
    },
    required: ['server'],
  },
  examples: [{ title: 'Sixteen streams', yaml: 'iperf3:\n  server: 198.51.100.11\n  streams: 16\n  seconds: 10\n' }],
  fresh: true,
  reads: (args) => [testRead(args)],
  state: (args, seen) => seen.command(...testRead(args).argv),
  plan: decide,
})

function testRead(args: Args): CommandRead {
  return command(
    'iperf3',
    '-c',
    args.server,
    '-P',
    String(args.streams),
    '-t',
    String(args.seconds),
    ...(args.port === undefined ? [] : ['-p', String(args.port)]),
    ...(args.reverse ? ['-R'] : []),
    '-J',
  )
}

function decide(args: Args, shown: CommandReading): Plan {
  if (shown.status === 127) return blocked('iperf3 is not installed', 'install the package iperf3 (module package)')
  const result = parseIperf3(shown.stdout)
  if (!result.ok) {
    const reason = shown.stdout.trim() === '' ? lastLine(shown.stderr) || result.error : result.error
    if (iperf3Busy.test(reason)) return wait(`the iperf3 server at ${args.server} is busy`, { again: 2, upTo: 60 })
    return failed(
      `no traffic to ${args.server}: ${reason}`,
      'does the VM run with "iperf3 -s" in it, is the representor of its VF up, and are it and the bond ports of one bridge?',
    )
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

function formatRate(bits: number): string {
  return bits >= 1e9 ? `${(bits / 1e9).toFixed(1)} Gbit/s` : `${(bits / 1e6).toFixed(1)} Mbit/s`
}
