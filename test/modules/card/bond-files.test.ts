import { describe, expect, test } from 'vitest'
import { bondFiles } from '../../../src/modules/card/bond-files.ts'
import { backupPath } from '../../../src/modules/card/network/backends.ts'
import { ifcfgPath } from '../../../src/modules/card/network/ifcfg.ts'
import { type NetworkHost, networkFacts, networkHosts, theirIfcfg } from '../../support/network-hosts.ts'
import { planFor, type Shown, shown } from '../../support/readings.ts'

const args = {
  bond: 'bond0',
  ports: ['ens2f0', 'ens2f1'],
  mode: '802.3ad',
  options: { miimon: 100, lacp_rate: 'fast', xmit_hash_policy: 'layer3+4' },
}
const plan = (host: NetworkHost, over: object = {}, more: Shown = {}) =>
  planFor(bondFiles, { ...args, ...over }, shown(networkHosts[host], more), networkFacts[host])

const connections = '/etc/NetworkManager/system-connections'
const networkd = '/etc/systemd/network'

const bondIfcfg = (unmanaged: string): string =>
  `# Managed by vflag-play
DEVICE=bond0
NAME=bond0
TYPE=Bond
BONDING_MASTER=yes
ONBOOT=yes
BOOTPROTO=none
${unmanaged}BONDING_OPTS="mode=802.3ad miimon=100 lacp_rate=fast xmit_hash_policy=layer3+4"
`
const portIfcfg = (name: string, unmanaged: string): string =>
  `# Managed by vflag-play
DEVICE=${name}
NAME=${name}
TYPE=Ethernet
ONBOOT=yes
BOOTPROTO=none
MASTER=bond0
SLAVE=yes
${unmanaged}ETHTOOL_OPTS="-K ${name} hw-tc-offload on"
`
const portKeyfile = (name: string): string => `# Managed by vflag-play
[connection]
id=bond0-${name}
type=ethernet
interface-name=${name}
autoconnect=true
autoconnect-priority=100
master=bond0
slave-type=bond

[ethtool]
feature-hw-tc-offload=true
`
const keyfiles: Readonly<Record<string, string>> = {
  [`${connections}/bond0.nmconnection`]: `# Managed by vflag-play
[connection]
id=bond0
type=bond
interface-name=bond0
autoconnect=true
autoconnect-priority=100
autoconnect-slaves=1

[bond]
mode=802.3ad
miimon=100
lacp_rate=fast
xmit_hash_policy=layer3+4

[ipv4]
method=disabled

[ipv6]
method=disabled
`,
  [`${connections}/bond0-ens2f0.nmconnection`]: portKeyfile('ens2f0'),
  [`${connections}/bond0-ens2f1.nmconnection`]: portKeyfile('ens2f1'),
}
const ifcfgs = (unmanaged: string): Readonly<Record<string, string>> => ({
  [ifcfgPath('bond0')]: bondIfcfg(unmanaged),
  [ifcfgPath('ens2f0')]: portIfcfg('ens2f0', unmanaged),
  [ifcfgPath('ens2f1')]: portIfcfg('ens2f1', unmanaged),
})
const mac: Readonly<Record<string, string>> = {
  [`${networkd}/98-vflag-bond0.link`]: `# Managed by vflag-play
[Match]
Type=bond
OriginalName=bond0

[Link]
MACAddressPolicy=none
`,
}
const portNetwork = (name: string): string => `# Managed by vflag-play
[Match]
Name=${name}

[Link]
RequiredForOnline=no

[Network]
Bond=bond0
`

