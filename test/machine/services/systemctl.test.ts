import { describe, expect, it } from 'vitest'
import { smallLab } from '../../support/lab-machine.ts'

describe('systemctl on a fresh machine', () => {
  it.each<['rhel7.7' | 'el9', string, number, string, string]>([
    ['rhel7.7', 'is-active network', 0, 'active\n', ''],
    ['rhel7.7', 'is-active NetworkManager', 3, 'unknown\n', ''],
    ['el9', 'is-active network', 3, 'inactive\n', ''],
    ['el9', '-q is-active openvswitch', 0, '', ''],
    ['el9', 'is-enabled openvswitch', 0, 'enabled\n', ''],
    ['el9', 'is-enabled ovs-vswitchd', 0, 'static\n', ''],
    ['el9', 'is-enabled foo', 1, '', 'Failed to get unit file state for foo.service: No such file or directory\n'],
    ['el9', 'is-failed openvswitch', 1, 'active\n', ''],
    ['rhel7.7', 'start foo', 5, '', 'Failed to start foo.service: Unit not found.\n'],
    ['el9', 'restart foo', 5, '', 'Failed to restart foo.service: Unit foo.service not found.\n'],
    ['el9', 'status foo', 4, '', 'Unit foo.service could not be found.\n'],
    ['el9', 'start openvswitch', 0, '', ''],
    ['el9', 'daemon-reload', 0, '', ''],
    [
      'rhel7.7',
      'disable openvswitch',
      0,
      '',
      'Removed symlink /etc/systemd/system/multi-user.target.wants/openvswitch.service.\n',
    ],
    [
      'el9',
      'disable openvswitch',
      0,
      '',
      'Removed "/etc/systemd/system/multi-user.target.wants/openvswitch.service".\n',
    ],
    ['el9', 'enable openvswitch', 0, '', ''],
    ['el9', 'enable foo', 1, '', 'Failed to enable unit: Unit file foo.service does not exist.\n'],
    [
      'el9',
      'show -p LoadState,ActiveState,UnitFileState openvswitch',
      0,
      'LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n',
      '',
    ],
    ['el9', 'show --property=LoadState --value foo', 0, 'not-found\n', ''],
    ['el9', 'show -p UnitFileState -p ActiveState foo', 0, 'ActiveState=inactive\nUnitFileState=\n', ''],
    ['el9', 'frobnicate x', 1, '', 'Unknown command verb frobnicate.\n'],
  ])('%s: systemctl %s', async (os, line, status, stdout, stderr) => {
    expect(await smallLab(os).run(`systemctl ${line}`)).toEqual([status, stdout, stderr])
  })

  it('tells of a unit in the form of its release', async () => {
    expect(await smallLab('el9').run('systemctl status openvswitch --no-pager')).toEqual([
      0,
      `* openvswitch.service - Open vSwitch
     Loaded: loaded (/usr/lib/systemd/system/openvswitch.service; enabled; preset: disabled)
     Active: active (exited) since Thu 2026-01-01 00:00:00 UTC
`,
      '',
    ])
  })

  it('counts starts, and a start of what runs is none', async () => {
    const lab = smallLab()
    await lab.run('systemctl start openvswitch')
    expect(lab.hv.state.services['openvswitch.service']?.starts).toBe(1)
    await lab.run('systemctl restart openvswitch')
    const { services } = lab.hv.state
    expect(['openvswitch', 'ovsdb-server', 'ovs-vswitchd'].map((name) => services[`${name}.service`]?.starts)).toEqual([
      2, 2, 2,
    ])
  })

  it('disables, and the unit stays down after a reboot', async () => {
    const lab = smallLab()
    await lab.run('systemctl disable --now openvswitch')
    await lab.hv.reboot()
    expect(await lab.run('systemctl is-active openvswitch ovs-vswitchd')).toEqual([3, 'inactive\ninactive\n', ''])
  })

  it('runs what a unit file says, at boot as well', async () => {
    const lab = smallLab()
    const unit =
      '[Unit]\nDescription=Name it\n\n[Service]\nType=oneshot\nExecStartPre=-/bin/false\nExecStart=/usr/sbin/ip link set ens2f0 up\nRemainAfterExit=yes\n\n[Install]\nWantedBy=multi-user.target\n'
    await lab.hv.files.write('/etc/systemd/system/name-it.service', Buffer.from(unit))
    expect(await lab.run('systemctl enable --now name-it')).toEqual([
      0,
      '',
      'Created symlink /etc/systemd/system/multi-user.target.wants/name-it.service -> /etc/systemd/system/name-it.service.\n',
    ])
    expect(lab.hv.kernel.link('ens2f0')?.up).toBe(true)
    await lab.hv.reboot()
    expect(lab.hv.kernel.link('ens2f0')?.up).toBe(true)
    await lab.hv.files.write('/etc/systemd/system/name-it.service', Buffer.from(unit.replace('ens2f0', 'nosuch0')))
    expect(await lab.run('systemctl restart name-it')).toEqual([
      1,
      '',
      'Job for name-it.service failed because the control process exited with error code.\nSee "systemctl status name-it.service" and "journalctl -xeu name-it.service" for details.\n',
    ])
  })

  it('a reboot asked for by systemctl, reboot or shutdown comes after the answer', async () => {
    for (const line of ['systemctl reboot', 'reboot', 'shutdown -r now']) {
      const lab = smallLab()
      expect((await lab.run(line))[0]).toBe(0)
      expect(lab.hv.state.boot.count).toBe(1)
      await lab.wait(60)
      expect(lab.hv.state.boot.count).toBe(2)
    }
  })
})
