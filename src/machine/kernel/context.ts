import { stableMac } from '../identity.ts'
import type { Fabric, Machine, MachineTime } from '../machine.ts'
import type { MachineState } from '../state.ts'

/** What the functions of the kernel work on: the machine's state, its time, its cables, and what is under way. */
export interface KernelContext {
  readonly state: MachineState
  readonly time: MachineTime
  readonly fabric: Fabric
  readonly machine: () => Machine
  readonly running: Running
}

/** What is under way right now and not worth keeping: it is over, or taken up again, when a machine is made from its state. */
export interface Running {
  /** Bond members whose LACP has not agreed yet, with the number of the attempt. */
  readonly negotiating: Map<string, number>
  /** Modelled time at which a bond member's link came up, for the detection of churn. */
  readonly since: Map<string, number>
  /** Carrier as the bonding driver last saw it, by interface. */
  readonly carriers: Map<string, boolean>
  /** PCI addresses of PFs whose VFs or e-switch are being changed. */
  readonly busy: Map<string, Promise<unknown>>
  /** VF device ids given to vfio-pci by new_id. */
  readonly vfioIds: Set<string>
  /** Interfaces that udev has yet to name. */
  naming: number
  /** Counts boots: work started before a reboot does not go on after it. */
  boot: number
}

/** Starts with nothing under way. */
export function kernelContext(
  state: MachineState,
  time: MachineTime,
  fabric: Fabric,
  machine: () => Machine,
): KernelContext {
  const running = {
    negotiating: new Map(),
    since: new Map(),
    carriers: new Map(),
    busy: new Map(),
    vfioIds: new Set<string>(),
    naming: 0,
    boot: state.boot.count,
  }
  return { state, time, fabric, machine, running }
}

/** Does something after some modelled seconds, unless the machine was restarted in between. */
export function later(context: KernelContext, seconds: number, work: () => void): void {
  const boot = context.running.boot
  void context.time.sleep(seconds).then(() => {
    if (context.running.boot === boot) work()
  })
}

/** Lets one change of a PF finish before the next begins, as the device lock does. */
export async function exclusively<T>(context: KernelContext, key: string, work: () => Promise<T>): Promise<T> {
  const before = context.running.busy.get(key) ?? Promise.resolve()
  const mine = before.then(work, work)
  context.running.busy.set(key, mine)
  try {
    return await mine
  } finally {
    if (context.running.busy.get(key) === mine) context.running.busy.delete(key)
  }
}

/** A MAC address that looks random and is the same in every run: locally administered, made from the machine's name and a word. */
export const madeUpMac = (context: KernelContext, word: string): string => stableMac(context.state.name, word)
