import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDevlinkParam, parseDevlinkPorts, parseEswitch } from '../../src/parsers/devlink.ts'
import { logIsWhole, parseLagLog } from '../../src/parsers/dmesg-lag.ts'
import { parseDriverInfo, parseFeatures, parseStatistics } from '../../src/parsers/ethtool.ts'
import { parseIfcfg } from '../../src/parsers/ifcfg.ts'
import { parseIpAddresses, parseIpLinks } from '../../src/parsers/ip.ts'
import { parseIpVfs } from '../../src/parsers/ip-vf.ts'
import { parseIperf3 } from '../../src/parsers/iperf3.ts'
import { parseLspci, parseLspciRecords } from '../../src/parsers/lspci.ts'
import { parseFirmwareValue, parseMstconfig } from '../../src/parsers/mstconfig.ts'
import { parseOsRelease } from '../../src/parsers/os-release.ts'
import { ovsAtoms, parseOvsAtom, parseOvsTable } from '../../src/parsers/ovs-vsctl.ts'
import { parseBondReport } from '../../src/parsers/proc-net-bonding.ts'
import { parseDomainNames, parseDomainXml } from '../../src/parsers/virsh.ts'
import { domainXml } from '../support/readings.ts'
import { transcript } from './transcript.ts'

describe('devlink', () => {
  test.each([
    ['plain', 'pci/0000:61:00.0: mode legacy inline-mode none encap-mode basic\n', 'legacy', 'none', 'basic'],
    [
      'plain of old iproute2',
      'pci/0000:61:00.0: mode switchdev inline-mode link encap enable\n',
      'switchdev',
      'link',
      'basic',
    ],
    ['plain with little', 'netdevsim/netdevsim1: mode legacy\n', 'legacy', null, null],
    [
      'JSON',
      '{"dev":{"pci/0000:61:00.0":{"mode":"switchdev","inline-mode":"none","encap-mode":"basic"}}}',
      'switchdev',
      'none',
      'basic',
    ],
    ['JSON with little', '{"dev":{"netdevsim/netdevsim1":{"mode":"legacy"}}}', 'legacy', null, null],
  ])('an e-switch, %s', (_form, text, mode, inlineMode, encap) => {
    const device = text.includes('netdevsim') ? 'netdevsim/netdevsim1' : 'pci/0000:61:00.0'
    expect(parseEswitch(text)).toEqual({ device, mode, inlineMode, encap })
  })

  test.each([['{"dev":{}}'], [''], ['kernel answers: No such device\n']])('%j shows no e-switch', (text) => {
    expect(parseEswitch(text)).toBeNull()
  })

  const physical = (n: number) => ({
    handle: `netdevsim/netdevsim${n}/0`,
    netdev: `eni${n}np1`,
    flavour: 'physical',
    pf: null,
    vf: null,
    mac: null,
  })
  const representor = (vf: number) => ({
    handle: `netdevsim/netdevsim1/${128 + vf}`,
    netdev: `eni1npf0vf${vf}`,
    flavour: 'pcivf',
    pf: 0,
    vf,
    mac: null,
  })

  test.each([['devlink-port.txt'], ['devlink-port.json']])('ports are the same in both forms: %s', (name) => {
    expect(parseDevlinkPorts(transcript(name))).toEqual([physical(1), representor(0), representor(1), physical(2)])
  })

  test('a parameter', () => {
    expect(
      parseDevlinkParam(
        'pci/0000:61:00.0:\n  name esw_multiport type driver-specific\n    values:\n      cmode runtime value false\n',
      ),
    ).toBe('false')
    expect(parseDevlinkParam('')).toBeNull()
  })
})

describe('ethtool', () => {
  test('features, indented and fixed ones as well', () => {
    expect([...parseFeatures(transcript('ethtool-k.txt'))]).toEqual([
      ['scatter-gather', { on: true, fixed: false }],
      ['tx-scatter-gather', { on: true, fixed: true }],
      ['tx-scatter-gather-fraglist', { on: true, fixed: true }],
      ['tcp-segmentation-offload', { on: true, fixed: false }],
      ['tx-tcp-segmentation', { on: true, fixed: true }],
      ['hw-tc-offload', { on: true, fixed: false }],
    ])
    expect(parseFeatures('hw-tc-offload: off [requested on]\n').get('hw-tc-offload')).toEqual({
      on: false,
      fixed: false,
    })
  })

  test('the driver', () => {
    const info = parseDriverInfo(transcript('ethtool-i.txt'))
    expect(
      ['driver', 'bus-info', 'expansion-rom-version', 'supports-statistics'].map((name) => info.get(name)),
    ).toEqual(['netdevsim', 'netdevsim1', '', 'no'])
  })

  test('counters', () => {
    expect([...parseStatistics('NIC statistics:\n     rx_packets: 5\n     tx_packets_phy: 135555012\n')]).toEqual([
      ['rx_packets', 5],
      ['tx_packets_phy', 135555012],
    ])
  })
})

