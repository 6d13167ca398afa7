import { expect, test } from 'vitest'
import type { Machine } from '../../../src/machine/machine.ts'
import type { Profile } from '../../../src/machine/state.ts'
import { bond, cardLog, get, pci, profiles, put, readyMachine, settle, sh, switchdev } from '../machine-for-tests.ts'

const debug = '/sys/kernel/debug/mlx5/0000:61:00.1/lag'
const lagFiles = (machine: Machine) =>
  Object.fromEntries(
    ['state', 'type', 'port_sel_mode', 'flags', 'mapping', 'members'].map((name) => [
      name,
      get(machine, `${debug}/${name}`),
    ]),
  )
const lagLog = (machine: Machine, from = 0) =>
  cardLog(machine, from).filter((line) => !/E-Switch: (E-S|SRIOV|Ena|Dis|dis|Unl)|firmware|enabling/.test(line))
const bindVf = async (machine: Machine) => {
  await put(machine, `${pci('0000:61:00.0')}/sriov_drivers_autoprobe`, 1)
  await put(machine, '/sys/bus/pci/drivers_probe', '0000:61:00.2')
  await settle(machine)
}

test('the order of the vendor guide ends in VF-LAG: el9, by hash', async () => {
  const machine = readyMachine(profiles.el9)
  await switchdev(machine)
  expect(await bond(machine)).toEqual([])
  expect(lagFiles(machine)).toEqual({
    state: 'active\n',
    type: 'switchdev\n',
    port_sel_mode: 'hash\n',
    flags: 'shared_fdb:on\nfdb_selection_mode:native\n',
    mapping: '1\n2\n',
    members: '0000:61:00.0\n0000:61:00.1\n',
  })
  expect(lagLog(machine)).toEqual([
    '0000:61:00.0: lag map active ports: 1, 2',
    '0000:61:00.0: shared_fdb:1 mode:hash',
    '0000:61:00.0: Operation mode is single FDB',
  ])
})

test('the same on rhel7.7: no debugfs, one old line in the log', async () => {
  const machine = readyMachine(profiles['rhel7.7'])
  await switchdev(machine)
  await bond(machine)
  expect(machine.files.list('/sys/kernel/debug/mlx5').ok).toBe(false)
  expect(lagLog(machine)).toEqual(['0000:61:00.0: lag map port 1:1 port 2:2'])
  expect(machine.state.cards[0].lag).toEqual({
    mode: 'sriov',
    portSelect: 'queue_affinity',
    sharedFdb: false,
    map: [1, 2],
    stuck: false,
  })
})

test('a card without hash selection, and active-backup, use queue affinity', async () => {
  const five = readyMachine({ ...profiles.el9, card: 'cx5ex' })
  await switchdev(five)
  await bond(five)
  expect([lagFiles(five)['port_sel_mode'], lagFiles(five)['mapping']]).toEqual(['queue_affinity\n', '1:1\n2:2\n'])
  const backup = readyMachine(profiles.el9)
  await switchdev(backup)
  await bond(backup, 'active-backup')
  expect([lagFiles(backup)['port_sel_mode'], lagFiles(backup)['mapping']]).toEqual(['queue_affinity\n', '1:1\n2:1\n'])
})

test('without VFs a bond is an active RoCE LAG, which looks active too', async () => {
  const machine = readyMachine(profiles.el9)
  await bond(machine)
  expect(lagFiles(machine)).toEqual({
    state: 'active\n',
    type: 'roce\n',
    port_sel_mode: 'hash\n',
    flags: 'shared_fdb:off\nfdb_selection_mode:affinity\n',
    mapping: '1\n2\n',
    members: '0000:61:00.0\n0000:61:00.1\n',
  })
})

test('no LAG reads as disabled, and most of its files cannot be read', () => {
  expect(lagFiles(readyMachine(profiles.el9))).toEqual({
    state: 'disabled\n',
    type: '!EINVAL',
    port_sel_mode: '!EINVAL',
    flags: '!EINVAL',
    mapping: '!EINVAL',
    members: '0000:61:00.0\n0000:61:00.1\n',
  })
})

