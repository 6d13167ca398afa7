import { run, type Step } from '../../../module/step.ts'
import type { BondJob } from './backend.ts'

/** Takes the old life off ports that are not in the bond yet: an interface that is up cannot be enslaved, and its addresses would stay on it. */
export function freePorts(job: BondJob): readonly Step[] {
  return job.ports.flatMap(({ name, up, enslaved, addresses }): readonly Step[] => [
    ...addresses.map((address) => run(['ip', 'addr', 'del', address, 'dev', name])),
    ...(up && !enslaved ? [run(['ip', 'link', 'set', 'dev', name, 'down'])] : []),
  ])
}

/** Sets the ports of a bond free and deletes it; `gone` when something before may have done so already. */
export function dissolve(job: BondJob, gone = false): readonly Step[] {
  return [
    ...job.ports
      .filter((port) => port.enslaved)
      .flatMap(({ name }) => [
        run(['ip', 'link', 'set', 'dev', name, 'down']),
        run(['ip', 'link', 'set', 'dev', name, 'nomaster']),
      ]),
    // 1: there is no such device.
    run(['ip', 'link', 'del', 'dev', job.bond], { ok: gone ? [0, 1] : [0] }),
  ]
}
