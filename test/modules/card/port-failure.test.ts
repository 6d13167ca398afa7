import { describe, expect, test } from 'vitest'
import type { Facts } from '../../../src/module/facts.ts'
import { portFailure } from '../../../src/modules/card/port-failure.ts'
import { transcript } from '../../parsers/transcript.ts'
import { hvFacts, hypervisor, planFor, type Shown, type Standing, shown } from '../../support/readings.ts'

const standing: Standing = { vfs: 2, mode: 'switchdev', bond: {}, lag: 'switchdev' }
/** Recorded on other ports; the second one may be down. */
const report = (secondDown: boolean): string => {
  const text = transcript('bonding-lacp.txt').replaceAll('eni1np1', 'ens2f0').replaceAll('eni2np1', 'ens2f1')
  const at = text.lastIndexOf('Slave Interface:')
  const second = text.slice(at).replace('MII Status: up', 'MII Status: down').replace('Count: 0', 'Count: 1')
  return secondDown ? text.slice(0, at) + second : text
}
const timer = (active: boolean): Shown => ({
  commands: {
    'systemctl show -p ActiveState vflag-restore-ens2f1.timer': `ActiveState=${active ? 'active' : 'inactive'}\n`,
  },
})
interface Case {
  readonly up?: boolean
  readonly armed?: boolean
  readonly noticed?: boolean
  readonly host?: Standing
  readonly more?: Shown
  readonly facts?: Partial<Facts>
  readonly args?: object
}
function plan(state: 'failed' | 'restored', { up = true, armed = false, noticed = !up, ...rest }: Case = {}) {
  const host = shown(hypervisor('el9', { ...standing, ...rest.host }), {
    ...timer(armed),
    attrs: { '/sys/class/net/ens2f1/flags': up ? '0x1803' : '0x1802' },
    files: { '/proc/net/bonding/bond0': report(noticed) },
  })
  const args = { pf: 'ens2f1', pfs: ['ens2f0', 'ens2f1'], bond: 'bond0', state, ...rest.args }
  return planFor(portFailure, args, rest.more ? shown(host, rest.more) : host, hvFacts('el9', rest.facts))
}

const run = (line: string, ok?: readonly number[]) => ({ kind: 'run', argv: line.split(' '), ...(ok && { ok }) })
const reset = run('systemctl reset-failed vflag-restore-ens2f1.timer vflag-restore-ens2f1.service', [0, 1, 5])
const arm = run(
  'systemd-run --unit=vflag-restore-ens2f1 --on-active=120 --timer-property=AccuracySec=1s ip link set dev ens2f1 up',
)
const disarm = run('systemctl stop vflag-restore-ens2f1.timer', [0, 5])
const down = run('ip link set dev ens2f1 down')
const up = run('ip link set dev ens2f1 up')

describe('a port is failed', () => {
  test('after the timer that restores it is armed on the host', () => {
    expect(plan('failed')).toEqual({
      kind: 'change',
      deltas: [
        { what: 'state of ens2f1', before: 'up', after: 'down' },
        { what: 'timer that restores ens2f1', before: null, after: '120 s' },
      ],
      steps: [reset, arm, down],
      data: { failures_before: 0 },
    })
  })

  test('with a new timer where an old one waits', () => {
    expect(plan('failed', { armed: true })).toMatchObject({ kind: 'change', steps: [disarm, reset, arm, down] })
  })

  test('once: one that is failed stays so', () => {
    expect(plan('failed', { up: false, armed: true })).toEqual({
      kind: 'unchanged',
      because: 'ens2f1 is failed, and comes back by itself',
      data: { port: 'ens2f1', failures: 1 },
    })
  })

  test('for the bond as well', () => {
    expect(plan('failed', { up: false, armed: true, noticed: false })).toEqual({
      kind: 'wait',
      because: 'ens2f1 is set down, and the bond has not noticed yet',
      again: 1,
      upTo: 10,
      hint: 'is miimon of the bond 100?',
    })
  })
})

describe('a port is not failed', () => {
  test.each<[string, Case, string]>([
    ['that somebody else has set down', { up: false }, 'ens2f1 is down already, and not by this test'],
    ['without VF-LAG', { host: { lag: 'roce' } }, 'VF-LAG is not active, so what uses ens2f1 would be cut'],
    [
      'while the other one does not carry',
      {
        more: {
          files: {
            '/proc/net/bonding/bond0': transcript('bonding-lacp-no-partner.txt')
              .replaceAll('eni1np1', 'ens2f0')
              .replaceAll('eni2np1', 'ens2f1'),
          },
        },
      },
      'ens2f0 and ens2f1 have no LACP partner: failing ens2f1 could cut what uses bond0',
    ],
    [
      'of another bond',
      { more: { files: { '/proc/net/bonding/bond0': transcript('bonding-lacp.txt') } } },
      'ens2f1 and ens2f0 are no members of bond0',
    ],
    ['without a bond', { more: { files: { '/proc/net/bonding/bond0': null } } }, 'there is no bond bond0'],
    [
      'over which the SSH session runs',
      { facts: { management: { interface: 'bond0', uses: ['bond0', 'ens2f0', 'ens2f1'] } } },
      'the SSH session runs over ens2f1 and bond0; failing ens2f1 could cut this host off',
    ],
    ['that is no port of the LAG', { args: { pfs: ['ens2f0', 'ens2f0'] } }, 'ens2f1 is none of ens2f0 and ens2f0'],
    [
      'that the host does not have',
      { args: { pf: 'ens9' } },
      'ens9 is no ConnectX port of this host, but must be one of ens2f0 or ens2f1',
    ],
  ])('%s', (_title, given, because) => {
    expect(plan('failed', given)).toMatchObject({ kind: 'blocked', because })
  })

  test('under the SSH session unless that is allowed', () => {
    const management = { interface: 'bond0', uses: ['bond0', 'ens2f0', 'ens2f1'] }
    expect(plan('failed', { facts: { management }, args: { allow_management: true } })).toMatchObject({
      kind: 'change',
    })
  })
})

describe('a port is restored', () => {
  test('and its timer taken away afterwards', () => {
    expect(plan('restored', { up: false, armed: true })).toEqual({
      kind: 'change',
      deltas: [
        { what: 'state of ens2f1', before: 'down', after: 'up' },
        { what: 'timer that restores ens2f1', before: 'waiting', after: null },
      ],
      steps: [up, disarm],
    })
  })

  test('whatever has become of the LAG meanwhile', () => {
    expect(plan('restored', { up: false, armed: true, host: { lag: 'roce' } })).toMatchObject({ steps: [up, disarm] })
  })

  test.each<[string, Case, object]>([
    ['one that is up is left alone', {}, { kind: 'unchanged', because: 'ens2f1 is up' }],
    ['one whose timer alone is left loses it', { armed: true }, { kind: 'change', steps: [disarm] }],
    ['the bond has to see it as well', { noticed: true }, { kind: 'wait' }],
    [
      'one that somebody else has set down is not touched',
      { up: false },
      { kind: 'blocked', because: 'ens2f1 is down, and not by this test' },
    ],
  ])('%s', (_title, given, expected) => {
    expect(plan('restored', given)).toMatchObject(expected)
  })
})
