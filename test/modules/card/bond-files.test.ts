import { expect, test } from 'vitest'
import { backupPath, bondFiles, ifcfgPath } from '../../../src/modules/card/bond-files.ts'
import { hvFacts, type ProfileName, planFor, profiles, type Shown } from '../../support/readings.ts'

const args = {
  bond: 'bond0',
  ports: ['ens2f0', 'ens2f1'],
  mode: '802.3ad',
  options: { miimon: 100, lacp_rate: 'fast', xmit_hash_policy: 'layer3+4' },
}
const paths = ['bond0', 'ens2f0', 'ens2f1'].map(ifcfgPath)
const theirs = 'TYPE=Ethernet\nBOOTPROTO=dhcp\nDEVICE=ens2f0\nONBOOT=no\n'
const pristine: Shown = {
  files: { [ifcfgPath('ens2f0')]: theirs, '/etc/sysconfig/network-scripts/ifcfg-lo': 'DEVICE=lo\n' },
}
const plan = (profile: ProfileName, over: object, host: Shown = pristine) =>
  planFor(bondFiles, { ...args, ...over }, host, hvFacts(profile))

const bondText = (unmanaged: string): string =>
  `# Managed by vflag-play
DEVICE=bond0
NAME=bond0
TYPE=Bond
BONDING_MASTER=yes
ONBOOT=yes
BOOTPROTO=none
${unmanaged}BONDING_OPTS="mode=802.3ad miimon=100 lacp_rate=fast xmit_hash_policy=layer3+4"
`
const slaveText = (name: string, unmanaged: string): string =>
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

test.each([
  ['rhel7.7', 'NM_CONTROLLED=no\n'],
  ['el9', ''],
] as const)('writes whole files on %s and keeps what they replace', (profile, unmanaged) => {
  const write = (name: string, content: string, more = {}) => ({
    kind: 'write',
    path: ifcfgPath(name),
    content,
    mode: '0644',
    ...more,
  })
  expect(plan(profile, {})).toEqual({
    kind: 'change',
    deltas: [
      { what: paths[0], before: null, after: bondText(unmanaged), text: true },
      { what: paths[1], before: theirs, after: slaveText('ens2f0', unmanaged), text: true },
      { what: paths[2], before: null, after: slaveText('ens2f1', unmanaged), text: true },
    ],
    steps: [
      write('bond0', bondText(unmanaged)),
      write('ens2f0', slaveText('ens2f0', unmanaged), {
        backup: '/var/lib/vflag-play/backup/etc/sysconfig/network-scripts/ifcfg-ens2f0',
      }),
      write('ens2f1', slaveText('ens2f1', unmanaged)),
    ],
  })
})

const written = (unmanaged: string): Shown => ({
  files: {
    [ifcfgPath('bond0')]: bondText(unmanaged),
    [ifcfgPath('ens2f0')]: slaveText('ens2f0', unmanaged),
    [ifcfgPath('ens2f1')]: slaveText('ens2f1', unmanaged),
    [backupPath(ifcfgPath('ens2f0'))]: theirs,
  },
})

test.each(profiles)('a second run changes nothing on %s', (profile) => {
  expect(plan(profile, {}, written(profile === 'el9' ? '' : 'NM_CONTROLLED=no\n'))).toEqual({
    kind: 'unchanged',
    because: 'the 3 files of bond0 are as they have to be',
  })
})

test('a file of ours is replaced without keeping it: the original is what counts', () => {
  const made = plan('el9', { mtu: 9000 }, written(''))
  expect(
    made.kind === 'change' && made.steps.map((step) => (step.kind === 'write' ? [step.path, step.backup] : step)),
  ).toEqual(paths.map((path) => [path, undefined]))
})

test('options of LACP are left out in other modes, for the kernel refuses them', () => {
  const made = plan('el9', { mode: 1 })
  expect(made).toMatchObject({
    deltas: [{ after: expect.stringContaining('BONDING_OPTS="mode=active-backup miimon=100"\n') }, {}, {}],
  })
})

test.each([
  ['rhel7.7', 'NM_CONTROLLED=no\n', []],
  ['el9', '', [{ kind: 'run', argv: ['nmcli', 'connection', 'reload'] }]],
] as const)('absent puts the originals back on %s', (profile, unmanaged, more) => {
  expect(plan(profile, { state: 'absent' }, written(unmanaged))).toEqual({
    kind: 'change',
    deltas: [
      { what: paths[0], before: bondText(unmanaged), after: null, text: true },
      { what: paths[1], before: slaveText('ens2f0', unmanaged), after: theirs, text: true },
      { what: paths[2], before: slaveText('ens2f1', unmanaged), after: null, text: true },
    ],
    steps: [
      { kind: 'remove', path: paths[0], recursive: false },
      { kind: 'write', path: paths[1], content: Buffer.from(theirs), mode: '0644', owner: 'root', group: 'root' },
      { kind: 'remove', path: backupPath(ifcfgPath('ens2f0')), recursive: false },
      { kind: 'remove', path: paths[2], recursive: false },
      ...more,
    ],
  })
})

test.each([
  [pristine, `${paths[1]} is not of vflag-play`],
  [{ files: {} }, 'there are no files of vflag-play'],
])('absent leaves files of others alone, case %#', (host, because) => {
  expect(plan('el9', { state: 'absent' }, host)).toEqual({ kind: 'unchanged', because })
})

test('a network that nothing here knows is refused', () => {
  const facts = hvFacts('el9', { network_backend: 'netplan' })
  expect(planFor(bondFiles, args, pristine, facts)).toMatchObject({
    kind: 'blocked',
    because:
      'the network of this host is run by netplan, but must be run by network-scripts or NetworkManager with ifcfg files',
  })
  expect(planFor(bondFiles, args, { files: {} }, hvFacts('el9'))).toMatchObject({
    kind: 'blocked',
    because: 'there is no /etc/sysconfig/network-scripts, so nothing on this host would read ifcfg files',
  })
})
