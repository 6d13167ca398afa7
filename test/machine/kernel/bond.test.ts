import { expect, test } from 'vitest'
import type { Machine } from '../../../src/machine/machine.ts'
import { bond, get, profiles, put, readyMachine, settle, sh, testMachine } from '../machine-for-tests.ts'

const bonding = '/sys/class/net/bond0/bonding'

/** Until the MII monitor has looked again. */
const tick = (machine: Machine): Promise<void> => machine.time.sleep(0.101)

test('/proc/net/bonding of an 802.3ad bond that is healthy', async () => {
  const machine = testMachine(profiles.el9)
  await bond(machine)
  const [mac0, mac1] = machine.state.cards[0].pfs.map((pf) => pf.mac)
  const slave = (name: string, mac: string | undefined, number: number) => `
Slave Interface: ${name}
MII Status: up
Speed: 100000 Mbps
Duplex: full
Link Failure Count: 0
Permanent HW addr: ${mac}
Slave queue ID: 0
Aggregator ID: 1
Actor Churn State: none
Partner Churn State: none
Actor Churned Count: 0
Partner Churned Count: 0
details actor lacp pdu:
    system priority: 65535
    system mac address: ${mac0}
    port key: 29
    port priority: 255
    port number: ${number}
    port state: 63
details partner lacp pdu:
    system priority: 32768
    system mac address: 24:8a:07:aa:bb:cc
    oper key: 1001
    port priority: 32768
    port number: ${16 + number}
    port state: 61
`
  expect(get(machine, '/proc/net/bonding/bond0')).toBe(`Ethernet Channel Bonding Driver: v5.14.0-427.13.1.el9_4.x86_64

Bonding Mode: IEEE 802.3ad Dynamic link aggregation
Transmit Hash Policy: layer3+4 (1)
MII Status: up
MII Polling Interval (ms): 100
Up Delay (ms): 0
Down Delay (ms): 0
Peer Notification Delay (ms): 0

802.3ad info
LACP active: on
LACP rate: fast
Min links: 0
Aggregator selection policy (ad_select): stable
System priority: 65535
System MAC address: ${mac0}
Active Aggregator Info:
	Aggregator ID: 1
	Number of ports: 2
	Actor Key: 29
	Partner Key: 1001
	Partner Mac Address: 24:8a:07:aa:bb:cc
${slave('ens2f0', mac0, 1)}${slave('ens2f1', mac1, 2)}`)
})

test('/proc/net/bonding of an active-backup bond on rhel7.7 whose second port is down', async () => {
  const machine = testMachine(profiles['rhel7.7'])
  await bond(machine, 'active-backup')
  await sh(machine, 'ip link set ens2f1 down')
  await tick(machine)
  const [mac0, mac1] = machine.state.cards[0].pfs.map((pf) => pf.mac)
  expect(get(machine, '/proc/net/bonding/bond0')).toBe(`Ethernet Channel Bonding Driver: v3.7.1 (April 27, 2011)

Bonding Mode: fault-tolerance (active-backup)
Primary Slave: None
Currently Active Slave: ens2f0
MII Status: up
MII Polling Interval (ms): 100
Up Delay (ms): 0
Down Delay (ms): 0

Slave Interface: ens2f0
MII Status: up
Speed: 100000 Mbps
Duplex: full
Link Failure Count: 0
Permanent HW addr: ${mac0}
Slave queue ID: 0

Slave Interface: ens2f1
MII Status: down
Speed: Unknown
Duplex: Unknown
Link Failure Count: 1
Permanent HW addr: ${mac1}
Slave queue ID: 0
`)
})

test('without a partner each port is alone, defaulted, and one of them in use', async () => {
  const machine = testMachine(profiles.el9, { mode: 'none' })
  await bond(machine)
  expect(get(machine, '/proc/net/bonding/bond0')).toContain('Partner Churn State: monitoring\n')
  await machine.time.sleep(60)
  const report = get(machine, '/proc/net/bonding/bond0')
  expect(report.match(/^.*(Number of ports|Partner Mac|Aggregator ID|port state|Partner Churn State).*$/gm)).toEqual([
    '\tAggregator ID: 1',
    '\tNumber of ports: 1',
    '\tPartner Mac Address: 00:00:00:00:00:00',
    'Aggregator ID: 1',
    'Partner Churn State: churned',
    '    port state: 79',
    '    port state: 0',
    'Aggregator ID: 2',
    'Partner Churn State: churned',
    '    port state: 71',
    '    port state: 0',
  ])
  expect(machine.state.dmesg.at(-1)?.text).toMatch(/^mlx5_core .*lag map active ports: 1$/)
})

test('a member that loses its link is counted, keeps its aggregator, and negotiates when it is back', async () => {
  const machine = testMachine(profiles.el9)
  await bond(machine)
  const from = machine.state.dmesg.length
  const summary = () =>
    get(machine, '/proc/net/bonding/bond0').match(/^.*(Number of ports|^MII Status|Failure|^Aggregator ID).*$/gm)
  await sh(machine, 'ip link set ens2f0 down')
  await tick(machine)
  expect(summary()).toEqual([
    'MII Status: up',
    '\tNumber of ports: 1',
    'MII Status: down',
    'Link Failure Count: 1',
    'Aggregator ID: 1',
    'MII Status: up',
    'Link Failure Count: 0',
    'Aggregator ID: 1',
  ])
  await sh(machine, 'ip link set ens2f0 up')
  await tick(machine)
  await settle(machine)
  expect(summary()?.[1]).toBe('\tNumber of ports: 2')
  expect(
    machine.state.dmesg
      .slice(from)
      .map((line) => line.text)
      .filter((text) => text.startsWith('bond0')),
  ).toEqual([
    'bond0: (slave ens2f0): link status definitely down, disabling slave',
    'bond0: (slave ens2f0): link status definitely up, 100000 Mbps full duplex',
  ])
})