describe('ip', () => {
  test('links over two lines, and VFs below a port are no links', () => {
    expect(parseIpLinks(transcript('ip-link-pf.txt'))).toEqual([
      {
        index: 3,
        name: 'eni1np1',
        flags: ['BROADCAST'],
        mtu: 1500,
        master: null,
        operstate: 'DOWN',
        mac: '6e:91:9e:0b:79:7d',
      },
    ])
  })

  test('links on one line, with master and peer', () => {
    const text =
      '4: ens2f0@if5: <BROADCAST,SLAVE,UP> mtu 9000 qdisc mq master bond0 state UP mode DEFAULT group default\\    link/ether 98:03:9b:11:22:30 brd ff:ff:ff:ff:ff:ff\n'
    expect(parseIpLinks(text)).toEqual([
      {
        index: 4,
        name: 'ens2f0',
        flags: ['BROADCAST', 'SLAVE', 'UP'],
        mtu: 9000,
        master: 'bond0',
        operstate: 'UP',
        mac: '98:03:9b:11:22:30',
      },
    ])
  })

  test('addresses', () => {
    const text = `1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
2: eno1    inet 192.0.2.11/24 brd 192.0.2.255 scope global dynamic eno1\\       valid_lft 86000sec
2: eno1    inet6 fe80::5054:ff:fe12:3456/64 scope link \\       valid_lft forever preferred_lft forever
`
    expect(parseIpAddresses(text)).toEqual([
      { interface: 'lo', family: 'inet', address: '127.0.0.1', prefix: 8, scope: 'host' },
      { interface: 'eno1', family: 'inet', address: '192.0.2.11', prefix: 24, scope: 'global' },
      { interface: 'eno1', family: 'inet6', address: 'fe80::5054:ff:fe12:3456', prefix: 64, scope: 'link' },
    ])
  })
})

describe('lspci', () => {
  const device = (pci: string, more: object) => ({
    pci,
    className: null,
    classId: null,
    name: null,
    vendor: null,
    device: null,
    ...more,
  })

  test('names', () => {
    expect(parseLspci(transcript('lspci-D.txt')).at(-1)).toEqual(
      device('0000:02:00.0', {
        className: 'Ethernet controller',
        name: 'Intel Corporation 82576 Gigabit Network Connection',
      }),
    )
    expect(parseLspci(transcript('lspci-D.txt'))).toHaveLength(10)
  })

  test.each([
    [
      '61:00.0 Ethernet controller: Mellanox Technologies MT28800 Family [ConnectX-5 Ex]',
      { className: 'Ethernet controller', name: 'Mellanox Technologies MT28800 Family [ConnectX-5 Ex]' },
    ],
    [
      '0000:61:00.0 Ethernet controller [0200]: Mellanox Technologies MT28800 Family [ConnectX-5 Ex] [15b3:1019] (rev 01)',
      {
        className: 'Ethernet controller',
        classId: '0200',
        name: 'Mellanox Technologies MT28800 Family [ConnectX-5 Ex]',
        vendor: '15b3',
        device: '1019',
      },
    ],
    ['0000:61:00.0 0200: 15b3:1019', { classId: '0200', vendor: '15b3', device: '1019' }],
  ])('%s', (line, more) => {
    expect(parseLspci(`${line}\n\tSubsystem: Mellanox\n`)).toEqual([device('0000:61:00.0', more)])
  })

  test('records', () => {
    const text = 'Slot:\t0000:61:00.0\nClass:\tEthernet controller\nProgIf:\t00\n\nSlot:\t0000:61:00.1\n'
    expect(parseLspciRecords(text).map((record) => [...record])).toEqual([
      [
        ['Slot', '0000:61:00.0'],
        ['Class', 'Ethernet controller'],
        ['ProgIf', '00'],
      ],
      [['Slot', '0000:61:00.1']],
    ])
  })
})

