import type { PlanContext } from '../../module/module.ts'
import { blocked, type Plan } from '../../module/plan.ts'
import { list } from '../../shared/text.ts'
import type { Difference } from './bond-differences.ts'
import type { Args, State } from './network-restart-state.ts'
import { hostBound, vfLabel } from './pf.ts'
import { detachHint, doubtfulHolders, holdingSentence, holdings } from './users-of-vfs.ts'

/** Why a bond must not be brought up (anew); null when it may. */
export function refuseBringUp(
  args: Args,
  state: State,
  context: PlanContext,
  wrong: readonly Difference[],
): Plan | null {
  const { bond } = state
  const ports = state.ports.map((port) => port.name)
  const missing = state.ports.filter((port) => !port.netdev)
  if (missing.length > 0)
    return blocked(
      `${list(missing.map((port) => port.name))} is no interface of this host`,
      'look at "ip -br link" on the host',
    )
  if (bond.otherKind)
    return blocked(`${args.bond} exists and is no bond`, 'choose another name for the bond (vflag_bond)')
  if ('refusal' in state.chosen) return state.chosen.refusal
  const { backend } = state.chosen
  if (!state.hasFile)
    return blocked(
      `there is no ${backend.bondFile(args.bond)} to bring ${args.bond} up by`,
      'write it with bond_files first',
    )
  if (args.method === 'service' && context.facts.network_backend !== 'network-scripts')
    return blocked(
      `method is "service", but there is no network.service on this host`,
      'leave method out: the bond alone is brought up',
    )
  const unknown = wrong.filter((each) => each.kind === 'all' && each.name !== undefined && each.before === null)
  if (unknown.length > 0)
    return blocked(
      `${list(unknown.map((each) => String(each.name)))} ${unknown.length === 1 ? 'is no option' : 'are no options'} of the bonding driver of this host`,
      `"ls /sys/class/net/${args.bond}/bonding" on the host lists those it has`,
    )
  const third = bond.slaves.filter((slave) => !ports.includes(slave))
  if (third.length > 0)
    return blocked(
      `${args.bond} also has ${list(third)} as a member, and the card makes a LAG only of a bond over its own ports`,
      `take ${list(third)} out of ${args.bond}, or choose another name for the bond`,
    )
  const taken = state.ports.filter((port) => port.netdev?.master && port.netdev.master !== args.bond)
  if (taken.length > 0)
    return blocked(
      list(taken.map((port) => `${port.name} belongs to ${port.netdev?.master}`)),
      'take it out of there first',
    )
  const cut = refuseCut(args, state, context)
  if (cut) return cut
  if (bond.exists && state.lagActive && wrong.some((each) => each.kind === 'all'))
    return blocked(
      `${list(wrong.filter((each) => each.kind === 'all').map((each) => each.what))} cannot be changed while VF-LAG stands on ${args.bond}`,
      'run teardown.yaml first, then roll out again',
    )
  return refuseUsers(args, state, 'made')
}

/** Why a bond must not be taken down; null when it may. */
export function refuseTakeDown(args: Args, state: State, context: PlanContext): Plan | null {
  const { bond } = state
  const names = state.ports.map((port) => port.name)
  const third = bond.slaves.filter((slave) => !names.includes(slave))
  if (third.length > 0)
    return blocked(
      `${args.bond} also has ${list(third)} as a member, which would lose its network`,
      `take ${list(third)} out of ${args.bond} first, or name it in ports`,
    )
  if (bond.master === 'ovs-system')
    return blocked(
      `${args.bond} is a port of Open vSwitch, which would be left with a dead port`,
      'remove it from the bridge first (ovs_port or ovs_bridge with state: absent)',
    )
  return refuseCut(args, state, context) ?? refuseUsers(args, state, 'dissolved')
}

/** Making and dissolving LAG both want every VF of the card free. */
function refuseUsers(args: Args, state: State, what: 'made' | 'dissolved'): Plan | null {
  const held = state.vms ? holdings(state.vfs, state.vms) : []
  if (held.length > 0)
    return blocked(`${holdingSentence(held)}; LAG cannot be ${what} safely under a guest`, detachHint(held))
  const doubt = state.vms && doubtfulHolders(state.vfs, state.vms)
  if (doubt) return blocked(doubt, 'start libvirt so that it can be asked')
  const bound = hostBound(state.vfs)
  if (bound.length === 0) return null
  const why =
    what === 'made'
      ? 'the firmware refuses a LAG, or leaves their queues on one port'
      : 'the firmware may fail to dissolve the LAG and then needs a restart'
  return blocked(
    `${list(bound.map((vf) => `${vfLabel(vf)} is bound to ${vf.driver}`))}; ${why}`,
    `free them first (vf_driver with driver: none), then ${what === 'made' ? 'make' : 'take down'} ${args.bond}`,
  )
}

function refuseCut(args: Args, state: State, context: PlanContext): Plan | null {
  const uses = context.facts.management.uses
  const over = [args.bond, ...state.ports.map((port) => port.name)].filter((name) => uses.includes(name))
  if (over.length === 0 || args.allow_management) return null
  return blocked(
    `the SSH session runs over ${list(over)}; ${args.state === 'present' ? 'bonding' : 'taking down'} it may cut this host off`,
    'reach the host by another interface, or set allow_management: true when the host can be reached otherwise (console)',
  )
}
