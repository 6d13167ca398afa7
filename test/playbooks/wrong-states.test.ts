import { beforeEach, describe, expect, test } from 'vitest'
import { comparable } from '../../src/machine/comparable.ts'
import type { Machine } from '../../src/machine/machine.ts'
import { Fleet, type FleetRun } from '../support/fleet.ts'

const profiles = [
  ['rhel7.7', 'hv1'],
  ['el9', 'hv3'],
] as const

async function sh(machine: Machine, ...lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    const result = await machine.exec(line.split(' '))
    if (result.status !== 0) throw new Error(`${line}: ${result.stderr || result.stdout}`)
  }
}

async function put(machine: Machine, path: string, text: string): Promise<void> {
  const written = await machine.files.write(path, new TextEncoder().encode(text))
  if (!written.ok) throw new Error(`${path}: ${written.errno}`)
}

/** The machine without the numbers that libvirt gives aliases, and the order in which connections came up. */
const condition = (machine: Machine): unknown =>
  JSON.parse(
    JSON.stringify(comparable(machine.state), (key, value: unknown) => {
      if (key === 'active' && Array.isArray(value)) return [...value].sort()
      return typeof value === 'string' ? value.replaceAll(/(<alias name='hostdev)\d+/g, '$1') : value
    }),
  )

/** `task: what went wrong`, each once. */
const wrongs = (run: FleetRun): readonly string[] => [
  ...new Set(run.done.flatMap((event) => (event.error ? [`${event.task}: ${event.error.message}`] : []))),
]

describe.each(profiles)('on %s (%s), verify.yaml fails with the reason', (_os, name) => {
  const limit = [name, 'client1']
  let fleet: Fleet
  let machine: Machine

  beforeEach(async () => {
    fleet = new Fleet()
    machine = fleet.machine(name)
    await fleet.run('vflag-lacp.yaml', { limit })
  })

  const detachAll = async () => {
    await fleet.run('teardown.yaml', { limit, tags: { only: ['vms'], skip: [] } })
  }
  const verify = async () => {
    const run = await fleet.run('verify.yaml', { limit })
    expect(run.writes).toEqual([])
    return [run.exit, wrongs(run)]
  }

  test('while all is well it passes', async () => {
    expect(await verify()).toEqual([0, []])
  })

  test('a link is down', async () => {
    // The bond looks at its links every 100 ms.
    await sh(machine, 'ip link set ens2f1 down', 'sleep 1')
    expect(await verify()).toMatchSnapshot()
  })

  test('a representor is down', async () => {
    const representor = machine.kernel.links().find(({ kind }) => kind === 'representor')?.name
    await sh(machine, `ip link set ${representor} down`)
    expect(await verify()).toMatchSnapshot()
  })

  test('the card does not forward the traffic of a VF, and only traffic tells', async () => {
    const links = Object.values(machine.state.links)
    const name = links.find(({ kind, port }) => kind === 'representor' && port?.pf === 0 && port.vf === 0)?.name
    await sh(machine, `ethtool -K ${name} hw-tc-offload off`)
    const [exit, wrong] = await verify()
    expect([exit, wrong]).toEqual([
      2,
      [
        expect.stringMatching(
          /^The card forwarded the packets, not the kernel of the host: ([\d,]+) of \1 packets of VF 0 of \S+ \(VM vm1\) went through the kernel of the host, not through the card alone$/,
        ),
      ],
    ])
  })

  test('the bond has a third member', async () => {
    await sh(machine, 'ip link set eno1 down', 'ip link set eno1 master bond0')
    expect(await verify()).toMatchSnapshot()
  })

  test('Open vSwitch lost the bond', async () => {
    await sh(machine, 'ovs-vsctl del-port ovs-sriov bond0')
    expect(await verify()).toMatchSnapshot()
    const again = await fleet.run('vflag-lacp.yaml', { limit })
    expect([again.exit, wrongs(again)]).toEqual([0, []])
  })

  test('a port left the bond', async () => {
    await sh(machine, 'ip link set ens2f1 nomaster')
    expect(await verify()).toMatchSnapshot()
    // The roll-out does not put it back under running guests, and says so.
    const refused = await fleet.run('vflag-lacp.yaml', { limit })
    expect([refused.exit, refused.writes, wrongs(refused)]).toMatchSnapshot()
    await detachAll()
    // The firmware could not dissolve the LAG under the guests: only a restart helps, and that is said.
    const stuck = await fleet.run('vflag-lacp.yaml', { limit })
    expect([stuck.exit, wrongs(stuck)]).toMatchSnapshot()
    await machine.reboot()
    const again = await fleet.run('vflag-lacp.yaml', { limit })
    expect([again.exit, wrongs(again)]).toEqual([0, []])
  })

  test('only one e-switch is in switchdev mode', async () => {
    await fleet.run('teardown.yaml', { limit, tags: { only: ['vms', 'ovs'], skip: [] } })
    await sh(machine, 'devlink dev eswitch set pci/0000:61:00.1 mode legacy', 'sleep 3')
    expect(await verify()).toMatchSnapshot()
    const again = await fleet.run('vflag-lacp.yaml', { limit })
    expect([again.exit, wrongs(again)]).toEqual([0, []])
  })

  test('the LAG that is active is a RoCE LAG', async () => {
    await fleet.run('teardown.yaml', { limit, tags: { only: ['vms', 'ovs'], skip: [] } })
    await sh(
      machine,
      'devlink dev eswitch set pci/0000:61:00.0 mode legacy',
      'devlink dev eswitch set pci/0000:61:00.1 mode legacy',
      'sleep 3',
    )
    for (const pci of ['0000:61:00.0', '0000:61:00.1'])
      await put(machine, `/sys/bus/pci/devices/${pci}/sriov_numvfs`, '0')
    // Old kernels make new interfaces at the mode change, which have left the bond.
    for (const port of ['ens2f0', 'ens2f1'])
      if (!machine.state.links['bond0']?.bond?.slaves.includes(port))
        await sh(machine, `ip link set ${port} down`, `ip link set ${port} master bond0`, `ip link set ${port} up`)
    await sh(machine, 'sleep 5')
    expect(machine.state.cards[0].lag.mode).toBe('roce')
    expect(await verify()).toMatchSnapshot()
    const again = await fleet.run('vflag-lacp.yaml', { limit })
    expect([again.exit, wrongs(again)]).toEqual([0, []])
  })

  test('a VF was bound before the LAG, and the firmware refused it', async () => {
    await fleet.run('teardown.yaml', { limit, tags: { only: ['vms', 'ovs'], skip: [] } })
    await sh(machine, 'ip link set ens2f1 nomaster')
    await put(machine, '/sys/bus/pci/devices/0000:61:00.2/driver_override', 'mlx5_core')
    await put(machine, '/sys/bus/pci/drivers_probe', '0000:61:00.2')
    await sh(machine, 'ip link set ens2f1 down', 'ip link set ens2f1 master bond0', 'ip link set ens2f1 up')
    await sh(machine, 'sleep 3')
    expect(await verify()).toMatchSnapshot()
    // The driver does not try again by itself, and the roll-out says what makes it.
    const again = await fleet.run('vflag-lacp.yaml', { limit })
    expect([again.exit, wrongs(again)]).toMatchSnapshot()
    await sh(
      machine,
      'ip link set ens2f1 nomaster',
      'ip link set ens2f1 down',
      'ip link set ens2f1 master bond0',
      'ip link set ens2f1 up',
    )
    const third = await fleet.run('vflag-lacp.yaml', { limit })
    expect([third.exit, wrongs(third)]).toEqual([0, []])
  })

  test('after a restart without the units nothing is left, and one more roll-out brings all of it back', async () => {
    const before = condition(machine)
    await sh(machine, 'systemctl disable vflag-pre vflag-post')
    await machine.reboot()
    expect(await verify()).toMatchSnapshot()
    const again = await fleet.run('vflag-lacp.yaml', { limit })
    expect([again.exit, wrongs(again)]).toEqual([0, []])
    expect(condition(machine)).toEqual(before)
    const third = await fleet.run('vflag-lacp.yaml', { limit })
    expect([third.exit, third.writes]).toEqual([0, []])
  })
})
