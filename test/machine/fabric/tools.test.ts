import { beforeAll, describe, expect, it } from 'vitest'
import { parseIperf3 } from '../../../src/parsers/iperf3.ts'
import { bringUpGuests, bringUpVfLag, type SmallLab, smallLab } from '../../support/lab-machine.ts'

describe('programs of the traffic client', () => {
  let lab: SmallLab
  const run = async (line: string) => {
    const { status, stdout, stderr } = await lab.client.exec(line.split(' '))
    return [status, stdout, stderr] as const
  }
  beforeAll(async () => {
    lab = smallLab()
    await bringUpVfLag(lab)
    await bringUpGuests(lab)
  })

  it('iperf3 -J has the shape of 3.x', async () => {
    const [status, stdout, stderr] = await run('iperf3 -c 198.51.100.11 -P 2 -t 3 -J')
    expect([status, stderr]).toEqual([0, ''])
    const report = JSON.parse(stdout)
    const number = expect.any(Number)
    expect(report.start.test_start).toEqual({
      protocol: 'TCP',
      num_streams: 2,
      blksize: 131072,
      omit: 0,
      duration: 3,
      bytes: 0,
      blocks: 0,
      reverse: 0,
      tos: 0,
    })
    expect(report.start.connected).toEqual([
      { socket: 5, local_host: '198.51.100.1', local_port: 40000, remote_host: '198.51.100.11', remote_port: 5201 },
      { socket: 7, local_host: '198.51.100.1', local_port: 40002, remote_host: '198.51.100.11', remote_port: 5201 },
    ])
    expect(report.intervals.length).toBe(3)
    expect(report.intervals[2].sum).toEqual({
      start: 2,
      end: 3,
      seconds: 1,
      bytes: number,
      bits_per_second: number,
      retransmits: 0,
      omitted: false,
      sender: true,
    })
    expect(report.end.sum_received).toEqual({
      start: 0,
      end: 3,
      seconds: 3,
      bytes: number,
      bits_per_second: number,
      sender: true,
    })
    expect(parseIperf3(stdout)).toEqual({
      ok: true,
      bitsPerSecond: number,
      bytes: report.end.sum_received.bytes,
      retransmits: 0,
      streams: 2,
      intervals: [0, 1, 2].map((start) => ({ start, end: start + 1, bytes: [number, number] })),
    })
  })

  it('iperf3 -J that cannot connect has an error, an empty end and status 0', async () => {
    const [status, stdout] = await run('iperf3 -c 198.51.100.99 -J')
    const { start: _start, ...rest } = JSON.parse(stdout)
    expect([status, rest]).toEqual([
      0,
      { intervals: [], end: {}, error: 'unable to connect to server: No route to host' },
    ])
    expect(await run('iperf3 -c 198.51.100.11 -p 9 -t 1')).toEqual([
      1,
      '',
      'iperf3: error - unable to connect to server: Connection refused\n',
    ])
  })

  it('iperf3 prints lines for people', async () => {
    expect(await run('iperf3 -c 198.51.100.11 -t 1')).toEqual([
      0,
      `Connecting to host 198.51.100.11, port 5201
[  5] local 198.51.100.1 port 40000 connected to 198.51.100.11 port 5201
[ ID] Interval           Transfer     Bitrate         Retr  Cwnd
[  5]   0.00-1.00   sec  2.72 GBytes  23.4 Gbits/sec    0   1.00 MBytes       
- - - - - - - - - - - - - - - - - - - - - - - - -
[ ID] Interval           Transfer     Bitrate         Retr
[  5]   0.00-1.00   sec  2.72 GBytes  23.4 Gbits/sec    0             sender
[  5]   0.00-1.00   sec  2.72 GBytes  23.4 Gbits/sec                  receiver

iperf Done.
`,
      '',
    ])
  })

  it('iperf3 -b limits what the ports carry as well', async () => {
    const before = lab.hv.state.cards[0].pfs.reduce((sum, pf) => sum + pf.counters.rx_bytes_phy, 0)
    const [, stdout] = await run('iperf3 -c 198.51.100.11 -t 1 -b 1G -J')
    const carried = lab.hv.state.cards[0].pfs.reduce((sum, pf) => sum + pf.counters.rx_bytes_phy, 0) - before
    expect(JSON.parse(stdout).end.sum_received.bits_per_second).toBeCloseTo(1e9, -6)
    expect(carried * 8).toBeLessThan(1.1e9)
  })

  it('ping counts what came back', async () => {
    expect(await run('ping -c 3 -i 0.5 198.51.100.12')).toEqual([
      0,
      `PING 198.51.100.12 (198.51.100.12) 56(84) bytes of data.
64 bytes from 198.51.100.12: icmp_seq=1 ttl=64 time=0.612 ms
64 bytes from 198.51.100.12: icmp_seq=2 ttl=64 time=0.227 ms
64 bytes from 198.51.100.12: icmp_seq=3 ttl=64 time=0.240 ms

--- 198.51.100.12 ping statistics ---
3 packets transmitted, 3 received, 0% packet loss, time 1000ms
rtt min/avg/max/mdev = 0.227/0.360/0.612/0.179 ms
`,
      '',
    ])
    expect(await run('ping -c 1 -W 1 198.51.100.99')).toEqual([
      1,
      expect.stringContaining('1 packets transmitted, 0 received, +1 errors, 100% packet loss'),
      '',
    ])
    expect(await run('ping -c 1 nowhere')).toEqual([2, '', 'ping: nowhere: Name or service not known\n'])
  })

  it('are not on the hypervisor unless somebody installs them', async () => {
    expect(await lab.run('iperf3 -c 198.51.100.11')).toEqual([127, '', 'sh: 1: iperf3: not found\n'])
  })
})
