import { describe, expect, test } from 'vitest'
import { factReads, parseFacts } from '../../../src/facts/gather.ts'
import { sshConnection } from '../../../src/lab/host-server.ts'
import type { Profile } from '../../../src/machine/state.ts'
import { Readings } from '../../../src/module/reading.ts'
import { get, sh, testMachine } from '../machine-for-tests.ts'

const host = (management: Profile['management'], os: Profile['os'] = 'el9') =>
  testMachine({ os, card: 'cx6dx', firmware: 'strict', ...(management && { management }) })

async function managementOf(machine: ReturnType<typeof host>) {
  const env = { SSH_CONNECTION: sshConnection(machine.state) }
  const address = env.SSH_CONNECTION.split(' ')[2]
  const { before } = await machine.perform({ before: factReads, steps: [], after: [] })
  const readings = before.map((reading) =>
    reading.kind === 'command' && reading.argv[0] === 'printenv'
      ? { ...reading, status: 0, stdout: `${env.SSH_CONNECTION}\n` }
      : reading,
  )
  expect(address).toBe('192.0.2.11')
  return parseFacts(Readings.of(factReads, readings), 'hv1').management
}

describe('what SSH comes in by', () => {
  test.each<[Profile['management'], string, readonly string[]]>([
    [undefined, 'eno1', ['eno1']],
    ['pf', 'ens2f0', ['ens2f0']],
    ['bond', 'bond0', ['bond0', 'ens2f0', 'ens2f1']],
    ['vlan', 'bond0.100', ['bond0', 'bond0.100', 'ens2f0', 'ens2f1']],
  ])('%s: the facts find %s', async (management, name, uses) => {
    const found = await managementOf(host(management))
    expect([found.interface, [...found.uses].sort()]).toEqual([name, uses])
  })

  test.each(['rhel7.7', 'el10', 'ubuntu24.04', 'debian12'] as const)('%s has its network files for it', (os) => {
    const machine = host('vlan', os)
    expect(machine.kernel.link('eno1')).toBe(undefined)
    const files = Object.entries(machine.state.files).filter(([path]) =>
      /network|netplan|system-connections/.test(path),
    )
    expect(files.some(([, entry]) => entry.type === 'file' && entry.content.includes('192.0.2.11'))).toBe(true)
    expect(files.some(([path]) => path.includes('eno1'))).toBe(false)
  })

  test('a bond of the ports without VFs is an active RoCE LAG from the start', async () => {
    const machine = host('bond')
    expect(get(machine, '/sys/kernel/debug/mlx5/0000:61:00.0/lag/type')).toBe('roce\n')
    expect(get(machine, '/proc/net/bonding/bond0')).toContain('Currently Active Slave: ens2f0\n')
    expect(await sh(machine, 'ip -br addr show dev bond0')).toContain('192.0.2.11/24')
  })
})

describe('VLANs', () => {
  test('stand on an interface and go with it', async () => {
    const machine = host(undefined)
    await sh(machine, 'ip link add bond1 type bond mode active-backup')
    expect(await sh(machine, 'ip link add link bond1 name bond1.7 type vlan id 7')).toBe('')
    expect(await sh(machine, 'ip link add link bond1 name other type vlan id 7')).toBe(
      'RTNETLINK answers: File exists\n[rc=2]\n',
    )
    expect(await sh(machine, 'ip link show dev bond1.7')).toMatch(/^\d+: bond1\.7@bond1: <BROADCAST,MULTICAST> /)
    expect(machine.files.list('/sys/class/net/bond1.7')).toMatchObject({
      value: expect.arrayContaining(['lower_bond1']),
    })
    await sh(machine, 'ip link del bond1')
    expect(machine.kernel.link('bond1.7')).toBe(undefined)
  })
})

test('a third port can be there, on a controller of its own', async () => {
  const machine = testMachine({ os: 'el9', card: 'cx6dx', firmware: 'strict', thirdPort: true })
  expect(get(machine, '/sys/class/net/eno2/device/device')).toBe('0x15b7\n')
  expect(await sh(machine, 'lspci -Dn')).toBe(
    '0000:00:19.0 0200: 8086:15b7\n0000:00:1f.6 0200: 8086:15b7\n0000:61:00.0 0200: 15b3:101d\n0000:61:00.1 0200: 15b3:101d\n',
  )
  expect(await sh(machine, 'ip -br link show dev eno2')).toMatch(/^eno2 +DOWN /)
})
