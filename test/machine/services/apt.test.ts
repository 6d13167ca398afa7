import { describe, expect, it } from 'vitest'
import { sh, testMachine } from '../machine-for-tests.ts'

const debian = () => testMachine({ os: 'debian12', card: 'cx6dx', firmware: 'strict' })

const reading = 'Reading package lists...\nBuilding dependency tree...\nReading state information...\n'

describe('apt', () => {
  it.each([
    ['dpkg-query -W -f ${db:Status-Abbrev}\\t${Version}\\n openvswitch-switch', 'ii \t3.1.0-2+deb12u1\n'],
    ['dpkg-query -W mstflint', 'dpkg-query: no packages found matching mstflint\n[rc=1]\n'],
    ['dpkg-query -W -f ${Package}\\n libvirt-*', 'libvirt-clients\nlibvirt-daemon-system\n'],
    ['dpkg -s mstflint', "dpkg-query: package 'mstflint' is not installed and no information is available\n[rc=1]\n"],
    [
      'apt-get -y -q install openvswitch-switch',
      `${reading}openvswitch-switch is already the newest version (3.1.0-2+deb12u1).\n0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n`,
    ],
    ['apt-get -y install mstflint nonesuch', `${reading}E: Unable to locate package nonesuch\n[rc=100]\n`],
    [
      'apt-get remove mstflint',
      `${reading}Package 'mstflint' is not installed, so not removed\n0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n`,
    ],
    [
      'apt-get -s install --only-upgrade openvswitch-switch',
      `${reading}openvswitch-switch is already the newest version (3.1.0-2+deb12u1).\n0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n`,
    ],
    ['apt-get frob', 'E: Invalid operation frob\n[rc=100]\n'],
    ['rpm -q bash', 'sh: 1: rpm: not found\n[rc=127]\n'],
    ['dnf list', 'sh: 1: dnf: not found\n[rc=127]\n'],
    ['yum list', 'sh: 1: yum: not found\n[rc=127]\n'],
  ])('%s', async (line, output) => {
    expect(await sh(debian(), line)).toBe(output)
  })

  it('is not there on a distribution of Red Hat', async () => {
    const machine = testMachine({ os: 'el9', card: 'cx6dx', firmware: 'strict' })
    expect(await sh(machine, 'apt-get update')).toBe('sh: 1: apt-get: not found\n[rc=127]\n')
    expect(await sh(machine, 'dpkg-query -W')).toBe('sh: 1: dpkg-query: not found\n[rc=127]\n')
  })

  it('installs, and removes only when it is told yes', async () => {
    const machine = debian()
    expect(await sh(machine, 'apt-get -y install mstflint')).toContain('Setting up mstflint (4.21.0+1-1) ...\n')
    expect(await sh(machine, 'apt-get remove mstflint')).toMatch(
      /Do you want to continue\? \[Y\/n\] Abort\.\n\[rc=1\]\n$/,
    )
    expect('mstflint' in machine.state.packages).toBe(true)
    expect(await sh(machine, 'apt-get -y remove mstflint')).toContain('Removing mstflint (4.21.0+1-1) ...\n')
    expect('mstflint' in machine.state.packages).toBe(false)
  })

  it('enables and starts the services of what it installs', async () => {
    const machine = debian()
    await sh(machine, 'apt-get -y remove openvswitch-switch')
    expect(await sh(machine, 'ovs-vsctl show')).toBe('sh: 1: ovs-vsctl: not found\n[rc=127]\n')
    await sh(machine, 'apt-get -y install openvswitch-switch')
    expect(machine.state.services['openvswitch-switch.service']).toEqual({ enabled: true, active: true, starts: 1 })
  })
})
