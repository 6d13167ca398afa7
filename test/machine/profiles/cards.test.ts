import { describe, expect, test } from 'vitest'
import { factReads, parseFacts } from '../../../src/facts/gather.ts'
import type { Machine } from '../../../src/machine/machine.ts'
import type { CardName } from '../../../src/machine/profiles/card-models.ts'
import type { Profile } from '../../../src/machine/state.ts'
import { Readings } from '../../../src/module/reading.ts'
import { get, pci, put, readyMachine, settle, sh, switchdev } from '../machine-for-tests.ts'

const withCard = (card: CardName, more: Partial<Profile> = {}) =>
  readyMachine({ os: 'el9', card, firmware: 'strict', ...more })

const [one, two] = ['0000:61:00.0', '0000:61:00.1'] as const

async function bonded(machine: Machine, mode = '802.3ad'): Promise<void> {
  await switchdev(machine, 1)
  await sh(machine, `ip link add bond0 type bond mode ${mode} miimon 100`)
  for (const pf of ['ens2f0', 'ens2f1']) {
    await sh(machine, `ip link set ${pf} down`)
    await sh(machine, `ip link set ${pf} master bond0`)
  }
  await sh(machine, 'ip link set bond0 up')
  await settle(machine)
}

const lagOf = (machine: Machine) => {
  const { mode, portSelect } = machine.state.cards[0].lag
  return `${mode} ${portSelect}`
}

describe('cards', () => {
  test.each<[CardName, string, string, number]>([
    ['cx4lx', 'Mellanox Technologies MT27710 Family [ConnectX-4 Lx] [15b3:1015]', 'ConnectX4LX', 25_000],
    ['cx5', 'Mellanox Technologies MT27800 Family [ConnectX-5] [15b3:1017]', 'ConnectX5', 25_000],
    ['cx6lx', 'Mellanox Technologies MT2894 Family [ConnectX-6 Lx] [15b3:101f]', 'ConnectX6LX', 25_000],
    ['cx7', 'Mellanox Technologies MT2910 Family [ConnectX-7] [15b3:1021]', 'ConnectX7', 200_000],
    [
      'bf2',
      'Mellanox Technologies MT42822 BlueField-2 integrated ConnectX-6 Dx network controller [15b3:a2d6]',
      'BlueField2',
      100_000,
    ],
  ])('%s has its ids, its name and its speed', async (card, name, type, speed) => {
    const machine = withCard(card)
    machine.state.packages['mstflint'] = '4.26.0-1.el9'
    expect(await sh(machine, 'lspci -Dnn -s 61:00.0')).toBe(`${one} Ethernet controller [0200]: ${name}\n`)
    expect(/^Device type: +(\S+)$/m.exec(await sh(machine, `mstconfig -d ${one} q SRIOV_EN`))?.[1]).toBe(type)
    await sh(machine, 'ip link set ens2f0 up')
    expect(get(machine, '/sys/class/net/ens2f0/speed')).toBe(`${speed}\n`)
  })

  test.each<[CardName, string, string]>([
    ['cx4lx', '802.3ad', 'none queue_affinity'],
    ['cx5', '802.3ad', 'sriov queue_affinity'],
    ['cx5ex', 'balance-xor', 'sriov queue_affinity'],
    ['cx6dx', '802.3ad', 'sriov hash'],
    ['cx6dx', 'active-backup', 'sriov queue_affinity'],
    ['cx6dx-old', '802.3ad', 'sriov queue_affinity'],
    ['cx6lx', '802.3ad', 'sriov hash'],
    ['cx7', 'balance-xor', 'sriov hash'],
    ['bf2', '802.3ad', 'none queue_affinity'],
  ])('the LAG of a %s in a bond of mode %s is %s', async (card, mode, lag) => {
    const machine = withCard(card)
    await bonded(machine, mode)
    expect(lagOf(machine)).toBe(lag)
  })

  test('older firmware of a ConnectX-6 Dx hashes only with resources for it', async () => {
    const machine = withCard('cx6dx-old')
    const setting = machine.state.cards[0].firmware['LAG_RESOURCE_ALLOCATION']
    if (setting) setting.current = 1
    await bonded(machine)
    expect(lagOf(machine)).toBe('sriov hash')
  })

  test('a BlueField in DPU mode keeps its e-switch from the host', async () => {
    const machine = withCard('bf2')
    machine.state.packages['mstflint'] = '4.26.0-1.el9'
    const no = 'kernel answers: Operation not supported\n[rc=1]\n'
    expect(await sh(machine, `devlink dev eswitch show pci/${one}`)).toBe(no)
    expect(await sh(machine, `devlink dev eswitch set pci/${one} mode switchdev`)).toBe(no)
    expect(get(machine, '/sys/class/net/ens2f0/phys_switch_id')).toBe('!EOPNOTSUPP')
    expect(get(machine, `/sys/kernel/debug/mlx5/${one}/lag/state`)).toBe('!ENOENT')
    expect(await sh(machine, `mstconfig -d ${one} q INTERNAL_CPU_MODEL INTERNAL_CPU_OFFLOAD_ENGINE`)).toMatch(
      /INTERNAL_CPU_MODEL +EMBEDDED_CPU\(1\)\n +INTERNAL_CPU_OFFLOAD_ENGINE +ENABLED\(0\)\n/,
    )
  })

  test('inline mode is for a ConnectX-4 Lx alone', async () => {
    const old = withCard('cx4lx')
    const shown = (inline: string) => `pci/${one}: mode legacy inline-mode ${inline} encap-mode basic\n`
    expect(await sh(old, `devlink dev eswitch show pci/${one}`)).toBe(shown('link'))
    expect(await sh(old, `devlink dev eswitch set pci/${one} inline-mode transport`)).toBe('')
    expect(await sh(old, `devlink dev eswitch show pci/${one}`)).toBe(shown('transport'))
    const later = withCard('cx5')
    expect(await sh(later, `devlink dev eswitch set pci/${one} inline-mode none`)).toBe('')
    expect(await sh(later, `devlink dev eswitch set pci/${one} inline-mode transport`)).toBe(
      "Error: mlx5_core: Inline mode can't be set.\nkernel answers: Operation not supported\n[rc=1]\n",
    )
  })

  test('ports with unequal RoCE make no LAG, and under one RoCE cannot change', async () => {
    const machine = withCard('cx6dx')
    expect(await sh(machine, `devlink dev param set pci/${one} name enable_roce value false cmode driverinit`)).toBe('')
    await bonded(machine)
    expect(lagOf(machine)).toBe('none queue_affinity')
    expect(await sh(machine, `devlink dev param set pci/${one} name enable_roce value true cmode driverinit`)).toBe('')
    await sh(machine, 'ip link set ens2f1 nomaster')
    await sh(machine, 'ip link set ens2f1 master bond0')
    await settle(machine)
    expect(lagOf(machine)).toBe('sriov hash')
    expect(await sh(machine, `devlink dev param set pci/${one} name enable_roce value false cmode driverinit`)).toBe(
      "Error: mlx5_core: Multi port slave/Lag device can't configure RoCE.\nkernel answers: Operation not supported\n[rc=1]\n",
    )
  })
})

