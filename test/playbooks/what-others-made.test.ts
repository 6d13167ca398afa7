import { describe, expect, test } from 'vitest'
import { comparable } from '../../src/machine/comparable.ts'
import type { Machine } from '../../src/machine/machine.ts'
import { Fleet, type FleetRun, troubles } from '../support/fleet.ts'

const profiles = [
  ['rhel7.7', 'hv1'],
  ['el9', 'hv3'],
] as const
const scripts = '/etc/sysconfig/network-scripts'

/** Does it on a machine and says when it went wrong. */
async function sh(machine: Machine, ...lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    const result = await machine.exec(line.split(' '))
    if (result.status !== 0) throw new Error(`${line}: ${result.stderr || result.stdout}`)
  }
}

/** The firmware allows VFs already, so that the roll-out restarts nothing. */
async function offerVfs(machine: Machine): Promise<void> {
  await sh(machine, 'yum -y install mstflint', 'mstconfig -d 61:00.0 -y set SRIOV_EN=1 NUM_OF_VFS=4')
  await machine.reboot()
}

async function put(machine: Machine, path: string, text: string): Promise<void> {
  const written = await machine.files.write(path, new TextEncoder().encode(text))
  if (!written.ok) throw new Error(`${path}: ${written.errno}`)
}

const text = (machine: Machine, path: string): string | null => {
  const found = machine.files.read(path)
  return found.ok ? new TextDecoder().decode(found.value) : null
}

const because = (run: FleetRun): readonly string[] =>
  run.done.flatMap((event) => (event.error ? [`${event.task}: ${event.error.message}`] : []))