describe('mstconfig', () => {
  const head =
    '\nDevice #1:\n----------\n\nDevice type:        ConnectX5\nName:               MCX516A-CDA_Ax_Bx\nDevice:             0000:61:00.0\n\n'
  const value = (text: string, number: number | null) => ({ text, number })

  test('the short form', () => {
    const query = parseMstconfig(
      `${head}Configurations:                                         Next Boot\n        NUM_OF_VFS                                      4\n        SRIOV_EN                                        True(1)\n`,
    )
    expect(query.device).toEqual({ type: 'ConnectX5', name: 'MCX516A-CDA_Ax_Bx', device: '0000:61:00.0' })
    expect([...query.parameters.values()]).toEqual([
      { name: 'NUM_OF_VFS', readOnly: false, default: null, current: null, next: value('4', 4) },
      { name: 'SRIOV_EN', readOnly: false, default: null, current: null, next: value('True(1)', 1) },
    ])
  })

  test('the long form, with marks, read-only and array parameters', () => {
    const query =
      parseMstconfig(`${head}Configurations:                              Default         Current         Next Boot
*        NUM_OF_VFS                          0               0               4
*  RO     SRIOV_EN                            False(0)        False(0)        True(1)
         HOST_CHAINING_DESCRIPTORS           Array[0..7]     Array[0..7]     Array[0..7]
The '*' shows parameters with next value different from default/current value.
`)
    expect([...query.parameters.values()]).toEqual([
      { name: 'NUM_OF_VFS', readOnly: false, default: value('0', 0), current: value('0', 0), next: value('4', 4) },
      {
        name: 'SRIOV_EN',
        readOnly: true,
        default: value('False(0)', 0),
        current: value('False(0)', 0),
        next: value('True(1)', 1),
      },
      {
        name: 'HOST_CHAINING_DESCRIPTORS',
        readOnly: false,
        default: value('Array[0..7]', null),
        current: value('Array[0..7]', null),
        next: value('Array[0..7]', null),
      },
    ])
  })

  test('errors of the tool', () => {
    expect(parseMstconfig('-E- Failed to open the device\n').errors).toEqual(['Failed to open the device'])
  })

  test.each([
    ['ETH(2)', 2],
    ['4', 4],
    ['0x10', 16],
    ['N/A', null],
    ['text', null],
  ])('the value %s has the number %s', (text, number) => {
    expect(parseFirmwareValue(text)).toEqual({ text, number })
  })
})

describe('ovs-vsctl', () => {
  test('a table with sets, empty ones and negative numbers', () => {
    const rows = parseOvsTable(transcript('ovs-interfaces.json'))
    expect(rows?.map((row) => [row.get('name'), ovsAtoms(row.get('link_state')), row.get('ofport')])).toEqual([
      ['eni1npf0vf0', [], -1],
      ['br-ovs', ['up'], 65534],
      ['bond0', ['down'], 1],
      ['eni1npf0vf1', [], -1],
    ])
  })

  test('uuids and maps', () => {
    const [row] =
      parseOvsTable(
        '{"data":[["ovs-sriov",["set",[["uuid","a"],["uuid","b"]]],["map",[["hw-offload","true"]]]]],"headings":["name","ports","other_config"]}',
      ) ?? []
    expect(row?.get('ports')).toEqual(['a', 'b'])
    expect(row?.get('other_config')).toEqual(new Map([['hw-offload', 'true']]))
  })

  test.each([
    ['"true"\n', 'true'],
    ['\n', null],
    ['[]\n', null],
    ['100\n', '100'],
  ])('get prints %j for %j', (text, atom) => {
    expect(parseOvsAtom(text)).toBe(atom)
  })
})

