import { expect, test } from 'vitest'
import { comparable } from '../../../src/machine/comparable.ts'
import { get, pci, profiles, put, readyMachine, settle, sh, switchdev, testMachine } from '../machine-for-tests.ts'

test.each([
  ['el9', 'devlink dev show', 'pci/0000:61:00.0\npci/0000:61:00.1\n'],
  ['el9', 'devlink -j dev show', '{"dev":{"pci/0000:61:00.0":{},"pci/0000:61:00.1":{}}}\n'],
  [
    'el9',
    'devlink dev eswitch show pci/0000:61:00.0',
    'pci/0000:61:00.0: mode legacy inline-mode none encap-mode basic\n',
  ],
  [
    'el9',
    'devlink -j dev eswitch show pci/0000:61:00.0',
    '{"dev":{"pci/0000:61:00.0":{"mode":"legacy","inline-mode":"none","encap-mode":"basic"}}}\n',
  ],
  ['el9', 'devlink dev eswitch show', 'Devlink identification ("bus_name/dev_name") expected\n\n[rc=1]\n'],
  [
    'el9',
    'devlink dev eswitch set pci/0000:61:00.0 inline-mode transport',
    "Error: mlx5_core: Inline mode can't be set.\nkernel answers: Operation not supported\n[rc=1]\n",
  ],
  ['rhel7.7', 'devlink dev eswitch show pci/0000:61:00.0', 'devlink answers: Operation not supported\n[rc=1]\n'],
  ['rhel7.7', 'ip -j link show', 'Option "-j" is unknown, try "ip -help".\n[rc=255]\n'],
  ['el9', 'ip link show nosuch', 'Device "nosuch" does not exist.\n[rc=1]\n'],
  ['el9', 'ip link set ens2f0 vf 9 mac 02:00:00:00:00:10', 'RTNETLINK answers: Invalid argument\n[rc=2]\n'],
  [
    'el9',
    'ip -o addr show eno1',
    '2: eno1    inet 192.0.2.11/24 brd 192.0.2.255 scope global eno1\\       valid_lft forever preferred_lft forever\n',
  ],
  ['el9', 'ip route get 192.0.2.1', '192.0.2.1 dev eno1 src 192.0.2.11 uid 0 \n    cache \n'],
  [
    'el9',
    'ip -j route get 203.0.113.9',
    '[{"dst":"203.0.113.9","gateway":"192.0.2.254","dev":"eno1","prefsrc":"192.0.2.11","flags":[],"uid":0,"cache":[]}]\n',
  ],
  [
    'el9',
    'ethtool -K nosuch0 hw-tc-offload on',
    'netlink error: no device matches name (offset 24)\nnetlink error: No such device\n[rc=92]\n',
  ],
  ['rhel7.7', 'ethtool -K nosuch0 hw-tc-offload on', 'Cannot get device feature names: No such device\n[rc=1]\n'],
  ['el9', 'ethtool -K ens2f0 hw-tc-offload on', ''],
  [
    'el9',
    'ethtool -K eno1 hw-tc-offload on',
    'Actual changes:\nhw-tc-offload: off [requested on]\nCould not change any device features\n[rc=1]\n',
  ],
  ['el9', 'lspci -Dn', '0000:00:1f.6 0200: 8086:15b7\n0000:61:00.0 0200: 15b3:101d\n0000:61:00.1 0200: 15b3:101d\n'],
  [
    'rhel7.7',
    'lspci -nn -s 61:00.1',
    '61:00.1 Ethernet controller [0200]: Mellanox Technologies MT28800 Family [ConnectX-5 Ex] [15b3:1019]\n',
  ],
  [
    'rhel7.7',
    'lspci -Dvmm -s 61:00.0',
    'Slot:\t0000:61:00.0\nClass:\tEthernet controller\nVendor:\tMellanox Technologies\nDevice:\tMT28800 Family [ConnectX-5 Ex]\nSVendor:\tMellanox Technologies\nSDevice:\tConnectX-5 Ex EN network interface card; 100GbE dual-port QSFP28; PCIe4.0 x16; tall bracket; ROHS R6\nProgIf:\t00\n\n',
  ],
  ['el9', 'mstconfig -d 61:00.0 q', 'sh: 1: mstconfig: not found\n[rc=127]\n'],
  ['el9', 'uname -r', '5.14.0-427.13.1.el9_4.x86_64\n'],
  ['rhel7.7', 'uname -srm', 'Linux 3.10.0-1062.el7.x86_64 x86_64\n'],
  ['el9', 'hostname -f', 'hv1\n'],
  ['el9', 'printenv NOTHING', '[rc=1]\n'],
  ['el9', 'readlink -f /sys/class/net/ens2f1/device', '/sys/devices/pci0000:60/0000:60:01.0/0000:61:00.1\n'],
  ['el9', 'cat /sys/class/net/ens2f0/carrier', 'cat: /sys/class/net/ens2f0/carrier: Invalid argument\n[rc=1]\n'],
  ['el9', 'test -e /sys/class/net/ens2f9', '[rc=1]\n'],
  ['el9', '/usr/bin/printf %s-%d\\n a 7 b 8', 'a-7\nb-8\n'],
] as const)('%s: %s', async (os, line, output) => {
  expect(await sh(readyMachine(profiles[os]), line)).toBe(output)
})

