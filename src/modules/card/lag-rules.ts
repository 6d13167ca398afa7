import { list } from '../../shared/text.ts'
import { lagModes } from './bond-state.ts'
import { mostVfsForLag } from './knowledge.ts'
import { type LagState, lagPorts, lastLagEvent } from './lag-evidence.ts'
import { hostBound, pfLabel, type VfState, vfLabel } from './pf.ts'

/** A rule of the driver that a host breaks, as a clause, with a next move. */
export interface Broken {
  readonly because: string
  readonly hint: string
  /** It was broken when the driver last looked, and may not be any more. */
  readonly passing?: true
}

/**
 * What is wrong with the bond or the e-switches, so that there can be no VF-LAG for long whatever the driver says at the
 * moment: it looks at an event up to a second later (kernel: mlx5/core/lag/lag.c, mlx5_lag_check_prereq and the bond's event handlers). Most of them are
 * broken silently: the driver logs nothing.
 */
export function brokenShape(state: LagState, bond: string): Broken | null {
  if (state.multiport.length > 0)
    return {
      because: `${list(state.multiport.map(pfLabel))} ${state.multiport.length === 1 ? 'runs' : 'run'} as a multiport e-switch, which excludes a LAG of a bond`,
      hint: 'switch it off: "devlink dev param set pci/ADDRESS name esw_multiport value false cmode runtime"; with MLNX_OFED write queue_affinity to compat/devlink/lag_port_select_mode of both ports in legacy mode',
    }
  const ports = lagPorts(state)
  if (!state.bond.exists)
    return { because: `there is no bond ${bond}`, hint: 'make it with bond_files and network_restart' }
  const missing = ports.filter((port) => !state.bond.slaves.includes(port))
  if (missing.length > 0)
    return {
      because: `${list(missing)} ${missing.length === 1 ? 'is not a member' : 'are no members'} of ${bond}`,
      hint: 'bring the bond up again with network_restart',
    }
  const third = state.bond.slaves.filter((slave) => !ports.includes(slave))
  if (third.length > 0)
    return {
      because: `${bond} also has ${list(third)} as a member, and the card makes a LAG only of a bond over its own ports`,
      hint: `take ${list(third)} out of ${bond}`,
    }
  if (state.bond.mode !== null && !lagModes.includes(state.bond.mode))
    return {
      because: `${bond} runs in mode ${state.bond.mode}, but must run in ${list(lagModes, 'or')}`,
      hint: 'set vflag_bond_mode, then teardown.yaml and the roll-out again',
    }
  const modes = state.pfs.map((each) => (each.eswitch.known ? each.eswitch.mode : 'unknown'))
  const legacy = state.pfs.filter((_, at) => modes[at] !== 'switchdev')
  if (legacy.length > 0)
    return {
      because: `the e-switch of ${list(legacy.map((each) => pfLabel(each.pf)))} is not in switchdev mode${legacy.length < state.pfs.length ? ', and both must be in the same' : ''}`,
      hint: 'use the eswitch module on both ports',
    }
  return null
}

/**
 * The first rule of the driver for VF-LAG that this host breaks, as a clause with a next move, or null when none is seen
 * to be broken: those of {@link brokenShape}, and VFs in use while LAG is made.
 */
export function brokenRule(state: LagState, bond: string): Broken | null {
  const shape = brokenShape(state, bond)
  if (shape) return shape
  const [one, two] = state.roce
  if (one !== undefined && two !== undefined && one !== null && two !== null && one !== two)
    return {
      because: `RoCE is enabled on ${lagPorts(state)[one ? 0 : 1]} only, and must be the same on both ports`,
      hint: 'set enable_roce alike on both ("devlink dev param set pci/ADDRESS name enable_roce value true cmode driverinit", then "devlink dev reload")',
    }
  const ports = lagPorts(state)
  const last = lastLagEvent(state)
  if (last?.kind === 'stuck')
    return {
      because: `an earlier LAG could not be dissolved ("${last.text}")`,
      hint: 'free the VFs (vf_driver with driver: none), then restart the host',
    }
  const bound = state.pfs.flatMap((each) => hostBound(each.sriov.vfs))
  if (bound.length > 0)
    return {
      because: `${list(bound.map((vf) => `${vfLabel(vf)} is bound to ${vf.driver}`))}${last?.kind === 'failed' ? `, and the firmware answered "${last.text}"` : ''}`,
      hint: `free the VFs (vf_driver with driver: none); ${again(bond, ports)}`,
    }
  if (last?.kind === 'failed')
    return { because: `the driver reports "${last.text}"`, hint: again(bond, ports), passing: true }
  const offered = Math.max(...state.pfs.map((each) => each.sriov.total ?? 0))
  if (offered > mostVfsForLag)
    return {
      because: `the firmware offers ${offered} VFs on a port, and older drivers and firmware make no LAG with more than ${mostVfsForLag}`,
      hint: `set NUM_OF_VFS to ${mostVfsForLag} or less (module firmware) and restart the host`,
    }
  return null
}

/**
 * VFs that a driver of this host has had since before the LAG was made, as the kernel log tells: their queues stay on one
 * port for ever (kernel merge aaa5570612b1), although the LAG is active.
 */
export function boundTooEarly(state: LagState): readonly VfState[] {
  const log = state.log ?? []
  const made = log.findLastIndex((each) => each.kind === 'map' && !each.remap)
  if (made < 0) return []
  return state.pfs
    .flatMap((each) => hostBound(each.sriov.vfs))
    .filter((vf) => {
      const bound = log.findLastIndex((each) => each.kind === 'bound' && each.vf === vf.pci)
      return bound >= 0 && bound < made
    })
}

// The driver tries again only when something happens to the bond; doing that here would interrupt traffic silently.
const again = (bond: string, ports: readonly string[]): string =>
  `the driver tries again only on an event: take ${ports.at(-1)} out of ${bond} and put it back ("ip link set ${ports.at(-1)} nomaster", then down, "master ${bond}" and up)`
