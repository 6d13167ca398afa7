import { describe, expect, test } from 'vitest'
import { iperf3 } from '../../../src/modules/card/iperf3.ts'
import { portCounters } from '../../../src/modules/card/port-counters.ts'
import { type Answer, hvFacts, planFor } from '../../support/readings.ts'

const facts = hvFacts('el9')

describe('iperf3', () => {
  const args = { server: '198.51.100.11', streams: 16, seconds: 10 }
  const words = 'iperf3 -c 198.51.100.11 -P 16 -t 10 -J'
  const report = JSON.stringify({
    end: {
      streams: Array.from({ length: 16 }, () => ({})),
      sum_sent: { bytes: 1.2e11, bits_per_second: 9.6e10, retransmits: 12 },
      sum_received: { bytes: 1.19e11, bits_per_second: 9.52e10 },
    },
  })
  const data = { bits_per_second: 9.52e10, bytes: 1.19e11, retransmits: 12, streams: 16 }
  const plan = (answer: Answer | null, over: object = {}, command = words) =>
    planFor(iperf3, { ...args, ...over }, { commands: { [command]: answer } }, facts)

  test('traffic that arrives is measured, and changes nothing', () => {
    expect(plan(report)).toEqual({ kind: 'unchanged', because: '95.2 Gbit/s over 16 streams to 198.51.100.11', data })
  })

  test('less than the minimum is a failure', () => {
    expect(plan(report, { minimum_mbits: 100_000 })).toMatchObject({
      kind: 'failed',
      because: '95.2 Gbit/s over 16 streams to 198.51.100.11, but must be at least 100.0 Gbit/s',
      data,
    })
  })

  test('a failed connection is a failure although iperf3 ends with 0', () => {
    const error =
      '{"start":{"connected":[]},"intervals":[],"end":{},"error":"unable to connect to server: Connection refused"}'
    expect(plan(error)).toMatchObject({
      kind: 'failed',
      because: 'no traffic to 198.51.100.11: unable to connect to server: Connection refused',
    })
    expect(plan({ status: 1, stderr: 'iperf3: error - unable to send\n' })).toMatchObject({
      kind: 'failed',
      because: 'no traffic to 198.51.100.11: iperf3: error - unable to send',
    })
  })

  test('a busy server is tried again', () => {
    const busy = '{"error":"the server is busy running a test. try again later"}'
    expect(plan(busy)).toEqual({
      kind: 'wait',
      because: 'the iperf3 server at 198.51.100.11 is busy',
      again: 2,
      upTo: 60,
    })
  })

  test('a host without iperf3 is told the package', () => {
    expect(plan(null)).toEqual({
      kind: 'blocked',
      because: 'iperf3 is not installed',
      hint: 'install the package iperf3 (module package)',
    })
  })

  test('port and direction are passed on', () => {
    expect(
      plan(report, { port: 5202, reverse: true }, 'iperf3 -c 198.51.100.11 -P 16 -t 10 -p 5202 -R -J'),
    ).toMatchObject({ kind: 'unchanged' })
  })
})

