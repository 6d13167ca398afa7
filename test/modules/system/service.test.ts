import { describe, expect, test } from 'vitest'
import type { Plan } from '../../../src/module/plan.ts'
import { service } from '../../../src/modules/system/service.ts'
import { lookAt, planOn, type TinyHost } from '../../support/tiny-host.ts'

const unit = (active: string, file: string, load = 'loaded'): TinyHost => ({
  commands: {
    'systemctl show -p LoadState,ActiveState,UnitFileState ovs': {
      stdout: `LoadState=${load}\nActiveState=${active}\nUnitFileState=${file}\n`,
    },
    'systemctl is-enabled ovs': { status: 0, stdout: 'enabled\n' },
  },
})
const run = (...verbs: string[]) => verbs.map((verb) => ({ kind: 'run', argv: ['systemctl', verb, 'ovs'] }) as const)
const data = { name: 'ovs' }

describe('service', () => {
  test.each<[string, object, TinyHost, Plan]>([
    [
      'starts and enables',
      { state: 'started', enabled: true },
      unit('inactive', 'disabled'),
      {
        kind: 'change',
        deltas: [
          { what: 'ovs at boot', before: 'disabled', after: 'enabled' },
          { what: 'ovs', before: 'inactive', after: 'started' },
        ],
        steps: run('enable', 'start'),
        data,
      },
    ],
    [
      'starts what has failed',
      { state: 'started' },
      unit('failed', 'enabled'),
      {
        kind: 'change',
        deltas: [{ what: 'ovs', before: 'failed', after: 'started' }],
        steps: run('start'),
        data,
      },
    ],
    [
      'leaves what runs',
      { state: 'started', enabled: true },
      unit('active', 'enabled'),
      {
        kind: 'unchanged',
        because: 'ovs is active and enabled already',
        data,
      },
    ],
    [
      'stops and disables',
      { state: 'stopped', enabled: false },
      unit('active', 'enabled'),
      {
        kind: 'change',
        deltas: [
          { what: 'ovs at boot', before: 'enabled', after: 'disabled' },
          { what: 'ovs', before: 'active', after: 'stopped' },
        ],
        steps: run('disable', 'stop'),
        data,
      },
    ],
    [
      'restarts every time',
      { state: 'restarted' },
      unit('active', 'enabled'),
      {
        kind: 'change',
        deltas: [{ what: 'ovs', before: 'active', after: 'restarted' }],
        steps: run('restart'),
        data,
      },
    ],
    [
      'starts what cannot be reloaded',
      { state: 'reloaded' },
      unit('inactive', 'enabled'),
      {
        kind: 'change',
        deltas: [{ what: 'ovs', before: 'inactive', after: 'reloaded' }],
        steps: run('start'),
        data,
      },
    ],
    [
      'waits for what is on its way',
      { state: 'started' },
      unit('activating', 'enabled'),
      {
        kind: 'wait',
        because: 'ovs is activating',
        again: 1,
        upTo: 60,
        hint: 'journalctl -u ovs says why',
      },
    ],
    [
      'does not enable what cannot be',
      { enabled: true },
      unit('active', 'static'),
      { kind: 'unchanged', because: 'ovs is static already', data },
    ],
    [
      'asks is-enabled about SysV scripts',
      { enabled: true },
      unit('active', ''),
      { kind: 'unchanged', because: 'ovs is enabled already', data },
    ],
    [
      'refuses an unknown unit',
      { state: 'started' },
      unit('inactive', '', 'not-found'),
      {
        kind: 'blocked',
        because: 'there is no service "ovs"',
        hint: 'systemctl list-unit-files lists what there is; is its package installed?',
      },
    ],
    [
      'takes an unknown unit for stopped',
      { state: 'stopped' },
      unit('inactive', '', 'not-found'),
      {
        kind: 'unchanged',
        because: 'there is no service "ovs" that could run',
        data,
      },
    ],
    [
      'refuses to start a masked unit',
      { state: 'started' },
      unit('inactive', 'masked', 'masked'),
      {
        kind: 'blocked',
        because: 'the service "ovs" is masked',
        hint: 'systemctl unmask ovs',
      },
    ],
    [
      'says why systemctl does not work',
      { state: 'started' },
      {},
      {
        kind: 'blocked',
        because: 'systemctl failed: systemctl: not found',
        hint: 'this module needs systemd',
      },
    ],
  ])('%s', (_, args, host, plan) => {
    expect(planOn(service, { name: 'ovs', ...args }, host)).toEqual(plan)
  })

  test.each([
    ['started', 'active', true],
    ['started', 'activating', false],
    ['restarted', 'active', true],
    ['restarted', 'failed', false],
    ['stopped', 'inactive', true],
    ['stopped', 'deactivating', false],
  ])('%s has come about when the unit is %s: %s', (state, active, settled) => {
    const args = { name: 'ovs', state }
    const seen = lookAt(service, args, unit(active, 'enabled'))
    expect(service.settled?.(args, seen, seen)).toBe(settled)
  })
})
