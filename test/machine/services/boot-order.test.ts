import { describe, expect, it } from 'vitest'
import { bootOrder } from '../../../src/machine/services/boot-order.ts'
import { parseUnitFile } from '../../../src/machine/services/unit-file.ts'
import { smallLab } from '../../support/lab-machine.ts'

const unit = (order: string, exec = '/bin/true') =>
  `[Unit]\nDescription=Mine\n${order}\n\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=${exec}\n\n[Install]\nWantedBy=multi-user.target\n`

async function withUnits(units: Readonly<Record<string, string>>) {
  const lab = smallLab('el9')
  for (const [name, text] of Object.entries(units)) {
    await lab.hv.files.write(`/etc/systemd/system/${name}.service`, Buffer.from(text))
    await lab.run(`systemctl enable ${name}`)
  }
  return lab
}

describe('a boot', () => {
  it('starts units where their files say', async () => {
    const lab = await withUnits({
      post: unit('After=network-online.target openvswitch.service\nBefore=virtqemud.service'),
      pre: unit('Before=network-pre.target'),
    })
    const names = bootOrder(lab.hv).map(({ name }) => name)
    expect(names.filter((name) => /^(pre|NetworkManager|openvswitch|post|virtqemud)\.service$/.test(name))).toEqual([
      'pre.service',
      'NetworkManager.service',
      'openvswitch.service',
      'post.service',
      'virtqemud.service',
    ])
  })

  it('goes on when units wait for each other, and says so', async () => {
    const lab = await withUnits({ one: unit('After=two.service'), two: unit('After=one.service') })
    await lab.hv.reboot()
    expect((await lab.run('systemctl is-active one two'))[1]).toBe('active\nactive\n')
    expect((await lab.run('journalctl -u one'))[1]).toContain('Found ordering cycle on one.service/start')
  })

  it('does not start what needs a unit that failed, and shows both', async () => {
    const lab = await withUnits({
      first: unit('', '/bin/false'),
      second: unit('Requires=first.service\nAfter=first.service'),
    })
    await lab.hv.reboot()
    expect((await lab.run('systemctl is-active first second'))[1]).toBe('failed\ninactive\n')
    expect((await lab.run('systemctl is-failed first'))[0]).toBe(0)
    expect((await lab.run('systemctl list-units --failed'))[1]).toContain('first.service')
    expect((await lab.run('journalctl -u second'))[1]).toContain('Dependency failed for second.service - Mine.')
    await lab.run('systemctl reset-failed first')
    expect((await lab.run('systemctl is-active first'))[1]).toBe('inactive\n')
  })

  it('passes over a unit whose condition does not hold', async () => {
    const lab = await withUnits({
      skipped: unit('ConditionPathExists=!/sys/class/net/eno1', '/usr/sbin/ip link set ens2f0 up'),
    })
    await lab.hv.reboot()
    expect([lab.hv.kernel.link('ens2f0')?.up, (await lab.run('systemctl is-active skipped'))[1]]).toEqual([
      false,
      'inactive\n',
    ])
  })
})

it('a unit file is read as systemd does: an empty value takes back, `-` tolerates, quotes hold words together', () => {
  const text =
    '[Unit]\nAfter=a.service b.service\nAfter=\nAfter=c.service\n[Service]\nType=oneshot\n# ExecStart=no\nExecStart=-/bin/echo "two words" \\\n  three\n'
  expect(parseUnitFile(text)).toEqual({
    description: null,
    before: [],
    after: ['c.service'],
    requires: [],
    conditions: [],
    oneshot: true,
    remains: false,
    commands: [{ argv: ['/bin/echo', 'two words', 'three'], tolerant: true }],
    identifier: null,
    installs: false,
  })
})
