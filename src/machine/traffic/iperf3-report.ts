import type { Machine } from '../machine.ts'

/** What a client was asked to do. */
export interface Test {
  readonly to: string
  readonly port: number
  readonly streams: number
  /** Modelled seconds. */
  readonly seconds: number
  readonly udp: boolean
  readonly reverse: boolean
  /** Bits per second and stream; null is as fast as it gets. */
  readonly limit: number | null
}

/** A second of the test, or what is left of it. */
export interface Interval {
  readonly start: number
  readonly end: number
  readonly bytes: number
  readonly packets: number
}

/** The report of `-J` for a test that ran (iperf_api.c, iperf_json_finish). */
export function iperf3Json(machine: Machine, test: Test, intervals: readonly Interval[]): unknown {
  const local = localAddress(machine, test.to)
  const sockets = Array.from({ length: test.streams }, (_, at) => ({
    socket: 5 + 2 * at,
    local_host: local,
    local_port: 40000 + 2 * at,
    remote_host: test.to,
    remote_port: test.port,
  }))
  const streamOf = (socket: number, { start, end, bytes, packets }: Interval) => {
    const share = Math.round(bytes / test.streams)
    return {
      socket,
      start,
      end,
      seconds: end - start,
      bytes: share,
      bits_per_second: (share * 8) / (end - start),
      ...(test.udp
        ? { packets: Math.round(packets / test.streams) }
        : { retransmits: 0, snd_cwnd: 1048576, rtt: 210, rttvar: 20, pmtu: 1500 }),
      omitted: false,
      sender: !test.reverse,
    }
  }
  const sumOf = ({ start, end, bytes, packets }: Interval) => ({
    start,
    end,
    seconds: end - start,
    bytes,
    bits_per_second: (bytes * 8) / (end - start),
    ...(test.udp ? { packets } : { retransmits: 0 }),
    omitted: false,
    sender: !test.reverse,
  })
  const whole: Interval = {
    start: 0,
    end: test.seconds,
    bytes: intervals.reduce((sum, each) => sum + each.bytes, 0),
    packets: intervals.reduce((sum, each) => sum + each.packets, 0),
  }
  const { sender: _sender, omitted: _omitted, ...sum } = sumOf(whole)
  const started = Math.floor(machine.time.now() - test.seconds)
  return {
    start: {
      connected: sockets,
      version: `iperf ${iperf3Version(machine)}`,
      system_info: systemInfo(machine),
      timestamp: { time: new Date(started * 1000).toUTCString(), timesecs: started },
      connecting_to: { host: test.to, port: test.port },
      cookie: 'vfl4gcookie',
      ...(test.udp ? {} : { tcp_mss_default: 1448 }),
      test_start: {
        protocol: test.udp ? 'UDP' : 'TCP',
        num_streams: test.streams,
        blksize: test.udp ? 1448 : 131072,
        omit: 0,
        duration: test.seconds,
        bytes: 0,
        blocks: 0,
        reverse: test.reverse ? 1 : 0,
        tos: 0,
      },
    },
    intervals: intervals.map((each) => ({
      streams: sockets.map(({ socket }) => streamOf(socket, each)),
      sum: sumOf(each),
    })),
    end: {
      streams: sockets.map(({ socket }) => {
        const { omitted: _, ...stream } = streamOf(socket, whole)
        return test.udp
          ? { udp: { ...stream, jitter_ms: 0.004, lost_packets: 0, lost_percent: 0 } }
          : { sender: stream, receiver: { ...stream, retransmits: undefined } }
      }),
      ...(test.udp
        ? { sum: { ...sum, jitter_ms: 0.004, lost_packets: 0, lost_percent: 0, sender: true } }
        : {
            sum_sent: { ...sum, sender: true },
            sum_received: { ...sum, retransmits: undefined, sender: true },
          }),
      cpu_utilization_percent: {
        host_total: 12.4,
        host_user: 0.6,
        host_system: 11.8,
        remote_total: 31.5,
        remote_user: 1.1,
        remote_system: 30.4,
      },
      ...(test.udp ? {} : { sender_tcp_congestion: 'cubic', receiver_tcp_congestion: 'cubic' }),
    },
  }
}