// Everything that keeps LAG away, none of it with a word in the log.
const third = async (machine: Machine) => {
  await switchdev(machine)
  await bond(machine)
  await sh(machine, 'ip link set eno1 down')
  await sh(machine, 'ip link set eno1 master bond0')
}
const oneSwitchdev = async (machine: Machine) => {
  for (const pf of ['0000:61:00.0', '0000:61:00.1']) {
    await put(machine, `${pci(pf)}/sriov_drivers_autoprobe`, 0)
    await put(machine, `${pci(pf)}/sriov_numvfs`, 2)
  }
  await bond(machine)
  await sh(machine, 'devlink dev eswitch set pci/0000:61:00.0 mode switchdev')
}
const legacyVfs = async (machine: Machine) => {
  await bond(machine)
  await put(machine, `${pci('0000:61:00.0')}/sriov_numvfs`, 2)
}
const oneSlave = async (machine: Machine) => {
  await switchdev(machine)
  await bond(machine)
  await sh(machine, 'ip link set ens2f1 nomaster')
}
test.each([
  ['a third member', third],
  ['only one PF in switchdev mode', oneSwitchdev],
  ['VFs in legacy mode', legacyVfs],
  ['only one of the ports in the bond', oneSlave],
])('%s: no LAG', async (_what, prepare) => {
  const machine = readyMachine(profiles.el9)
  await prepare(machine)
  await settle(machine)
  expect(machine.state.cards[0].lag.mode).toBe('none')
  expect(lagLog(machine).filter((line) => line.includes('Failed'))).toEqual([])
})

test.each(['balance-rr', 'broadcast', 'balance-tlb', 'balance-alb'])(
  'a %s bond is no LAG; the second port gets a warning and joins',
  async (mode) => {
    const machine = readyMachine(profiles.el9)
    await switchdev(machine)
    const out = await bond(machine, mode)
    expect(out).toEqual(["Warning: mlx5_core: Can't activate LAG offload, TX type isn't supported.\n"])
    expect([machine.kernel.link('bond0')?.bond?.slaves, machine.state.cards[0].lag.mode]).toEqual([
      ['ens2f0', 'ens2f1'],
      'none',
    ])
  },
)

test('bond first, then VFs and switchdev ends in VF-LAG where the interface persists', async () => {
  const ends: [string, readonly string[] | undefined][] = []
  for (const profile of Object.values(profiles)) {
    const machine = readyMachine(profile)
    await bond(machine)
    await switchdev(machine)
    ends.push([machine.state.cards[0].lag.mode, machine.kernel.link('bond0')?.bond?.slaves])
  }
  expect(ends).toEqual([
    ['none', []],
    ['sriov', ['ens2f0', 'ens2f1']],
  ])
})

async function boundBeforeBond(profile: Profile): Promise<Machine> {
  const machine = readyMachine(profile)
  await switchdev(machine)
  await bindVf(machine)
  await bond(machine)
  return machine
}

test('strict firmware makes no LAG while a VF is bound, says why, and tries again at the next event only', async () => {
  const machine = await boundBeforeBond(profiles.el9)
  // Enslaving is one event, the end of the LACP negotiation another: the same three lines each time.
  expect([...new Set(lagLog(machine))]).toEqual([
    '0000:61:00.0: mlx5_create_lag:646:(pid 1417): Failed to create LAG (-22)',
    '0000:61:00.0: mlx5_activate_lag:712:(pid 1417): Failed to activate VF LAG',
    '0000:61:00.0: mlx5_activate_lag:712:(pid 1417): Make sure all VFs are unbound prior to VF LAG activation or deactivation',
  ])
  await put(machine, '/sys/bus/pci/drivers/mlx5_core/unbind', '0000:61:00.2')
  await settle(machine)
  expect(machine.state.cards[0].lag.mode).toBe('none')
  await sh(machine, 'ip link set ens2f1 nomaster')
  await sh(machine, 'ip link set ens2f1 master bond0')
  await settle(machine)
  expect(machine.state.cards[0].lag.mode).toBe('sriov')
})

