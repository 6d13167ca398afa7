import { describe, expect, test } from 'vitest'
import { type Read, readKey } from '../../../src/module/read.ts'
import { vfMap, vfMapMore, vfMapReads } from '../../../src/modules/card/vf-map.ts'
import { ovsTables } from '../../support/ovs-tables.ts'
import { hvFacts, hypervisor, profiles, readingsOf, type Shown, shown } from '../../support/readings.ts'

const uuid = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'

describe.each(profiles)('the map of VFs on %s', (profile) => {
  const facts = hvFacts(profile)
  const map = (host: Shown) => {
    const first = vfMapReads(facts)
    return vfMap(facts, readingsOf([...first, ...vfMapMore(facts, readingsOf(first, host))], host))
  }
  const standing = hypervisor(profile, {
    vfs: 2,
    mode: 'switchdev',
    vms: [
      { name: 'vm1', live: ['0000:61:00.2'], stored: ['0000:61:00.2'] },
      { name: 'vm2', running: false, stored: ['0000:61:00.6'], mac: '52:54:00:01:00:02' },
    ],
  })
  const xml = standing.commands['virsh dumpxml vm1']
  const host = shown(standing, {
    attrs: {
      '/sys/class/net/ens2f0_0/flags': '0x1003',
      '/sys/bus/pci/devices/0000:61:00.0/virtfn1/net/ens2f0v1/address': '02:00:00:00:00:01',
    },
    commands: {
      'virsh dumpxml vm1': String(xml).replace('<name>vm1</name>', `<name>vm1</name><uuid>${uuid}</uuid>`),
      'ip link show dev ens2f1':
        '5: ens2f1: <BROADCAST> mtu 1500\n    vf 0     link/ether 0a:00:00:00:00:00 brd ff:ff:ff:ff:ff:ff, spoof checking off\n    vf 1     link/ether 0a:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff, spoof checking off\n',
      ...ovsTables({ 'ovs-sriov': { bond0: {}, ens2f0_0: { tag: 100 }, ens2f1_0: {} } }),
    },
  })

  test('has interface, address, MAC, port and VM of each', () => {
    expect(map(host)).toEqual({
      vfs: [
        {
          pf: 'ens2f0',
          vf: 0,
          pci: '0000:61:00.2',
          representor: 'ens2f0_0',
          up: true,
          netdev: null,
          mac: '52:54:00:01:00:01',
          port: { bridge: 'ovs-sriov', tag: 100 },
          vm: { name: 'vm1', uuid, running: true },
        },
        {
          pf: 'ens2f0',
          vf: 1,
          pci: '0000:61:00.3',
          representor: 'ens2f0_1',
          up: false,
          netdev: 'ens2f0v1',
          mac: '02:00:00:00:00:01',
          port: null,
          vm: null,
        },
        {
          pf: 'ens2f1',
          vf: 0,
          pci: '0000:61:00.6',
          representor: 'ens2f1_0',
          up: false,
          netdev: null,
          mac: '52:54:00:01:00:02',
          port: { bridge: 'ovs-sriov', tag: null },
          vm: { name: 'vm2', uuid: null, running: false },
        },
        {
          pf: 'ens2f1',
          vf: 1,
          pci: '0000:61:00.7',
          representor: 'ens2f1_1',
          up: false,
          netdev: null,
          mac: '0a:00:00:00:00:01',
          port: null,
          vm: null,
        },
      ],
      notes: [],
    })
  })

  test('says what could not be asked', () => {
    const silent = { status: 1, stderr: 'error: failed to connect to the hypervisor\n' }
    expect(map(shown(host, { commands: { 'virsh list --all --name': silent } })).notes).toEqual([
      'libvirt does not answer: error: failed to connect to the hypervisor',
    ])
  })

  test('is empty without VFs', () => {
    expect(map(hypervisor(profile)).vfs).toEqual([])
  })
})

test('a host without a card is not looked at', () => {
  const facts = hvFacts('el9', { pfs: [] })
  const keys = (reads: readonly Read[]) => reads.map(readKey)
  expect(keys(vfMapReads(facts))).toEqual([])
  expect(vfMap(facts, readingsOf([], {}))).toEqual({ vfs: [], notes: [] })
})
