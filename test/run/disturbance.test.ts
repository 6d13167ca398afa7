import { describe, expect, test } from 'vitest'
import type { Module } from '../../src/module/module.ts'
import { attrs, command, file, links, type Read } from '../../src/module/read.ts'
import { attr, run, type Step, write } from '../../src/module/step.ts'
import { disturbanceOf, disturbedBy } from '../../src/run/disturbance.ts'
import { facts } from '../support/facts.ts'

const module = (disturbs?: readonly string[]): Module => ({
  name: 'x',
  summary: 'x',
  args: { properties: {} },
  examples: [],
  state: () => null,
  plan: () => ({ kind: 'unchanged', because: 'x' }),
  ...(disturbs && { disturbs: () => disturbs }),
})

describe('a change that check mode did not make', () => {
  test.each<[string, readonly string[] | undefined, readonly Step[], Read, boolean]>([
    ['a file that it writes', undefined, [write('/etc/motd', 'x')], file('/etc/motd'), true],
    ['another file', undefined, [write('/etc/motd', 'x')], file('/etc/motd.d'), false],
    [
      'a glob that reaches the attribute it writes',
      undefined,
      [attr('/sys/bus/pci/devices/0000:61:00.0/sriov_numvfs', 2)],
      attrs('/sys/bus/pci/devices/*/sriov_numvfs'),
      true,
    ],
    ['anything at all, when it runs a program nobody knows', undefined, [run(['x'])], file('/etc/hosts'), true],
    [
      'nothing but what is declared, when it runs a known one',
      ['command:ovs-vsctl'],
      [run(['ovs-vsctl', 'add-br', 'b'])],
      file('/etc/hosts'),
      false,
    ],
    [
      'a command that is declared',
      ['command:ovs-vsctl'],
      [run(['ovs-vsctl', 'add-br', 'b'])],
      command('ovs-vsctl', 'list-br'),
      true,
    ],
    ['another command', ['command:ovs-vsctl'], [run(['ovs-vsctl', 'add-br', 'b'])], command('ip', 'link'), false],
    ['links under a declared folder', ['/sys/class/net/**'], [], links('/sys/class/net/*/master'), true],
    ['links under another folder', ['/sys/class/net/**'], [], links('/sys/bus/pci/devices/*/driver'), false],
  ])('touches, or not, %s', (_title, declared, steps, read, touched) => {
    const pending = disturbanceOf('task', module(declared), {}, facts(), steps)
    expect(disturbedBy([read], [pending])).toBe(touched ? 'task' : null)
  })
})
