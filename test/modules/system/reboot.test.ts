import { describe, expect, test } from 'vitest'
import { reboot } from '../../../src/modules/system/reboot.ts'
import { lookAt, planOn, type TinyHost, withDefaults } from '../../support/tiny-host.ts'

const booted = (id: string, uptime = '9.5 30.1', status = 0, systemd = 'running'): TinyHost => ({
  files: { '/proc/sys/kernel/random/boot_id': { text: id }, '/proc/uptime': { text: uptime } },
  commands: {
    'systemctl is-active ovs': { status },
    'systemctl is-system-running': { status: systemd === 'running' ? 0 : 1, stdout: `${systemd}\n` },
  },
})

describe('reboot', () => {
  test('restarts after the delay', () => {
    expect(planOn(reboot, { pre_reboot_delay: 5, msg: 'firmware' }, booted('a'))).toEqual({
      kind: 'change',
      deltas: [{ what: 'the host', before: 'running', after: 'restarted' }],
      steps: [
        { kind: 'run', argv: ['sleep', '5'] },
        { kind: 'reboot', message: 'firmware' },
      ],
      data: { rebooted: true },
    })
  })

  test('is refused where nobody could tell that it is over', () => {
    expect(planOn(reboot, {})).toEqual({
      kind: 'blocked',
      because: 'the boot id could not be read, so nobody could tell when the host is back',
      hint: 'look at /proc/sys/kernel/random/boot_id',
    })
  })

  test.each<[string, object, TinyHost, boolean]>([
    ['the same boot id', {}, booted('a'), false],
    ['another boot id', {}, booted('b'), true],
    ['no boot id', {}, {}, false],
    ['up for too short a time', { post_reboot_delay: 10 }, booted('b'), false],
    ['up for long enough', { post_reboot_delay: 9 }, booted('b'), true],
    ['a failing test command', { test_command: 'systemctl is-active ovs' }, booted('b', '1', 3), false],
    ['a boot under way', { wait_for_services: true }, booted('b', '1', 0, 'starting'), false],
    ['a boot that is through', { wait_for_services: true }, booted('b'), true],
    ['a boot that is through with a failed unit', { wait_for_services: true }, booted('b', '1', 0, 'degraded'), true],
    ['a test command that succeeds', { test_command: 'systemctl is-active ovs' }, booted('b'), true],
  ])('%s tells whether it is back', (_, args, after, settled) => {
    const given = withDefaults(reboot, args)
    expect(reboot.settled?.(given, lookAt(reboot, args, booted('a')), lookAt(reboot, args, after))).toBe(settled)
  })

  test('may take as long as the task says', () => {
    const args = withDefaults(reboot, { reboot_timeout: 60, post_reboot_delay: 5 })
    expect(reboot.cutsLink?.(args)).toBe(60)
    expect(reboot.settles === false ? null : reboot.settles?.within(args)).toBe(65)
  })
})