describe('devlink parameters', () => {
  const steer = (mode: string) => `devlink dev param set pci/${one} name flow_steering_mode value ${mode} cmode runtime`

  test('steering changes in legacy mode without VFs only', async () => {
    const machine = withCard('cx6dx')
    const show = `devlink dev param show pci/${one} name flow_steering_mode`
    expect(await sh(machine, show)).toBe(
      `pci/${one}:\n  name flow_steering_mode type driver-specific\n    values:\n      cmode runtime value smfs\n`,
    )
    expect([await sh(machine, steer('dmfs')), await sh(machine, steer('smfs'))]).toEqual(['', ''])
    await put(machine, `${pci(one)}/sriov_numvfs`, 1)
    expect(await sh(machine, steer('dmfs'))).toBe('kernel answers: Device or resource busy\n[rc=1]\n')
    const other = withCard('cx6dx')
    await switchdev(other, 1)
    expect(await sh(other, steer('dmfs'))).toContain('kernel answers: Operation not supported\n[rc=1]\n')
    expect(await sh(other, steer('smfs'))).toBe('')
    expect(JSON.parse(await sh(other, `devlink -j dev param show pci/${one} name flow_steering_mode`))).toEqual({
      param: {
        [`pci/${one}`]: [
          {
            name: 'flow_steering_mode',
            type: 'driver-specific',
            values: [{ cmode: 'runtime', value: 'smfs' }],
          },
        ],
      },
    })
  })

  const multiport = (value: string) =>
    `devlink dev param set pci/${one} name esw_multiport value ${value} cmode runtime`

  test('a multiport e-switch needs switchdev on both ports and no LAG, and then no port can join a bond', async () => {
    const machine = withCard('cx6dx')
    expect(await sh(machine, multiport('true'))).toBe('kernel answers: Operation not supported\n[rc=1]\n')
    await switchdev(machine, 1)
    expect(await sh(machine, multiport('true'))).toBe('')
    const lag = `/sys/kernel/debug/mlx5/${two}/lag`
    expect([get(machine, `${lag}/type`), get(machine, `${lag}/port_sel_mode`)]).toEqual([
      'multiport_eswitch\n',
      'mpesw\n',
    ])
    await sh(machine, 'ip link add bond0 type bond mode 802.3ad')
    expect(await sh(machine, 'ip link set ens2f0 master bond0')).toBe('RTNETLINK answers: Invalid argument\n[rc=2]\n')
    expect(await sh(machine, multiport('false'))).toBe('')
    await sh(machine, 'ip link del bond0')
    await bonded(machine)
    expect(await sh(machine, multiport('true'))).toBe('kernel answers: Invalid argument\n[rc=1]\n')
  })

  test('a host can start with a multiport e-switch', async () => {
    const machine = withCard('cx7', { multiport: true })
    expect(get(machine, `/sys/kernel/debug/mlx5/${one}/lag/type`)).toBe('multiport_eswitch\n')
    expect(await sh(machine, `devlink dev param show pci/${two} name esw_multiport`)).toContain('value true\n')
  })

  test('kernels without it do not know the parameter', async () => {
    const machine = withCard('cx6dx', { os: 'debian12' })
    expect(await sh(machine, multiport('true'))).toBe('kernel answers: Invalid argument\n[rc=1]\n')
  })
})