describe.each(profiles)('on %s (%s), what others made', (_os, name) => {
  const limit = [name, 'client1']
  const start = () => {
    const fleet = new Fleet()
    return { fleet, machine: fleet.machine(name) }
  }

  test('a teardown of a host that was never rolled out touches nothing, whatever is there', async () => {
    const { fleet, machine } = start()
    await put(machine, `${scripts}/ifcfg-bond0`, 'DEVICE=bond0\nTYPE=Bond\nONBOOT=yes\n')
    await sh(
      machine,
      'ovs-vsctl add-br ovs-sriov',
      'ovs-vsctl set Open_vSwitch . other_config:hw-offload=true',
      'ethtool -K ens2f0 hw-tc-offload on',
      'ip link add bond0 type bond mode active-backup',
      'ip link set ens2f0 down',
      'ip link set ens2f0 master bond0',
    )
    const before = comparable(machine.state)
    const torn = await fleet.run('teardown.yaml', { limit })
    expect([troubles(torn), torn.exit, torn.writes]).toEqual([[], 0, []])
    expect(comparable(machine.state)).toEqual(before)
  })

  test('a bridge that was there keeps what it had, and loses what was added', async () => {
    const { fleet, machine } = start()
    await offerVfs(machine)
    await sh(machine, 'ovs-vsctl add-br ovs-sriov', 'ovs-vsctl add-port ovs-sriov vnet7')
    const before = comparable(machine.state)
    expect(troubles(await fleet.run('vflag-lacp.yaml', { limit }))).toEqual([])
    expect(Object.keys(machine.state.ovs.bridges['ovs-sriov']?.ports ?? {})).toContain('bond0')
    expect(troubles(await fleet.run('teardown.yaml', { limit }))).toEqual([])
    expect(comparable(machine.state)).toEqual(before)
  })

  test('a port that was added to our bridge since stops the teardown before anything of the card', async () => {
    const { fleet, machine } = start()
    await fleet.run('vflag-lacp.yaml', { limit })
    await sh(machine, 'ip link add bond7 type bond', 'ovs-vsctl add-port ovs-sriov bond7')
    const torn = await fleet.run('teardown.yaml', { limit })
    expect([because(torn), torn.exit, machine.state.cards[0].lag.mode]).toEqual([
      [
        'Remove the bridge with the bond and the representors: bridge ovs-sriov also has bond7, which vflag-play did not add and which would lose its network',
      ],
      2,
      'sriov',
    ])
    await sh(machine, 'ovs-vsctl del-port ovs-sriov bond7', 'ip link del bond7')
    expect(troubles(await fleet.run('teardown.yaml', { limit }))).toEqual([])
  })

  test('settings and a package that were there stay: hardware offload, hw-tc-offload, probing, mstflint', async () => {
    const { fleet, machine } = start()
    await sh(machine, 'ovs-vsctl set Open_vSwitch . other_config:hw-offload=true', 'systemctl restart openvswitch')
    await offerVfs(machine)
    await sh(machine, 'ethtool -K ens2f0 hw-tc-offload on')
    await put(machine, '/sys/bus/pci/devices/0000:61:00.1/sriov_drivers_autoprobe', '0')
    const before = comparable(machine.state)
    expect(troubles(await fleet.run('vflag-lacp.yaml', { limit }))).toEqual([])
    expect(troubles(await fleet.run('teardown.yaml', { limit }))).toEqual([])
    expect(comparable(machine.state)).toEqual(before)
  })

  test('network files of others are put back byte for byte, and a file that was given an address since is not overwritten', async () => {
    const { fleet, machine } = start()
    const manager = machine.state.networkManager !== undefined
    const bondFile = manager ? '/etc/NetworkManager/system-connections/bond0.nmconnection' : `${scripts}/ifcfg-bond0`
    const address = manager ? 'address1=192.0.2.77/24\n' : 'IPADDR=192.0.2.77\n'
    await put(machine, `${scripts}/ifcfg-ens2f0`, 'DEVICE=ens2f0\nONBOOT=no\n# ours since 2019\n')
    if (manager) await sh(machine, 'nmcli connection reload')
    const before = comparable(machine.state)
    expect(troubles(await fleet.run('vflag-lacp.yaml', { limit }))).toEqual([])
    const written = text(machine, bondFile) ?? ''
    await put(machine, bondFile, `${written}${address}`)
    const again = await fleet.run('vflag-lacp.yaml', { limit })
    expect([because(again), again.exit, again.writes]).toEqual([
      [
        `Check that this host can carry VF-LAG: ${bondFile} was given ${address.split('=')[0]} since vflag-play wrote it, which would be lost`,
      ],
      2,
      [],
    ])
    const torn = await fleet.run('teardown.yaml', { limit })
    expect([torn.exit, text(machine, bondFile)]).toEqual([2, `${written}${address}`])
    await put(machine, bondFile, written)
    expect(troubles(await fleet.run('teardown.yaml', { limit }))).toEqual([])
    expect(comparable(machine.state)).toEqual(before)
  })

  test('a bond of others over the ports is refused before the first write', async () => {
    const { fleet, machine } = start()
    await sh(
      machine,
      'ip link add bond0 type bond mode active-backup',
      'ip link set ens2f0 down',
      'ip link set ens2f0 master bond0',
    )
    const run = await fleet.run('vflag-lacp.yaml', { limit })
    expect([because(run), run.exit, run.writes]).toEqual([
      [
        'Check that this host can carry VF-LAG: bond0 runs already, in mode active-backup over ens2f0, and was not made by vflag-play',
      ],
      2,
      [],
    ])
  })

  test('VFs of others are refused before the first write', async () => {
    const { fleet, machine } = start()
    await offerVfs(machine)
    await put(machine, '/sys/bus/pci/devices/0000:61:00.0/sriov_numvfs', '2')
    const run = await fleet.run('vflag-lacp.yaml', { limit })
    expect([because(run), run.exit, run.writes]).toEqual([
      [
        'Check that this host can carry VF-LAG: ens2f0 has 2 VFs already, not made by vflag-play, which would take them from whoever uses them',
      ],
      2,
      [],
    ])
  })
})