describe('the kernel log', () => {
  const line = (text: string, pci = '0000:61:00.0') => `[  812.120349] mlx5_core ${pci}: ${text}`

  test.each([
    ['lag map port 1:1 port 2:2', ['1', '2'], false, false],
    ['lag map port 1:1 port 2:2 shared_fdb:0', ['1', '2'], false, false],
    ['lag map: port 1:2 port 2:2', ['2', '2'], false, true],
    ['lag map active ports: 2', ['2'], true, true],
    ['modify lag map port 1:2 port 2:2', ['2', '2'], false, true],
  ])('%s', (text, map, hash, remap) => {
    expect(parseLagLog(line(text), ['0000:61:00.0'])).toEqual([{ kind: 'map', text, map, hash, remap }])
  })

  test.each([
    ['mlx5_create_lag:646:(pid 1234): Failed to create LAG (-22)', 'failed'],
    ['mlx5_activate_lag:705:(pid 1234): Failed to activate VF LAG', 'failed'],
    ['Failed to deactivate VF LAG; driver restart required', 'stuck'],
    ['firmware version: 16.35.3006', 'reset'],
  ])('%s is %s', (text, kind) => {
    expect(parseLagLog(line(text), ['0000:61:00.0'])).toEqual([{ kind, text }])
  })

  test.each([
    ['[ 9.1] bond0: (slave ens2f1): Enslaving as a backup interface with an up link'],
    ['[ 9.1] bond0: Enslaving ens2f1 as an active interface with a down link'],
    ['[ 9.1] bond0: (slave ens2f1): Releasing backup interface'],
    [line('E-Switch: Enable: mode(OFFLOADS), nvfs(2), necvfs(0), active vports(3)')],
    [line('E-Switch: E-Switch enable SRIOV: nvfs(2) mode (2)')],
  ])('ends what was said before: %s', (said) => {
    expect(parseLagLog(said, ['0000:61:00.0'], { bond: 'bond0' })).toMatchObject([{ kind: 'mark' }])
  })

  test('a map that a newer driver says more of is a LAG that was made, and drivers that take VFs are seen', () => {
    const log = [
      '[ 10.0] mlx5_core 0000:61:00.2: enabling device (0000 -> 0002)',
      line('lag map active ports: 1, 2'),
      line('shared_fdb:1 mode:hash'),
      '[ 11.0] vfio-pci 0000:61:00.3: enabling device (0000 -> 0002)',
      '[ 11.0] mlx5_core 0000:41:00.3: enabling device (0000 -> 0002)',
    ].join('\n')
    expect(parseLagLog(log, ['0000:61:00.0'], { vfs: ['0000:61:00.2', '0000:61:00.3'] })).toEqual([
      { kind: 'bound', vf: '0000:61:00.2', text: 'mlx5_core 0000:61:00.2: enabling device (0000 -> 0002)' },
      { kind: 'map', text: 'lag map active ports: 1, 2', map: ['1', '2'], hash: true, remap: false },
      { kind: 'bound', vf: '0000:61:00.3', text: 'vfio-pci 0000:61:00.3: enabling device (0000 -> 0002)' },
    ])
  })

  test('other cards, other messages and the interface of a port are not mistaken', () => {
    const log = [
      line('lag map port 1:1 port 2:2', '0000:41:00.0'),
      line('E-Switch: Enable: mode(LEGACY), nvfs(2)'),
      '[ 812.0] bond1: (slave eno2): Enslaving as a backup interface with an up link',
      '[ 813.0] mlx5_core 0000:61:00.0 ens2f0: Link up',
    ].join('\n')
    expect(parseLagLog(log, ['0000:61:00.0'])).toEqual([])
  })

  test.each([
    ['[    0.000000] Linux version 5.14\n', true],
    ['[ 4711.120349] usb 1-1: new\n', false],
    ['', false],
  ])('whether %j reaches back to the start', (text, whole) => {
    expect(logIsWhole(text)).toBe(whole)
  })
})

describe('iperf3', () => {
  test('a result', () => {
    const report = {
      start: {},
      end: {
        streams: [{}, {}],
        sum_sent: { bytes: 9, bits_per_second: 1, retransmits: 3 },
        sum_received: { bytes: 8, bits_per_second: 93.5e9 },
      },
    }
    expect(parseIperf3(JSON.stringify(report))).toEqual({
      ok: true,
      bitsPerSecond: 93.5e9,
      bytes: 8,
      retransmits: 3,
      streams: 2,
      intervals: [],
    })
  })

  test('intervals, with what each stream carried', () => {
    const result = parseIperf3(transcript('iperf3-outage.json'))
    expect(result.ok && [result.streams, result.retransmits, result.intervals.length, result.intervals[15]]).toEqual([
      2,
      409,
      40,
      { start: expect.closeTo(1.5, 2), end: expect.closeTo(1.6, 2), bytes: [393_216, 393_216] },
    ])
  })

  test('a test that was interrupted: what was sent is all that is known', () => {
    const result = parseIperf3(transcript('iperf3-interrupted.json'))
    expect(result.ok && [result.streams, result.intervals.length, result.bytes > 100e6]).toEqual([2, 12, true])
  })

  test.each([
    [
      '{"start":{},"intervals":[],"end":{},"error":"unable to connect to server: Connection refused"}',
      'unable to connect to server: Connection refused',
    ],
    ['{"start":{},"end":{"sum_received":{"bytes":0,"bits_per_second":0}}}', 'no bytes arrived'],
    ['', 'iperf3 gave no result'],
  ])('%j is no result', (text, error) => {
    expect(parseIperf3(text)).toEqual({ ok: false, error })
  })
})

