import { createMachine, type MachineOptions } from '../../src/machine/create.ts'
import { createFabric, type SwitchMode } from '../../src/machine/fabric.ts'
import type { Machine } from '../../src/machine/machine.ts'
import { pristineState } from '../../src/machine/profiles/pristine.ts'
import type { Profile } from '../../src/machine/state.ts'
import { instantTime } from '../../src/machine/time.ts'
import { attr, run } from '../../src/module/step.ts'

/** The two hypervisors of the tests. */
export const profiles: Readonly<Record<'rhel7.7' | 'el9', Profile>> = {
  'rhel7.7': { os: 'rhel7.7', card: 'cx5ex', firmware: 'strict' },
  el9: { os: 'el9', card: 'cx6dx', firmware: 'strict' },
}

/** A pristine machine in a fabric of its own, in time that does not really pass. */
export function testMachine(
  profile: Profile,
  options: { readonly mode?: SwitchMode; readonly vms?: readonly string[] } & Partial<MachineOptions> = {},
): Machine {
  const { mode = 'lacp', vms = [], ...rest } = options
  const fabric = createFabric()
  const state = pristineState('hv1', profile, {
    vms: vms.map((name, at) => ({ name, address: `198.51.100.${11 + at}` })),
  })
  const machine = createMachine(state, { fabric, time: instantTime(), ...rest })
  fabric.add(machine, { mode })
  return machine
}

/** The same with firmware that offers four VFs on each PF, as after a reboot. */
export function readyMachine(profile: Profile, options: Parameters<typeof testMachine>[1] = {}): Machine {
  const machine = testMachine(profile, options)
  const { SRIOV_EN, NUM_OF_VFS } = machine.state.cards[0].firmware
  if (SRIOV_EN) Object.assign(SRIOV_EN, { current: 1, next: 1 })
  if (NUM_OF_VFS) Object.assign(NUM_OF_VFS, { current: 4, next: 4 })
  return machine
}

/** Writes an attribute and gives what went wrong, null when nothing did. */
export async function put(machine: Machine, path: string, value: string | number): Promise<string | null> {
  const { steps } = await machine.perform({ before: [], steps: [attr(path, value)], after: [] })
  const [step] = steps
  return step?.state === 'failed' ? step.reason : null
}

/** Runs a command line without quoting and gives status, stdout and stderr. */
export async function sh(machine: Machine, line: string): Promise<string> {
  const { steps } = await machine.perform({
    before: [],
    steps: [run(line.split(' '), { ok: [...Array(256).keys()] })],
    after: [],
  })
  const [step] = steps
  if (step?.state !== 'done') return JSON.stringify(step)
  return `${step.stdout}${step.stderr}${step.status === 0 ? '' : `[rc=${step.status}]\n`}`
}

/** Reads a file; `!` and the error's name when it cannot be read. */
export function get(machine: Machine, path: string): string {
  const content = machine.files.read(path)
  return content.ok ? Buffer.from(content.value).toString('utf8') : `!${content.errno}`
}

/** Lines of the kernel log about the card, without their times and prefix, from a place on. */
export function cardLog(machine: Machine, from = 0): readonly string[] {
  return machine.state.dmesg
    .slice(from)
    .map((line) => line.text)
    .filter((text) => /^mlx5_core 0000:61:00\.[01]: /.test(text))
    .map((text) => text.replace('mlx5_core ', ''))
}

/** Lets what is under way come to its end. */
export const settle = (machine: Machine): Promise<void> => machine.time.sleep(10)

/** Sysfs of a PCI function. */
export const pci = (address: string): string => `/sys/bus/pci/devices/${address}`

/** VFs on both PFs without drivers, both switchdev: step by step as the vendor's guide has it. */
export async function switchdev(machine: Machine, vfs = 2): Promise<void> {
  for (const pf of ['0000:61:00.0', '0000:61:00.1']) {
    await put(machine, `${pci(pf)}/sriov_drivers_autoprobe`, 0)
    await put(machine, `${pci(pf)}/sriov_numvfs`, vfs)
  }
  for (const pf of ['0000:61:00.0', '0000:61:00.1'])
    await sh(machine, `devlink dev eswitch set pci/${pf} mode switchdev`)
  await settle(machine)
}

/** Both PFs in bond0. */
export async function bond(machine: Machine, mode = '802.3ad'): Promise<readonly string[]> {
  const options = mode === '802.3ad' ? ' miimon 100 lacp_rate fast xmit_hash_policy layer3+4' : ' miimon 100'
  const out = [await sh(machine, `ip link add bond0 type bond mode ${mode}${options}`)]
  for (const pf of ['ens2f0', 'ens2f1']) {
    out.push(await sh(machine, `ip link set ${pf} down`))
    out.push(await sh(machine, `ip link set ${pf} master bond0`))
  }
  out.push(await sh(machine, 'ip link set bond0 up'))
  await settle(machine)
  return out.filter((text) => text !== '')
}
