import { describe, expect, it } from 'vitest'
import { createFabric } from '../../../src/machine/fabric.ts'
import type { FlowResult } from '../../../src/machine/machine.ts'
import { bringUpGuests, bringUpVfLag, type SmallLab, smallLab } from '../../support/lab-machine.ts'

const send = (lab: SmallLab, to = '198.51.100.11', streams = 16): FlowResult =>
  lab.fabric.send({ from: lab.client, to, streams, seconds: 1, kind: 'tcp' })

/** Shares in percent that each port had of the packets received and sent during something. */
async function shares(lab: SmallLab, during: () => unknown): Promise<{ rx: readonly number[]; tx: readonly number[] }> {
  const look = () => lab.hv.state.cards[0].pfs.map(({ counters }) => ({ ...counters }))
  const before = look()
  await during()
  const part = (name: 'rx_packets_phy' | 'tx_packets_phy') => {
    const deltas = look().map((counters, at) => counters[name] - (before[at]?.[name] ?? 0))
    const total = deltas.reduce((sum, each) => sum + each, 0)
    return deltas.map((each) => (total === 0 ? 0 : Math.round((100 * each) / total)))
  }
  return { rx: part('rx_packets_phy'), tx: part('tx_packets_phy') }
}

async function ready(os: 'rhel7.7' | 'el9' = 'el9', mode = '802.3ad', switchMode: 'lacp' | 'static' | 'none' = 'lacp') {
  const lab = smallLab(os, { mode: switchMode })
  await bringUpVfLag(lab, mode)
  await bringUpGuests(lab)
  return lab
}

describe('traffic over an active VF-LAG', () => {
  it.each(['rhel7.7', 'el9'] as const)('%s: goes over both ports in both directions', async (os) => {
    const lab = await ready(os)
    const { rx, tx } = await shares(lab, () => send(lab))
    for (const share of [...rx, ...tx]) expect(share).toBeGreaterThan(40)
  })

  it('goes over the port that is left when one fails, and over both when it is back', async () => {
    const lab = await ready()
    await lab.run('ip link set ens2f1 down')
    await lab.wait(5)
    expect(await shares(lab, () => send(lab))).toEqual({ rx: [100, 0], tx: [100, 0] })
    expect(send(lab, '198.51.100.12').reached).toBe(true)
    await lab.run('ip link set ens2f1 up')
    await lab.wait(10)
    const { rx, tx } = await shares(lab, () => send(lab))
    for (const share of [...rx, ...tx]) expect(share).toBeGreaterThan(40)
  })

  it('of one stream stays on one port', async () => {
    const lab = await ready()
    const { rx, tx } = await shares(lab, () => send(lab, '198.51.100.11', 1))
    expect([Math.max(...rx), Math.max(...tx)]).toEqual([100, 100])
  })

  it('takes the active port alone in active-backup', async () => {
    const lab = await ready('el9', 'active-backup', 'none')
    expect(await shares(lab, () => send(lab))).toEqual({ rx: [100, 0], tx: [100, 0] })
  })

  it('takes one port when the switch does no LACP', async () => {
    const lab = await ready('el9', '802.3ad', 'none')
    expect(await shares(lab, () => send(lab))).toEqual({ rx: [100, 0], tx: [100, 0] })
  })

  it("passes the kernel by: only the ports and the representor's vport count it", async () => {
    const lab = await ready()
    send(lab)
    const links = ['ens2f0', 'ens2f1', 'bond0', 'ens2f0r0'].map((name) => lab.hv.kernel.link(name))
    expect(links.map((link) => link?.counters.rx_packets)).toEqual([0, 0, 0, 0])
    expect(lab.hv.kernel.link('ens2f0r0')?.vport?.tx_packets).toBeGreaterThan(1_000_000)
  })

  it('goes through the kernel, and slower, when nothing is offloaded', async () => {
    const lab = await ready()
    const fast = send(lab)
    await lab.run('ovs-vsctl set Open_vSwitch . other_config:hw-offload=false')
    await lab.run('systemctl restart openvswitch')
    const slow = send(lab)
    expect(fast.reached && slow.reached && fast.rate / slow.rate).toBeGreaterThan(5)
    const links = ['ens2f0', 'ens2f1', 'bond0', 'ens2f0r0'].map((name) => lab.hv.kernel.link(name))
    for (const link of links) expect(link?.counters.rx_packets).toBeGreaterThan(1000)
  })

  it('moves as many bytes as the rate says, within what a port carries', async () => {
    const lab = await ready()
    const sent = send(lab)
    expect(sent).toEqual({
      reached: true,
      bytes: expect.any(Number),
      packets: expect.any(Number),
      rate: expect.any(Number),
    })
    if (!sent.reached) return
    expect(sent.rate).toBeCloseTo(94.1e9, -8)
    expect(sent.bytes).toBe(Math.round(sent.rate / 8))
  })
})

