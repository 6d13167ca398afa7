import { describe, expect, test } from 'vitest'
import { factReads, parseFacts } from '../../../src/facts/gather.ts'
import { releases } from '../../../src/machine/profiles/releases.ts'
import type { Profile } from '../../../src/machine/state.ts'
import { Readings } from '../../../src/module/reading.ts'
import { get, sh, testMachine } from '../machine-for-tests.ts'

const machineOf = (os: Profile['os']) =>
  testMachine({ os, card: os === 'client' ? 'none' : 'cx6dx', firmware: 'strict' })

const factsOf = async (os: Profile['os']) => {
  const machine = machineOf(os)
  const { before } = await machine.perform({ before: factReads, steps: [], after: [] })
  return parseFacts(Readings.of(factReads, before), 'hv1')
}

describe('operating systems', () => {
  test.each<[Profile['os'], string, number, string, string | null, string | null]>([
    ['rhel7.7', 'rhel 7.7', 7, 'redhat', 'yum', 'network-scripts'],
    ['el8.4', 'rhel 8.4', 8, 'redhat', 'dnf', 'networkmanager'],
    ['el9', 'rhel 9.4', 9, 'redhat', 'dnf', 'networkmanager'],
    ['el10', 'rhel 10.0', 10, 'redhat', 'dnf', 'networkmanager'],
    ['ubuntu22.04', 'ubuntu 22.04', 22, 'debian', 'apt', 'netplan'],
    ['ubuntu24.04', 'ubuntu 24.04', 24, 'debian', 'apt', 'netplan'],
    ['debian12', 'debian 12', 12, 'debian', 'apt', 'networkd'],
  ])('%s shows itself to the facts as %s', async (os, name, major, family, packages, network) => {
    const { distribution, package_manager, network_backend, kernel } = await factsOf(os)
    expect({
      name: `${distribution.id} ${distribution.version}`,
      major: distribution.major,
      family: distribution.family,
      package_manager,
      network_backend,
      kernel,
    }).toEqual({
      name,
      major,
      family,
      package_manager: packages,
      network_backend: network,
      kernel: releases[os].kernel,
    })
  })

  test.each<[Profile['os'], string, string, string]>([
    ['rhel7.7', 'openvswitch', 'libvirtd', 'network'],
    ['el8.4', 'openvswitch', 'libvirtd', 'NetworkManager'],
    ['el10', 'openvswitch', 'virtqemud', 'NetworkManager'],
    ['ubuntu22.04', 'openvswitch-switch', 'libvirtd', 'systemd-networkd'],
    ['ubuntu24.04', 'openvswitch-switch', 'libvirtd', 'systemd-networkd'],
    ['debian12', 'openvswitch-switch', 'libvirtd', 'systemd-networkd'],
  ])('%s runs %s, %s and %s after installation, and after a reboot', async (os, ...services) => {
    const machine = machineOf(os)
    for (const name of services) expect(await sh(machine, `systemctl is-active ${name}`)).toBe('active\n')
    expect(await sh(machine, 'ovs-vsctl get Open_vSwitch . system_version')).toBe(`"${releases[os].version}"\n`)
    await machine.reboot()
    for (const name of services) expect(await sh(machine, `systemctl is-active ${name}`)).toBe('active\n')
  })

  test('unit files of Debian are found under /lib, which is a part of /usr', () => {
    const machine = machineOf('debian12')
    expect(get(machine, '/lib/systemd/system/openvswitch-switch.service')).toBe(
      get(machine, '/usr/lib/systemd/system/openvswitch-switch.service'),
    )
  })

  test('a release says the same in /etc and in uname', async () => {
    const machine = machineOf('ubuntu24.04')
    expect(get(machine, '/etc/os-release')).toContain('VERSION_CODENAME=noble\n')
    expect(get(machine, '/etc/debian_version')).toBe('trixie/sid\n')
    expect(await sh(machine, 'uname -r')).toBe('6.8.0-45-generic\n')
    expect(await sh(machine, 'ethtool --version')).toBe('ethtool version 6.7\n')
  })
})
