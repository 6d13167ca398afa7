import { expect, test } from 'vitest'
import { parseIpVfs } from '../../src/parsers/ip-vf.ts'

const plain = `3: eni1np1: <BROADCAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000
    link/ether 6e:91:9e:0b:79:7d brd ff:ff:ff:ff:ff:ff
    vf 0     link/ether 02:00:00:00:00:10 brd ff:ff:ff:ff:ff:ff, spoof checking off, link-state enable, trust on, query_rss off
    vf 1     link/ether 00:00:00:00:00:00 brd ff:ff:ff:ff:ff:ff, spoof checking off, link-state auto, trust off, query_rss off
`

const zero = '00:00:00:00:00:00'
const one = { vlan: null, spoofCheck: false, linkState: 'enable', trust: true, maxTxRate: null }

test('a PF shows what its VFs are given', () => {
  expect(parseIpVfs(plain)).toEqual([
    { index: 0, mac: '02:00:00:00:00:10', ...one },
    { index: 1, mac: zero, ...one, linkState: 'auto', trust: false },
  ])
})

test('on one line it is the same', () => {
  expect(parseIpVfs(plain.replaceAll('\n    ', '\\    '))).toEqual(parseIpVfs(plain))
})

test('an old iproute2 has another word for the address, and VLANs and rates are read', () => {
  expect(
    parseIpVfs('    vf 3 MAC 02:00:00:AA:00:10, vlan 100, max_tx_rate 500Mbps, spoof checking on, link-state auto\n'),
  ).toEqual([
    { index: 3, mac: '02:00:00:aa:00:10', vlan: 100, spoofCheck: true, linkState: 'auto', trust: null, maxTxRate: 500 },
  ])
})

test('an interface without VFs shows none', () => {
  expect(parseIpVfs('2: eno1: <UP> mtu 1500\n    link/ether 52:54:00:aa:00:01 brd ff:ff:ff:ff:ff:ff\n')).toEqual([])
})
