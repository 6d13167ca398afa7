import { describe, expect, it } from 'vitest'
import type { SwitchMode } from '../../../src/machine/fabric.ts'
import { detach, remove } from '../../../src/module/step.ts'
import { bringUpGuests, bringUpVfLag, type SmallLab, smallLab } from '../../support/lab-machine.ts'

interface Report {
  readonly error?: string
  readonly intervals: readonly {
    readonly streams: readonly { readonly bytes: number; readonly retransmits: number }[]
    readonly sum: { readonly start: number; readonly end: number; readonly bytes: number }
  }[]
  readonly end: { readonly sum_sent: { readonly retransmits: number } }
}

async function ready(mode: string, switchMode: SwitchMode): Promise<SmallLab> {
  const lab = smallLab('el9', { mode: switchMode })
  await bringUpVfLag(lab, mode)
  await bringUpGuests(lab)
  return lab
}

/** Traffic of `seconds` to the first VM in the background, with what happens meanwhile. */
async function during(lab: SmallLab, seconds: number, work: () => Promise<unknown>): Promise<Report> {
  const test = `iperf3 -c 198.51.100.11 -P 8 -t ${seconds} -i 0.1 -J --logfile /tmp/test.json`.split(' ')
  await lab.client.perform({ before: [], steps: [remove('/tmp/test.json'), detach(test)], after: [] })
  await work()
  await lab.wait(seconds + 1)
  const file = lab.client.files.read('/tmp/test.json')
  return JSON.parse(file.ok ? Buffer.from(file.value).toString('utf8') : '{}')
}

/** The interval in which each stream brought nothing: the first, and how many in a row. */
const silence = (report: Report) =>
  report.intervals[0]?.streams.map((_, stream) => {
    const silent = report.intervals.flatMap((each, at) => (each.streams[stream]?.bytes === 0 ? [at] : []))
    return silent.length === 0 ? 'none' : `${silent.length} from ${silent[0]}`
  })

describe('a port that fails under traffic', () => {
  it.each([
    ['802.3ad', 'lacp'],
    ['balance-xor', 'static'],
  ] as const)(
    'in %s stops its half of the streams until the bond and the card have noticed',
    async (mode, switchMode) => {
      const lab = await ready(mode, switchMode)
      const report = await during(lab, 4, async () => {
        await lab.wait(1.03)
        await lab.run('ip link set dev ens2f1 down')
      })
      expect(report.intervals.length).toBe(40)
      expect(silence(report)).toEqual([
        'none',
        '1 from 11',
        'none',
        '1 from 11',
        'none',
        '1 from 11',
        'none',
        '1 from 11',
      ])
      expect(report.end.sum_sent.retransmits).toBe(4 * 161)
      expect(lab.hv.state.cards[0].lag.map).toEqual([1, 1])
    },
  )

  it('in active-backup stops all of them when it is the active one, and none when it is not', async () => {
    const lab = await ready('active-backup', 'none')
    const backup = await during(lab, 2, async () => {
      await lab.wait(1.03)
      await lab.run('ip link set dev ens2f1 down')
    })
    expect(silence(backup)).toEqual(Array(8).fill('none'))
    await lab.run('ip link set dev ens2f1 up')
    await lab.wait(1)
    const active = await during(lab, 2, async () => {
      await lab.wait(1.03)
      await lab.run('ip link set dev ens2f0 down')
    })
    expect(silence(active)).toEqual(Array(8).fill('1 from 11'))
    expect(lab.hv.state.links['bond0']?.bond?.activeSlave).toBe('ens2f1')
  })

  it('takes a VF along whose queues were made before the LAG, until the port is back', async () => {
    const lab = await ready('802.3ad', 'lacp')
    for (const vf of lab.hv.state.cards[0].pfs[0]?.vfs ?? []) vf.pinned = true
    const report = await during(lab, 9, async () => {
      await lab.wait(1)
      await lab.run('ip link set dev ens2f0 down')
      await lab.wait(1)
      await lab.run('ip link set dev ens2f0 up')
    })
    // Back after 1 s and 4.1 s of LACP with its slow rate; TCP tries again 0.2, 0.6, 1.4, 3 and 6.2 s after the loss.
    expect(silence(report)).toEqual(Array(8).fill('62 from 10'))
  })

  it('that the bond notices late stops the streams for as long as TCP waits', async () => {
    const lab = await ready('balance-xor', 'static')
    await lab.set('/sys/class/net/bond0/bonding/miimon', '400')
    const report = await during(lab, 3, async () => {
      await lab.wait(1.01)
      await lab.run('ip link set dev ens2f1 down')
    })
    expect(silence(report)?.filter((each) => each !== 'none')).toEqual(Array(4).fill('5 from 11'))
  })

  it('is counted on neither side while it is down, and the other port carries everything', async () => {
    const lab = await ready('802.3ad', 'lacp')
    const counters = () =>
      lab.hv.state.cards[0].pfs.map(({ counters: { rx_packets_phy, tx_packets_phy } }) => [
        rx_packets_phy,
        tx_packets_phy,
      ])
    let failed: number[][] = []
    let later: number[][] = []
    await during(lab, 4, async () => {
      await lab.wait(1)
      await lab.run('ip link set dev ens2f1 down')
      failed = counters()
      await lab.wait(2)
      later = counters()
    })
    expect(later[1]).toEqual(failed[1])
    expect((later[0]?.[0] ?? 0) - (failed[0]?.[0] ?? 0)).toBeGreaterThan(1_000_000)
  })
})

describe('traffic in the background', () => {
  it('that is interrupted says so, and reports what it has', async () => {
    const lab = await ready('802.3ad', 'lacp')
    const report = await during(lab, 60, async () => {
      await lab.wait(2.05)
      expect((await lab.client.exec(['pkill', '-INT', '-f', '--', '/tmp/test.json'])).status).toBe(0)
    })
    expect([report.error, report.intervals.length, report.intervals.at(-1)?.sum]).toEqual([
      'interrupt - the client has terminated',
      21,
      expect.objectContaining({ start: 2, end: 2.05 }),
    ])
  })

  it('keeps the server to itself', async () => {
    const lab = await ready('802.3ad', 'lacp')
    await during(lab, 3, async () => {
      const { stdout } = await lab.client.exec('iperf3 -c 198.51.100.11 -t 1 -J'.split(' '))
      expect(JSON.parse(stdout).error).toBe('the server is busy running a test. try again later')
    })
    const { stdout } = await lab.client.exec('iperf3 -c 198.51.100.11 -t 1 -J'.split(' '))
    expect(JSON.parse(stdout).error).toBeUndefined()
  })
})
