import { comparable } from '../../src/machine/comparable.ts'
import { createMachine } from '../../src/machine/create.ts'
import { createFabric, type OpenFabric, type SwitchMode } from '../../src/machine/fabric.ts'
import type { Machine } from '../../src/machine/machine.ts'
import { pristineState } from '../../src/machine/profiles/pristine.ts'
import type { Profile } from '../../src/machine/state.ts'
import { instantTime } from '../../src/machine/time.ts'

/** A hypervisor with two VMs and a traffic client behind one switch, on a clock that nobody waits for. */
export interface SmallLab {
  readonly hv: Machine
  readonly client: Machine
  readonly fabric: OpenFabric
  /** Runs a command line of words without quotes on the hypervisor: `[status, stdout, stderr]`. */
  run(line: string, stdin?: string): Promise<readonly [number, string, string]>
  /** Writes an attribute; throws when the kernel refuses. */
  set(path: string, value: string): Promise<void>
  /** Lets modelled seconds pass. */
  wait(seconds: number): Promise<void>
}

/** Makes the lab; firmware already offers four VFs a port. */
export function smallLab(
  os: Exclude<Profile['os'], 'client'> = 'el9',
  options: { readonly mode?: SwitchMode; readonly firmware?: Profile['firmware'] } = {},
): SmallLab {
  const fabric = createFabric()
  const time = instantTime()
  const profile: Profile = { os, card: os === 'rhel7.7' ? 'cx5ex' : 'cx6dx', firmware: options.firmware ?? 'strict' }
  const vms = [
    { name: 'vm1', address: '198.51.100.11' },
    { name: 'vm2', address: '198.51.100.12' },
  ]
  const state = pristineState('hv1', profile, { vms })
  for (const [name, value] of [
    ['SRIOV_EN', 1],
    ['NUM_OF_VFS', 4],
  ] as const) {
    const setting = state.cards[0].firmware[name]
    if (setting) setting.current = setting.next = value
  }
  const hv = createMachine(state, { fabric, time })
  const client = createMachine(
    pristineState('client1', { os: 'client', card: 'none', firmware: 'strict' }, { vms: [] }),
    { fabric, time },
  )
  fabric.add(hv, { mode: options.mode ?? 'lacp' })
  fabric.add(client, { mode: 'none' })
  return {
    hv,
    client,
    fabric,
    run: async (line, stdin) => {
      const { status, stdout, stderr } = await hv.exec(line.split(' '), stdin === undefined ? {} : { stdin })
      return [status, stdout, stderr]
    },
    set: async (path, value) => {
      const written = await hv.files.write(path, Buffer.from(`${value}\n`))
      if (!written.ok) throw new Error(`${path}: ${written.errno} ${written.text ?? ''}`)
    },
    wait: (seconds) => time.sleep(seconds),
  }
}

/** Takes the hypervisor as far as an active VF-LAG with two free VFs a port, as the vendor's guide does, in the safe order. */
export async function bringUpVfLag(lab: SmallLab, mode = '802.3ad'): Promise<void> {
  const { hv, run, set } = lab
  for (const pf of ['ens2f0', 'ens2f1']) {
    await set(`/sys/class/net/${pf}/device/sriov_drivers_autoprobe`, '0')
    await set(`/sys/class/net/${pf}/device/sriov_numvfs`, '2')
  }
  for (const pci of ['0000:61:00.0', '0000:61:00.1'])
    await expectOk(run(`devlink dev eswitch set pci/${pci} mode switchdev`))
  await lab.wait(5)
  for (const pf of ['ens2f0', 'ens2f1']) await expectOk(run(`ethtool -K ${pf} hw-tc-offload on`))
  await expectOk(run(`ip link add bond0 type bond mode ${mode} miimon 100`))
  for (const pf of ['ens2f0', 'ens2f1']) {
    await expectOk(run(`ip link set ${pf} down`))
    await expectOk(run(`ip link set ${pf} master bond0`))
  }
  await expectOk(run('ip link set bond0 up'))
  await lab.wait(10)
  if (hv.state.cards[0].lag.mode !== 'sriov') throw new Error(`LAG is ${hv.state.cards[0].lag.mode}`)
}

/** Puts the bond and all representors into a bridge with offload, and gives each VM the first VF of a port. */
export async function bringUpGuests(lab: SmallLab): Promise<void> {
  const { run } = lab
  await expectOk(run('ovs-vsctl set Open_vSwitch . other_config:hw-offload=true'))
  await expectOk(run('systemctl restart openvswitch'))
  await expectOk(run('ovs-vsctl add-br ovs-sriov'))
  await expectOk(run('ovs-vsctl add-port ovs-sriov bond0'))
  const representors = lab.hv.kernel.links().filter(({ kind }) => kind === 'representor')
  for (const { name: rep } of representors) {
    await expectOk(run(`ip link set ${rep} up`))
    await expectOk(run(`ovs-vsctl add-port ovs-sriov ${rep}`))
  }
  for (const [vm, pf] of [
    ['vm1', 0],
    ['vm2', 1],
  ] as const) {
    await expectOk(run(`virsh attach-device ${vm} /dev/stdin --live --config`, vfXml(lab, pf, 0)))
  }
}

/** What virsh is given to plug in a VF. */
export function vfXml(lab: SmallLab, pf: 0 | 1, index: number, more = ''): string {
  const vf = lab.hv.state.cards[0].pfs[pf]?.vfs.find((each) => each.index === index)
  const [, bus, slot, fn] = vf?.pci.split(/[:.]/) ?? []
  return `<interface type='hostdev' managed='yes'><mac address='52:54:00:01:0${pf}:0${index}'/><source><address type='pci' domain='0x0000' bus='0x${bus}' slot='0x${slot}' function='0x${fn}'/></source>${more}</interface>`
}

/** The hypervisor without clocks and counters. */
export function condition(lab: SmallLab): unknown {
  return comparable(lab.hv.state)
}

async function expectOk(result: Promise<readonly [number, string, string]>): Promise<void> {
  const [status, stdout, stderr] = await result
  if (status !== 0) throw new Error(`status ${status}: ${stdout}${stderr}`)
}
