import type { Link, Pf } from '../state.ts'
import { pfOf } from './card.ts'
import { carrierOf } from './carrier.ts'
import type { KernelContext } from './context.ts'

/** Lines kept in the ring buffer. */
const ringSize = 2000

/** Adds a line to the kernel log. */
export function log(context: KernelContext, text: string): void {
  const { dmesg, boot } = context.state
  dmesg.push({ at: Math.max(0, context.time.now() - boot.at), text })
  if (dmesg.length > ringSize) dmesg.splice(0, dmesg.length - ringSize)
}

/** A line of mlx5_core about a PF. */
export function logPf(context: KernelContext, pf: Pf, text: string): void {
  log(context, `mlx5_core ${pf.pci}: ${text}`)
}

/** An error line of mlx5_core: it names the function, the line and the process (mlx5_core_err). */
export function logPfError(context: KernelContext, pf: Pf, where: string, text: string): void {
  log(context, `mlx5_core ${pf.pci}: ${where}:(pid 1417): ${text}`)
}

/** What mlx5 says and counts when a port's link has come or gone since `before`. */
export function logPortLink(context: KernelContext, link: Link, before: boolean): void {
  const pf = link.kind === 'pf' ? pfOf(context.state, link) : undefined
  const now = carrierOf(context.state, link)
  if (!pf || now === before) return
  if (!now) pf.counters.link_down_events_phy++
  log(context, `mlx5_core ${pf.pci} ${link.name}: Link ${now ? 'up' : 'down'}`)
}
