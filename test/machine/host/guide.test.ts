import { describe, expect, it } from 'vitest'
import { bringUpGuests, bringUpVfLag, condition, smallLab, vfXml } from '../../support/lab-machine.ts'

describe.each(['rhel7.7', 'el9'] as const)('the guide on %s', (os) => {
  it('ends with traffic on both ports, and its undoing with the pristine machine', async () => {
    const lab = smallLab(os)
    const before = condition(lab)
    await bringUpVfLag(lab)
    await bringUpGuests(lab)
    const counters = () =>
      lab.hv.state.cards[0].pfs.map(({ counters: { rx_packets_phy, tx_packets_phy } }) => [
        rx_packets_phy,
        tx_packets_phy,
      ])
    const ran = await lab.client.exec(['iperf3', '-c', '198.51.100.11', '-P', '10', '-t', '2', '-J'])
    expect(JSON.parse(ran.stdout).end.sum_received.bytes).toBeGreaterThan(1e9)
    for (const port of counters()) for (const packets of port) expect(packets).toBeGreaterThan(1000)

    for (const [vm, pf] of [
      ['vm1', 0],
      ['vm2', 1],
    ] as const) {
      expect(await lab.run(`virsh detach-device ${vm} /dev/stdin --live --config`, vfXml(lab, pf, 0))).toEqual([
        0,
        'Device detached successfully\n\n',
        '',
      ])
    }
    await lab.wait(5)
    await lab.run('ovs-vsctl del-br ovs-sriov')
    await lab.run('ovs-vsctl remove Open_vSwitch . other_config hw-offload')
    await lab.run('systemctl restart openvswitch')
    await lab.run('ip link del bond0')
    await lab.wait(5)
    for (const [pf, pci] of [
      ['ens2f0', '0000:61:00.0'],
      ['ens2f1', '0000:61:00.1'],
    ] as const) {
      await lab.run(`ethtool -K ${pf} hw-tc-offload off`)
      expect(await lab.run(`devlink dev eswitch set pci/${pci} mode legacy`)).toEqual([0, '', ''])
      await lab.wait(5)
      await lab.set(`/sys/bus/pci/devices/${pci}/sriov_numvfs`, '0')
      await lab.set(`/sys/bus/pci/devices/${pci}/sriov_drivers_autoprobe`, '1')
    }
    await lab.wait(5)
    expect(condition(lab)).toEqual(before)
  })
})