test('mstconfig shows default, current and next, marks what differs, and set asks for a reboot', async () => {
  const machine = testMachine(profiles['rhel7.7'])
  machine.state.packages['mstflint'] = '4.17'
  const header = `
Device #1:
----------

Device type:        ConnectX5
Name:               MCX516A-CDA_Ax_Bx
Description:        ConnectX-5 Ex EN network interface card; 100GbE dual-port QSFP28; PCIe4.0 x16; tall bracket; ROHS R6
Device:             0000:61:00.0

`
  expect(
    await sh(machine, 'mstconfig -d 0000:61:00.0 -y set SRIOV_EN=1 NUM_OF_VFS=4'),
  ).toBe(`${header}Configurations:                             Next Boot       New
        SRIOV_EN                            False(0)        True(1)
        NUM_OF_VFS                          0               4

 Apply new Configuration? (y/n) [n] : y
Applying... Done!
-I- Please reboot machine to load new configurations.
`)
  expect(
    await sh(machine, 'mstconfig -d 0000:61:00.0 -e q SRIOV_EN NUM_OF_VFS LINK_TYPE_P1'),
  ).toBe(`${header}Configurations:                             Default         Current         Next Boot
*       SRIOV_EN                            False(0)        False(0)        True(1)
*       NUM_OF_VFS                          0               0               4
        LINK_TYPE_P1                        ETH(2)          ETH(2)          ETH(2)
The '*' shows parameters with next value different from default/current value.
`)
  expect(await sh(machine, 'mstconfig -d 0000:99:00.0 q')).toBe('-E- Failed to open the device\n[rc=3]\n')
  expect(await sh(machine, 'mstconfig -d 61:00.0 set SRIOV_EN=0')).toMatch(
    /\(y\/n\) \[n\] : Aborted by user\.\n\[rc=1\]\n$/,
  )
})

test('offloaded rules keep hw-tc-offload on', async () => {
  const machine = readyMachine(profiles.el9)
  await sh(machine, 'ethtool -K ens2f0 hw-tc-offload on')
  const [pf] = machine.state.cards[0].pfs
  if (pf) pf.tcRules = 1
  expect(await sh(machine, 'ethtool -K ens2f0 hw-tc-offload off')).toBe(
    'Actual changes:\nhw-tc-offload: on [requested off]\nCould not change any device features\n[rc=1]\n',
  )
  expect(machine.state.dmesg.at(-1)?.text).toBe(
    "mlx5_core 0000:61:00.0: ens2f0: Active offloaded tc filters, can't turn hw_tc_offload off",
  )
})

test('devlink lists uplinks and representors with the MACs of their VFs', async () => {
  const machine = readyMachine(profiles.el9)
  await switchdev(machine, 1)
  await sh(machine, 'devlink port function set pci/0000:61:00.1/65537 hw_addr 52:54:00:aa:bb:01')
  expect(
    await sh(machine, 'devlink port show'),
  ).toBe(`pci/0000:61:00.0/65535: type eth netdev ens2f0 flavour physical port 0 splittable false
pci/0000:61:00.0/1: type eth netdev ens2f0r0 flavour pcivf controller 0 pfnum 0 vfnum 0 external false splittable false
  function:
    hw_addr 00:00:00:00:00:00 roce enable migratable disable
pci/0000:61:00.1/131071: type eth netdev ens2f1 flavour physical port 1 splittable false
pci/0000:61:00.1/65537: type eth netdev ens2f1r0 flavour pcivf controller 0 pfnum 1 vfnum 0 external false splittable false
  function:
    hw_addr 52:54:00:aa:bb:01 roce enable migratable disable
`)
})