describe('traffic does not get there', () => {
  it.each<[string, (lab: SmallLab) => Promise<unknown> | unknown, string]>([
    ['the VM is off', (lab) => lab.run('virsh destroy vm1'), 'the VM vm1 is not running'],
    ['the representor is down', (lab) => lab.run('ip link set ens2f0r0 down'), 'the representor ens2f0r0 is down'],
    [
      'the representor is in no bridge',
      (lab) => lab.run('ovs-vsctl del-port ens2f0r0'),
      'the representor ens2f0r0 is in no bridge',
    ],
    [
      'the bond is not in the bridge',
      (lab) => lab.run('ovs-vsctl del-port bond0'),
      'the bridge ovs-sriov has neither a bond nor a port of the card',
    ],
    [
      'the representor is in a VLAN',
      (lab) => lab.run('ovs-vsctl set port ens2f0r0 tag=100'),
      'the representor ens2f0r0 is in VLAN 100, and the client sends without a tag',
    ],
    ['Open vSwitch is stopped', (lab) => lab.run('systemctl stop openvswitch'), 'Open vSwitch does not run'],
    ['the bond is down', (lab) => lab.run('ip link set bond0 down'), 'the bond bond0 is down'],
    [
      'both ports failed',
      async (lab) => {
        await lab.run('ip link set ens2f0 down')
        await lab.run('ip link set ens2f1 down')
        await lab.wait(5)
      },
      'bond0 has no port with link',
    ],
    [
      'the client is down',
      (lab) => lab.client.exec(['ip', 'link', 'set', 'ens1', 'down']),
      "the client's port ens1 is down",
    ],
  ])('when %s', async (_, harm, why) => {
    const lab = await ready()
    expect(send(lab).reached).toBe(true)
    await harm(lab)
    expect(send(lab)).toEqual({ reached: false, error: 'unreachable', why })
  })

  it('when nobody has the address, or the VM has no VF', () => {
    const lab = smallLab()
    expect(send(lab, '198.51.100.99')).toEqual({
      reached: false,
      error: 'unreachable',
      why: 'nobody has the address 198.51.100.99',
    })
    expect(send(lab)).toEqual({ reached: false, error: 'unreachable', why: 'the VM vm1 has no VF' })
    expect(send(lab, '203.0.113.1')).toEqual({
      reached: false,
      error: 'unreachable',
      why: 'client1 has no address in the network of 203.0.113.1',
    })
  })

  it('when VF-LAG is not active and the port of the VF fails', async () => {
    const lab = await ready()
    lab.hv.state.cards[0].lag.mode = 'none'
    expect(await shares(lab, () => send(lab))).toEqual({ rx: [100, 0], tx: [100, 0] })
    await lab.run('ip link set ens2f0 down')
    lab.hv.state.cards[0].lag.mode = 'none'
    expect(send(lab)).toEqual({
      reached: false,
      error: 'unreachable',
      why: 'VF-LAG is not active, so 0000:61:00.2 only has ens2f0, which carries no traffic',
    })
  })
})

const port = (pf: 0 | 1) => ({ card: 0, pf, vf: null })

describe('the switch', () => {
  it('is an LACP partner with a key and ports of its own for each host that has a LAG', () => {
    const { hv, client, fabric } = smallLab()
    expect([fabric.partner(hv, port(0)), fabric.partner(hv, port(1)), fabric.partner(client, port(0))]).toEqual([
      { mac: '24:8a:07:aa:bb:cc', key: 1001, port: 17 },
      { mac: '24:8a:07:aa:bb:cc', key: 1001, port: 18 },
      null,
    ])
    expect([fabric.mode(hv), fabric.mode(client)]).toEqual(['lacp', 'none'])
    expect(createFabric().partner(hv, port(0))).toBe(null)
  })
})
