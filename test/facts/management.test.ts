import { expect, test } from 'vitest'
import { managementOf } from '../../src/facts/management.ts'

const addresses = `1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
2: eno1    inet 192.0.2.11/24 brd 192.0.2.255 scope global eno1\\       valid_lft forever preferred_lft forever
7: bond0.5@bond0    inet 198.51.100.5/24 scope global bond0.5\\       valid_lft forever preferred_lft forever
7: bond0.5@bond0    inet6 2001:db8::5/64 scope global \\       valid_lft forever preferred_lft forever
`
const links = new Map([
  ['/sys/class/net/ens2f0/master', '../bond0'],
  ['/sys/class/net/ens2f1/master', '../bond0'],
  ['/sys/class/net/bond0.5/lower_bond0', '../bond0'],
])

test.each([
  ['a plain interface stands on itself', '192.0.2.1 50000 192.0.2.11 22', { interface: 'eno1', uses: ['eno1'] }],
  [
    'a VLAN on a bond stands on the bond and its members',
    '198.51.100.1 50000 198.51.100.5 22',
    { interface: 'bond0.5', uses: ['bond0.5', 'bond0', 'ens2f1', 'ens2f0'] },
  ],
  [
    'an IPv6 session is found too',
    '2001:db8::1 50000 2001:db8::5 22',
    { interface: 'bond0.5', uses: ['bond0.5', 'bond0', 'ens2f1', 'ens2f0'] },
  ],
  ['an address that no interface has is unknown', '10.0.0.1 1 10.0.0.2 22', { interface: null, uses: [] }],
  ['no session variable is unknown', '', { interface: null, uses: [] }],
])('%s', (_title, connection, management) => {
  expect(managementOf(connection, addresses, links)).toEqual(management)
})
