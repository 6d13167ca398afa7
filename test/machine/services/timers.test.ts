import { describe, expect, test } from 'vitest'
import { createMachine } from '../../../src/machine/create.ts'
import { detach } from '../../../src/module/step.ts'
import { smallLab } from '../../support/lab-machine.ts'

const arm = 'systemd-run --unit=vflag-restore-ens2f0 --on-active=120 --timer-property=AccuracySec=1s'

describe('a timer made by systemd-run', () => {
  test.each([
    ['rhel7.7', 'Running timer as unit vflag-x.timer\nWill run service as unit vflag-x.service\n'],
    ['el9', 'Running timer as unit: vflag-x.timer\nWill run service as unit: vflag-x.service\n'],
  ] as const)('starts its program when its time has come, and is gone then (%s)', async (os, said) => {
    const lab = smallLab(os)
    await lab.run('ip link set dev ens2f0 down')
    expect(await lab.run('systemd-run --unit=vflag-x --on-active=2min ip link set dev ens2f0 up')).toEqual([
      0,
      '',
      said,
    ])
    await lab.wait(119)
    expect([lab.hv.kernel.link('ens2f0')?.up, await lab.run('systemctl is-active vflag-x.timer')]).toEqual([
      false,
      [0, 'active\n', ''],
    ])
    await lab.wait(2)
    expect([lab.hv.kernel.link('ens2f0')?.up, (await lab.run('systemctl is-active vflag-x.timer'))[0]]).toEqual([
      true,
      3,
    ])
    expect(lab.hv.state.timers).toBeUndefined()
  })

  test('that was stopped starts nothing', async () => {
    const lab = smallLab()
    await lab.run('ip link set dev ens2f0 down')
    await lab.run(`${arm} ip link set dev ens2f0 up`)
    expect(await lab.run('systemctl stop vflag-restore-ens2f0.timer')).toEqual([0, '', ''])
    await lab.wait(200)
    expect(lab.hv.kernel.link('ens2f0')?.up).toBe(false)
    expect(await lab.run('systemctl stop vflag-restore-ens2f0.timer')).toEqual([
      5,
      '',
      'Failed to stop vflag-restore-ens2f0.timer: Unit vflag-restore-ens2f0.timer not loaded.\n',
    ])
  })

  test('is listed and shown, and its name cannot be taken twice', async () => {
    const lab = smallLab()
    await lab.run(`${arm} ip link set dev ens2f0 up`)
    await lab.wait(1)
    expect((await lab.run('systemctl list-timers'))[1]).toBe(
      `NEXT                        LEFT          LAST PASSED UNIT                       ACTIVATES
Thu 2026-01-01 00:02:00 UTC 1min 59s left -    -      vflag-restore-ens2f0.timer vflag-restore-ens2f0.service

1 timers listed.
Pass --all to see loaded but inactive timers, too.
`,
    )
    expect(
      await lab.run('systemctl show -p LoadState,ActiveState,SubState vflag-restore-ens2f0.timer vflag-no.timer'),
    ).toEqual([
      0,
      'LoadState=loaded\nActiveState=active\nSubState=waiting\n\nLoadState=not-found\nActiveState=inactive\nSubState=dead\n',
      '',
    ])
    expect(await lab.run(`${arm} true`)).toEqual([
      1,
      '',
      'Failed to start transient timer unit: Unit vflag-restore-ens2f0.timer was already loaded or has a fragment file.\n',
    ])
  })

  test('outlives the program that models the machine, and no restart of the machine', async () => {
    const lab = smallLab()
    await lab.run('ip link set dev ens2f0 down')
    await lab.run(`${arm} ip link set dev ens2f0 up`)
    const again = createMachine(structuredClone(lab.hv.state), { fabric: lab.fabric, time: lab.hv.time })
    await lab.wait(121)
    expect(again.kernel.link('ens2f0')?.up).toBe(true)
    await lab.run(`${arm} ip link set dev ens2f0 up`)
    await lab.hv.reboot()
    expect(lab.hv.state.timers).toBeUndefined()
  })

  test('of a program that is not there is refused', async () => {
    expect(await smallLab().run('systemd-run --on-active=1 nonsense')).toEqual([
      1,
      '',
      'Failed to find executable nonsense: No such file or directory\n',
    ])
  })
})

describe('a program in the background', () => {
  test('is found by its command line and ends when it is asked to', async () => {
    const { hv, run, wait } = smallLab()
    await hv.perform({ before: [], steps: [detach(['sleep', '60'])], after: [] })
    expect(await run('pgrep -f -- sleep.60')).toEqual([0, '2001\n', ''])
    expect(await run('pgrep -f -- sleep.61')).toEqual([1, '', ''])
    expect(await run('pkill -INT -f -- sleep.60')).toEqual([0, '', ''])
    await wait(1)
    expect(await run('pkill -INT -f -- sleep.60')).toEqual([1, '', ''])
    expect(hv.processes.running).toEqual([])
  })
})