describe('port_counters', () => {
  const statistics = (rx: number, tx: number): string =>
    `NIC statistics:\n     rx_packets: 1\n     rx_packets_phy: ${rx}\n     tx_packets_phy: ${tx}\n     rx_bytes_phy: 0\n     tx_bytes_phy: 0\n     link_down_events_phy: 0\n`
  const counters = (rx: number, tx: number) => ({
    rx_packets_phy: rx,
    tx_packets_phy: tx,
    rx_bytes_phy: 0,
    tx_bytes_phy: 0,
    link_down_events_phy: 0,
  })
  const before = {
    outcome: 'ok',
    changed: false,
    because: 'noted',
    deltas: [],
    ports: { ens2f0: counters(100, 100), ens2f1: counters(100, 100) },
  }
  const plan = (first: readonly [number, number], second: readonly [number, number], args: object = {}) =>
    planFor(
      portCounters,
      { pfs: ['ens2f0', '0000:61:00.1'], ...args },
      { commands: { 'ethtool -S ens2f0': statistics(...first), 'ethtool -S ens2f1': statistics(...second) } },
      facts,
    )

  test('counters are noted under the names of the interfaces', () => {
    expect(plan([1, 2], [3, 4])).toEqual({
      kind: 'unchanged',
      because: 'counters of ens2f0 and ens2f1 noted',
      data: { ports: { ens2f0: counters(1, 2), ens2f1: counters(3, 4) } },
    })
  })

  test('both ports sent their share', () => {
    expect(plan([100, 600_100], [900_100, 400_100], { since: before, expect: 'both' })).toEqual({
      kind: 'unchanged',
      because: 'ens2f0 sent 600,000 and received 0 and ens2f1 sent 400,000 and received 900,000 packets',
      data: {
        ports: { ens2f0: counters(100, 600_100), ens2f1: counters(900_100, 400_100) },
        packets: { ens2f0: { received: 0, sent: 600_000 }, ens2f1: { received: 900_000, sent: 400_000 } },
      },
    })
  })

  test.each([
    [
      'both',
      [100, 1_000_100],
      [100, 40_100],
      {},
      'ens2f1 sent less than 5 % of the packets: ens2f0 sent 1,000,000 and received 0 and ens2f1 sent 40,000 and received 0 packets',
    ],
    [
      'both',
      [120, 120],
      [120, 120],
      {},
      'too little traffic to judge (less than 1000 packets): ens2f0 sent 20 and received 20 and ens2f1 sent 20 and received 20 packets',
    ],
    [
      'one',
      [100, 5100],
      [100, 5100],
      {},
      'traffic went through ens2f0 and ens2f1, but must go through one port alone: ens2f0 sent 5,000 and received 0 and ens2f1 sent 5,000 and received 0 packets',
    ],
    [
      'one',
      [100, 100],
      [5100, 5100],
      { only: 'ens2f0' },
      'traffic went through ens2f1, but must go through ens2f0 alone: ens2f0 sent 0 and received 0 and ens2f1 sent 5,000 and received 5,000 packets',
    ],
    ['any', [50, 100], [100, 100], {}, 'the counters of ens2f0 went back: the port was reset since'],
  ] as const)('expect: %s fails with the numbers, case %#', (what, first, second, more, because) => {
    expect(plan(first, second, { since: before, expect: what, ...more })).toMatchObject({ kind: 'failed', because })
  })

  test.each([
    ['one', { only: 'ens2f0' }],
    ['any', {}],
  ])('expect: %s holds when the first port carried it all', (what, more) => {
    expect(plan([90_100, 50_100], [110, 110], { since: before, expect: what, ...more })).toMatchObject({
      kind: 'unchanged',
    })
  })

  test('what cannot be compared is refused', () => {
    expect(plan([1, 1], [1, 1], { since: {} })).toMatchObject({ kind: 'blocked', because: 'since holds no counters' })
    expect(plan([1, 1], [1, 1], { since: { ports: { ens2f0: counters(1, 1) } } })).toMatchObject({
      kind: 'blocked',
      because: 'since has no counters of ens2f1',
    })
    expect(
      planFor(portCounters, { pfs: ['ens2f0'] }, { commands: { 'ethtool -S ens2f0': 'no stats available\n' } }, facts),
    ).toMatchObject({
      kind: 'blocked',
      because: 'ens2f0 has no *_phy counters',
    })
  })

  test('a failed port is silent but for what LACP and LLDP send', () => {
    const clock = (at: number) => ({ files: { '/proc/uptime': `${at}.00 1.00\n` } })
    const look = (tx: number, args: object = {}) =>
      planFor(
        portCounters,
        {
          pfs: ['ens2f0', 'ens2f1'],
          since: { ...before, at: 50 },
          expect: 'one',
          only: 'ens2f0',
          silent: ['0000:61:00.1'],
          ...args,
        },
        {
          commands: {
            'ethtool -S ens2f0': statistics(500_100, 500_100),
            'ethtool -S ens2f1': statistics(100, 100 + tx),
          },
          ...clock(52),
        },
        facts,
      )
    expect(look(40)).toMatchObject({ kind: 'unchanged', data: { at: 52 } })
    expect(look(41)).toMatchObject({
      kind: 'failed',
      because:
        'ens2f1 carried more than 20 packets a second, but must be silent: ens2f0 sent 500,000 and received 500,000 and ens2f1 sent 41 and received 0 packets',
    })
    expect(look(41, { noise: 21 })).toMatchObject({ kind: 'unchanged' })
  })

  test('a port that sends less than the noise is not used, however little the others send', () => {
    expect(
      planFor(
        portCounters,
        { pfs: ['ens2f0', 'ens2f1'], since: { ...before, at: 0 }, expect: 'both', noise: 20 },
        {
          commands: { 'ethtool -S ens2f0': statistics(5000, 1100), 'ethtool -S ens2f1': statistics(100, 200) },
          files: { '/proc/uptime': '10.00 1.00\n' },
        },
        facts,
      ),
    ).toMatchObject({ kind: 'failed' })
  })
})
