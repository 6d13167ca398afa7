import { expect, test } from 'vitest'
import { bondStatus } from '../../../src/modules/card/bond-status.ts'
import { transcript } from '../../parsers/transcript.ts'
import { hvFacts, planFor } from '../../support/readings.ts'

const ports = ['eni1np1', 'eni2np1']
const plan = (report: string | null, over: object = {}) =>
  planFor(
    bondStatus,
    { bond: 'bond0', ports, ...over },
    { files: { '/proc/net/bonding/bond0': report } },
    hvFacts('el9'),
  )
const lacp = transcript('bonding-lacp.txt')
/** Changes the second member only. */
const second = (from: string | RegExp, to: string): string => {
  const at = lacp.lastIndexOf('Slave Interface:')
  return lacp.slice(0, at) + lacp.slice(at).replace(from, to)
}

test('an LACP bond with a partner on both ports carries traffic', () => {
  expect(plan(lacp)).toEqual({
    kind: 'unchanged',
    because: 'bond0 runs in mode 802.3ad over eni1np1 and eni2np1, partner ae:49:73:2d:a1:d4',
    data: {
      mode: '802.3ad',
      partner: 'ae:49:73:2d:a1:d4',
      aggregator: 2,
      active: null,
      carrying: ['eni1np1', 'eni2np1'],
      ports: { eni1np1: { mii: 'up', failures: 0, aggregator: 2 }, eni2np1: { mii: 'up', failures: 0, aggregator: 2 } },
    },
  })
})

test.each([
  ['no partner', transcript('bonding-lacp-no-partner.txt'), 'eni1np1 and eni2np1 have no LACP partner'],
  [
    'another aggregator',
    second('Aggregator ID: 2', 'Aggregator ID: 3'),
    'eni2np1 is in aggregator 3, but must be in 2',
  ],
  [
    'another partner',
    second('ae:49:73:2d:a1:d4', 'ae:49:73:2d:a1:d5'),
    'the ports have different LACP partners: ae:49:73:2d:a1:d4 and ae:49:73:2d:a1:d5',
  ],
  [
    'a port not counted',
    lacp.replace('Number of ports: 2', 'Number of ports: 1'),
    '1 of 2 ports are in the active aggregator',
  ],
  [
    'churn',
    second('Actor Churn State: monitoring', 'Actor Churn State: churned'),
    'LACP has given up on eni2np1 (churned)',
  ],
  [
    'a partner that does not distribute',
    second(/port state: 63\n$/, 'port state: 15\n'),
    'eni2np1 does not collect and distribute (actor state 63, partner state 15)',
  ],
  ['a link down', second('MII Status: up', 'MII Status: down'), 'the link of eni2np1 is down'],
])('%s is waited for and then told', (_what, report, because) => {
  expect(plan(report)).toMatchObject({ kind: 'wait', because, again: 1, upTo: 30 })
})

test('a failed port has to be down, and the other carries on', () => {
  const down = second('MII Status: up', 'MII Status: down')
  expect(plan(down, { ports: ['eni1np1'], failed: ['eni2np1'] })).toMatchObject({
    kind: 'unchanged',
    because: 'bond0 runs in mode 802.3ad over eni1np1, with eni2np1 down, partner ae:49:73:2d:a1:d4',
  })
  expect(plan(lacp, { ports: ['eni1np1'], failed: ['eni2np1'] })).toMatchObject({
    kind: 'wait',
    because: 'the link of eni2np1 is up, but must be down',
  })
})

test('in active-backup the active member is one of the ports', () => {
  const report = transcript('bonding-port-down.txt')
  expect(plan(report, { ports: ['eni2np1'], failed: ['eni1np1'] })).toMatchObject({ kind: 'unchanged' })
  expect(plan(transcript('bonding-active-backup.txt'), { ports: ['eni2np1'] })).toMatchObject({
    kind: 'wait',
    because: 'the active member is eni1np1, but must be eni2np1',
  })
})

test('no bond and no member are told as such', () => {
  expect(plan(null)).toEqual({
    kind: 'failed',
    because: 'there is no bond bond0',
    hint: 'bring it up with bond_files and network_restart',
  })
  expect(plan(lacp, { ports: ['eni1np1', 'ens9'] })).toMatchObject({
    kind: 'wait',
    because: 'ens9 is no member of bond0, which has eni1np1 and eni2np1',
  })
})
