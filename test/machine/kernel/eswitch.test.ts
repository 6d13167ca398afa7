import { expect, test } from 'vitest'
import type { Machine } from '../../../src/machine/machine.ts'
import { bond, get, pci, profiles, put, readyMachine, settle, sh, switchdev } from '../machine-for-tests.ts'

const set = (mode: string) => `devlink dev eswitch set pci/0000:61:00.0 mode ${mode}`
const noRules = async () => undefined
const vfs = (count: number, autoprobe: 0 | 1) => async (machine: Machine) => {
  await put(machine, `${pci('0000:61:00.0')}/sriov_drivers_autoprobe`, autoprobe)
  await put(machine, `${pci('0000:61:00.0')}/sriov_numvfs`, count)
}
const rules = async (machine: Machine) => {
  await vfs(2, 0)(machine)
  const [pf] = machine.state.cards[0].pfs
  if (pf) pf.tcRules = 3
}

test.each([
  ['el9', 'without VFs', noRules, 'switchdev', ''],
  ['el9', 'with free VFs', vfs(2, 0), 'switchdev', ''],
  ['el9', 'that it has already', vfs(2, 0), 'legacy', ''],
  [
    'el9',
    'with VFs bound',
    vfs(2, 1),
    'switchdev',
    'Error: mlx5_core: Failed setting eswitch to offloads.\nkernel answers: Invalid argument\n[rc=1]\n',
  ],
  [
    'el9',
    'with offloaded rules',
    rules,
    'switchdev',
    "Error: mlx5_core: Can't change mode, E-Switch is busy.\nkernel answers: Device or resource busy\n[rc=1]\n",
  ],
  ['el9', 'that is unknown', noRules, 'foo', 'Unknown eswitch mode "foo"\n[rc=1]\n'],
  ['rhel7.7', 'without VFs', noRules, 'switchdev', 'devlink answers: Invalid argument\n[rc=1]\n'],
  ['rhel7.7', 'with free VFs', vfs(2, 0), 'switchdev', ''],
  ['rhel7.7', 'with VFs bound', vfs(2, 1), 'switchdev', 'devlink answers: Invalid argument\n[rc=1]\n'],
] as const)('%s: setting a mode %s', async (os, _what, prepare, mode, output) => {
  const machine = readyMachine(profiles[os])
  await prepare(machine)
  expect(await sh(machine, set(mode))).toBe(output)
  const changed = output === '' && mode === 'switchdev'
  expect(machine.state.cards[0].pfs[0]?.eswitch.mode).toBe(changed ? 'switchdev' : 'legacy')
})

test('lax firmware takes switchdev mode with VFs bound', async () => {
  const machine = readyMachine({ ...profiles.el9, firmware: 'lax' })
  await vfs(2, 1)(machine)
  expect(await sh(machine, set('switchdev'))).toBe('')
})

test('an unknown device has no devlink', async () => {
  const machine = readyMachine(profiles.el9)
  expect(await sh(machine, 'devlink dev eswitch show pci/0000:03:00.0')).toBe(
    'kernel answers: No such device\n[rc=1]\n',
  )
})

test('representors come a moment after the mode change, down, and a VF has link with its representor only', async () => {
  const machine = readyMachine({ ...profiles.el9, firmware: 'lax' })
  await vfs(2, 1)(machine)
  await settle(machine)
  await sh(machine, set('switchdev'))
  expect(machine.kernel.link('ens2f0r0')).toBe(undefined)
  await settle(machine)
  expect(
    machine.kernel
      .links()
      .filter((link) => link.kind === 'representor')
      .map((link) => [link.name, link.up]),
  ).toEqual([
    ['ens2f0r0', false],
    ['ens2f0r1', false],
  ])
  await sh(machine, 'ip link set ens2f0v0 up')
  expect(get(machine, '/sys/class/net/ens2f0v0/carrier')).toBe('0\n')
  await sh(machine, 'ip link set ens2f0r0 up')
  expect(get(machine, '/sys/class/net/ens2f0v0/carrier')).toBe('1\n')
  await sh(machine, set('legacy'))
  expect(machine.kernel.link('ens2f0r0')).toBe(undefined)
})

test('a port of the switch says which; other interfaces do not', async () => {
  const machine = readyMachine(profiles.el9)
  await switchdev(machine, 1)
  const ids = ['ens2f0', 'ens2f1', 'ens2f0r0', 'ens2f1r0', 'eno1', 'lo'].map((name) => [
    get(machine, `/sys/class/net/${name}/phys_port_name`),
    get(machine, `/sys/class/net/${name}/phys_switch_id`),
  ])
  const guid = `${machine.state.cards[0].guid}\n`
  expect(ids).toEqual([
    ['p0\n', guid],
    ['p1\n', guid],
    ['pf0vf0\n', guid],
    ['pf1vf0\n', guid],
    ['!EOPNOTSUPP', '!EOPNOTSUPP'],
    ['!EOPNOTSUPP', '!EOPNOTSUPP'],
  ])
})

test('before 5.13 a mode change makes a new interface: out of the bond, down, without offload', async () => {
  const machine = readyMachine(profiles['rhel7.7'])
  await bond(machine)
  await vfs(2, 0)(machine)
  await sh(machine, 'ethtool -K ens2f0 hw-tc-offload on')
  const before = machine.kernel.link('ens2f0')
  await sh(machine, set('switchdev'))
  expect(machine.kernel.link('ens2f0')).toBe(undefined)
  await settle(machine)
  const after = machine.kernel.link('ens2f0')
  expect({ up: before?.up, master: before?.master, tc: before?.hwTcOffload }).toEqual({
    up: true,
    master: 'bond0',
    tc: true,
  })
  expect({ up: after?.up, master: after?.master, tc: after?.hwTcOffload }).toEqual({
    up: false,
    master: null,
    tc: false,
  })
  expect(after?.ifindex).not.toBe(before?.ifindex)
  expect(machine.kernel.link('bond0')?.bond?.slaves).toEqual(['ens2f1'])
})

test('since then the interface and its bond stay', async () => {
  const machine = readyMachine(profiles.el9)
  await bond(machine)
  await vfs(2, 0)(machine)
  const before = machine.kernel.link('ens2f0')?.ifindex
  await sh(machine, set('switchdev'))
  expect(machine.kernel.link('ens2f0')).toMatchObject({ ifindex: before, master: 'bond0', up: true })
})