describe('OFED', () => {
  test('can be told by files what devlink is told elsewhere, with the same rules', async () => {
    const machine = withCard('cx6dx', { ofed: true })
    const file = (name: string, pf = 'ens2f0') => `/sys/class/net/${pf}/compat/devlink/${name}`
    const names = ['mode', 'inline', 'encap', 'steering_mode', 'vport_match_mode', 'lag_port_select_mode']
    expect(names.map((name) => get(machine, file(name)))).toEqual([
      'legacy\n',
      'none\n',
      'basic\n',
      'dmfs\n',
      'metadata\n',
      'queue_affinity\n',
    ])
    for (const pf of ['ens2f0', 'ens2f1']) {
      expect(await put(machine, file('steering_mode', pf), 'smfs')).toBe(null)
      expect(await put(machine, file('lag_port_select_mode', pf), 'hash')).toBe(null)
    }
    expect(await put(machine, file('mode'), 'sideways')).toBe('Invalid argument')
    expect(await put(machine, file('mode'), 'switchdev')).toBe(null)
    expect(await put(machine, file('lag_port_select_mode'), 'queue_affinity')).toBe('Operation not supported')
    expect(await put(machine, file('mode'), 'legacy')).toBe(null)
    await bonded(machine)
    expect(lagOf(machine)).toBe('sriov hash')
  })

  test('does not hash unless it is told to', async () => {
    const machine = withCard('cx6dx', { ofed: true })
    await bonded(machine)
    expect(lagOf(machine)).toBe('sriov queue_affinity')
  })

  test('is not there without it', () => {
    expect(get(withCard('cx6dx'), '/sys/class/net/ens2f0/compat/devlink/mode')).toBe('!ENOENT')
  })
})

describe('two cards in a host', () => {
  const twin = () => withCard('cx5ex', { moreCards: ['cx6dx'], os: 'el9' })

  test('each has its own place, names and switch id', async () => {
    const machine = twin()
    machine.state.packages['mstflint'] = '4.26.0-1.el9'
    const { before } = await machine.perform({ before: factReads, steps: [], after: [] })
    const { pfs } = parseFacts(Readings.of(factReads, before), 'hv1')
    expect(pfs.map((pf) => [pf.pci, pf.netdev, pf.card, pf.port])).toEqual([
      ['0000:61:00.0', 'ens2f0', 'ConnectX-5 Ex', 0],
      ['0000:61:00.1', 'ens2f1', 'ConnectX-5 Ex', 1],
      ['0001:a1:00.0', 'ens3f0', 'ConnectX-6 Dx', 0],
      ['0001:a1:00.1', 'ens3f1', 'ConnectX-6 Dx', 1],
    ])
    expect(new Set(pfs.map((pf) => pf.switch_id)).size).toBe(2)
    expect((await sh(machine, 'lspci')).split('\n').map((line) => line.split(' ', 1)[0])).toEqual([
      '0000:00:1f.6',
      ...pfs.map((pf) => pf.pci),
      '',
    ])
    expect(await sh(machine, 'mstconfig -d 0001:a1:00.0 -y set SRIOV_EN=1')).toContain('ConnectX6DX')
    expect(machine.state.cards.map((card) => card.firmware['SRIOV_EN']?.next)).toEqual([1, 1])
    expect(machine.state.cards.map((card) => card.firmware['NUM_OF_VFS']?.next)).toEqual([4, 0])
    expect(get(machine, '/sys/class/net/ens3f1/device/device')).toBe('0x101d\n')
  })

  test('a bond across them makes no LAG, one of each card makes one there', async () => {
    const machine = twin()
    await sh(machine, 'ip link add bond0 type bond mode 802.3ad miimon 100')
    for (const pf of ['ens2f0', 'ens3f0']) await sh(machine, `ip link set ${pf} master bond0`)
    await settle(machine)
    expect(machine.state.cards.map(({ lag }) => lag.mode)).toEqual(['none', 'none'])
    await sh(machine, 'ip link set ens2f0 nomaster')
    await sh(machine, 'ip link set ens3f1 master bond0')
    await settle(machine)
    expect(machine.state.cards.map(({ lag }) => lag.mode)).toEqual(['none', 'roce'])
    expect(get(machine, '/sys/kernel/debug/mlx5/0001:a1:00.0/lag/members')).toBe('0001:a1:00.0\n0001:a1:00.1\n')
  })

  test('on Debian a port in another domain has that in its name', () => {
    const machine = withCard('cx6dx', { moreCards: ['cx6dx'], os: 'debian12' })
    const names = machine.kernel.links().filter(({ kind }) => kind === 'pf')
    expect(names.map(({ name }) => name)).toEqual([
      'enp97s0f0np0',
      'enp97s0f1np1',
      'enP1p161s0f0np0',
      'enP1p161s0f1np1',
    ])
  })
})
