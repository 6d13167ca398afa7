import { describe, expect, it } from 'vitest'
import { smallLab } from '../../support/lab-machine.ts'

describe('packages', () => {
  it.each<['rhel7.7' | 'el9', string, number, string, string]>([
    ['el9', 'rpm -q openvswitch', 0, 'openvswitch-3.3.0-2.el9fdp.x86_64\n', ''],
    [
      'el9',
      'rpm -q mstflint openvswitch',
      1,
      'package mstflint is not installed\nopenvswitch-3.3.0-2.el9fdp.x86_64\n',
      '',
    ],
    ['rhel7.7', 'rpm -q --qf %{NAME}=%{VERSION}\\n openvswitch', 0, 'openvswitch=2.12.0\n', ''],
    ['rhel7.7', 'dnf install -y mstflint', 127, '', 'sh: 1: dnf: not found\n'],
    ['el9', 'dnf -y install foo', 1, 'No match for argument: foo\n', 'Error: Unable to find a match: foo\n'],
    [
      'el9',
      'dnf -y install openvswitch',
      0,
      'Package openvswitch-3.3.0-2.el9fdp.x86_64 is already installed.\nDependencies resolved.\nNothing to do.\nComplete!\n',
      '',
    ],
    [
      'el9',
      'yum -y remove mstflint',
      0,
      'No match for argument: mstflint\nNo packages marked for removal.\nDependencies resolved.\nNothing to do.\nComplete!\n',
      '',
    ],
    [
      'rhel7.7',
      'yum install foo -y',
      1,
      'Loaded plugins: product-id, search-disabled-repos, subscription-manager\nNo package foo available.\n',
      'Error: Nothing to do\n',
    ],
    [
      'rhel7.7',
      'yum -y install openvswitch',
      0,
      'Loaded plugins: product-id, search-disabled-repos, subscription-manager\nPackage openvswitch-2.12.0-21.el7fdp.x86_64 already installed and latest version\nNothing to do\n',
      '',
    ],
  ])('%s: %s', async (os, line, status, stdout, stderr) => {
    expect(await smallLab(os).run(line)).toEqual([status, stdout, stderr])
  })

  it.each([
    ['rhel7.7', 'yum'],
    ['el9', 'dnf'],
  ] as const)('%s: %s installs and removes', async (os, tool) => {
    const lab = smallLab(os)
    expect((await lab.run(`${tool} install mstflint`))[0]).toBe(1)
    expect((await lab.run('rpm -q mstflint'))[0]).toBe(1)
    const [status, stdout] = await lab.run(`${tool} install mstflint -y`)
    expect([status, stdout.slice(stdout.indexOf('\nInstalled:'))]).toEqual([
      0,
      `\nInstalled:\n  ${os === 'el9' ? 'mstflint-4.26.0-1.el9.x86_64' : 'mstflint.x86_64 0:4.11.0-0.3.20190710git5e18ef2.el7'}\n\nComplete!\n`,
    ])
    expect((await lab.run('rpm -q mstflint'))[0]).toBe(0)
    expect((await lab.run(`${tool} remove -y mstflint`))[0]).toBe(0)
    expect((await lab.run('rpm -q mstflint'))[0]).toBe(1)
  })

  it('take their programs and units along', async () => {
    const lab = smallLab()
    await lab.run('dnf -y remove openvswitch')
    expect(await lab.run('ovs-vsctl show')).toEqual([127, '', 'sh: 1: ovs-vsctl: not found\n'])
    expect((await lab.run('systemctl start openvswitch'))[0]).toBe(5)
    await lab.run('dnf -y install openvswitch')
    expect((await lab.run('systemctl is-active openvswitch'))[1]).toBe('inactive\n')
  })
})
