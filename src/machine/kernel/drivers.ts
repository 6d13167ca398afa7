import { done, refused } from '../errno.ts'
import type { Sys } from '../machine.ts'
import { freshEswitch, freshParams } from '../profiles/cards.ts'
import type { Pf, Vf } from '../state.ts'
import { soon } from '../udev/name.ts'
import { forgetSlave } from './bond.ts'
import { allPfs, cardOf } from './card.ts'
import type { KernelContext } from './context.ts'
import { disableLag, queueLag } from './lag.ts'
import { log } from './log.ts'
import { addPfLink, addVfLink, dropLink, pfLink, vfLink } from './netdev.ts'
import { forgetVfs, released } from './vfs.ts'

/** The PCI drivers of the model. */
export const pciDrivers = ['mlx5_core', 'vfio-pci'] as const

/** A function of the card by address. */
export function findFunction(context: KernelContext, pci: string): { readonly pf: Pf; readonly vf: Vf | null } | null {
  for (const pf of allPfs(context.state)) {
    if (pf.pci === pci) return { pf, vf: null }
    const vf = pf.vfs.find((each) => each.pci === pci)
    if (vf) return { pf, vf }
  }
  return null
}

/** A write to drivers/<driver>/bind: ENODEV when unknown, not matching or not allowed to probe; EBUSY when bound (bus.c, dd.c). */
export async function bindDriver(context: KernelContext, pci: string, driver: string): Promise<Sys> {
  const found = findFunction(context, pci)
  if (!found || !matches(context, found, driver)) return refused('ENODEV')
  const { pf, vf } = found
  if ((vf ?? pf).driver !== null) return refused('EBUSY')
  if (vf && !mayProbe(pf, vf)) return refused('ENODEV')
  await context.time.sleep(0.3)
  if (vf) attach(context, pf, vf, driver)
  else attachPf(context, pf, driver)
  return done
}

/** A write to drivers/<driver>/unbind: ENODEV when the function is not bound to that driver. A guest that has it makes it wait. */
export async function unbindDriver(context: KernelContext, pci: string, driver: string): Promise<Sys> {
  const found = findFunction(context, pci)
  if (!found) return refused('ENODEV')
  const { pf, vf } = found
  if ((vf ?? pf).driver !== driver) return refused('ENODEV')
  if (vf) {
    const free = await released(context, vf)
    if (!free.ok) return free
    await context.time.sleep(0.1)
    detach(context, pf, vf)
  } else await detachPf(context, pf)
  return done
}

/** A write to drivers_probe: the driver that matches takes the function; none matching, or not allowed, is no error. */
export async function probeDriver(context: KernelContext, pci: string): Promise<Sys> {
  const found = findFunction(context, pci)
  if (!found) return refused('ENODEV')
  const { pf, vf } = found
  if ((vf ?? pf).driver !== null) return done
  const driver = pciDrivers.find((name) => matches(context, found, name))
  if (driver === undefined || (vf && !mayProbe(pf, vf))) return done
  await context.time.sleep(0.3)
  if (vf) attach(context, pf, vf, driver)
  else attachPf(context, pf, driver)
  return done
}

/** Gives a VF to a driver. Queues made while no VF-LAG is active stay on one port for ever. */
export function attach(context: KernelContext, pf: Pf, vf: Vf, driver: string): void {
  vf.driver = driver
  vf.pinned = cardOf(context.state, pf).lag.mode !== 'sriov'
  if (driver !== 'mlx5_core') return
  log(context, `mlx5_core ${vf.pci}: enabling device (0000 -> 0002)`)
  log(context, `mlx5_core ${vf.pci}: firmware version: ${cardOf(context.state, pf).firmwareVersion.split(' ', 1)[0]}`)
  soon(context, () => addVfLink(context, pf, vf.index))
}

/** Takes a VF from its driver; its interface goes with it. */
export function detach(context: KernelContext, pf: Pf, vf: Vf): void {
  const link = vfLink(context.state, pf, vf.index)
  if (link) {
    const master = link.master === null ? undefined : context.state.links[link.master]
    if (master?.bond) forgetSlave(context, master, link.name)
    dropLink(context.state, link.name)
  }
  vf.driver = null
  vf.pinned = false
}

/** Adds a device id to vfio-pci (new_id): every free function with it goes there; EEXIST when it is listed. */
export function addVfioId(context: KernelContext, text: string): Sys {
  const [vendor, device] = text.trim().split(/\s+/)
  if (!/^[0-9a-f]{1,4}$/i.test(vendor ?? '') || !/^[0-9a-f]{1,4}$/i.test(device ?? '')) return refused('EINVAL')
  const id = `${vendor}:${device}`.toLowerCase()
  if (context.running.vfioIds.has(id)) return refused('EEXIST')
  context.running.vfioIds.add(id)
  for (const pf of allPfs(context.state)) {
    for (const vf of pf.vfs) {
      if (vf.driver === null && mayProbe(pf, vf) && matches(context, { pf, vf }, 'vfio-pci'))
        attach(context, pf, vf, 'vfio-pci')
    }
  }
  return done
}

function matches(context: KernelContext, found: { readonly pf: Pf; readonly vf: Vf | null }, driver: string): boolean {
  const override = found.vf?.override ?? null
  if (override !== null) return override === driver
  if (driver === 'mlx5_core') return true
  const card = cardOf(context.state, found.pf)
  const id = `15b3:${found.vf ? card.vfDeviceId : card.deviceId}`
  return driver === 'vfio-pci' && context.running.vfioIds.has(id)
}

/** sriov_drivers_autoprobe=0 also forbids an explicit bind, unless driver_override is set (pci_device_can_probe). */
const mayProbe = (pf: Pf, vf: Vf): boolean => pf.autoprobe || vf.override !== null

function attachPf(context: KernelContext, pf: Pf, driver: string): void {
  pf.driver = driver
  if (driver !== 'mlx5_core') return
  // Loading the driver resets the function: what firmware thought of the LAG is gone too.
  cardOf(context.state, pf).lag.stuck = false
  log(context, `mlx5_core ${pf.pci}: firmware version: ${cardOf(context.state, pf).firmwareVersion.split(' ', 1)[0]}`)
  soon(context, () => {
    if (pf.driver !== 'mlx5_core' || pfLink(context.state, pf)) return
    addPfLink(context, pf)
    queueLag(context, cardOf(context.state, pf))
  })
}

async function detachPf(context: KernelContext, pf: Pf): Promise<void> {
  disableLag(context, cardOf(context.state, pf))
  forgetVfs(context, pf)
  await context.time.sleep(1)
  const link = pfLink(context.state, pf)
  if (link) {
    const master = link.master === null ? undefined : context.state.links[link.master]
    if (master?.bond) forgetSlave(context, master, link.name)
    dropLink(context.state, link.name)
  }
  pf.driver = null
  pf.eswitch = freshEswitch(cardOf(context.state, pf).model)
  Object.assign(pf, freshParams(context.state.profile))
  pf.tcRules = 0
  queueLag(context, cardOf(context.state, pf))
}
