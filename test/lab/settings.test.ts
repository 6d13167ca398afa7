import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { noFaults } from '../../src/lab/faults.ts'
import { labSettings } from '../../src/lab/settings.ts'
import type { Value } from '../../src/shared/value.ts'

const problems = (lab: Value, more: Record<string, Value> = {}) => {
  const result = labSettings('hv1', { lab, ...more })
  return result.ok ? [] : result.error
}

const faults = (value: Value) => {
  const result = labSettings('hv1', { lab: { faults: value } })
  return result.ok ? result.value.settings.faults : result.error
}

describe('the lab variable', () => {
  test('what the inventory says becomes a host with its guests', () => {
    const vflag_vms = [{ name: 'vm1', pf: 'ens2f0', vf: 0, address: '198.51.100.11' }]
    const lab = { os: 'el9', card: 'cx6dx', firmware: 'lax', switch: 'static' }
    expect(labSettings('hv3', { lab, vflag_vms })).toEqual({
      ok: true,
      value: {
        name: 'hv3',
        settings: {
          profile: { os: 'el9', card: 'cx6dx', firmware: 'lax' },
          switch: 'static',
          sudoPassword: null,
          faults: noFaults,
        },
        vms: [{ name: 'vm1', address: '198.51.100.11' }],
      },
    })
  })

  test('guests of the lab win over those of the playbook', () => {
    const result = labSettings('hv1', { lab: { vms: [{ name: 'a', address: '192.0.2.1' }] }, vflag_vms: [{}] })
    expect(result.ok && result.value.vms).toEqual([{ name: 'a', address: '192.0.2.1' }])
  })

  test.each([
    [undefined, { os: 'rhel7.7', card: 'cx5ex', firmware: 'strict' }],
    [{ os: 'el9' }, { os: 'el9', card: 'cx6dx', firmware: 'strict' }],
    [{ os: 'client' }, { os: 'client', card: 'none', firmware: 'strict' }],
    [
      { os: 'ubuntu24.04', cards: 2 },
      { os: 'ubuntu24.04', card: 'cx6dx', moreCards: ['cx6dx'], firmware: 'strict' },
    ],
    [{ cards: ['cx5', 'cx7'] }, { os: 'rhel7.7', card: 'cx5', moreCards: ['cx7'], firmware: 'strict' }],
    [
      { os: 'el10', ofed: true, renames: true, udev_delay: 2, management: 'vlan', third_port: true, multiport: true },
      {
        os: 'el10',
        card: 'cx6dx',
        firmware: 'strict',
        ofed: true,
        renames: true,
        udevDelay: 2,
        management: 'vlan',
        thirdPort: true,
        multiport: true,
      },
    ],
    [
      { ofed: false, management: 'own' },
      { os: 'rhel7.7', card: 'cx5ex', firmware: 'strict' },
    ],
    [{ os: 'v6.1' }, { os: 'debian12', card: 'cx6dx', firmware: 'strict' }],
    [{ os: 'v6.12' }, { os: 'el10', card: 'cx6dx', firmware: 'strict' }],
  ])('%j leaves the rest to the distribution', (lab, profile) => {
    const result = labSettings('hv1', { lab })
    expect(result.ok && result.value.settings.profile).toEqual(profile)
  })

  test('every mistake is named, with what would be right and the nearest word', () => {
    expect(
      problems({ os: 'el8', card: 'cx6', firmwares: 'lax', switch: 3, vms: [{ name: 'vm1' }], sudo_password: 7 }),
    ).toEqual([
      {
        message:
          'lab has the key "firmwares", but may only have os, card, cards, firmware, ofed, switch, renames, udev_delay, management, third_port, multiport, vms, sudo_password and faults',
        hint: 'did you mean "firmware"?',
      },
      {
        message: 'lab.os is "el8", but must be rhel7.7, el8.4, el9, el10, ubuntu22.04, ubuntu24.04, debian12 or client',
        hint: 'did you mean "el9"?',
      },
      {
        message: 'lab.card is "cx6", but must be cx4lx, cx5, cx5ex, cx6dx, cx6dx-old, cx6lx, cx7 or bf2',
        hint: 'did you mean "cx5"?',
      },
      { message: 'lab.switch is 3, but must be lacp, static, none or split' },
      { message: 'lab.sudo_password is a whole number, but must be text that is not empty' },
      {
        message: 'lab.vms[0] is {"name":"vm1"}, but must have a name and an IPv4 address',
        hint: '{name: vm1, address: 198.51.100.11}',
      },
    ])
  })

  test.each<[Value, Record<string, Value>, string]>([
    [
      'el9',
      {},
      'lab is text, but must be a mapping with os, card, cards, firmware, ofed, switch, renames, udev_delay, management, third_port, multiport, vms, sudo_password or faults',
    ],
    [{ os: 'client', card: 'cx5ex' }, {}, 'lab.card is set, but a client has no card'],
    [{ os: 'client', ofed: true }, {}, 'lab.ofed is set, but a client has no card'],
    [{ cards: 3 }, {}, 'lab.cards is 3, but must be 1 or 2, or a list of one or two cards'],
    [{ card: 'cx5', cards: ['cx7'] }, {}, 'lab.card is set, but lab.cards names the cards'],
    [
      { cards: ['cx5', 'cx9'] },
      {},
      'lab.cards[1] is "cx9", but must be cx4lx, cx5, cx5ex, cx6dx, cx6dx-old, cx6lx, cx7 or bf2',
    ],
    [{ renames: 1 }, {}, 'lab.renames is 1, but must be true or false'],
    [{ udev_delay: -1 }, {}, 'lab.udev_delay is -1, but must be a number of seconds from 0 to 600'],
    [{ management: 'bound' }, {}, 'lab.management is "bound", but must be own, pf, bond or vlan'],
    [
      { os: 'debian12', multiport: true },
      {},
      'lab.multiport is true, but the kernel of debian12 has no multiport e-switch',
    ],
    [{}, { vflag_vms: 'vm1' }, 'vflag_vms is text, but must be a list of {name, address}'],
    [
      {},
      { vflag_vms: [1, 2].map((n) => ({ name: 'vm1', address: `192.0.2.${n}` })) },
      'vflag_vms[1].name is "vm1", but another guest has that name',
    ],
    [
      {},
      { vflag_vms: [{ name: 'vm1', address: '192.0.2.256' }] },
      'vflag_vms[0] is {"name":"vm1","address":"192.0.2.256"}, but must have a name and an IPv4 address',
    ],
  ])('%j with %j is refused', (lab, more, message) => {
    expect(problems(lab, more).map((problem) => problem.message)).toEqual([message])
  })
})

