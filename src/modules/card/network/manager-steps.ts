import { run, type Step } from '../../../module/step.ts'
import type { BondJob } from './backend.ts'
import { dissolve } from './link-steps.ts'

/** Makes NetworkManager read its profiles again; what is active stays so. */
export const reloadManager: Step = run(['nmcli', 'connection', 'reload'], { timeout: 30 })

/** Brings up profiles by their ids. One that is up keeps its old settings until it is brought up again; the ports follow the bond. */
export function managerUp(ids: readonly string[]): readonly Step[] {
  return [reloadManager, ...ids.map((id) => run(['nmcli', 'connection', 'up', id], { timeout: 90 }))]
}

/** Takes a bond down with NetworkManager, and by hand what that leaves. */
export function managerDown(job: BondJob): readonly Step[] {
  // 10: NetworkManager does not know the connection; 6: it is not active.
  return [run(['nmcli', 'connection', 'down', job.bond], { timeout: 60, ok: [0, 6, 10] }), ...dissolve(job, true)]
}
