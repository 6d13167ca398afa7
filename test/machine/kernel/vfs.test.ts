import { expect, test } from 'vitest'
import { vfAddress } from '../../../src/machine/kernel/vfs.ts'
import { get, pci, profiles, put, readyMachine, settle, sh, testMachine } from '../machine-for-tests.ts'

const pf0 = pci('0000:61:00.0')
const numvfs = `${pf0}/sriov_numvfs`

for (const [name, profile] of Object.entries(profiles)) {
  // drivers/pci/iov.c, sriov_numvfs_store: what is there, what is written, what the kernel says, what is there then.
  test.each([
    [0, 'abc', 'Invalid argument', '0'],
    [0, '-1', 'Invalid argument', '0'],
    [0, '70000', 'Invalid argument', '0'],
    [0, '5', 'Numerical result out of range', '0'],
    [0, '0', null, '0'],
    [0, '2', null, '2'],
    [0, '0x2', null, '2'],
    [2, '2', null, '2'],
    [2, '4', 'Device or resource busy', '2'],
    [2, '9', 'Numerical result out of range', '2'],
    [2, '0', null, '0'],
  ])(
    `${name}: with %i VFs, writing %s to sriov_numvfs gives %s and leaves %s`,
    async (before, written, error, after) => {
      const machine = readyMachine(profile)
      expect(await put(machine, numvfs, before)).toBe(null)
      expect([await put(machine, numvfs, written), get(machine, numvfs)]).toEqual([error, `${after}\n`])
    },
  )

  test(`${name}: without SR-IOV in the firmware the attributes are absent`, async () => {
    const machine = testMachine(profile)
    expect(machine.files.glob(`${pf0}/sriov_*`)).toEqual([])
    expect(await put(machine, numvfs, 2)).toBe('No such file or directory')
  })

  test(`${name}: VFs that are probed have a driver and, when udev is through, an interface`, async () => {
    const machine = readyMachine(profile)
    await put(machine, numvfs, 2)
    await settle(machine)
    expect(machine.files.readlink(`${pf0}/virtfn1`)).toEqual({ ok: true, value: '../0000:61:00.3' })
    expect(machine.files.readlink(`${pci('0000:61:00.3')}/physfn`)).toEqual({ ok: true, value: '../0000:61:00.0' })
    expect(machine.files.readlink(`${pci('0000:61:00.3')}/driver`)).toEqual({
      ok: true,
      value: '../../../../bus/pci/drivers/mlx5_core',
    })
    expect(machine.files.glob('/sys/bus/pci/devices/*/net/*').map((path) => path.split('/').at(-1))).toEqual([
      'ens2f0',
      'ens2f1',
      'ens2f0v0',
      'ens2f0v1',
    ])
  })
}

test('without autoprobe the VFs have no driver, and even an explicit bind is refused', async () => {
  const machine = readyMachine(profiles.el9)
  await put(machine, `${pf0}/sriov_drivers_autoprobe`, 0)
  await put(machine, numvfs, 1)
  expect(machine.files.glob(`${pci('0000:61:00.2')}/driver`)).toEqual([])
  expect(await put(machine, '/sys/bus/pci/drivers/mlx5_core/bind', '0000:61:00.2')).toBe('No such device')
  await put(machine, `${pf0}/sriov_drivers_autoprobe`, 1)
  expect(await put(machine, '/sys/bus/pci/drivers/mlx5_core/bind', '0000:61:00.2')).toBe(null)
})

test('an unbound PF cannot make VFs', async () => {
  const machine = readyMachine(profiles.el9)
  expect(await put(machine, '/sys/bus/pci/drivers/mlx5_core/unbind', '0000:61:00.0')).toBe(null)
  expect(await put(machine, numvfs, 2)).toBe('No such file or directory')
  expect(machine.state.dmesg.at(-1)?.text).toBe('pci 0000:61:00.0: no driver bound to device; cannot configure SR-IOV')
})

// Published layouts of dual-port cards: N is NUM_OF_VFS.
test.each([
  [4, '0000:61:00.2', '0000:61:00.6', '0000:61:01.1'],
  [8, '0000:61:00.2', '0000:61:01.2', '0000:61:01.5'],
  [16, '0000:61:00.2', '0000:61:02.2', '0000:61:02.5'],
  [64, '0000:61:00.2', '0000:61:08.2', '0000:61:08.5'],
])(
  'with NUM_OF_VFS=%i the VFs of the first port begin at %s, those of the second at %s',
  (total, first, second, fourth) => {
    const { state } = readyMachine(profiles.el9)
    const setting = state.cards[0].firmware['NUM_OF_VFS']
    if (setting) setting.current = total
    const [one, two] = state.cards[0].pfs
    expect(one && two && [vfAddress(state, one, 0), vfAddress(state, two, 0), vfAddress(state, two, 3)]).toEqual([
      first,
      second,
      fourth,
    ])
  },
)

test('removing VFs waits for a VM that holds one, and goes on when it lets go', async () => {
  const machine = readyMachine(profiles.el9)
  await put(machine, `${pf0}/sriov_drivers_autoprobe`, 0)
  await put(machine, numvfs, 1)
  const vf = machine.state.cards[0].pfs[0]?.vfs[0]
  if (!vf) throw new Error('no VF')
  vf.heldBy = 'vm1'
  expect(await put(machine, numvfs, 0)).toBe(
    'still waiting after 60 s: the VM vm1 holds 0000:61:00.2 and the kernel waits until it lets go',
  )
  expect(machine.state.dmesg.at(-1)?.text).toBe('vfio-pci 0000:61:00.2: Relaying device request to user (#0)')
  void machine.time.sleep(5).then(() => {
    vf.heldBy = null
  })
  expect(await put(machine, numvfs, 0)).toBe(null)
  expect(get(machine, numvfs)).toBe('0\n')
})

test('numvfs=0 leaves switchdev mode on old kernels only', async () => {
  const modes: string[] = []
  for (const profile of Object.values(profiles)) {
    const machine = readyMachine(profile)
    await put(machine, `${pf0}/sriov_drivers_autoprobe`, 0)
    await put(machine, numvfs, 2)
    await sh(machine, 'devlink dev eswitch set pci/0000:61:00.0 mode switchdev')
    await put(machine, numvfs, 0)
    modes.push(
      machine.state.cards[0].pfs[0]?.eswitch.mode ?? '',
      await sh(machine, 'devlink dev eswitch show pci/0000:61:00.0'),
    )
  }
  expect(modes).toEqual([
    'legacy',
    'devlink answers: Operation not supported\n[rc=1]\n',
    'switchdev',
    'pci/0000:61:00.0: mode switchdev inline-mode none encap-mode basic\n',
  ])
})