test('in switchdev mode a VF takes a MAC and VLAN 0 through its PF, nothing else', async () => {
  const machine = readyMachine(profiles.el9)
  await switchdev(machine, 1)
  const refused = 'RTNETLINK answers: Operation not supported\n[rc=2]\n'
  const results = []
  for (const setting of ['mac 52:54:00:aa:bb:01', 'vlan 0', 'vlan 7', 'trust on', 'spoofchk off', 'state enable'])
    results.push([setting, await sh(machine, `ip link set ens2f0 vf 0 ${setting}`)])
  expect(results).toEqual([
    ['mac 52:54:00:aa:bb:01', ''],
    ['vlan 0', ''],
    ['vlan 7', refused],
    ['trust on', refused],
    ['spoofchk off', refused],
    ['state enable', refused],
  ])
  expect(
    await sh(machine, 'ip link show ens2f0'),
  ).toBe(`3: ens2f0: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN mode DEFAULT group default qlen 1000
    link/ether ${machine.state.cards[0].pfs[0]?.mac} brd ff:ff:ff:ff:ff:ff
    vf 0     link/ether 52:54:00:aa:bb:01 brd ff:ff:ff:ff:ff:ff, spoof checking off, link-state disable, trust off, query_rss off
`)
})

test('in legacy mode a VF takes all that its PF can be told, and the PF shows it', async () => {
  const machine = readyMachine(profiles.el9)
  await put(machine, `${pci('0000:61:00.0')}/sriov_drivers_autoprobe`, 0)
  await put(machine, `${pci('0000:61:00.0')}/sriov_numvfs`, 2)
  const pristine = comparable(machine.state)
  const all = 'mac 52:54:00:AA:BB:01 vlan 7 qos 2 max_tx_rate 500 min_tx_rate 100 spoofchk on state enable trust on'
  expect(await sh(machine, `ip link set ens2f0 vf 0 ${all}`)).toBe('')
  const lines = `    vf 0     link/ether 52:54:00:aa:bb:01 brd ff:ff:ff:ff:ff:ff, vlan 7, qos 2, tx rate 500 (Mbps), max_tx_rate 500Mbps, min_tx_rate 100Mbps, spoof checking on, link-state enable, trust on, query_rss off
    vf 1     link/ether 00:00:00:00:00:00 brd ff:ff:ff:ff:ff:ff, spoof checking off, link-state auto, trust off, query_rss off
`
  for (const details of ['', '-d '])
    expect((await sh(machine, `ip ${details}link show ens2f0`)).replace(/^(?! +vf ).*\n/gm, '')).toBe(lines)
  const rest = { link_type: 'ether', broadcast: 'ff:ff:ff:ff:ff:ff', query_rss_en: false }
  expect(JSON.parse(await sh(machine, 'ip -j link show ens2f0'))[0].vfinfo_list).toEqual([
    {
      vf: 0,
      address: '52:54:00:aa:bb:01',
      vlan_list: [{ vlan: 7, qos: 2 }],
      tx_rate: 500,
      rate: { max_tx: 500, min_tx: 100 },
      spoofchk: true,
      link_state: 'enable',
      trust: true,
      ...rest,
    },
    {
      vf: 1,
      address: '00:00:00:00:00:00',
      vlan_list: [{}],
      rate: { max_tx: 0, min_tx: 0 },
      spoofchk: false,
      link_state: 'auto',
      trust: false,
      ...rest,
    },
  ])

  // Defaults given back leave nothing; a VF takes what it was told with it.
  const defaults = 'vlan 0 max_tx_rate 0 min_tx_rate 0 spoofchk off state auto trust off'
  expect(await sh(machine, `ip link set ens2f0 vf 0 ${defaults}`)).toBe('')
  expect(comparable(machine.state)).toEqual(pristine)
  await sh(machine, 'ip link set ens2f0 vf 1 trust on state disable')
  await put(machine, `${pci('0000:61:00.0')}/sriov_numvfs`, 0)
  await put(machine, `${pci('0000:61:00.0')}/sriov_numvfs`, 2)
  expect(comparable(machine.state)).toEqual(pristine)
})

test('what a VF was told in legacy mode stays in switchdev mode, but its link goes by its representor', async () => {
  const machine = readyMachine(profiles.el9)
  await put(machine, `${pci('0000:61:00.0')}/sriov_drivers_autoprobe`, 0)
  await put(machine, `${pci('0000:61:00.0')}/sriov_numvfs`, 1)
  await sh(machine, 'ip link set ens2f0 vf 0 trust on state enable')
  await sh(machine, 'devlink dev eswitch set pci/0000:61:00.0 mode switchdev')
  await settle(machine)
  const shown = async () => /link-state .*/.exec(await sh(machine, 'ip link show ens2f0'))?.[0]
  expect(await shown()).toBe('link-state disable, trust on, query_rss off')
  await sh(machine, 'ip link set ens2f0r0 up')
  expect(await shown()).toBe('link-state enable, trust on, query_rss off')
  expect(await sh(machine, 'ip link set ens2f0 vf 0 max_tx_rate 500')).toBe('')
  expect(machine.state.cards[0].pfs[0]?.vfs[0]).toMatchObject({ trust: true, linkState: 'enable', maxTxRate: 500 })
})