describe('virsh', () => {
  test('host devices of a domain, and not its other interfaces or the address in the guest', () => {
    expect(parseDomainXml(domainXml('vm1', ['0000:61:00.2']))).toEqual({
      name: 'vm1',
      uuid: null,
      devices: [{ kind: 'interface', pci: '0000:61:00.2', mac: '52:54:00:01:00:01', managed: true }],
    })
  })

  test('a VF that a network of the host gave, in the live XML of versions that show what it is', () => {
    const actual =
      "<interface type='network'><mac address='52:54:00:01:00:01'/><source network='vfs'/><actual type='hostdev' managed='yes'><source><address type='pci' domain='0x0000' bus='0x61' slot='0x00' function='0x2'/></source></actual></interface>"
    expect(parseDomainXml(`<domain><name>vm1</name><devices>${actual}</devices></domain>`)?.devices).toEqual([
      { kind: 'interface', pci: '0000:61:00.2', mac: '52:54:00:01:00:01', managed: true },
    ])
  })

  test('decimal addresses and a plain hostdev', () => {
    const xml =
      "<domain><name>a&amp;b</name><uuid>4dea22b3-1d52-d8f3-2516-782e98ab3fa0</uuid><devices><hostdev mode='subsystem' type='pci'><source><address bus='97' slot='1' function='0x1'/></source></hostdev><hostdev type='usb'/></devices></domain>"
    expect(parseDomainXml(xml)).toEqual({
      name: 'a&b',
      uuid: '4dea22b3-1d52-d8f3-2516-782e98ab3fa0',
      devices: [{ kind: 'hostdev', pci: '0000:61:01.1', mac: null, managed: false }],
    })
  })

  test('names, with spaces in them', () => {
    expect(parseDomainNames('vm1\nmy vm\n\n')).toEqual(['vm1', 'my vm'])
  })

  test.each([['error: no domain\n'], [''], ['<network/>']])('%j is no domain', (text) => {
    expect(parseDomainXml(text)).toBeNull()
  })
})

describe('shell assignments', () => {
  test('os-release', () => {
    const text =
      'NAME="Red Hat Enterprise Linux Server"\n# comment\nVERSION_ID=\'7.7\'\nID=rhel\nPRETTY_NAME="a \\"quoted\\" name"\nnonsense\n'
    expect([...parseOsRelease(text)]).toEqual([
      ['NAME', 'Red Hat Enterprise Linux Server'],
      ['VERSION_ID', '7.7'],
      ['ID', 'rhel'],
      ['PRETTY_NAME', 'a "quoted" name'],
    ])
  })

  test('ifcfg: the last of equal keys wins, and bonding options are taken apart', () => {
    const { values, bonding } = parseIfcfg(
      'DEVICE=bond0\nBOOTPROTO=none\nBONDING_OPTS="mode=4 miimon=100 lacp_rate=1"\nBOOTPROTO=static # twice\n',
    )
    expect(values.get('BOOTPROTO')).toBe('static')
    expect([...bonding]).toEqual([
      ['mode', '4'],
      ['miimon', '100'],
      ['lacp_rate', '1'],
    ])
  })
})

describe('no text makes a parser throw', () => {
  const fragments = fc.constantFrom(
    '{',
    '}',
    '"',
    '[',
    ']',
    ':',
    ' ',
    '\n',
    '\t',
    '<',
    '/',
    '>',
    "'",
    '=',
    '(',
    ')',
    '\\',
    'name',
    'mode',
    '0000:61:00.0',
    'Slave Interface: ',
    'Bonding Mode: ',
    'Configurations:',
    '{"data":[[1]],"headings":["a"]}',
    'pci/0000:61:00.0/1: ',
    '<domain>',
    '&',
    '1',
    '\u0000',
    'ä',
  )
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.array(fragments, { maxLength: 40 }).map((parts) => parts.join('')),
  )
  const parsers: Readonly<Record<string, (text: string) => unknown>> = {
    parseBondReport,
    parseDevlinkParam,
    parseDevlinkPorts,
    parseDomainXml,
    parseDriverInfo,
    parseEswitch,
    parseFeatures,
    parseIfcfg,
    parseIpAddresses,
    parseIperf3,
    parseIpLinks,
    parseIpVfs,
    parseLagLog: (text) => parseLagLog(text, ['0000:61:00.0']),
    parseLspci,
    parseLspciRecords,
    parseMstconfig,
    parseOsRelease,
    parseOvsAtom,
    parseOvsTable,
    parseStatistics,
  }

  test.each(Object.entries(parsers))('%s', (_name, parse) => {
    fc.assert(
      fc.property(texts, (text) => {
        parse(text)
      }),
      { numRuns: 150 },
    )
  })
})
