import { describe, expect, test } from 'vitest'
import type { Value } from '../../src/shared/value.ts'
import { Fleet, troubles } from '../support/fleet.ts'

const limit = ['hv3', 'client1']
const fleetWith = (over: Readonly<Record<string, Value>>) =>
  new Fleet('inventory/lab.yaml', (name, lab) => (name === 'hv3' ? { ...lab, ...over } : lab))

describe('a host that cannot carry VF-LAG is refused with the reason, and nothing is written', () => {
  test.each<[string, Readonly<Record<string, Value>>]>([
    ['a ConnectX-4 Lx', { card: 'cx4lx' }],
    ['a BlueField-2 in DPU mode', { card: 'bf2' }],
    ['a multiport e-switch', { multiport: true }],
    ['the SSH session over a port', { management: 'pf' }],
    ['the SSH session over the bond', { management: 'bond' }],
    ['the SSH session over a VLAN on the bond', { management: 'vlan' }],
  ])('%s', async (_what, over) => {
    const run = await fleetWith(over).run('vflag-lacp.yaml', { limit })
    expect([run.exit, run.writes, troubles(run).map((each) => each.replace(/^hv3 /, ''))]).toMatchSnapshot()
  })
})

test('old firmware of a ConnectX-6 Dx gets resources for a LAG by hash, and gives them back when asked', async () => {
  const fleet = fleetWith({ card: 'cx6dx-old' })
  const { cards } = fleet.machine('hv3').state
  const resources = () => cards[0].firmware['LAG_RESOURCE_ALLOCATION']?.current
  const run = await fleet.run('vflag-lacp.yaml', { limit })
  expect([troubles(run), resources(), cards[0].lag.portSelect]).toEqual([[], 1, 'hash'])
  const torn = await fleet.run('teardown.yaml', { limit, extraVars: { keep_firmware: false } })
  expect([troubles(torn), resources()]).toEqual([[], 0])
})