test.each([
  ['trust maybe', 'Error: argument of "trust" must be "on" or "off", not "maybe"\n[rc=1]\n'],
  ['state up', 'Error: argument "up" is wrong: Invalid "state" value\n\n[rc=255]\n'],
  ['vlan x', 'Error: argument "x" is wrong: Invalid "vlan" value\n\n[rc=255]\n'],
  ['vlan 4096', 'RTNETLINK answers: Invalid argument\n[rc=2]\n'],
  ['max_tx_rate 100 min_tx_rate 200', 'RTNETLINK answers: Invalid argument\n[rc=2]\n'],
  ['trust on colour red', 'Error: either "vf" is duplicate, or "colour" is a garbage.\n[rc=255]\n'],
])('a VF is not given "%s"', async (words, answer) => {
  const machine = readyMachine(profiles.el9)
  await put(machine, `${pci('0000:61:00.0')}/sriov_numvfs`, 1)
  const before = comparable(machine.state)
  expect(await sh(machine, `ip link set ens2f0 vf 0 ${words}`)).toBe(answer)
  expect(comparable(machine.state)).toEqual(before)
})

test('the interface of a VF has link as its PF was told', async () => {
  const machine = readyMachine(profiles.el9)
  await put(machine, `${pci('0000:61:00.0')}/sriov_numvfs`, 1)
  await settle(machine)
  await sh(machine, 'ip link set ens2f0v0 up')
  const carriers = []
  for (const state of ['auto', 'disable', 'enable']) {
    await sh(machine, `ip link set ens2f0 vf 0 state ${state}`)
    carriers.push(get(machine, '/sys/class/net/ens2f0v0/carrier').trim())
  }
  expect(carriers).toEqual(['1', '0', '1'])
})

test('ethtool knows a port, a representor and its counters', async () => {
  const machine = readyMachine(profiles.el9)
  await switchdev(machine, 1)
  expect((await sh(machine, 'ethtool -i ens2f0r0')).split('\n').filter((line) => /^(driver|bus)/.test(line))).toEqual([
    'driver: mlx5e_rep',
    'bus-info: ',
  ])
  expect(
    (await sh(machine, 'ethtool -i ens2f1')).split('\n').filter((line) => /^(driver|bus|firm)/.test(line)),
  ).toEqual(['driver: mlx5_core', 'firmware-version: 22.39.1002 (MT_0000000359)', 'bus-info: 0000:61:00.1'])
  expect((await sh(machine, 'ethtool -k ens2f0r0')).match(/^hw-tc.*$/m)).toEqual(
    expect.arrayContaining(['hw-tc-offload: on']),
  )
  expect((await sh(machine, 'ethtool -S ens2f0')).match(/^ +\w+_packets_phy: \d+$/gm)).toEqual([
    '     tx_packets_phy: 0',
    '     rx_packets_phy: 0',
  ])
  expect((await sh(machine, 'ethtool -S ens2f0r0')).match(/vport_\w+_packets: \d+/g)).toEqual([
    'vport_rx_packets: 0',
    'vport_tx_packets: 0',
  ])
})

test('the log has seconds since boot, and can be cleared', async () => {
  const machine = readyMachine(profiles.el9)
  await put(machine, `${pci('0000:61:00.0')}/sriov_drivers_autoprobe`, 0)
  await put(machine, `${pci('0000:61:00.0')}/sriov_numvfs`, 1)
  await settle(machine)
  expect(await sh(machine, 'dmesg')).toBe(`[    0.100000] pci 0000:61:00.2: [15b3:101e] type 00 class 0x020000
[    0.100000] mlx5_core 0000:61:00.0: E-Switch: Enable: mode(LEGACY), nvfs(1), necvfs(0), active vports(2)
`)
  await sh(machine, 'dmesg -C')
  expect(await sh(machine, 'dmesg')).toBe('')
})

test('two mistyped words of ip are answered as ip does', async () => {
  const machine = readyMachine(profiles.el9)
  expect([await sh(machine, 'ip lonk show'), await sh(machine, 'ip link set ens2f0 upp')]).toEqual([
    'Object "lonk" is unknown, try "ip help".\n[rc=1]\n',
    'Error: either "dev" is duplicate, or "upp" is a garbage.\n[rc=255]\n',
  ])
})
