import { describe, expect, test } from 'vitest'
import type { Machine } from '../../../src/machine/machine.ts'
import type { Profile } from '../../../src/machine/state.ts'
import { cardLog, get, pci, put, readyMachine, settle, sh } from '../machine-for-tests.ts'

type Os = Exclude<Profile['os'], 'client'>

const hypervisor = (os: Os, more: Partial<Profile> = {}) =>
  readyMachine({ os, card: 'cx6dx', firmware: 'strict', ...more })

const [one, two] = ['0000:61:00.0', '0000:61:00.1'] as const

async function switchdev(machine: Machine): Promise<void> {
  for (const pf of [one, two]) {
    await put(machine, `${pci(pf)}/sriov_drivers_autoprobe`, 0)
    await put(machine, `${pci(pf)}/sriov_numvfs`, 1)
    await sh(machine, `devlink dev eswitch set pci/${pf} mode switchdev`)
  }
  await settle(machine)
}

async function vfLag(machine: Machine): Promise<void> {
  await switchdev(machine)
  await sh(machine, 'ip link add bond0 type bond mode 802.3ad miimon 100')
  for (const pf of machine.kernel.links().filter(({ kind }) => kind === 'pf')) {
    await sh(machine, `ip link set ${pf.name} down`)
    await sh(machine, `ip link set ${pf.name} master bond0`)
  }
  await sh(machine, 'ip link set bond0 up')
  await settle(machine)
}

const systems: readonly Os[] = ['rhel7.7', 'el8.4', 'el9', 'el10', 'ubuntu22.04', 'ubuntu24.04', 'debian12']

const linksOf = (machine: Machine, kind: string) =>
  machine.kernel
    .links()
    .filter((link) => link.kind === kind)
    .map(({ name }) => name)

