import { describe, expect, test } from 'vitest'
import { ifcfgPath } from '../../../src/modules/card/network/ifcfg.ts'
import { networkRestart } from '../../../src/modules/card/network-restart.ts'
import { type NetworkHost, networkFacts, networkHosts } from '../../support/network-hosts.ts'
import { commandsOf, hvFacts, hypervisor, planFor, profiles, type Standing, shown } from '../../support/readings.ts'

const args = {
  bond: 'bond0',
  ports: ['ens2f0', 'ens2f1'],
  mode: '802.3ad',
  options: { miimon: 100, lacp_rate: 'fast', xmit_hash_policy: 'layer3+4' },
}
const bondFile = {
  'rhel7.7': ifcfgPath('bond0'),
  el9: '/etc/NetworkManager/system-connections/bond0.nmconnection',
} as const
const reader = (profile: 'rhel7.7' | 'el9') => networkHosts[profile === 'el9' ? 'el9' : 'rhel7']
const host = (profile: 'rhel7.7' | 'el9', standing: Standing) =>
  shown(shown(hypervisor(profile, standing), reader(profile)), {
    files: { [bondFile[profile]]: '# Managed by vflag-play\n' },
  })
const step = (...argv: string[]) => expect.objectContaining({ kind: 'run', argv })

test('network-scripts bring up the bond alone, after taking the old life off its ports', () => {
  const before = shown(host('rhel7.7', {}), {
    attrs: { '/sys/class/net/ens2f0/flags': '0x1003' },
    commands: {
      'ip -o addr show dev ens2f0':
        '4: ens2f0    inet 192.0.2.9/24 brd 192.0.2.255 scope global ens2f0\\       valid_lft forever\n',
    },
  })
  expect(planFor(networkRestart, args, before, hvFacts('rhel7.7'))).toEqual({
    kind: 'change',
    deltas: [{ what: 'bond bond0', before: null, after: '802.3ad over ens2f0 and ens2f1' }],
    steps: [
      step('ip', 'addr', 'del', '192.0.2.9/24', 'dev', 'ens2f0'),
      step('ip', 'link', 'set', 'dev', 'ens2f0', 'down'),
      step('ifup', 'bond0'),
    ],
  })
})

test('NetworkManager reads the files anew and brings up the bond and its ports', () => {
  expect(planFor(networkRestart, args, host('el9', { vfs: 2, mode: 'switchdev' }), hvFacts('el9'))).toMatchObject({
    kind: 'change',
    steps: [
      step('nmcli', 'connection', 'reload'),
      step('nmcli', 'connection', 'up', 'bond0'),
      step('nmcli', 'connection', 'up', 'bond0-ens2f0'),
      step('nmcli', 'connection', 'up', 'bond0-ens2f1'),
    ],
  })
})

