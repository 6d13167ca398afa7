import { describe, expect, test } from 'vitest'
import type { Machine } from '../../../src/machine/machine.ts'
import { get, pci, put, readyMachine, settle, sh, switchdev } from '../machine-for-tests.ts'

const [one, two] = ['0000:61:00.0', '0000:61:00.1'] as const

function machineWithTools(): Machine {
  const machine = readyMachine({ os: 'el9', card: 'cx6dx', firmware: 'strict' })
  machine.state.packages['mstflint'] = '4.26.0-1.el9'
  return machine
}

describe('mstfwreset', () => {
  test('says what it can do', async () => {
    expect(await sh(machineWithTools(), 'mstfwreset -d 61:00.0 query')).toBe(`Reset-levels:
0: Driver, PCI link, network link will remain up ("live-Patch")  -Not Supported 
3: Driver restart and PCI reset                                  -Supported     (default)
4: Warm Reboot                                                   -Supported     

Reset-types (relevant only for reset-levels 3,4):
0: Full chip reset                                               -Supported     (default)
1: Phy-less reset (keep network port active during reset)        -Not Supported 
`)
  })

  test('lets the chip take its settings, and takes the VFs and the links meanwhile', async () => {
    const machine = machineWithTools()
    await sh(machine, 'ip link set ens2f0 up')
    await switchdev(machine, 2)
    await sh(machine, `mstconfig -d ${one} -y set NUM_OF_VFS=8`)
    const before = machine.time.now()
    const lost = machine.time.sleep(6).then(() => machine.kernel.link('ens2f0'))
    expect(await sh(machine, 'mstfwreset -d 61:00.0 -y -l 3 reset')).toBe(`
Minimal reset level for device, 61:00.0:

3: Driver restart and PCI reset
Continue with reset?[y/N] y
-I- Sending Reset Command To Fw             -Done
-I- Stopping Driver                         -Done
-I- Resetting PCI                           -Done
-I- Starting Driver                         -Done
-I- Restarting MST                          -Done
-I- FW was loaded successfully.
`)
    expect(machine.time.now() - before).toBeGreaterThan(8)
    expect(await lost).toBe(undefined)
    await settle(machine)
    expect([one, two].map((pf) => get(machine, `${pci(pf)}/sriov_numvfs`))).toEqual(['0\n', '0\n'])
    expect(get(machine, `${pci(one)}/sriov_totalvfs`)).toBe('8\n')
    expect(machine.kernel.link('ens2f0')?.up).toBe(false)
    expect(machine.state.cards[0].pfs.map((pf) => pf.eswitch.mode)).toEqual(['legacy', 'legacy'])
  })

  test('refuses while a function has a driver that is not its own', async () => {
    const machine = machineWithTools()
    await put(machine, `${pci(one)}/sriov_drivers_autoprobe`, 0)
    await put(machine, `${pci(one)}/sriov_numvfs`, 1)
    await put(machine, `${pci('0000:61:00.2')}/driver_override`, 'vfio-pci')
    await put(machine, '/sys/bus/pci/drivers_probe', '0000:61:00.2')
    expect(await sh(machine, 'mstfwreset -d 61:00.0 -y reset')).toBe(
      "-E- mlxfwreset doesn't support 3rd party driver (vfio-pci)!\n[rc=1]\n",
    )
    expect(machine.state.cards[0].pfs[0]?.numvfs).toBe(1)
  })

  test('does nothing without a yes, and restarts the host when it is told to', async () => {
    const machine = machineWithTools()
    expect(await sh(machine, 'mstfwreset -d 61:00.0 reset')).toContain('Continue with reset?[y/N] -E- Aborted by user')
    expect(await sh(machine, 'mstfwreset -d 61:00.0 -l 0 -y reset')).toBe(
      '-E- Reset-level (0) is not supported\n[rc=1]\n',
    )
    const boot = machine.state.boot.id
    await sh(machine, 'mstfwreset -d 61:00.0 -l 4 -y reset')
    await machine.time.sleep(60)
    expect(machine.state.boot.id).not.toBe(boot)
  })

  test('is not there without its package', async () => {
    const machine = readyMachine({ os: 'el9', card: 'cx6dx', firmware: 'strict' })
    expect(await sh(machine, 'mstfwreset -d 61:00.0 query')).toBe('sh: 1: mstfwreset: not found\n[rc=127]\n')
  })
})
