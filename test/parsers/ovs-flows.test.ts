import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDatapathFlows } from '../../src/parsers/ovs-flows.ts'

const match =
  'ufid:2dba4aff-1ea1-4a2b-8a3c-0c2a9f3b1e55, skb_priority(0/0),recirc_id(0),dp_hash(0/0),in_port(ens2f0_0),packet_type(ns=0/0,id=0/0),eth(src=52:54:00:aa:bb:01,dst=98:03:9b:00:00:09),eth_type(0x0800),ipv4(frag=no)'

test('flows with their ports, packets and where they are', () => {
  const lines = [
    `${match}, packets:2235857, bytes:147599302, used:0.550s, offloaded:yes, dp:tc, actions:bond0`,
    `${match.replace('ens2f0_0', 'bond0')}, packets:12, bytes:195, used:0.550s, dp:ovs, actions:pop_vlan,ens2f0_0,ens2f1_0`,
    `${match}, packets:0, bytes:0, used:never, offloaded:partial, dp:ovs, actions:push_vlan(vid=100,pcp=0),bond0`,
    `${match}, packets:0, bytes:0, used:never, dp:tc, actions:drop`,
    `${match}, packets:0, bytes:0, used:never, dp:ovs, actions:set(eth(dst=98:03:9b:00:00:09)),clone(ct(commit),bond0),ens2f0_1`,
  ]
  expect(parseDatapathFlows(`${lines.join('\n')}\n`)).toEqual([
    { from: 'ens2f0_0', to: ['bond0'], packets: 2235857, offloaded: 'yes' },
    { from: 'bond0', to: ['ens2f0_0', 'ens2f1_0'], packets: 12, offloaded: 'no' },
    { from: 'ens2f0_0', to: ['bond0'], packets: 0, offloaded: 'partial' },
    { from: 'ens2f0_0', to: [], packets: 0, offloaded: 'no' },
    { from: 'ens2f0_0', to: ['ens2f0_1'], packets: 0, offloaded: 'no' },
  ])
})

test('any other text is no flow', () => {
  fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseDatapathFlows(text))))
  expect(parseDatapathFlows('flow-dump from the main thread:\n\n')).toEqual([])
})