/** The files of the LACP bond, whole, by host: domain by domain what the distributions' own documents show. */
const files: Readonly<Record<NetworkHost, Readonly<Record<string, string>>>> = {
  rhel7: ifcfgs('NM_CONTROLLED=no\n'),
  'el8-ifcfg': ifcfgs(''),
  el8: keyfiles,
  el9: { ...keyfiles, ...mac },
  ubuntu: {
    '/etc/netplan/60-vflag-bond0.yaml': `# Managed by vflag-play
network:
  version: 2
  ethernets:
    ens2f0:
      renderer: networkd
      dhcp4: false
      dhcp6: false
      optional: true
    ens2f1:
      renderer: networkd
      dhcp4: false
      dhcp6: false
      optional: true
  bonds:
    bond0:
      renderer: networkd
      interfaces: ["ens2f0","ens2f1"]
      dhcp4: false
      dhcp6: false
      link-local: []
      optional: true
      parameters:
        mode: 802.3ad
        mii-monitor-interval: 100
        lacp-rate: fast
        transmit-hash-policy: layer3+4
`,
    ...mac,
  },
  debian: {
    [`${networkd}/10-vflag-bond0.netdev`]: `# Managed by vflag-play
[NetDev]
Name=bond0
Kind=bond

[Bond]
Mode=802.3ad
MIIMonitorSec=100ms
LACPTransmitRate=fast
TransmitHashPolicy=layer3+4
`,
    [`${networkd}/10-vflag-bond0.network`]: `# Managed by vflag-play
[Match]
Name=bond0

[Link]
RequiredForOnline=no

[Network]
LinkLocalAddressing=no
ConfigureWithoutCarrier=yes
`,
    [`${networkd}/10-vflag-ens2f0.network`]: portNetwork('ens2f0'),
    [`${networkd}/10-vflag-ens2f1.network`]: portNetwork('ens2f1'),
    ...mac,
  },
}
const hosts = Object.keys(files) as readonly NetworkHost[]
const replaces = (host: NetworkHost): boolean => host === 'rhel7' || host === 'el8-ifcfg'
const reloads: Readonly<Record<NetworkHost, readonly (readonly string[])[]>> = {
  rhel7: [],
  'el8-ifcfg': [['nmcli', 'connection', 'reload']],
  el8: [['nmcli', 'connection', 'reload']],
  el9: [['nmcli', 'connection', 'reload']],
  ubuntu: [
    ['netplan', 'generate'],
    ['networkctl', 'reload'],
  ],
  debian: [['networkctl', 'reload']],
}

