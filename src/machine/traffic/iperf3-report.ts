import type { Machine } from '../machine.ts'
import type { Carried } from './streams.ts'

/** What a client was asked to do. */
export interface Test {
  readonly to: string
  readonly port: number
  readonly streams: number
  /** Modelled seconds. */
  readonly seconds: number
  /** Seconds between reports; 0 for none but the last. */
  readonly interval: number
  readonly udp: boolean
  readonly reverse: boolean
  /** Bits per second and stream; null is as fast as it gets. */
  readonly limit: number | null
}

/** A piece of the test, by stream. */
export interface Interval extends Carried {
  readonly start: number
  readonly end: number
}

/** Numbers of one stream, or of all together. */
interface Piece {
  readonly start: number
  readonly end: number
  readonly bytes: number
  readonly packets: number
  readonly retransmits: number
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)

const pieceOf = ({ start, end, bytes, packets, retransmits }: Interval, stream: number): Piece => ({
  start,
  end,
  bytes: bytes[stream] ?? 0,
  packets: packets[stream] ?? 0,
  retransmits: retransmits[stream] ?? 0,
})

const together = ({ start, end, bytes, packets, retransmits }: Interval): Piece => ({
  start,
  end,
  bytes: sum(bytes),
  packets: sum(packets),
  retransmits: sum(retransmits),
})

/** The test as one interval. */
function wholeOf(test: Test, intervals: readonly Interval[]): Interval {
  const add = (of: (each: Interval) => readonly number[]) =>
    Array.from({ length: test.streams }, (_, at) => sum(intervals.map((each) => of(each)[at] ?? 0)))
  return {
    start: 0,
    end: intervals.at(-1)?.end ?? 0,
    bytes: add((each) => each.bytes),
    packets: add((each) => each.packets),
    retransmits: add((each) => each.retransmits),
  }
}

/** The report of `-J` for a test that ran, or was interrupted with an error: then nothing is known of the receiver (iperf_api.c, iperf_json_finish). */
export function iperf3Json(
  machine: Machine,
  test: Test,
  intervals: readonly Interval[],
  error: string | null,
): unknown {
  const local = localAddress(machine, test.to)
  const sockets = Array.from({ length: test.streams }, (_, at) => ({
    socket: 5 + 2 * at,
    local_host: local,
    local_port: 40000 + 2 * at,
    remote_host: test.to,
    remote_port: test.port,
  }))
  const rate = ({ start, end, bytes }: Piece) => ({
    start,
    end,
    seconds: end - start,
    bytes,
    bits_per_second: end > start ? (bytes * 8) / (end - start) : 0,
  })
  const streamOf = (socket: number, piece: Piece) => ({
    socket,
    ...rate(piece),
    ...(test.udp
      ? { packets: piece.packets }
      : { retransmits: piece.retransmits, snd_cwnd: 1048576, rtt: 210, rttvar: 20, pmtu: 1500 }),
    omitted: false,
    sender: !test.reverse,
  })
  const sumOf = (piece: Piece) => ({
    ...rate(piece),
    ...(test.udp ? { packets: piece.packets } : { retransmits: piece.retransmits }),
    omitted: false,
    sender: !test.reverse,
  })
  const whole = wholeOf(test, intervals)
  const received = (piece: Piece): Piece => (error === null ? piece : { ...piece, bytes: 0 })
  const { sender: _sender, omitted: _omitted, ...sent } = sumOf(together(whole))
  const arrived = rate(received(together(whole)))
  const started = Math.floor(machine.time.now() - whole.end)
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
      streams: sockets.map(({ socket }, at) => streamOf(socket, pieceOf(each, at))),
      sum: sumOf(together(each)),
    })),
    end: {
      streams: sockets.map(({ socket }, at) => {
        const piece = pieceOf(whole, at)
        const { omitted: _, ...stream } = streamOf(socket, piece)
        return test.udp
          ? { udp: { ...stream, jitter_ms: 0.004, lost_packets: 0, lost_percent: 0 } }
          : { sender: stream, receiver: { socket, ...rate(received(piece)), sender: !test.reverse } }
      }),
      ...(test.udp
        ? { sum: { ...sent, jitter_ms: 0.004, lost_packets: 0, lost_percent: 0, sender: true } }
        : {
            sum_sent: { ...sent, sender: true },
            sum_received: { ...arrived, sender: true },
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
    ...(error !== null && { error }),
  }
}

/** The lines for people. */
export function iperf3Text(machine: Machine, test: Test, intervals: readonly Interval[]): string {
  const local = localAddress(machine, test.to)
  const label = (at: number | 'SUM') => `[${at === 'SUM' ? 'SUM' : String(5 + 2 * at).padStart(3)}]`
  const row = (at: number | 'SUM', { start, end, bytes }: Piece, tail: string) =>
    `${label(at)} ${start.toFixed(2).padStart(6)}-${end.toFixed(2).padEnd(6)} sec  ${amount(bytes)}  ${rate(end > start ? (bytes * 8) / (end - start) : 0)}${tail}\n`
  const sockets = Array.from({ length: test.streams }, (_, at) => at)
  const whole = wholeOf(test, intervals)
  const bar = '- '.repeat(25).trimEnd()
  const again = ({ retransmits }: Piece) => String(retransmits).padStart(5)
  const rows = (each: Interval, tail: (piece: Piece) => string) => [
    ...sockets.map((at) => row(at, pieceOf(each, at), tail(pieceOf(each, at)))),
    ...(test.streams > 1 ? [row('SUM', together(each), tail(together(each)))] : []),
  ]
  return [
    `Connecting to host ${test.to}, port ${test.port}\n`,
    ...(test.reverse ? [`Reverse mode, remote host ${test.to} is sending\n`] : []),
    ...sockets.map(
      (at) => `${label(at)} local ${local} port ${40000 + 2 * at} connected to ${test.to} port ${test.port}\n`,
    ),
    '[ ID] Interval           Transfer     Bitrate         Retr  Cwnd\n',
    ...intervals.flatMap((each) => [
      ...rows(each, (piece) => `${again(piece)}   1.00 MBytes       `),
      ...(test.streams > 1 ? [`${bar}\n`] : []),
    ]),
    ...(test.streams > 1 ? [] : [`${bar}\n`]),
    '[ ID] Interval           Transfer     Bitrate         Retr\n',
    ...rows(whole, (piece) => `${again(piece)}             sender`),
    ...rows(whole, () => '                  receiver'),
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
