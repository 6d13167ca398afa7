import { expect, test } from 'vitest'
import { representors } from '../../../src/modules/card/representors.ts'
import { guid, hvFacts, hypervisor, planFor, profiles, shown } from '../../support/readings.ts'

const args = { pfs: ['ens2f0', 'ens2f1'] }
const row = (pf: string, vf: number, netdev: string, pci: string) => ({
  pf,
  vf,
  netdev,
  pci,
  switch_id: guid,
  up: false,
})

test.each(profiles)('representors of both ports are told apart by port and VF on %s', (profile) => {
  expect(planFor(representors, args, hypervisor(profile, { vfs: 1, mode: 'switchdev' }), hvFacts(profile))).toEqual({
    kind: 'unchanged',
    because: '2 representors found: ens2f0_0 and ens2f1_0',
    data: {
      names: ['ens2f0_0', 'ens2f1_0'],
      representors: [row('ens2f0', 0, 'ens2f0_0', '0000:61:00.2'), row('ens2f1', 0, 'ens2f1_0', '0000:61:00.6')],
    },
  })
})

test('names are never trusted', () => {
  const swapped = shown(hypervisor('el9', { vfs: 1, mode: 'switchdev' }), {
    attrs: { '/sys/class/net/ens2f0_0/phys_port_name': 'pf1vf0', '/sys/class/net/ens2f1_0/phys_port_name': 'c1pf0vf0' },
  })
  expect(planFor(representors, args, swapped, hvFacts('el9'))).toMatchObject({
    data: { names: ['ens2f1_0', 'ens2f0_0'] },
  })
})

test('a kernel that prints only the VF number is understood by the device of the interface', () => {
  const old = shown(hypervisor('el9', { vfs: 1, mode: 'switchdev' }), {
    attrs: { '/sys/class/net/ens2f0_0/phys_port_name': '0', '/sys/class/net/ens2f1_0/phys_port_name': '0' },
  })
  expect(planFor(representors, args, old, hvFacts('el9'))).toMatchObject({ data: { names: ['ens2f0_0', 'ens2f1_0'] } })
})

test('it waits until every VF has one', () => {
  const host = shown(hypervisor('el9', { vfs: 2, mode: 'switchdev' }), {
    attrs: { '/sys/class/net/ens2f1_1/flags': null },
  })
  expect(planFor(representors, args, host, hvFacts('el9'))).toMatchObject({
    kind: 'wait',
    because: 'not all representors have appeared: 1 of 2 of ens2f1',
    upTo: 15,
  })
})

test('without VFs there are none', () => {
  expect(planFor(representors, args, hypervisor('el9'), hvFacts('el9'))).toEqual({
    kind: 'unchanged',
    because: 'ens2f0 and ens2f1 have no VFs, so there are no representors',
    data: { names: [], representors: [] },
  })
})