describe.each(hosts)('on %s', (host) => {
  const secret = (path: string): boolean => path.startsWith('/etc/netplan/') || path.startsWith(connections)
  // readings.ts shows every file as 0644.
  const modes = Object.keys(files[host]).filter(secret)
  const written: Shown = {
    files: { ...files[host], ...(replaces(host) && { [backupPath(ifcfgPath('ens2f0'))]: theirIfcfg }) },
  }

  test('whole files are written, and what they replace is kept', () => {
    const earlier = (path: string) => (replaces(host) && path === ifcfgPath('ens2f0') ? theirIfcfg : null)
    expect(plan(host)).toEqual({
      kind: 'change',
      deltas: Object.entries(files[host]).map(([path, after]) => ({
        what: path,
        before: earlier(path),
        after,
        text: true,
      })),
      steps: Object.entries(files[host]).map(([path, content]) => ({
        kind: 'write',
        path,
        content,
        mode: secret(path) ? '0600' : '0644',
        ...(earlier(path) !== null && { backup: backupPath(path) }),
      })),
    })
  })

  test('a second run writes nothing; a file that others may read is closed', () => {
    const number = Object.keys(files[host]).length
    expect(plan(host, {}, written)).toEqual(
      modes.length === 0
        ? { kind: 'unchanged', because: `the ${number} files of bond0 are as they have to be` }
        : {
            kind: 'change',
            deltas: modes.map((path) => ({ what: `mode of ${path}`, before: '0644', after: '0600' })),
            steps: modes.map((path) => ({ kind: 'mode', path, mode: '0600', recursive: false })),
          },
    )
  })

  test('a file of ours is replaced without keeping it: the original is what counts', () => {
    const made = plan(host, { mtu: 9000 }, written)
    expect(made.kind === 'change' && made.steps.every((step) => step.kind === 'write' && !step.backup)).toBe(true)
    expect(made.kind === 'change' && made.deltas.map((each) => each.after).join('')).toMatch(/mtu(bytes)?[=:] ?9000/i)
  })

  test('absent removes them, puts the originals back, and says so to who reads them', () => {
    expect(plan(host, { state: 'absent' }, written)).toEqual({
      kind: 'change',
      deltas: Object.entries(files[host]).map(([path, text]) => ({
        what: path,
        before: text,
        after: replaces(host) && path === ifcfgPath('ens2f0') ? theirIfcfg : null,
        text: true,
      })),
      steps: [
        ...(reloads[host].length > 0
          ? [expect.objectContaining({ kind: 'write', path: '/run/vflag-play.reload' })]
          : []),
        ...Object.keys(files[host]).flatMap((path) =>
          replaces(host) && path === ifcfgPath('ens2f0')
            ? [
                { kind: 'write', path, content: Buffer.from(theirIfcfg), mode: '0644', owner: 'root', group: 'root' },
                { kind: 'remove', path: backupPath(path), recursive: false },
              ]
            : [{ kind: 'remove', path, recursive: false }],
        ),
        ...reloads[host].map((argv) => expect.objectContaining({ kind: 'run', argv })),
        ...(reloads[host].length > 0 ? [{ kind: 'remove', path: '/run/vflag-play.reload', recursive: false }] : []),
      ],
    })
  })

  test('absent leaves files of others alone', () => {
    expect(plan(host, { state: 'absent' })).toEqual({
      kind: 'unchanged',
      because: replaces(host) ? `${ifcfgPath('ens2f0')} is not of vflag-play` : 'there are no files of vflag-play',
    })
  })

  test.each([
    ['active-backup', ['lacp', 'hash', 'Hash', 'LACP']],
    ['balance-xor', ['lacp', 'LACP']],
  ] as const)('in mode %s there is nothing that the mode does not take', (mode, not) => {
    const made = plan(host, { mode })
    const text = made.kind === 'change' ? made.deltas.map((each) => each.after).join('') : ''
    expect(text).toMatch(new RegExp(`mode[=:] ?${mode}`, 'i'))
    expect(not.filter((word) => text.includes(word))).toEqual([])
  })
})

test.each([
  ['layer2', 0],
  ['layer3+4', 1],
  ['layer2+3', 2],
  ['encap2+3', 3],
  ['encap3+4', 4],
] as const)('hash policy %s is said everywhere, also when it is given by its number', (name, number) => {
  for (const host of hosts) {
    for (const value of [name, number]) {
      const made = plan(host, { options: { xmit_hash_policy: value } })
      const text = made.kind === 'change' ? made.deltas.map((each) => each.after).join('') : ''
      expect(text).toMatch(
        new RegExp(`(xmit_hash_policy=|transmit-hash-policy: |TransmitHashPolicy=)${name.replaceAll('+', '\\+')}`),
      )
    }
  }
})

test('the primary port of networkd is said in the file of the port', () => {
  const made = plan('debian', { mode: 'active-backup', options: { primary: 'ens2f1' } })
  expect(made.kind === 'change' && made.deltas.map((each) => each.after?.includes('PrimarySlave=true'))).toEqual([
    false,
    false,
    false,
    true,
    false,
  ])
})

