import type { Facts } from '../../module/facts.ts'
import type { PlanContext } from '../../module/module.ts'
import { change, delta, failed, type Plan } from '../../module/plan.ts'
import { run } from '../../module/step.ts'
import { type LagState, lagPorts } from './lag-evidence.ts'
import { type Broken, brokenRule } from './lag-rules.ts'
import { detachHint, doubtfulHolders, holdingSentence, holdings, type Vms } from './users-of-vfs.ts'

interface Args {
  readonly bond: string
  readonly within: number
  readonly retrigger: boolean
}

interface State extends LagState {
  readonly vms: Vms | null
}

/**
 * The driver looks at a bond at its events only, so a LAG that it once refused stays away when the reason is gone (kernel:
 * mlx5/core/lag/lag.c, mlx5_queue_bond_work). An event is made, when the driver has had its time and nobody is hurt by it;
 * null when there is nothing to cure so, or not yet.
 */
export function retrigger(args: Args, state: State, active: boolean, context: PlanContext): Plan | null {
  const broken = brokenRule(state, args.bond)
  const curable = broken === null || broken.passing === true
  if (!args.retrigger || active || !curable || context.elapsed < args.within) return null
  const ports = lagPorts(state)
  const port = ports.at(-1) ?? ''
  const refusal = refuse(args.bond, state, context.facts, ports)
  if (refusal) return failed(`the card has not made a VF-LAG, and ${refusal.because}`, refusal.hint)
  const set = ['ip', 'link', 'set', 'dev', port]
  return change(
    [delta(`VF-LAG of ${args.bond}`, 'not made', `tried again: ${port} leaves ${args.bond} and joins it`)],
    [
      run([...set, 'down']),
      run([...set, 'nomaster']),
      run([...set, 'down']),
      run([...set, 'master', args.bond]),
      run([...set, 'up']),
    ],
  )
}

function refuse(bond: string, state: State, facts: Facts, ports: readonly string[]): Broken | null {
  if ([bond, ...ports].some((name) => facts.management.uses.includes(name)))
    return {
      because: `the SSH session runs over ${bond}, so no port is taken out of it`,
      hint: `do it from a console: take ${ports.at(-1)} out of ${bond} and put it back`,
    }
  const vfs = state.pfs.flatMap((each) => each.sriov.vfs)
  const held = state.vms ? holdings(vfs, state.vms) : []
  if (held.length > 0) return { because: holdingSentence(held), hint: detachHint(held) }
  const doubt = state.vms && doubtfulHolders(vfs, state.vms)
  return doubt ? { because: doubt, hint: 'start libvirt so that it can be asked' } : null
}
