import type { Facts } from '../../../module/facts.ts'
import { run, type Step } from '../../../module/step.ts'
import type { BondJob } from './backend.ts'

/** The release of systemd whose networkctl has `reload` and `reconfigure` (NEWS, 244). */
const reloads = 244

/** Makes networkd read its files again: only interfaces whose file is another one now are set up anew. Older ones have to be restarted, which keeps what is set up. */
export function networkdReload({ systemd }: Facts): readonly Step[] {
  return systemd !== null && systemd < reloads
    ? [run(['systemctl', 'restart', 'systemd-networkd.service'], { timeout: 60 })]
    : [run(['networkctl', 'reload'], { timeout: 30 })]
}

/** Makes networkd make the bond and put its ports into it; no other interface is touched. */
export function networkdUp(job: BondJob): readonly Step[] {
  const [step, ...more] = networkdReload(job.facts)
  if (!step) return []
  const { systemd } = job.facts
  const old = systemd !== null && systemd < reloads
  return [
    step,
    ...more,
    ...(old ? [] : [run(['networkctl', 'reconfigure', ...job.ports.map((port) => port.name)], { timeout: 30 })]),
  ]
}