/** The lines for people. */
export function iperf3Text(machine: Machine, test: Test, intervals: readonly Interval[]): string {
  const local = localAddress(machine, test.to)
  const label = (at: number | 'SUM') => `[${at === 'SUM' ? 'SUM' : String(5 + 2 * at).padStart(3)}]`
  const row = (at: number | 'SUM', { start, end, bytes }: Interval, share: number, tail: string) => {
    const part = bytes / share
    return `${label(at)} ${start.toFixed(2).padStart(6)}-${end.toFixed(2).padEnd(6)} sec  ${amount(part)}  ${rate((part * 8) / (end - start))}${tail}\n`
  }
  const sockets = Array.from({ length: test.streams }, (_, at) => at)
  const whole: Interval = {
    start: 0,
    end: test.seconds,
    bytes: intervals.reduce((sum, each) => sum + each.bytes, 0),
    packets: 0,
  }
  const bar = '- '.repeat(25).trimEnd()
  const rows = (each: Interval, tail: string) => [
    ...sockets.map((at) => row(at, each, test.streams, tail)),
    ...(test.streams > 1 ? [row('SUM', each, 1, tail)] : []),
  ]
  return [
    `Connecting to host ${test.to}, port ${test.port}\n`,
    ...(test.reverse ? [`Reverse mode, remote host ${test.to} is sending\n`] : []),
    ...sockets.map(
      (at) => `${label(at)} local ${local} port ${40000 + 2 * at} connected to ${test.to} port ${test.port}\n`,
    ),
    '[ ID] Interval           Transfer     Bitrate         Retr  Cwnd\n',
    ...intervals.flatMap((each) => [
      ...rows(each, '    0   1.00 MBytes       '),
      ...(test.streams > 1 ? [`${bar}\n`] : []),
    ]),
    ...(test.streams > 1 ? [] : [`${bar}\n`]),
    '[ ID] Interval           Transfer     Bitrate         Retr\n',
    ...rows(whole, '    0             sender'),
    ...rows(whole, '                  receiver'),
    '\niperf Done.\n',
  ].join('')
}

function amount(bytes: number): string {
  const [value, unit] =
    bytes >= 2 ** 30
      ? [bytes / 2 ** 30, 'GBytes']
      : bytes >= 2 ** 20
        ? [bytes / 2 ** 20, 'MBytes']
        : [bytes / 2 ** 10, 'KBytes']
  return `${figures(value).padStart(4)} ${unit}`
}

function rate(bits: number): string {
  const [value, unit] =
    bits >= 1e9 ? [bits / 1e9, 'Gbits/sec'] : bits >= 1e6 ? [bits / 1e6, 'Mbits/sec'] : [bits / 1e3, 'Kbits/sec']
  return `${figures(value).padStart(4)} ${unit}`
}

// Three figures, as units.c prints them.
function figures(value: number): string {
  return value < 9.995 ? value.toFixed(2) : value < 99.95 ? value.toFixed(1) : value.toFixed(0)
}

function localAddress(machine: Machine, to: string): string {
  const network = to.split('.').slice(0, 3).join('.')
  const addresses = machine.kernel.links().flatMap((link) => link.addresses.map((each) => each.split('/', 1)[0] ?? ''))
  return addresses.find((each) => each.startsWith(`${network}.`)) ?? addresses[0] ?? '127.0.0.1'
}

/** The version of the installed iperf3. */
export function iperf3Version(machine: Machine): string {
  return (machine.state.packages['iperf3'] ?? '3.9').replace(/-.*$/, '')
}

/** What it says of the system. */
export function systemInfo(machine: Machine): string {
  return `Linux ${machine.state.name} x86_64`
}
