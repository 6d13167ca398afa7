import { describe, expect, test } from 'vitest'
import type { Facts } from '../../../src/module/facts.ts'
import type { Plan } from '../../../src/module/plan.ts'
import { packageModule } from '../../../src/modules/system/package.ts'
import { planOn, type TinyHost, tinyFacts } from '../../support/tiny-host.ts'

const rpm = (name: string) => `rpm -q --qf %{VERSION}-%{RELEASE}\\n ${name}`
const dpkg = (name: string) => `dpkg-query -W -f $\{db:Status-Abbrev} $\{Version}\\n ${name}`
const missing = { status: 1, stdout: 'package mstflint is not installed\n' }
const host: TinyHost = { commands: { [rpm('mstflint')]: missing, [rpm('iperf3')]: { stdout: '3.1.7-2.el7\n' } } }

describe('package', () => {
  test.each<[string, object, TinyHost, Facts['package_manager'], Plan]>([
    [
      'installs what is missing, in one transaction',
      { name: ['mstflint', 'iperf3'] },
      host,
      'yum',
      {
        kind: 'change',
        deltas: [{ what: 'mstflint', before: null, after: 'installed' }],
        steps: [{ kind: 'run', argv: ['yum', '-y', 'install', 'mstflint'] }],
      },
    ],
    [
      'leaves what is installed',
      { name: 'iperf3' },
      host,
      'dnf',
      { kind: 'unchanged', because: 'iperf3 is installed already' },
    ],
    [
      'removes',
      { name: 'iperf3,mstflint', state: 'absent' },
      host,
      'dnf',
      {
        kind: 'change',
        deltas: [{ what: 'iperf3', before: '3.1.7-2.el7', after: null }],
        steps: [{ kind: 'run', argv: ['dnf', '-y', 'remove', 'iperf3'] }],
      },
    ],
    [
      'has nothing to remove',
      { name: 'mstflint', state: 'absent' },
      host,
      'yum',
      { kind: 'unchanged', because: 'mstflint is not installed' },
    ],
    [
      'upgrades',
      { name: ['mstflint', 'iperf3'], state: 'latest' },
      {
        commands: {
          ...host.commands,
          'yum -q check-update mstflint iperf3': { status: 100, stdout: '\niperf3.x86_64  3.9-1  updates\n' },
        },
      },
      'yum',
      {
        kind: 'change',
        deltas: [
          { what: 'mstflint', before: null, after: 'installed' },
          { what: 'iperf3', before: '3.1.7-2.el7', after: 'newest version' },
        ],
        steps: [
          { kind: 'run', argv: ['yum', '-y', 'install', 'mstflint'] },
          { kind: 'run', argv: ['yum', '-y', 'update', 'iperf3'] },
        ],
      },
    ],
    [
      'says why newer versions are not known',
      { name: 'iperf3', state: 'latest' },
      {
        commands: {
          ...host.commands,
          'yum -q check-update iperf3': { status: 1, stderr: 'Cannot find a valid baseurl\n' },
        },
      },
      'yum',
      {
        kind: 'blocked',
        because: 'yum cannot say whether there are newer versions: Cannot find a valid baseurl',
        hint: 'use state: present',
      },
    ],
    [
      'reads dpkg: removed with configuration left is not installed',
      { name: ['a', 'b'] },
      {
        commands: { [dpkg('a')]: { stdout: 'rc  1.0\n' }, [dpkg('b')]: { stdout: 'ii  2.0-1\n' } },
      },
      'apt',
      {
        kind: 'change',
        deltas: [{ what: 'a', before: null, after: 'installed' }],
        steps: [
          { kind: 'run', argv: ['apt-get', '-y', '-q', 'install', 'a'], env: { DEBIAN_FRONTEND: 'noninteractive' } },
        ],
      },
    ],
    [
      'refuses a host without a package manager',
      { name: 'a' },
      {},
      null,
      {
        kind: 'blocked',
        because: 'this host has neither dnf nor yum nor apt',
        hint: 'install the packages by another way',
      },
    ],
  ])('%s', (_, args, on, manager, plan) => {
    expect(planOn(packageModule, args, on, { facts: { ...tinyFacts, package_manager: manager } })).toEqual(plan)
  })

  test('a change leaves open only what the programs of the package would say', () => {
    expect(packageModule.disturbs?.({ name: 'mstflint', state: 'present' }, tinyFacts)).toEqual([
      'command:rpm',
      'command:dpkg-query',
      'command:systemctl',
      'command:mstflint',
      'command:mstconfig',
      'command:mstflint',
      'command:mstfwreset',
      'command:mstlink',
    ])
  })
})