test('active-backup goes to the other port and stays there', async () => {
  const machine = testMachine(profiles.el9)
  await bond(machine, 'active-backup')
  await sh(machine, 'ip link set ens2f0 down')
  await tick(machine)
  await sh(machine, 'ip link set ens2f0 up')
  await tick(machine)
  expect(get(machine, `${bonding}/active_slave`)).toBe('ens2f1\n')
  expect(await put(machine, `${bonding}/active_slave`, 'ens2f0')).toBe(null)
  expect(get(machine, `${bonding}/active_slave`)).toBe('ens2f0\n')
})

test('enslaving gives the bond the MAC of its first member, releasing gives each its own again', async () => {
  const machine = testMachine(profiles.el9)
  const macs = machine.state.cards[0].pfs.map((pf) => pf.mac)
  await bond(machine)
  const seen = () => ['bond0', 'ens2f0', 'ens2f1'].map((name) => get(machine, `/sys/class/net/${name}/address`).trim())
  expect(seen()).toEqual([macs[0], macs[0], macs[0]])
  await sh(machine, 'ip link set ens2f1 nomaster')
  expect(seen()).toEqual([macs[0], macs[0], macs[1]])
  expect(machine.kernel.link('ens2f1')).toMatchObject({ up: false, master: null })
})

test.each([
  ['ip link set ens2f0 master bond0', 'Error: Device can not be enslaved while up.\n[rc=2]\n'],
  ['ip link add bond0 type bond', 'RTNETLINK answers: File exists\n[rc=2]\n'],
  ['ip link set bond0 master bond1', 'Error: Device type (master device) cannot be enslaved\n[rc=2]\n'],
  ['ip link set nosuch up', 'Cannot find device "nosuch"\n[rc=1]\n'],
  ['ip link del ens2f1', 'RTNETLINK answers: Operation not supported\n[rc=2]\n'],
])('%s is refused', async (line, output) => {
  const machine = testMachine(profiles.el9)
  await sh(machine, 'ip link add bond0 type bond')
  await sh(machine, 'ip link add bond1 type bond')
  await sh(machine, 'ip link set ens2f0 up')
  expect(await sh(machine, line)).toBe(output)
})

test.each([
  ['mode', 'balance-xor', 'Directory not empty'],
  ['lacp_rate', 'slow', 'Device or resource busy'],
  ['xmit_hash_policy', 'layer2+3', null],
  ['miimon', '50', null],
  ['miimon', 'often', 'Invalid argument'],
  ['active_slave', 'ens2f0', 'Permission denied'],
  ['slaves', '+ens2f1', 'Device or resource busy'],
  ['slaves', '+nosuch', 'No such device'],
  ['slaves', '-ens2f1', null],
  ['min_links', '1', null],
])('writing to %s of a running 802.3ad bond: %s gives %s', async (option, value, error) => {
  const machine = testMachine(profiles.el9)
  await bond(machine)
  expect(await put(machine, `${bonding}/${option}`, value)).toBe(error)
})

test('a bond made through sysfs reads back word and number', async () => {
  const machine = readyMachine(profiles.el9)
  const masters = '/sys/class/net/bonding_masters'
  expect(await put(machine, masters, '+bond0')).toBe(null)
  expect(await put(machine, masters, '+bond0')).toBe('File exists')
  for (const [option, value] of [
    ['mode', '4'],
    ['miimon', '100'],
    ['lacp_rate', 'fast'],
    ['xmit_hash_policy', 'layer3+4'],
    ['slaves', '+ens2f0'],
  ] as const)
    expect([option, await put(machine, `${bonding}/${option}`, value)]).toEqual([option, null])
  expect(
    ['mode', 'miimon', 'lacp_rate', 'xmit_hash_policy', 'slaves', 'ad_select', 'primary'].map((name) =>
      get(machine, `${bonding}/${name}`),
    ),
  ).toEqual(['802.3ad 4\n', '100\n', 'fast 1\n', 'layer3+4 1\n', 'ens2f0\n', 'stable 0\n', '\n'])
  expect(await put(machine, masters, '-bond0')).toBe(null)
  expect(machine.kernel.link('ens2f0')).toMatchObject({ master: null, up: false })
})

test('two switches that know nothing of each other are two partners, and only one port is used', async () => {
  const machine = testMachine(profiles.el9, { mode: 'split' })
  await bond(machine)
  const report = get(machine, '/proc/net/bonding/bond0')
  expect(
    report.match(/^.*(Number of ports|Partner Mac|Aggregator ID|system mac address: 24|Churn State).*$/gm),
  ).toEqual([
    '\tAggregator ID: 1',
    '\tNumber of ports: 1',
    '\tPartner Mac Address: 24:8a:07:aa:bb:cc',
    'Aggregator ID: 1',
    'Actor Churn State: none',
    'Partner Churn State: none',
    '    system mac address: 24:8a:07:aa:bb:cc',
    'Aggregator ID: 2',
    'Actor Churn State: none',
    'Partner Churn State: none',
    '    system mac address: 24:8a:07:aa:bb:dd',
  ])
})