describe('the kind of files', () => {
  test('what the user says wins where the host can read it', () => {
    const paths = (host: NetworkHost, backend: string) => {
      const made = plan(host, { backend })
      return made.kind === 'change' ? made.deltas.map((each) => each.what) : made
    }
    expect(paths('el8', 'ifcfg')).toEqual(Object.keys(ifcfgs('')))
    expect(paths('el8-ifcfg', 'keyfile')).toEqual(Object.keys(keyfiles))
    expect(paths('rhel7', 'netplan')).toEqual({
      kind: 'blocked',
      because: 'nothing on this host reads netplan files: its network is run by network-scripts',
      hint: 'set backend to ifcfg',
    })
  })

  test('EL 10 reads no ifcfg files, even where an upgrade left the folder', () => {
    const distribution = { ...networkFacts.el9.distribution, version: '10.0', major: 10 }
    expect(
      planFor(
        bondFiles,
        { ...args, backend: 'ifcfg' },
        shown(networkHosts.el9, { files: { [ifcfgPath('eno1')]: 'DEVICE=eno1\n' } }),
        { ...networkFacts.el9, distribution },
      ),
    ).toMatchObject({ kind: 'blocked', hint: 'set backend to keyfile' })
  })

  test('a host whose network nothing here knows is refused', () => {
    expect(planFor(bondFiles, args, {}, { ...networkFacts.el9, network_backend: null })).toMatchObject({
      kind: 'blocked',
      because:
        'the network of this host is run by something unknown, but must be run by network-scripts, NetworkManager, netplan or systemd-networkd',
    })
  })

  test('files of ours of another kind go when the host is told in a new way', () => {
    const made = plan('el9', {}, { files: { ...ifcfgs(''), [backupPath(ifcfgPath('ens2f0'))]: theirIfcfg } })
    expect(
      made.kind === 'change' && made.deltas.map(({ what, before, after }) => [what, before === null, after === null]),
    ).toEqual([
      ...Object.keys(files.el9).map((path) => [path, true, false]),
      [ifcfgPath('bond0'), false, true],
      [ifcfgPath('ens2f0'), false, false],
      [ifcfgPath('ens2f1'), false, true],
    ])
  })
})

test.each([
  [
    'ubuntu',
    { lacp_active: 'on' },
    'netplan files cannot say lacp_active, so the bond would come back otherwise at the next boot',
  ],
  [
    'debian',
    { xmit_hash_policy: 'vlan+srcmac' },
    'systemd-networkd files cannot say xmit_hash_policy vlan+srcmac, so the bond would come back otherwise at the next boot',
  ],
] as const)('on %s an option that the files have no word for is refused', (host, options, because) => {
  expect(plan(host, { options })).toMatchObject({ kind: 'blocked', because })
})

