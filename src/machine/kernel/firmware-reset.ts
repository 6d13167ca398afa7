import type { Card } from '../state.ts'
import type { KernelContext } from './context.ts'
import { bindDriver, unbindDriver } from './drivers.ts'
import { logPf } from './log.ts'
import { setNumVfs } from './vfs.ts'

/** Modelled seconds from the driver's stop until the chip has loaded its firmware and the ports have link again. */
const resetSeconds = 8

/** What mstfwreset does at level 3: takes the VFs, stops the driver, resets the chip, which loads its next settings, and starts the driver. */
export async function resetFirmware(context: KernelContext, card: Card): Promise<void> {
  for (const pf of card.pfs) {
    await setNumVfs(context, pf, 0)
    await unbindDriver(context, pf.pci, 'mlx5_core')
  }
  for (const setting of Object.values(card.firmware)) setting.current = setting.next
  await context.time.sleep(resetSeconds)
  for (const pf of card.pfs) {
    logPf(context, pf, 'enabling device (0000 -> 0002)')
    await bindDriver(context, pf.pci, 'mlx5_core')
  }
}
