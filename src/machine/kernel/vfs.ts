import { done, refused } from '../errno.ts'
import type { Sys } from '../machine.ts'
import { kernelOf } from '../profiles/kernels.ts'
import type { Card, MachineState, Pf, Vf } from '../state.ts'
import { cardOf, pfIndex } from './card.ts'
import { exclusively, type KernelContext } from './context.ts'
import { attach, detach } from './drivers.ts'
import { leaveSwitchdev, logSwitch } from './eswitch.ts'
import { disableLag, queueLag } from './lag.ts'
import { log, logPf } from './log.ts'
import { zeroMac } from './netdev.ts'
import { addRepresentorsLater, removeRepresentors } from './representors.ts'

/** Modelled seconds that a removal waits for a guest to let go before this model says that it hangs; the kernel waits for ever. */
const hangLimit = 60

/** How many VFs firmware offers on each PF; null without the SR-IOV capability. */
export function totalVfs(card: Card): number | null {
  const { SRIOV_EN, NUM_OF_VFS } = card.firmware
  return SRIOV_EN?.current === 1 && NUM_OF_VFS !== undefined && NUM_OF_VFS.current > 0 ? NUM_OF_VFS.current : null
}

/** First VF offset: the VFs of the second PF come after all that the first might have (pci_iov_virtfn_devfn). */
export function vfOffset(state: MachineState, pf: Pf): number {
  return pfIndex(state, pf) === 0 ? 2 : (totalVfs(cardOf(state, pf)) ?? 0) + 1
}

/** The address of a VF: routing id of the PF plus offset plus index, the stride being one. */
export function vfAddress(state: MachineState, pf: Pf, index: number): string {
  const [, domain, bus, slot, fn] = /^(\w{4}):(\w\w):(\w\w)\.(\d)$/.exec(pf.pci) ?? []
  const id =
    (Number.parseInt(bus ?? '0', 16) << 8) +
    (Number.parseInt(slot ?? '0', 16) << 3) +
    Number(fn ?? 0) +
    vfOffset(state, pf) +
    index
  const hex = (value: number) => value.toString(16).padStart(2, '0')
  return `${domain}:${hex(id >> 8)}:${hex((id >> 3) & 0x1f)}.${id & 7}`
}

/** A write to sriov_numvfs (drivers/pci/iov.c, sriov_numvfs_store). */
export function setNumVfs(context: KernelContext, pf: Pf, count: number): Promise<Sys> {
  return exclusively(context, pf.pci, async () => {
    const total = totalVfs(cardOf(context.state, pf))
    if (total === null) return refused('ENOENT')
    if (!Number.isInteger(count) || count < 0 || count > 0xffff) return refused('EINVAL')
    if (count > total) return refused('ERANGE')
    if (count === pf.numvfs) return done
    if (pf.driver === null) {
      log(context, `pci ${pf.pci}: no driver bound to device; cannot configure SR-IOV`)
      return refused('ENOENT')
    }
    if (count === 0) return disable(context, pf)
    if (pf.numvfs !== 0) {
      logPf(context, pf, `${pf.numvfs} VFs already enabled. Disable before enabling ${count} VFs`)
      return refused('EBUSY')
    }
    return enable(context, pf, count)
  })
}

async function enable(context: KernelContext, pf: Pf, count: number): Promise<Sys> {
  const { state, time } = context
  disableLag(context, cardOf(context.state, pf))
  await time.sleep(0.1)
  for (let index = 0; index < count; index++) {
    const vf: Vf = {
      pci: vfAddress(state, pf, index),
      index,
      mac: zeroMac,
      driver: null,
      override: null,
      pinned: false,
      heldBy: null,
    }
    pf.vfs.push(vf)
    log(context, `pci ${vf.pci}: [15b3:${cardOf(state, pf).vfDeviceId}] type 00 class 0x020000`)
    if (pf.autoprobe) {
      await time.sleep(0.3)
      attach(context, pf, vf, 'mlx5_core')
    }
  }
  pf.numvfs = count
  logSwitch(context, pf, 'Enable', pf.eswitch.mode)
  addRepresentorsLater(context, pf)
  queueLag(context, cardOf(context.state, pf))
  return done
}

async function disable(context: KernelContext, pf: Pf): Promise<Sys> {
  for (const vf of pf.vfs) {
    const free = await released(context, vf)
    if (!free.ok) return free
  }
  logSwitch(context, pf, 'Unload vfs', pf.eswitch.mode)
  removeRepresentors(context, pf)
  for (const vf of pf.vfs) detach(context, pf, vf)
  await context.time.sleep(1)
  pf.vfs = []
  pf.numvfs = 0
  if (kernelOf(context).zeroVfsLeaveSwitchdev) leaveSwitchdev(context, pf)
  queueLag(context, cardOf(context.state, pf))
  return done
}

/** Waits until no guest has the VF. The kernel's writer sleeps in D state for as long as it takes; here it gives up and says so. */
export async function released(context: KernelContext, vf: Vf): Promise<Sys> {
  if (vf.heldBy === null) return done
  log(context, `vfio-pci ${vf.pci}: Relaying device request to user (#0)`)
  for (let waited = 0; waited < hangLimit; waited++) {
    await context.time.sleep(1)
    if (vf.heldBy === null) return done
  }
  return refused(
    'EBUSY',
    `still waiting after ${hangLimit} s: the VM ${vf.heldBy} holds ${vf.pci} and the kernel waits until it lets go`,
  )
}

/** Makes everything that belongs to VFs go away at once, as losing power does. */
export function forgetVfs(context: KernelContext, pf: Pf): void {
  removeRepresentors(context, pf)
  for (const vf of pf.vfs) detach(context, pf, vf)
  pf.vfs = []
  pf.numvfs = 0
}