describe.each(profiles)('network_restart on %s', (profile) => {
  const facts = hvFacts(profile)
  const plan = (standing: Standing, over: object = {}) =>
    planFor(networkRestart, { ...args, ...over }, host(profile, standing), facts)
  const running = { vfs: 2, mode: 'switchdev', bond: {}, lag: 'switchdev' } as const

  test('a bond that runs as asked is left alone, whoever holds the VFs', () => {
    const standing = { ...running, driver: 'vfio-pci', vms: [{ name: 'vm1', live: ['0000:61:00.2'] }] }
    expect(plan(standing)).toEqual({ kind: 'unchanged', because: 'bond0 runs in mode 802.3ad over ens2f0 and ens2f1' })
    expect(commandsOf(networkRestart, args, host(profile, standing), facts)).not.toContain('virsh dumpxml vm1')
  })

  test('an option that the kernel takes while the bond runs is written there', () => {
    expect(plan({ ...running, bond: { options: { xmit_hash_policy: 'layer2 0' } } })).toEqual({
      kind: 'change',
      deltas: [{ what: 'xmit_hash_policy of bond0', before: 'layer2 0', after: 'layer3+4' }],
      steps: [{ kind: 'attr', path: '/sys/class/net/bond0/bonding/xmit_hash_policy', value: 'layer3+4' }],
    })
  })

  test('a member that is down is set up', () => {
    const down = shown(host(profile, running), { attrs: { '/sys/class/net/ens2f1/flags': '0x1802' } })
    expect(planFor(networkRestart, args, down, facts)).toEqual({
      kind: 'change',
      deltas: [{ what: 'state of ens2f1', before: 'down', after: 'up' }],
      steps: [{ kind: 'run', argv: ['ip', 'link', 'set', 'dev', 'ens2f1', 'up'] }],
    })
  })

  test.each([
    [
      'VFs bound to the host',
      { vfs: 1, mode: 'switchdev', driver: 'mlx5_core' },
      {},
      'VF 0 (0000:61:00.2) is bound to mlx5_core and VF 0 (0000:61:00.6) is bound to mlx5_core; the firmware refuses a LAG, or leaves their queues on one port',
    ],
    [
      'a VF of a VM, when the bond goes',
      { ...running, driver: 'vfio-pci', vms: [{ name: 'vm2', live: ['0000:61:00.6'] }] },
      { state: 'absent' },
      'VF 0 (0000:61:00.6) is held by VM vm2; LAG cannot be dissolved safely under a guest',
    ],
    [
      'VFs bound to the host, when the bond goes',
      { vfs: 1, mode: 'switchdev', bond: {}, driver: 'mlx5_core' },
      { state: 'absent' },
      'VF 0 (0000:61:00.2) is bound to mlx5_core and VF 0 (0000:61:00.6) is bound to mlx5_core; the firmware may fail to dissolve the LAG and then needs a restart',
    ],
    [
      'a third member',
      { bond: { slaves: ['ens2f0', 'eno2'] } },
      {},
      'bond0 also has eno2 as a member, and the card makes a LAG only of a bond over its own ports',
    ],
    [
      'a third member, when the bond goes',
      { bond: { slaves: ['ens2f0', 'ens2f1', 'eno2'] } },
      { state: 'absent' },
      'bond0 also has eno2 as a member, which would lose its network',
    ],
    [
      'Open vSwitch over it, when the bond goes',
      { bond: { inOvs: true } },
      { state: 'absent' },
      'bond0 is a port of Open vSwitch, which would be left with a dead port',
    ],
  ] as const)('refuses with %s', (_why, standing, over, because) => {
    expect(plan(standing, over)).toMatchObject({ kind: 'blocked', because })
  })

  test('an option that the driver does not have is named, instead of never being reached', () => {
    expect(plan({ bond: {} }, { options: { miimon: 100, lacp_active: 'on' } })).toEqual({
      kind: 'blocked',
      because: 'lacp_active is no option of the bonding driver of this host',
      hint: '"ls /sys/class/net/bond0/bonding" on the host lists those it has',
    })
  })

  test('a bond without a file is refused', () => {
    expect(planFor(networkRestart, args, shown(hypervisor(profile), reader(profile)), facts)).toEqual({
      kind: 'blocked',
      because: `there is no ${bondFile[profile]} to bring bond0 up by`,
      hint: 'write it with bond_files first',
    })
  })

  test('the SSH session is not cut, unless that is allowed', () => {
    const over = hvFacts(profile, { management: { interface: 'ens2f0', uses: ['ens2f0'] } })
    expect(planFor(networkRestart, args, host(profile, {}), over)).toMatchObject({
      kind: 'blocked',
      because: 'the SSH session runs over ens2f0; bonding it may cut this host off',
    })
    expect(planFor(networkRestart, { ...args, allow_management: true }, host(profile, {}), over)).toMatchObject({
      kind: 'change',
    })
  })

  test('absent frees the ports and deletes the bond; a second time it changes nothing', () => {
    const made = plan({ bond: {} }, { state: 'absent' })
    expect(made).toMatchObject({
      kind: 'change',
      deltas: [{ what: 'bond bond0', before: '802.3ad over ens2f0 ens2f1', after: null }],
      steps: [
        ...(profile === 'el9' ? [step('nmcli', 'connection', 'down', 'bond0')] : []),
        step('ip', 'link', 'set', 'dev', 'ens2f0', 'down'),
        step('ip', 'link', 'set', 'dev', 'ens2f0', 'nomaster'),
        step('ip', 'link', 'set', 'dev', 'ens2f1', 'down'),
        step('ip', 'link', 'set', 'dev', 'ens2f1', 'nomaster'),
        step('ip', 'link', 'del', 'dev', 'bond0'),
      ],
    })
    expect(plan({}, { state: 'absent' })).toEqual({ kind: 'unchanged', because: 'there is no bond bond0' })
  })
})

