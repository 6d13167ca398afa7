import { expect, test } from 'vitest'
import { parseBondReport } from '../../src/parsers/proc-net-bonding.ts'
import { transcript } from './transcript.ts'

const lacp = {
  aggregator: 2,
  actorChurn: 'monitoring',
  partnerChurn: 'monitoring',
  actorState: 63,
  partnerState: 63,
  partnerMac: 'ae:49:73:2d:a1:d4',
}
const none = {
  aggregator: null,
  actorChurn: null,
  partnerChurn: null,
  actorState: null,
  partnerState: null,
  partnerMac: null,
}

test('an LACP bond with its partner, of kernel 6.12', () => {
  expect(parseBondReport(transcript('bonding-lacp.txt'))).toEqual({
    mode: '802.3ad',
    hashPolicy: 'layer3+4',
    miiStatus: 'up',
    activeSlave: null,
    lacpRate: 'fast',
    aggregator: { id: 2, ports: 2, partnerMac: 'ae:49:73:2d:a1:d4' },
    slaves: [
      { name: 'eni1np1', miiStatus: 'up', failures: 0, ...lacp },
      { name: 'eni2np1', miiStatus: 'up', failures: 0, ...lacp },
    ],
  })
})

test('an LACP bond whose switch does not speak LACP', () => {
  const alone = { ...lacp, partnerState: 0, partnerMac: '00:00:00:00:00:00' }
  expect(parseBondReport(transcript('bonding-lacp-no-partner.txt'))).toMatchObject({
    aggregator: { id: 1, ports: 1, partnerMac: '00:00:00:00:00:00' },
    slaves: [
      { ...alone, name: 'eni1np1', failures: 2, aggregator: 1, actorState: 79 },
      { ...alone, name: 'eni2np1', failures: 1, aggregator: 2, actorState: 71 },
    ],
  })
})

test.each([
  ['bonding-active-backup.txt', 'eni1np1', ['up', 'up'], [0, 0]],
  ['bonding-port-down.txt', 'eni2np1', ['down', 'up'], [2, 0]],
])('an active-backup bond: %s', (name, activeSlave, [first, second], [failed, fine]) => {
  expect(parseBondReport(transcript(name))).toEqual({
    mode: 'active-backup',
    hashPolicy: null,
    miiStatus: 'up',
    activeSlave,
    lacpRate: null,
    aggregator: null,
    slaves: [
      { name: 'eni1np1', miiStatus: first, failures: failed, ...none },
      { name: 'eni2np1', miiStatus: second, failures: fine, ...none },
    ],
  })
})

test('the text of RHEL 7 as an ordinary user sees it: no aggregator, no LACP details', () => {
  const text = `Ethernet Channel Bonding Driver: v3.7.1 (April 27, 2011)

Bonding Mode: IEEE 802.3ad Dynamic link aggregation
Transmit Hash Policy: layer2 (0)
MII Status: up
MII Polling Interval (ms): 100

802.3ad info
LACP rate: slow
Min links: 0
Aggregator selection policy (ad_select): stable
bond bond0 has no active aggregator

Slave Interface: ens2f0
MII Status: going down
Link Failure Count: 1
Aggregator ID: N/A
`
  expect(parseBondReport(text)).toEqual({
    mode: '802.3ad',
    hashPolicy: 'layer2',
    miiStatus: 'up',
    activeSlave: null,
    lacpRate: 'slow',
    aggregator: null,
    slaves: [{ name: 'ens2f0', miiStatus: 'going down', failures: 1, ...none }],
  })
})

test.each([
  ['load balancing (round-robin)', 'balance-rr'],
  ['fault-tolerance (active-backup) (fail_over_mac active)', 'active-backup'],
  ['load balancing (xor)', 'balance-xor'],
  ['fault-tolerance (broadcast)', 'broadcast'],
  ['transmit load balancing', 'balance-tlb'],
  ['adaptive load balancing', 'balance-alb'],
  ['something new', 'something new'],
])('the mode text "%s" is %s', (text, mode) => {
  expect(parseBondReport(`Bonding Mode: ${text}\n`)?.mode).toBe(mode)
})

test('what is no report is none', () => {
  expect(parseBondReport('cat: /proc/net/bonding/bond0: No such file or directory\n')).toBeNull()
})
