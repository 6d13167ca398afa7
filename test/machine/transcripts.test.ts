import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Machine } from '../../src/machine/machine.ts'
import { pci, put, readyMachine, settle, sh, switchdev } from './machine-for-tests.ts'

/** What a real kernel 6.12 said (netdevsim and igb in QEMU). */
const transcript = (name: string): string => readFileSync(new URL(`../transcripts/${name}`, import.meta.url), 'utf8')

const machineOf = (): Machine => readyMachine({ os: 'el10', card: 'cx6dx', firmware: 'strict' })

describe('a real kernel and the machine say the same', () => {
  test('of the files of a bond', async () => {
    const machine = machineOf()
    await sh(machine, 'ip link add bond1 type bond mode active-backup miimon 100')
    const files = machine.files.list('/sys/class/net/bond1/bonding')
    expect(files.ok && files.value).toEqual(transcript('bonding-files.txt').trimEnd().split('\n'))
  })

  test('of a flower filter', async () => {
    const machine = machineOf()
    await switchdev(machine, 1)
    await sh(machine, 'ethtool -K ens2f0r0 hw-tc-offload off')
    await sh(machine, 'tc qdisc add dev ens2f0r0 ingress')
    await sh(machine, 'tc filter add dev ens2f0r0 ingress protocol ip flower dst_mac 00:11:22:33:44:55 action drop')
    expect((await sh(machine, 'tc filter show dev ens2f0r0 ingress')).trimEnd()).toBe(
      transcript('tc-filter.txt').trimEnd(),
    )
  })

  test.each<[string, (machine: Machine) => Promise<string | null>, string | null]>([
    ['write the same numvfs again', (machine) => put(machine, `${pci('0000:61:00.0')}/sriov_numvfs`, 2), null],
    [
      'write another one',
      (machine) => put(machine, `${pci('0000:61:00.0')}/sriov_numvfs`, 4),
      'Device or resource busy',
    ],
    [
      'more than the limit, checked before that',
      (machine) => put(machine, `${pci('0000:61:00.0')}/sriov_numvfs`, 5),
      'Numerical result out of range',
    ],
    ['no number', (machine) => put(machine, `${pci('0000:61:00.0')}/sriov_numvfs`, 'abc'), 'Invalid argument'],
    [
      'unbind a VF that is not bound',
      (machine) => put(machine, '/sys/bus/pci/drivers/mlx5_core/unbind', '0000:61:00.2'),
      'No such device',
    ],
    ['a bond twice', (machine) => put(machine, '/sys/class/net/bonding_masters', '+bond1'), 'File exists'],
    [
      'a mode with members',
      (machine) => put(machine, '/sys/class/net/bond1/bonding/mode', '802.3ad'),
      'Directory not empty',
    ],
    [
      'a member twice',
      (machine) => put(machine, '/sys/class/net/bond1/bonding/slaves', '+ens2f0'),
      'Device or resource busy',
    ],
    [
      'a member that is not there',
      (machine) => put(machine, '/sys/class/net/bond1/bonding/slaves', '+nosuch'),
      'No such device',
    ],
    [
      'an unknown mode of the e-switch',
      (machine) => sh(machine, 'devlink dev eswitch set pci/0000:61:00.0 mode foo'),
      'Unknown eswitch mode "foo"\n[rc=1]\n',
    ],
    [
      'a device that devlink does not know',
      (machine) => sh(machine, 'devlink dev eswitch show pci/0000:03:00.0'),
      'kernel answers: No such device\n[rc=1]\n',
    ],
    [
      'a VF that is not there',
      (machine) => sh(machine, 'ip link set ens2f0 vf 9 mac 02:00:00:00:00:10'),
      'RTNETLINK answers: Invalid argument\n[rc=2]\n',
    ],
    [
      'a member that is up',
      async (machine) => {
        await sh(machine, 'ip link set ens2f1 up')
        return sh(machine, 'ip link set ens2f1 master bond1')
      },
      'Error: Device can not be enslaved while up.\n[rc=2]\n',
    ],
    [
      'an interface of a name that is taken',
      (machine) => sh(machine, 'ip link add bond1 type bond'),
      'RTNETLINK answers: File exists\n[rc=2]\n',
    ],
  ])('%s', async (_what, ask, answer) => {
    const machine = machineOf()
    await put(machine, `${pci('0000:61:00.0')}/sriov_drivers_autoprobe`, 0)
    await put(machine, `${pci('0000:61:00.0')}/sriov_numvfs`, 2)
    await sh(machine, 'ip link add bond1 type bond mode active-backup miimon 100')
    await sh(machine, 'ip link set ens2f0 master bond1')
    expect(await ask(machine)).toBe(answer)
  })
})

describe('rules that another program left in the card', () => {
  test('keep the e-switch busy, and go with the interface that they are on', async () => {
    const machine = machineOf()
    await switchdev(machine, 1)
    await sh(machine, 'tc qdisc add dev ens2f0r0 ingress')
    const add = 'tc filter add dev ens2f0r0 ingress protocol ip flower skip_sw dst_mac 00:11:22:33:44:55 action drop'
    expect(await sh(machine, add)).toBe('')
    expect(await sh(machine, 'tc filter show dev ens2f0r0 ingress')).toContain('  skip_sw\n  in_hw in_hw_count 1\n')
    const legacy = 'devlink dev eswitch set pci/0000:61:00.0 mode legacy'
    expect(await sh(machine, legacy)).toBe(
      "Error: mlx5_core: Can't change mode, E-Switch is busy.\nkernel answers: Device or resource busy\n[rc=1]\n",
    )
    await sh(machine, 'systemctl restart openvswitch')
    expect(machine.state.cards[0].pfs[0]?.tcRules).toBe(1)
    expect(await sh(machine, 'tc filter del dev ens2f0r0 ingress')).toBe('')
    expect(await sh(machine, legacy)).toBe('')

    const other = machineOf()
    await switchdev(other, 1)
    await sh(other, 'tc qdisc add dev ens2f0r0 ingress')
    await sh(other, add)
    await put(other, `${pci('0000:61:00.0')}/sriov_numvfs`, 0)
    await settle(other)
    expect(other.state.cards[0].pfs[0]?.tcRules).toBe(0)
  })

  test('need the qdisc, and the card where they ask for it', async () => {
    const machine = machineOf()
    const talk = 'We have an error talking to the kernel\n[rc=2]\n'
    const add = (how: string) =>
      `tc filter add dev ens2f0 ingress protocol ip flower ${how}dst_mac 00:11:22:33:44:55 action drop`
    expect(await sh(machine, add(''))).toBe(`Error: Parent Qdisc doesn't exists.\n${talk}`)
    expect(await sh(machine, 'tc qdisc add dev ens2f0 ingress')).toBe('')
    expect(await sh(machine, 'tc qdisc add dev ens2f0 ingress')).toBe(
      'Error: Exclusivity flag on, cannot modify.\n[rc=2]\n',
    )
    expect(await sh(machine, add('skip_sw '))).toBe(`Error: TC offload is disabled on net device.\n${talk}`)
    expect(await sh(machine, add(''))).toBe('')
    expect(machine.state.cards[0].pfs[0]?.tcRules).toBe(0)
    expect(await sh(machine, 'tc qdisc del dev ens2f0 ingress')).toBe('')
    expect(await sh(machine, 'tc filter show dev ens2f0 ingress')).toBe('')
  })
})
