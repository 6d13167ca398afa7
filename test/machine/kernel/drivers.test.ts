import { expect, test } from 'vitest'
import { pci, profiles, put, readyMachine, settle } from '../machine-for-tests.ts'

const vf = '0000:61:00.2'
const drivers = '/sys/bus/pci/drivers'

async function machineWithVf() {
  const machine = readyMachine(profiles.el9)
  await put(machine, `${pci('0000:61:00.0')}/sriov_numvfs`, 1)
  await settle(machine)
  return machine
}

test('unbinding takes the interface away, and a second time there is no such device', async () => {
  const machine = await machineWithVf()
  expect(await put(machine, `${drivers}/mlx5_core/unbind`, vf)).toBe(null)
  expect(machine.files.glob(`${pci(vf)}/[dn]*e[rt]`)).toEqual([])
  expect(machine.kernel.link('ens2f0v0')).toBe(undefined)
  expect(await put(machine, `${drivers}/mlx5_core/unbind`, vf)).toBe('No such device')
})

test.each([
  ['an unknown function', '0000:61:1f.7', 'mlx5_core', 'No such device'],
  ['one that is bound', vf, 'mlx5_core', 'Device or resource busy'],
  ['one that does not match', vf, 'vfio-pci', 'No such device'],
])('binding %s is refused', async (_what, address, driver, error) => {
  const machine = await machineWithVf()
  expect(await put(machine, `${drivers}/${driver}/bind`, address)).toBe(error)
})

test('with driver_override the function goes to vfio-pci and to nothing else', async () => {
  const machine = await machineWithVf()
  await put(machine, `${drivers}/mlx5_core/unbind`, vf)
  await put(machine, `${pci(vf)}/driver_override`, 'vfio-pci')
  expect(await put(machine, `${drivers}/mlx5_core/bind`, vf)).toBe('No such device')
  expect(await put(machine, '/sys/bus/pci/drivers_probe', vf)).toBe(null)
  expect(machine.files.readlink(`${pci(vf)}/driver`)).toEqual({
    ok: true,
    value: '../../../../bus/pci/drivers/vfio-pci',
  })
  expect(machine.files.readlink(`${drivers}/vfio-pci/${vf}`).ok).toBe(true)
})

test('probing an unknown function fails, probing one that no driver may take does nothing', async () => {
  const machine = await machineWithVf()
  await put(machine, `${drivers}/mlx5_core/unbind`, vf)
  await put(machine, `${pci('0000:61:00.0')}/sriov_drivers_autoprobe`, 0)
  expect(await put(machine, '/sys/bus/pci/drivers_probe', '0000:99:00.0')).toBe('No such device')
  expect(await put(machine, '/sys/bus/pci/drivers_probe', vf)).toBe(null)
  expect(machine.kernel.findVf(vf)?.vf.driver).toBe(null)
})

test('new_id gives every free VF of that id to vfio-pci, once', async () => {
  const machine = await machineWithVf()
  await put(machine, `${drivers}/mlx5_core/unbind`, vf)
  expect(await put(machine, `${drivers}/vfio-pci/new_id`, '15b3 101e')).toBe(null)
  expect(machine.kernel.findVf(vf)?.vf.driver).toBe('vfio-pci')
  expect(await put(machine, `${drivers}/vfio-pci/new_id`, '15b3 101e')).toBe('File exists')
})