describe('faults', () => {
  test('one mapping or a list of them add up', () => {
    expect(
      faults([
        { command: '^devlink .* set', status: 5, stderr: 'no', times: 2 },
        { command: 'virsh' },
        { delay: 30, drop: { after_frames: 3 } },
        { cut_on: 'network_restart', disk_full: true, login: 'refused', host_key: 'changed', unreachable: true },
      ]),
    ).toEqual({
      commands: [
        { pattern: /^devlink .* set/, status: 5, stderr: 'no\n', times: 2 },
        { pattern: /virsh/, status: 1, stderr: '', times: null },
      ],
      delayMs: 30,
      dropAfterFrames: 3,
      cutOnNetworkRestart: true,
      diskFull: true,
      refuseLogin: true,
      changeHostKey: true,
      unreachable: true,
    })
  })

  test.each<[Value, string]>([
    [7, 'lab.faults is a whole number, but must be a mapping such as {command: devlink}'],
    [[null], 'lab.faults[0] is null, but must be a mapping such as {command: devlink}'],
    [{ command: '(' }, 'lab.faults.command is "(", but must be a regular expression that some command lines match'],
    [{ command: 'a', status: 256 }, 'lab.faults.status is 256, but must be an exit status from 0 to 255'],
    [{ command: 'a', stderr: 1 }, 'lab.faults.stderr is 1, but must be text'],
    [{ command: 'a', times: -1 }, 'lab.faults.times is -1, but must be a whole number, how often it fails'],
    [{ stderr: 'x' }, 'lab.faults.stderr goes with a command, but there is no lab.faults.command'],
    [{ delay: '5s' }, 'lab.faults.delay is "5s", but must be a whole number of milliseconds'],
    [{ drop: true }, 'lab.faults.drop is true, but must be a mapping {after_frames: N}'],
    [{ cut_on: 'boot' }, 'lab.faults.cut_on is "boot", but must be network_restart'],
    [[{ disk_full: 1 }], 'lab.faults[0].disk_full is 1, but must be true or false'],
    [{ login: 'no' }, 'lab.faults.login is "no", but must be refused'],
    [{ host_key: 'new' }, 'lab.faults.host_key is "new", but must be changed'],
    [{ unreachable: 'yes' }, 'lab.faults.unreachable is "yes", but must be true or false'],
  ])('%j is refused', (value, message) => {
    expect(faults(value)).toEqual([{ message }])
  })

  test('a mistyped fault is named with the nearest one', () => {
    expect(faults({ disk_ful: true })).toEqual([
      {
        message:
          'lab.faults has the key "disk_ful", but may only have command, status, stderr, times, delay, drop, cut_on, disk_full, login, host_key and unreachable',
        hint: 'did you mean "disk_full"?',
      },
    ])
  })
})

test('whatever the variables hold, they give settings or sentences', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (lab, faults, vms) => {
      for (const value of [lab, { faults }, { vms, os: faults }]) {
        const result = labSettings('hv1', { lab: value as Value, vflag_vms: vms as Value })
        if (!result.ok) expect(result.error.every((each) => /^(lab|vflag_vms)\b.+, but /.test(each.message))).toBe(true)
      }
    }),
  )
})
