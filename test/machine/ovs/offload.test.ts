import { describe, expect, it } from 'vitest'
import { bringUpGuests, bringUpVfLag, smallLab } from '../../support/lab-machine.ts'

describe('hardware offload', () => {
  it('changes for the running daemon only when it starts again', async () => {
    const lab = smallLab()
    await lab.run('ovs-vsctl set Open_vSwitch . other_config:hw-offload=true')
    expect(lab.hv.state.ovs.runningOffload).toBe(false)
    expect(await lab.run('systemctl restart openvswitch')).toEqual([0, '', ''])
    expect(lab.hv.state.ovs.runningOffload).toBe(true)
    expect(lab.hv.state.services['ovs-vswitchd.service']).toEqual({ enabled: false, active: true, starts: 2 })
  })

  it('puts rules into the card, which then refuses to change the mode or to stop offloading', async () => {
    const lab = smallLab()
    await bringUpVfLag(lab)
    await bringUpGuests(lab)
    // Two representors of its own and, in the block that the ports share, one rule for each of four representors.
    expect(lab.hv.state.cards[0].pfs.map((pf) => pf.tcRules)).toEqual([6, 6])
    const [status, , stderr] = await lab.run('devlink dev eswitch set pci/0000:61:00.0 mode legacy')
    expect([status, stderr]).toEqual([1, expect.stringContaining('Device or resource busy')])
    expect((await lab.run('ethtool -K ens2f0 hw-tc-offload off'))[0]).toBe(1)
    await lab.run('ovs-vsctl del-port bond0')
    expect(lab.hv.state.cards[0].pfs.map((pf) => pf.tcRules)).toEqual([0, 0])
  })

  it('shows conversations as flows that the card has', async () => {
    const lab = smallLab()
    await bringUpVfLag(lab)
    await bringUpGuests(lab)
    expect(await lab.run('ovs-appctl dpctl/dump-flows --names type=offloaded')).toEqual([0, '', ''])
    await lab.client.exec(['ping', '-c', '3', '198.51.100.11'])
    const [, flows] = await lab.run('ovs-appctl dpctl/dump-flows --names type=offloaded')
    const peer = /dst=([0-9a-f:]{17})/.exec(flows)?.[1]
    expect(flows).toBe(
      `recirc_id(0),in_port(ens2f0r0),eth(src=52:54:00:01:00:00,dst=${peer}),eth_type(0x0800),ipv4(frag=no), packets:3, bytes:252, used:0.550s, actions:bond0
recirc_id(0),in_port(bond0),eth(src=${peer},dst=52:54:00:01:00:00),eth_type(0x0800),ipv4(frag=no), packets:3, bytes:252, used:0.550s, actions:ens2f0r0
`,
    )
    expect(await lab.run('ovs-appctl dpctl/dump-flows type=ovs')).toEqual([0, '', ''])
    expect(await lab.run('ovs-dpctl dump-flows')).toEqual([0, '', ''])
    const [, filters] = await lab.run('tc filter show dev ens2f1 ingress')
    expect(filters).toContain('  in_hw in_hw_count 2\n')
    expect((await lab.run('tc qdisc show dev ens2f0 ingress'))[1]).toBe(
      `qdisc ingress ffff: parent ffff:fff1 ingress_block ${lab.hv.kernel.link('bond0')?.ifindex} ---------------- \n`,
    )
  })

  it('keeps ports whose device vanished, without an error, and takes the device back when it returns', async () => {
    const lab = smallLab()
    await bringUpVfLag(lab)
    await lab.run('ovs-vsctl -- add-br ovs-sriov -- add-port ovs-sriov bond0')
    await lab.run('ip link del bond0')
    expect(await lab.run('ovs-vsctl get Interface bond0 ofport error')).toEqual([0, '-1\n[]\n', ''])
    await lab.run('ip link add bond0 type bond')
    expect(await lab.run('ovs-vsctl get Interface bond0 ofport error')).toEqual([0, '1\n[]\n', ''])
    expect(lab.hv.kernel.link('bond0')?.master).toBe('ovs-system')
  })
})