test('lax firmware makes it, and the VF stays on its port for ever', async () => {
  const machine = await boundBeforeBond({ ...profiles.el9, firmware: 'lax' })
  const vfs = machine.state.cards[0].pfs.flatMap((pf) => pf.vfs.map((vf) => [vf.pci, vf.driver, vf.pinned]))
  expect(machine.state.cards[0].lag.mode).toBe('sriov')
  expect(vfs).toEqual([
    ['0000:61:00.2', 'mlx5_core', true],
    ['0000:61:00.3', null, false],
    ['0000:61:00.6', null, false],
    ['0000:61:00.7', null, false],
  ])
})

test('a VF bound after LAG is balanced', async () => {
  const machine = readyMachine(profiles.el9)
  await switchdev(machine)
  await bond(machine)
  await bindVf(machine)
  expect(machine.kernel.findVf('0000:61:00.2')?.vf).toMatchObject({ driver: 'mlx5_core', pinned: false })
})

test('dissolving LAG with a VF bound leaves firmware behind until a reboot', async () => {
  const machine = readyMachine(profiles.el9)
  await switchdev(machine)
  await bond(machine)
  await bindVf(machine)
  const from = machine.state.dmesg.length
  await sh(machine, 'ip link del bond0')
  await settle(machine)
  expect(lagLog(machine, from).filter((line) => line.includes('mlx5_'))).toEqual([
    '0000:61:00.0: mlx5_deactivate_lag:770:(pid 1417): Failed to deactivate VF LAG; driver restart required',
    '0000:61:00.0: mlx5_deactivate_lag:770:(pid 1417): Make sure all VFs are unbound prior to VF LAG activation or deactivation',
  ])
  await put(machine, '/sys/bus/pci/drivers/mlx5_core/unbind', '0000:61:00.2')
  await bond(machine)
  expect(machine.state.cards[0].lag).toMatchObject({ mode: 'none', stuck: true })
  await machine.reboot()
  expect(machine.state.cards[0].lag).toMatchObject({ mode: 'none', stuck: false })
})

test('setting the mode that is there dissolves and makes LAG again', async () => {
  const machine = readyMachine(profiles.el9)
  await switchdev(machine)
  await bond(machine)
  const from = machine.state.dmesg.length
  await sh(machine, 'devlink dev eswitch set pci/0000:61:00.0 mode switchdev')
  expect(machine.state.cards[0].lag.mode).toBe('none')
  await settle(machine)
  expect(lagLog(machine, from)[0]).toBe('0000:61:00.0: lag map active ports: 1, 2')
})

test.each([
  ['el9', '0000:61:00.0: lag map active ports: 1', '0000:61:00.0: lag map active ports: 1, 2'],
  ['rhel7.7', '0000:61:00.0: modify lag map port 1:1 port 2:1', '0000:61:00.0: modify lag map port 1:1 port 2:2'],
] as const)('%s: a port that fails is mapped away and comes back', async (os, failed, restored) => {
  const machine = readyMachine(profiles[os])
  await switchdev(machine)
  await bond(machine)
  const from = machine.state.dmesg.length
  await sh(machine, 'ip link set ens2f1 down')
  await settle(machine)
  await sh(machine, 'ip link set ens2f1 up')
  await settle(machine)
  expect(lagLog(machine, from)).toEqual([failed, restored])
  expect(machine.kernel.link('bond0')?.bond?.failures).toEqual({ ens2f0: 0, ens2f1: 1 })
  expect(machine.state.cards[0].pfs[1]?.counters.link_down_events_phy).toBe(1)
})

test('without an LACP partner one port carries everything', async () => {
  const machine = readyMachine(profiles.el9, { mode: 'none' })
  await switchdev(machine)
  await bond(machine)
  expect([machine.state.cards[0].lag.mode, machine.state.cards[0].lag.map]).toEqual(['sriov', [1, 1]])
})
