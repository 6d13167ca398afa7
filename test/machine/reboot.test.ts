import { expect, test } from 'vitest'
import { comparable } from '../../src/machine/comparable.ts'
import { createMachine } from '../../src/machine/create.ts'
import { instantTime } from '../../src/machine/time.ts'
import { bond, get, pci, profiles, put, readyMachine, settle, sh, switchdev, testMachine } from './machine-for-tests.ts'

for (const [name, profile] of Object.entries(profiles)) {
  test(`${name}: firmware settings count after a restart only, and everything volatile is gone then`, async () => {
    const machine = testMachine(profile, { vms: ['vm1'] })
    machine.state.packages['mstflint'] = '4.17'
    const pristine = comparable(machine.state)
    await sh(machine, 'mstconfig -d 61:00.0 -y set SRIOV_EN=1 NUM_OF_VFS=4')
    expect(machine.files.stat(`${pci('0000:61:00.0')}/sriov_numvfs`, true).ok).toBe(false)
    const boot = get(machine, '/proc/sys/kernel/random/boot_id')
    let cut = 0
    machine.onReboot(() => {
      cut++
    })
    await machine.perform({ before: [], steps: [{ kind: 'reboot', message: 'firmware' }], after: [] })
    await settle(machine)
    await machine.perform({ before: [], steps: [], after: [] })
    expect([cut, get(machine, `${pci('0000:61:00.1')}/sriov_totalvfs`)]).toEqual([1, '4\n'])
    expect(get(machine, '/proc/sys/kernel/random/boot_id')).not.toBe(boot)
    await switchdev(machine)
    await bond(machine)
    await machine.reboot()
    expect(comparable(machine.state)).toEqual(pristine)
  })
}

test('a machine made from stored state goes on where it was', async () => {
  const machine = readyMachine(profiles.el9)
  await switchdev(machine, 1)
  await put(machine, `${pci('0000:61:00.0')}/sriov_drivers_autoprobe`, 1)
  // The VF is bound, its interface not there yet: udev is a moment behind.
  await put(machine, '/sys/bus/pci/drivers_probe', '0000:61:00.2')
  const stored = structuredClone(machine.state)
  const again = createMachine(JSON.parse(JSON.stringify(stored)), { fabric: machine.fabric, time: instantTime() })
  await settle(machine)
  await settle(again)
  expect(comparable(again.state)).toEqual(comparable(machine.state))
  expect(again.kernel.link('ens2f0v0')?.kind).toBe('vf')
})
