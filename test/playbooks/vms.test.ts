import { describe, expect, test } from 'vitest'
import type { Machine } from '../../src/machine/machine.ts'
import { Fleet, type FleetRun } from '../support/fleet.ts'

const limit = ['hv3', 'client1']
const vm1 = { name: 'vm1', pf: 'ens2f0', vf: 0, mac: '52:54:00:03:00:01', address: '198.51.100.31' }
const vm2 = { name: 'vm2', pf: 'ens2f1', vf: 0, mac: '52:54:00:03:00:02', address: '198.51.100.32' }

async function sh(machine: Machine, ...lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    const result = await machine.exec(line.split(' '))
    if (result.status !== 0) throw new Error(`${line}: ${result.stderr || result.stdout}`)
  }
}

const wrongs = (run: FleetRun): readonly string[] => [
  ...new Set(run.done.flatMap((event) => (event.error ? [`${event.task}: ${event.error.message}`] : []))),
]

/** The addresses of the VFs in the definition of a VM, and in the running VM. */
const vfsOf = (machine: Machine, name: string) => {
  const { persistentXml, liveXml } = machine.state.domains[name] ?? { persistentXml: '', liveXml: null }
  const count = (xml: string | null) => [...(xml ?? '').matchAll(/<interface type='hostdev'/g)].length
  return { stored: count(persistentXml), live: count(liveXml) }
}

const xml = (slot: string, fn: string, mac: string) =>
  `<interface type='hostdev' managed='yes'><mac address='${mac}'/><source><address type='pci' domain='0x0000' bus='0x61' slot='0x${slot}' function='0x${fn}'/></source></interface>`

describe('VMs', () => {
  test.each([
    ['two VMs with one VF', [vm1, { ...vm2, pf: 'ens2f0' }], 'VM vm1 and VM vm2 are both given VF 0 of ens2f0'],
    [
      'two VMs with one MAC address',
      [vm1, { ...vm2, mac: vm1.mac }],
      `VM vm1 and VM vm2 are both given the MAC address ${vm1.mac}`,
    ],
    [
      'a VM that is not there',
      [vm1, { ...vm2, name: 'vm3' }],
      'there is no VM vm3 on this host, which has vm1 and vm2',
    ],
  ])('%s are found out before anything is written', async (_what, vms, because) => {
    const run = await new Fleet().run('vflag-lacp.yaml', { limit, extraVars: { vflag_vms: vms } })
    expect([run.exit, run.writes, wrongs(run)]).toEqual([2, [], [`Check that this host can carry VF-LAG: ${because}`]])
  })

  test('a VM that was shut down gets its VF for the next start, and is not started', async () => {
    const fleet = new Fleet()
    const machine = fleet.machine('hv3')
    await fleet.run('vflag-lacp.yaml', { limit, tags: { only: ['firmware'], skip: ['verify'] } })
    await sh(machine, 'virsh destroy vm2')
    const run = await fleet.run('vflag-lacp.yaml', { limit, tags: { only: [], skip: ['verify'] } })
    expect([run.exit, wrongs(run), machine.state.domains['vm2']?.state, vfsOf(machine, 'vm2')]).toEqual([
      0,
      [],
      'shut off',
      { stored: 1, live: 0 },
    ])
    const verified = await fleet.run('verify.yaml', { limit })
    expect([verified.exit, wrongs(verified)]).toMatchSnapshot()
    const again = await fleet.run('vflag-lacp.yaml', { limit, tags: { only: [], skip: ['verify'] } })
    expect([again.exit, again.writes, machine.state.domains['vm2']?.state]).toEqual([0, [], 'shut off'])
    const torn = await fleet.run('teardown.yaml', { limit })
    expect([torn.exit, wrongs(torn), vfsOf(machine, 'vm2')]).toEqual([0, [], { stored: 0, live: 0 }])
  })

  test('a VF that is given as a plain device of the host has its MAC address before, and works', async () => {
    const fleet = new Fleet()
    const machine = fleet.machine('hv3')
    const extraVars = { vflag_vms: [{ ...vm1, kind: 'hostdev' }, vm2] }
    const run = await fleet.run('vflag-lacp.yaml', { limit, extraVars })
    expect([
      run.exit,
      wrongs(run),
      JSON.stringify(machine.state.domains['vm1']).includes("<hostdev mode='subsystem'"),
    ]).toEqual([0, [], true])
    expect(machine.state.cards[0].pfs[0]?.vfs[0]?.mac).toBe(vm1.mac)
    const again = await fleet.run('vflag-lacp.yaml', { limit, extraVars })
    expect([again.exit, again.writes]).toEqual([0, []])
    const torn = await fleet.run('teardown.yaml', { limit, extraVars })
    expect([torn.exit, wrongs(torn)]).toEqual([0, []])
  })

  test('a VF that a VM got with another MAC address is left to it, and the teardown says whose it is', async () => {
    const fleet = new Fleet()
    const machine = fleet.machine('hv3')
    await fleet.run('vflag-lacp.yaml', { limit, tags: { only: [], skip: ['vms', 'verify'] } })
    await machine.exec(['virsh', 'attach-device', 'vm1', '/dev/stdin', '--live', '--config'], {
      stdin: xml('00', '2', '52:54:00:aa:aa:aa'),
    })
    expect(vfsOf(machine, 'vm1')).toEqual({ stored: 1, live: 1 })
    const run = await fleet.run('vflag-lacp.yaml', { limit })
    const torn = await fleet.run('teardown.yaml', { limit })
    expect([run.exit, wrongs(run), torn.exit, torn.writes, wrongs(torn)]).toMatchSnapshot()
    expect(vfsOf(machine, 'vm1')).toEqual({ stored: 1, live: 1 })
  })

  test('a MAC address that a VM has on another VF is found out', async () => {
    const fleet = new Fleet()
    const machine = fleet.machine('hv3')
    await fleet.run('vflag-lacp.yaml', { limit, tags: { only: [], skip: ['vms', 'verify'] } })
    await machine.exec(['virsh', 'attach-device', 'vm1', '/dev/stdin', '--live', '--config'], {
      stdin: xml('00', '3', vm1.mac),
    })
    const run = await fleet.run('vflag-lacp.yaml', { limit })
    expect([run.exit, run.writes, wrongs(run)]).toMatchSnapshot()
  })

  test('a guest that does not let go of its VF stops the teardown before anything else', async () => {
    const fleet = new Fleet('inventory/lab.yaml', (name, lab) =>
      name === 'hv3'
        ? {
            ...lab,
            faults: {
              command: '^virsh detach-device vm1',
              status: 1,
              stderr: 'error: Failed to detach device from /dev/stdin\nerror: operation failed: guest is busy',
              times: 1,
            },
          }
        : lab,
    )
    await fleet.run('vflag-lacp.yaml', { limit })
    const torn = await fleet.run('teardown.yaml', { limit })
    expect([torn.exit, wrongs(torn), fleet.machine('hv3').state.cards[0].lag.mode]).toMatchSnapshot()
    const again = await fleet.run('teardown.yaml', { limit })
    expect([again.exit, wrongs(again)]).toEqual([0, []])
  })
})