describe('kernels', () => {
  test.each<[Os, boolean, boolean, boolean]>([
    ['rhel7.7', false, false, true],
    ['el8.4', false, true, true],
    ['ubuntu22.04', false, true, false],
    ['debian12', true, true, false],
    ['el9', true, true, false],
    ['el10', true, true, false],
  ])(
    '%s: shows a mode without VFs: %j, takes switchdev without VFs: %j, makes another interface: %j',
    async (os, shows, takes, anew) => {
      const machine = hypervisor(os)
      expect((await sh(machine, `devlink dev eswitch show pci/${one}`)).includes('mode legacy')).toBe(shows)
      const before = machine.kernel.links().find(({ kind }) => kind === 'pf')?.ifindex
      if (!takes) {
        expect(await sh(machine, `devlink dev eswitch set pci/${one} mode switchdev`)).toContain('Invalid argument')
        await put(machine, `${pci(one)}/sriov_drivers_autoprobe`, 0)
        await put(machine, `${pci(one)}/sriov_numvfs`, 1)
      }
      expect(await sh(machine, `devlink dev eswitch set pci/${one} mode switchdev`)).toBe('')
      await settle(machine)
      const [pf] = machine.state.cards[0].pfs
      expect(pf?.eswitch.mode).toBe('switchdev')
      expect(machine.kernel.link(pf?.netdev ?? '')?.ifindex !== before).toBe(anew)
    },
  )

  test.each<[Os, string]>([
    ['rhel7.7', 'legacy'],
    ['el8.4', 'legacy'],
    ['ubuntu22.04', 'legacy'],
    ['debian12', 'switchdev'],
    ['el9', 'switchdev'],
  ])('%s: without VFs the mode is %s', async (os, mode) => {
    const machine = hypervisor(os)
    await switchdev(machine)
    await put(machine, `${pci(one)}/sriov_numvfs`, 0)
    await settle(machine)
    expect(machine.state.cards[0].pfs[0]?.eswitch.mode).toBe(mode)
  })

  test.each<[Os, string | null, readonly string[]]>([
    ['rhel7.7', null, ['lag map port 1:1 port 2:2']],
    ['el8.4', null, ['lag map port 1:1 port 2:2']],
    ['ubuntu22.04', null, ['lag map port 1:1 port 2:2 shared_fdb:1', 'Operation mode is single FDB']],
    ['debian12', 'hash\n', ['lag map active ports: 1, 2', 'shared_fdb:1 mode:hash', 'Operation mode is single FDB']],
    ['el10', 'hash\n', ['lag map active ports: 1, 2', 'shared_fdb:1 mode:hash', 'Operation mode is single FDB']],
  ])('%s tells of its LAG in its own words', async (os, portSelect, lines) => {
    const machine = hypervisor(os)
    await vfLag(machine)
    expect(machine.state.cards[0].lag.mode).toBe('sriov')
    expect(get(machine, `/sys/kernel/debug/mlx5/${one}/lag/port_sel_mode`)).toBe(portSelect ?? '!ENOENT')
    expect(
      cardLog(machine)
        .filter((line) => /lag map|shared_fdb|single FDB/.test(line))
        .map((line) => line.replace(`${one}: `, '')),
    ).toEqual(lines)
  })

  test.each<[Os, string, string, string]>([
    ['rhel7.7', 'Ethernet Channel Bonding Driver: v3.7.1 (April 27, 2011)', 'no', 'no'],
    ['el8.4', 'Ethernet Channel Bonding Driver: v4.18.0-305.el8.x86_64', 'no', 'yes'],
    ['debian12', 'Ethernet Channel Bonding Driver: v6.1.0-25-amd64', 'yes', 'yes'],
  ])('%s writes a bond down as its driver does', async (os, head, lacp, delay) => {
    const machine = hypervisor(os)
    await vfLag(machine)
    const report = get(machine, '/proc/net/bonding/bond0')
    const has = (text: string) => (report.includes(text) ? 'yes' : 'no')
    expect([report.split('\n', 1)[0], has('LACP active: on'), has('Peer Notification Delay')]).toEqual([
      head,
      lacp,
      delay,
    ])
  })

  test('the port of an uplink is on an instance of its own where devlink has them', async () => {
    const machine = hypervisor('el10')
    expect(await sh(machine, 'devlink dev show')).toBe(
      'pci/0000:61:00.0\nauxiliary/mlx5_core.eth.0\npci/0000:61:00.1\nauxiliary/mlx5_core.eth.1\n',
    )
    expect(await sh(machine, 'devlink port show')).toBe(
      'auxiliary/mlx5_core.eth.0/65535: type eth netdev ens2f0 flavour physical port 0 splittable false\nauxiliary/mlx5_core.eth.1/131071: type eth netdev ens2f1 flavour physical port 1 splittable false\n',
    )
  })

  test('with more than 64 VFs in firmware older kernels make no LAG, and say so to whoever enslaves', async () => {
    const machine = hypervisor('el8.4')
    const setting = machine.state.cards[0].firmware['NUM_OF_VFS']
    if (setting) setting.current = 65
    await sh(machine, 'ip link add bond0 type bond mode 802.3ad')
    expect(await sh(machine, 'ip link set ens2f0 master bond0')).toBe('')
    expect(await sh(machine, 'ip link set ens2f1 master bond0')).toBe(
      "Warning: mlx5_core: Can't activate LAG offload, PF is configured with more than 64 VFs.\n",
    )
    await settle(machine)
    expect(machine.state.cards[0].lag.mode).toBe('none')
  })
})