test.each(profiles)('the mode of a bond is not changed while VF-LAG stands on it, on %s', (profile) => {
  const standing = { vfs: 2, mode: 'switchdev', bond: {}, lag: 'switchdev' } as const
  expect(
    planFor(networkRestart, { ...args, mode: 'active-backup' }, host(profile, standing), hvFacts(profile)),
  ).toEqual({
    kind: 'blocked',
    because: 'mode of bond0 cannot be changed while VF-LAG stands on bond0',
    hint: 'run teardown.yaml first, then roll out again',
  })
})

describe('each kind of files', () => {
  const paths: Readonly<Record<NetworkHost, string>> = {
    rhel7: ifcfgPath('bond0'),
    'el8-ifcfg': ifcfgPath('bond0'),
    el8: bondFile.el9,
    el9: bondFile.el9,
    ubuntu: '/etc/netplan/60-vflag-bond0.yaml',
    debian: '/etc/systemd/network/10-vflag-bond0.netdev',
  }
  const steps = (name: NetworkHost, standing: Standing, over: object = {}, facts: object = {}): unknown => {
    const base = shown(hypervisor(name === 'rhel7' ? 'rhel7.7' : 'el9', standing), networkHosts[name])
    const made = planFor(
      networkRestart,
      { ...args, ...over },
      shown(base, { files: { [paths[name]]: '# Managed by vflag-play\n' } }),
      { ...networkFacts[name], ...facts },
    )
    return made.kind === 'change' ? made.steps.map((each) => (each.kind === 'run' ? each.argv.join(' ') : each)) : made
  }
  const dissolved = [
    'ip link set dev ens2f0 down',
    'ip link set dev ens2f0 nomaster',
    'ip link set dev ens2f1 down',
    'ip link set dev ens2f1 nomaster',
    'ip link del dev bond0',
  ]
  const manager = (...ids: string[]) => ['nmcli connection reload', ...ids.map((id) => `nmcli connection up ${id}`)]
  const keyfileIds = ['bond0', 'bond0-ens2f0', 'bond0-ens2f1']
  const networkd = ['networkctl reload', 'networkctl reconfigure ens2f0 ens2f1']

  test.each([
    ['rhel7', ['ifup bond0']],
    ['el8-ifcfg', manager('bond0', 'ens2f0', 'ens2f1')],
    ['el8', manager(...keyfileIds)],
    ['el9', manager(...keyfileIds)],
    ['ubuntu', ['netplan generate', ...networkd]],
    ['debian', networkd],
  ] as const)('on %s the bond is brought up alone', (name, wanted) => {
    expect(steps(name, { vfs: 2, mode: 'switchdev' })).toEqual(wanted)
  })

  test.each([
    ['rhel7', ['ifdown bond0', 'ifup bond0']],
    ['el9', manager(...keyfileIds)],
    ['ubuntu', [...dissolved, 'netplan generate', ...networkd]],
    ['debian', [...dissolved, ...networkd]],
  ] as const)('on %s a bond of another mode is made anew', (name, wanted) => {
    expect(steps(name, { bond: { mode: 'active-backup 1' } })).toEqual(wanted)
  })

  test.each([
    ['rhel7', dissolved],
    ['el8-ifcfg', ['nmcli connection down bond0', ...dissolved]],
    ['el9', ['nmcli connection down bond0', ...dissolved]],
    ['ubuntu', dissolved],
    ['debian', dissolved],
  ] as const)('on %s the bond is taken down, though its files are there still', (name, wanted) => {
    expect(steps(name, { bond: {} }, { state: 'absent' })).toEqual(wanted)
  })

  test('systemd-networkd before 244 cannot reload: it is restarted', () => {
    expect(steps('debian', {}, {}, { systemd: 241 })).toEqual(['systemctl restart systemd-networkd.service'])
  })

  test('the whole network is restarted only where there is such a service', () => {
    expect(steps('rhel7', {}, { method: 'service' })).toEqual(['systemctl restart network.service'])
    expect(steps('debian', {}, { method: 'service' })).toMatchObject({
      kind: 'blocked',
      because: 'method is "service", but there is no network.service on this host',
    })
  })

  test('a bond whose files nothing reads is taken apart all the same', () => {
    expect(
      planFor(networkRestart, { ...args, state: 'absent' }, hypervisor('el9', { bond: {} }), {
        ...networkFacts.el9,
        network_backend: null,
      }),
    ).toMatchObject({ kind: 'change', steps: dissolved.map((line) => step(...line.split(' '))) })
  })
})
