import { beforeAll, describe, expect, test } from 'vitest'
import { comparable } from '../../src/machine/comparable.ts'
import type { Machine } from '../../src/machine/machine.ts'
import { Fleet, type FleetRun, troubles } from '../support/fleet.ts'

const running = { enabled: true, active: true, starts: 1 }

/** The condition of a machine on which a boot, not the roll-out, has brought VF-LAG up: the units have run. */
const booted = ({ state }: Machine) =>
  comparable({
    ...state,
    services: { ...state.services, 'vflag-pre.service': running, 'vflag-post.service': running },
  })
const states = (fleet: Fleet, of: (machine: Machine) => unknown) =>
  Object.fromEntries(fleet.hypervisors.map((machine) => [machine.state.name, of(machine)]))
const condition = ({ state }: Machine) => comparable(state)
/** A VM whose VF is gone does not start at a boot, and a teardown starts none: only definitions count. */
const withoutGuests = ({ state }: Machine) => [
  comparable({ ...state, domains: {} }),
  Object.values(state.domains).map(({ persistentXml }) => persistentXml),
]
const changes = (run: FleetRun) => Object.values(run.recap).reduce((sum, { changed }) => sum + changed, 0)

async function restart(machine: Machine): Promise<void> {
  await machine.reboot()
  await machine.time.sleep(30)
}

/** What the journal has of a unit, without times and numbers of processes. */
async function journal(machine: Machine, unit: string): Promise<readonly string[]> {
  const { stdout } = await machine.exec(['journalctl', '-u', unit])
  return stdout.split('\n').map((line) => line.replace(/^\S+ \S+ \S+ \S+ (.*?)\[\d+\]: /, '$1: '))
}

const stateOf = async (machine: Machine, unit: string) =>
  (await machine.exec(['systemctl', 'is-active', unit])).stdout.trim()

describe('a restart of every host after the roll-out', () => {
  const fleet = new Fleet()
  const pristine = states(fleet, condition)
  let before: typeof pristine

  beforeAll(async () => {
    const run = await fleet.run('vflag-lacp.yaml')
    expect([troubles(run), run.exit]).toEqual([[], 0])
    before = states(fleet, booted)
    for (const machine of fleet.hypervisors) await restart(machine)
  })

  test('brings back all that was there: VFs, LAG, bond, bridge, VMs with their VFs', () => {
    expect(states(fleet, condition)).toEqual(before)
  })

  test('is told in the journal', async () => {
    const [first] = fleet.hypervisors
    if (!first) throw new Error('the lab has no hypervisor')
    expect([await journal(first, 'vflag-pre'), await journal(first, 'vflag-post')]).toMatchSnapshot()
  })

  test('leaves nothing to do for the roll-out, which writes nothing', async () => {
    const again = await fleet.run('vflag-lacp.yaml')
    expect([troubles(again), again.exit, again.writes, changes(again)]).toEqual([[], 0, [], 0])
  })

  test('after a teardown it leaves the hosts as they were before', async () => {
    const torn = await fleet.run('teardown.yaml')
    expect([troubles(torn), torn.exit]).toEqual([[], 0])
    expect(states(fleet, condition)).toEqual(pristine)
    for (const machine of fleet.hypervisors) {
      await restart(machine)
      const pfs = machine.state.cards.flatMap((card) => card.pfs)
      expect([pfs.map((pf) => pf.numvfs), pfs.map((pf) => pf.eswitch.mode)]).toEqual([
        pfs.map(() => 0),
        pfs.map(() => 'legacy'),
      ])
    }
  })
})

describe('a boot that does not go well', () => {
  const fleet = new Fleet()
  const [old, recent] = [fleet.machine('hv1'), fleet.machine('hv3')]
  const hosts = { limit: ['hv1', 'hv3'] }
  const tags = { only: [], skip: ['verify'] }

  beforeAll(async () => {
    const run = await fleet.run('vflag-lacp.yaml', { ...hosts, tags })
    expect(run.exit).toBe(0)
  })

  test.each([
    ['hv1', old],
    ['hv3', recent],
  ])('on %s a VF that another unit binds too early leaves no LAG, and that is said', async (_name, machine) => {
    const unit = `[Unit]
Description=Take a VF
DefaultDependencies=no
After=vflag-pre.service
Before=network-pre.target

[Service]
Type=oneshot
ExecStart=/bin/sh /var/lib/vflag-play/vflag-boot bind 0000:61:00.0 mlx5_core 1

[Install]
WantedBy=multi-user.target
`
    await machine.files.write('/etc/systemd/system/take-a-vf.service', Buffer.from(unit))
    await machine.exec(['systemctl', 'enable', 'take-a-vf'])
    await restart(machine)
    const [card] = machine.state.cards
    expect({
      lag: card.lag.mode,
      drivers: card.pfs.map((pf) => pf.vfs.map((vf) => vf.driver)),
      vms: Object.values(machine.state.domains).map((domain) => domain.state),
      units: [await stateOf(machine, 'vflag-pre'), await stateOf(machine, 'vflag-post')],
      errors: (await machine.exec(['journalctl', '-u', 'vflag-post', '-p', 'err'])).stdout.match(/: no VF-LAG.*/)?.[0],
    }).toEqual({
      lag: 'none',
      // The VMs take theirs; nobody else has one.
      drivers: [
        ['vfio-pci', 'mlx5_core'],
        ['vfio-pci', null],
      ],
      vms: ['running', 'running'],
      units: ['active', 'failed'],
      errors: ': no VF-LAG after 60 s: nothing more was done, and the VFs stay as they are',
    })
    expect(await journal(machine, 'vflag-post')).toMatchSnapshot()
    await machine.exec(['systemctl', 'disable', 'take-a-vf'])
  })

  test('VFs that firmware no longer offers leave the card alone, and that is said', async () => {
    for (const card of recent.state.cards) {
      const { NUM_OF_VFS } = card.firmware
      if (NUM_OF_VFS) NUM_OF_VFS.next = 1
    }
    await restart(recent)
    expect([await stateOf(recent, 'vflag-pre'), await stateOf(recent, 'vflag-post')]).toEqual(['failed', 'inactive'])
    expect([await journal(recent, 'vflag-pre'), await journal(recent, 'vflag-post')]).toMatchSnapshot()
  })
})

describe('a restart in the middle of a teardown', () => {
  test.each([4, 6, 9])('after task %i brings nothing back, and the teardown goes on from there', async (tasks) => {
    const fleet = new Fleet()
    const pristine = states(fleet, withoutGuests)
    const hosts = { limit: ['hv1', 'hv3', 'client1'] }
    expect((await fleet.run('vflag-lacp.yaml', hosts)).exit).toBe(0)
    const stopped = await fleet.run('teardown.yaml', { ...hosts, stopAfter: tasks })
    expect(stopped.exit).toBe(130)
    for (const name of ['hv1', 'hv3']) {
      await restart(fleet.machine(name))
      expect(fleet.machine(name).state.cards[0].pfs.map((pf) => pf.numvfs)).toEqual([0, 0])
    }
    const rest = await fleet.run('teardown.yaml', hosts)
    expect([troubles(rest), rest.exit]).toEqual([[], 0])
    for (const machine of fleet.hypervisors) await machine.time.sleep(5)
    expect(states(fleet, withoutGuests)).toEqual(pristine)
  })
})