describe('names', () => {
  test.each<[Os, readonly string[], readonly string[]]>([
    ['rhel7.7', ['ens2f0', 'ens2f1'], ['ens2f0_0', 'ens2f1_0']],
    ['el8.4', ['ens2f0', 'ens2f1'], ['eth0', 'eth1']],
    ['el9', ['ens2f0', 'ens2f1'], ['ens2f0r0', 'ens2f1r0']],
    ['el10', ['ens2f0', 'ens2f1'], ['ens2f0r0', 'ens2f1r0']],
    // enp97s0f0npf0vf0 has 16 letters: it does not fit.
    ['ubuntu22.04', ['enp97s0f0np0', 'enp97s0f1np1'], ['eth0', 'eth1']],
    ['ubuntu24.04', ['enp97s0f0np0', 'enp97s0f1np1'], ['enp97s0f0np0r0', 'enp97s0f1np1r0']],
    ['debian12', ['enp97s0f0np0', 'enp97s0f1np1'], ['eth0', 'eth1']],
  ])('%s calls ports %j and representors %j', async (os, ports, representors) => {
    const machine = hypervisor(os)
    await switchdev(machine)
    expect([linksOf(machine, 'pf').sort(), linksOf(machine, 'representor')]).toEqual([ports, representors])
  })

  test('OFED names representors as it always did', async () => {
    const machine = hypervisor('debian12', { ofed: true })
    await switchdev(machine)
    expect(linksOf(machine, 'representor')).toEqual(['enp97s0f0np0_0', 'enp97s0f1np1_0'])
  })

  test('rules of the host win, and tell NetworkManager what to leave alone', async () => {
    const machine = hypervisor('debian12')
    const id = machine.state.cards[0].guid
    await machine.files.write(
      '/etc/udev/rules.d/70-vflag.rules',
      Buffer.from(
        `SUBSYSTEM=="net", ACTION=="add", ATTR{phys_switch_id}=="${id}", ATTR{phys_port_name}=="pf1vf0", NAME="rep-b0"\nSUBSYSTEM=="net", ATTR{phys_port_name}=="pf*vf*", ENV{NM_UNMANAGED}="1"\n`,
      ),
    )
    await switchdev(machine)
    expect(linksOf(machine, 'representor')).toEqual(['eth0', 'rep-b0'])
    expect(machine.kernel.link('rep-b0')?.properties).toEqual({ NM_UNMANAGED: '1' })
  })

  test('a mode change on an older kernel loses the name, and a rule gives it back', async () => {
    const lost = hypervisor('el8.4', { renames: true })
    await switchdev(lost)
    expect(linksOf(lost, 'pf').sort()).toEqual(['eth0', 'eth2'])

    const kept = hypervisor('el8.4', { renames: true })
    const rule = (pf: string, port: string, name: string) =>
      `SUBSYSTEM=="net", ACTION=="add", DRIVERS=="?*", KERNELS=="${pf}", ATTR{phys_port_name}=="${port}", NAME="${name}"\n`
    await machineWrite(kept, rule(one, 'p0', 'ens2f0') + rule(two, 'p1', 'ens2f1'))
    await switchdev(kept)
    expect(linksOf(kept, 'pf').sort()).toEqual(['ens2f0', 'ens2f1'])
  })

  test('with a slow udev an interface has the name of the kernel first, and who sets it up keeps it from being renamed', async () => {
    const machine = hypervisor('el9', { udevDelay: 5 })
    await put(machine, `${pci(one)}/sriov_drivers_autoprobe`, 0)
    await put(machine, `${pci(one)}/sriov_numvfs`, 2)
    await sh(machine, `devlink dev eswitch set pci/${one} mode switchdev`)
    await machine.time.sleep(1)
    expect(linksOf(machine, 'representor')).toEqual(['eth0', 'eth1'])
    await sh(machine, 'ip link set eth1 up')
    expect(await sh(machine, 'udevadm settle')).toBe('')
    expect(linksOf(machine, 'representor').sort()).toEqual(['ens2f0r0', 'eth1'])
    expect(await sh(machine, 'udevadm settle --timeout=1')).toBe('')
  })
})

test.each(systems)('%s goes the whole way to VF-LAG and, after a restart, is as it was', async (os) => {
  const machine = hypervisor(os)
  await vfLag(machine)
  expect(machine.state.cards[0].lag.mode).toBe('sriov')
  await machine.reboot()
  expect([linksOf(machine, 'representor'), machine.state.cards[0].lag.mode]).toEqual([[], 'none'])
})

async function machineWrite(machine: Machine, rules: string): Promise<void> {
  await machine.files.write('/etc/udev/rules.d/70-vflag.rules', Buffer.from(rules))
}
