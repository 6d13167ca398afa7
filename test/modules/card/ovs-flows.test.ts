import { describe, expect, test } from 'vitest'
import { ovsFlows } from '../../../src/modules/card/ovs-flows.ts'
import { hvFacts, hypervisor, planFor, profiles, type Shown, shown } from '../../support/readings.ts'

interface Counted {
  readonly all: number
  readonly kernel: number
}

const flow = (from: string, to: string, more = '') =>
  `recirc_id(0),in_port(${from}),eth_type(0x0800), packets:9, bytes:9, used:0.5s${more}, actions:${to}\n`
const counters = ({ all, kernel }: Counted) =>
  `NIC statistics:\n     rx_packets: ${kernel}\n     tx_packets: 0\n     vport_rx_packets: ${all - 1}\n     vport_tx_packets: 1\n`
const dump = 'ovs-appctl --timeout=10 dpctl/dump-flows -m --names'
const pfs = ['ens2f0', 'ens2f1']

describe.each(profiles)('ovs_flows on %s', (profile) => {
  const host = (first: Counted, flows = '', more: Shown['commands'] = {}): Shown =>
    shown(hypervisor(profile, { vfs: 1, mode: 'switchdev' }), {
      commands: {
        [dump]: flows,
        'ethtool -S ens2f0_0': counters(first),
        'ethtool -S ens2f1_0': counters({ all: 10, kernel: 10 }),
        ...more,
      },
    })
  const plan = (args: object, on: Shown) => planFor(ovsFlows, { pfs, ...args }, on, hvFacts(profile))
  const since = {
    packets: { '0000:61:00.0/vf0': { all: 100, kernel: 50 }, '0000:61:00.1/vf0': { all: 10, kernel: 10 } },
  }

  test('counts the flows of each VF, and notes its packets', () => {
    const flows =
      flow('ens2f0_0', 'bond0', ', offloaded:yes, dp:tc') +
      flow('bond0', 'ens2f0_0', ', dp:ovs') +
      flow('bond0', 'ovs-sriov')
    expect(plan({}, host({ all: 100, kernel: 50 }, flows))).toEqual({
      kind: 'unchanged',
      because: '1 flow of VFs in the card and 1 in the kernel',
      data: {
        offloaded: 1,
        not_offloaded: 1,
        vfs: [
          { pf: 'ens2f0', vf: 0, netdev: 'ens2f0_0', offloaded: 1, not_offloaded: 1 },
          { pf: 'ens2f1', vf: 0, netdev: 'ens2f1_0', offloaded: 0, not_offloaded: 0 },
        ],
        packets: since.packets,
      },
    })
  })

  const vms = [{ name: 'vm1', pf: 'ens2f0', vf: 0 }]
  test.each([
    [
      'the card forwarded',
      { all: 100_100, kernel: 150 },
      vms,
      'unchanged',
      'the card forwarded the traffic of 1 VF; 0 flows of VFs in the card and 0 in the kernel',
    ],
    [
      'the kernel forwarded',
      { all: 100_100, kernel: 100_050 },
      vms,
      'failed',
      '100,000 of 100,000 packets of VF 0 of ens2f0 (VM vm1) went through the kernel of the host, not through the card alone',
    ],
    [
      'nothing came',
      { all: 105, kernel: 50 },
      vms,
      'failed',
      'VF 0 of ens2f0 (VM vm1) carried 5 packets: the traffic took another way',
    ],
    [
      'nothing came, and nobody said that something should',
      { all: 105, kernel: 50 },
      [],
      'unchanged',
      'no VF had traffic that could be judged; 0 flows of VFs in the card and 0 in the kernel',
    ],
  ])('since then %s', (_what, now, judged, kind, because) => {
    expect(plan({ since, expect: 'offloaded', vms: judged }, host(now))).toMatchObject({ kind, because })
  })

  test('without counters the flows that are left tell', () => {
    const none = { 'ethtool -S ens2f0_0': { status: 94, stderr: 'no stats available\n' } }
    const judge = (flows: string) => plan({ since, expect: 'offloaded', vms }, host({ all: 1, kernel: 1 }, flows, none))
    expect(judge(flow('ens2f0_0', 'bond0', ', offloaded:yes, dp:tc'))).toMatchObject({ kind: 'unchanged' })
    expect(judge(flow('ens2f0_0', 'bond0'))).toMatchObject({
      kind: 'failed',
      because: '1 flow of VF 0 of ens2f0 (VM vm1) in the kernel of the host and none in the card',
    })
  })

  test('Open vSwitch that does not answer is no proof', () => {
    const silent = {
      status: 1,
      stderr: 'ovs-appctl: cannot read pidfile "/var/run/openvswitch/ovs-vswitchd.pid" (No such file or directory)\n',
    }
    expect(plan({}, host({ all: 1, kernel: 1 }, '', { [dump]: silent }))).toEqual({
      kind: 'blocked',
      because:
        'Open vSwitch does not tell its flows: cannot read pidfile "/var/run/openvswitch/ovs-vswitchd.pid" (No such file or directory)',
      hint: 'start Open vSwitch (module service)',
    })
  })
})