describe('files of others that would be heard as well are refused', () => {
  const refused = (host: NetworkHost, path: string, text: string) => {
    const made = plan(host, {}, { files: { [path]: text } })
    return made.kind === 'blocked' ? made.because : made.kind
  }

  test.each([
    ['rhel7', ifcfgPath('port0'), 'DEVICE=ens2f0\nONBOOT=yes\n', 'is about ens2f0 too, and is applied at boot as well'],
    ['rhel7', ifcfgPath('port0'), 'HWADDR=98:03:9B:11:22:31\n', 'is about ens2f1 too, and is applied at boot as well'],
    [
      'rhel7',
      ifcfgPath('eno2'),
      'DEVICE=eno2\nMASTER=bond0\nSLAVE=yes\n',
      'makes eno2 a member of bond0, and the card makes a LAG only of a bond over its own ports',
    ],
    [
      'el9',
      `${connections}/lacp.nmconnection`,
      '[connection]\nid=lacp\ntype=bond\ninterface-name=bond0\n',
      'is about bond0 too, and goes by the same name',
    ],
    [
      'el9',
      `${connections}/eno2.nmconnection`,
      '[connection]\nid=eno2\ntype=ethernet\ninterface-name=eno2\ncontroller=bond0\n',
      'makes eno2 a member of bond0, and the card makes a LAG only of a bond over its own ports',
    ],
    [
      'ubuntu',
      '/etc/netplan/50-cloud-init.yaml',
      'network: {ethernets: {ens2f0: {addresses: [192.0.2.9/24]}}}\n',
      'is about ens2f0 too, and gives it addresses',
    ],
    [
      'ubuntu',
      '/etc/netplan/50-cloud-init.yaml',
      'network:\n  ethernets:\n    port0:\n      match:\n        macaddress: "98:03:9b:11:22:30"\n      set-name: ens2f0\n',
      'is about ens2f0 too, and gives it the name port0',
    ],
    [
      'ubuntu',
      '/etc/netplan/90-late.yaml',
      'network:\n  ethernets:\n    ens2f1:\n      dhcp4: true\n',
      'is about ens2f1 too, and comes after the file of vflag-play',
    ],
    [
      'ubuntu',
      '/etc/netplan/50-cloud-init.yaml',
      'network:\n  bridges:\n    br0:\n      interfaces: [ens2f0]\n',
      'is about ens2f0 too, and gives it to bridge br0',
    ],
    [
      'ubuntu',
      '/etc/netplan/50-cloud-init.yaml',
      'network: &all\n  ethernets:\n    ens2f0: {}\n',
      'names ens2f0 and could not be understood',
    ],
    [
      'debian',
      `${networkd}/05-all.network`,
      '[Match]\nName=en*\n\n[Network]\nDHCP=yes\n',
      'is about ens2f0 and ens2f1 too, and comes before the file of vflag-play',
    ],
    [
      'debian',
      `${networkd}/05-mac.network`,
      '[Match]\nPermanentMACAddress=98:03:9B:11:22:31\n',
      'is about ens2f1 too, and comes before the file of vflag-play',
    ],
    [
      'debian',
      `${networkd}/30-bond.netdev`,
      '[NetDev]\nName=bond0\nKind=bond\n',
      'is about bond0 too, and makes an interface of that name',
    ],
  ] as const)('on %s: %s', (host, path, text, why) => {
    expect(refused(host, path, text)).toBe(`${path} ${why}`)
  })

  test.each([
    ['a file that is not applied at boot', 'rhel7', ifcfgPath('port0'), 'DEVICE=ens2f0\nONBOOT=no\n'],
    ['a leftover of an editor', 'rhel7', `${ifcfgPath('ens2f1')}.bak`, 'DEVICE=ens2f1\nIPADDR=192.0.2.9\n'],
    [
      'a profile of the installer: ours has the higher priority',
      'el9',
      `${connections}/ens2f0.nmconnection`,
      '[connection]\nid=ens2f0\ntype=ethernet\ninterface-name=ens2f0\n',
    ],
    [
      'DHCP in an earlier netplan file: ours takes it back',
      'ubuntu',
      '/etc/netplan/50-cloud-init.yaml',
      'network:\n  ethernets:\n    ens2f0:\n      dhcp4: true\n',
    ],
    [
      'a network file that comes after ours',
      'debian',
      `${networkd}/80-dhcp.network`,
      '[Match]\nName=en*\n\n[Network]\nDHCP=yes\n',
    ],
  ] as const)('not so %s', (_what, host, path, text) => {
    expect(refused(host, path, text)).toBe('change')
  })
})

test.each([
  ['rhel7', ifcfgPath('ens2f0'), 'IPADDR=192.0.2.9\n', 'IPADDR'],
  ['el9', `${connections}/bond0.nmconnection`, '[ipv4]\naddress1=192.0.2.9/24\nmethod=manual\n', 'address1 and method'],
  ['ubuntu', '/etc/netplan/60-vflag-bond0.yaml', '      addresses: [192.0.2.9/24]\n', 'addresses'],
  ['debian', `${networkd}/10-vflag-bond0.network`, 'Address=192.0.2.9/24\n', 'Address'],
] as const)(
  'on %s a file of ours that was given addresses since is neither overwritten nor removed',
  (host, path, more, keys) => {
    for (const state of ['present', 'absent'])
      expect(plan(host, { state }, { files: { [path]: `${files[host][path]}${more}` } })).toMatchObject({
        kind: 'blocked',
        because: `${path} was given ${keys} since vflag-play wrote it, which would be lost`,
      })
  },
)

test('the folder of systemd is made where the distribution did not', () => {
  const made = plan('el9', {}, { files: { '/etc/systemd/network/.keep': null } })
  expect(made.kind === 'change' && made.steps[0]).toEqual({
    kind: 'mkdir',
    path: '/etc/systemd/network',
    mode: '0755',
  })
})
