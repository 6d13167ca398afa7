import { done, gave, refused } from '../errno.ts'
import type { Sys } from '../machine.ts'
import type { MachineState, Pf } from '../state.ts'
import { forgetSlave } from './bond.ts'
import { cardOf } from './card.ts'
import { exclusively, isOld, type KernelContext, later } from './context.ts'
import { disableLag, hasVfsInUse, queueLag } from './lag.ts'
import { logPf, logPfError } from './log.ts'
import { addPfLink, dropLink, pfLink } from './netdev.ts'
import { addRepresentorsLater, removeRepresentors, udevDelay } from './representors.ts'

/** What devlink shows of an e-switch; old kernels have none to show while there are no VFs. */
export function showEswitch(state: MachineState, pf: Pf): Sys<Pf['eswitch']> {
  if (pf.driver !== 'mlx5_core') return refused('ENODEV')
  if (state.profile.os === 'rhel7.7' && pf.numvfs === 0) return refused('EOPNOTSUPP')
  return gave(pf.eswitch)
}

/**
 * Changes the mode (mlx5_devlink_eswitch_mode_set). An active LAG goes first, even when the rest then fails or has nothing
 * to do; firmware that is strict refuses switchdev while VFs are in use.
 */
export function setEswitchMode(context: KernelContext, pf: Pf, mode: 'legacy' | 'switchdev'): Promise<Sys> {
  return exclusively(context, pf.pci, async () => {
    if (pf.driver !== 'mlx5_core') return refused('ENODEV')
    disableLag(context, cardOf(context.state, pf))
    const result = await change(context, pf, mode)
    queueLag(context, cardOf(context.state, pf))
    return result
  })
}

async function change(context: KernelContext, pf: Pf, mode: 'legacy' | 'switchdev'): Promise<Sys> {
  const { state, time } = context
  if (pf.tcRules > 0) return refused('EBUSY', "mlx5_core: Can't change mode, E-Switch is busy")
  if (isOld(context) && pf.numvfs === 0)
    return mode === 'switchdev'
      ? refused('EINVAL', "mlx5_core: Can't set offloads mode, SRIOV legacy not enabled")
      : refused('EOPNOTSUPP')
  if (pf.eswitch.mode === mode) return done
  if (mode === 'switchdev' && state.profile.firmware === 'strict' && hasVfsInUse(pf)) {
    const command =
      'CREATE_FLOW_TABLE(0x930) op_mod(0x0) failed, status bad resource state(0x9), syndrome (0x98afbb), err(-22)'
    logPfError(context, pf, 'mlx5_cmd_out_err:838', command)
    logPf(context, pf, 'E-Switch: Failed to create slow path FDB Table err -22')
    return refused('EINVAL', 'mlx5_core: Failed setting eswitch to offloads')
  }
  await time.sleep(0.5 + 0.1 * pf.numvfs)
  logSwitch(context, pf, 'Disable', pf.eswitch.mode)
  if (mode === 'legacy') removeRepresentors(context, pf)
  pf.eswitch.mode = mode
  logSwitch(context, pf, 'Enable', mode)
  if (mode === 'switchdev') addRepresentorsLater(context, pf)
  if (isOld(context)) recreateNetdev(context, pf)
  return done
}

/** Back to legacy as numvfs=0 does it on old kernels, which know no e-switch without VFs. */
export function leaveSwitchdev(context: KernelContext, pf: Pf): void {
  if (pf.eswitch.mode === 'legacy') return
  pf.eswitch.mode = 'legacy'
  recreateNetdev(context, pf)
}

/** Before 5.13 a mode change makes a new interface: out of the bond, down, without features, named again by udev a moment later. */
function recreateNetdev(context: KernelContext, pf: Pf): void {
  const link = pfLink(context.state, pf)
  if (link) {
    const master = link.master === null ? undefined : context.state.links[link.master]
    if (master?.bond) forgetSlave(context, master, link.name)
    dropLink(context.state, link.name)
  }
  later(context, udevDelay, () => {
    if (pf.driver !== 'mlx5_core' || pfLink(context.state, pf)) return
    addPfLink(context, pf)
    queueLag(context, cardOf(context.state, pf))
  })
}

/** The e-switch's lines: `E-Switch: Enable: mode(OFFLOADS), ...`; 3.10 says it in its own words. */
export function logSwitch(
  context: KernelContext,
  pf: Pf,
  what: 'Enable' | 'Disable' | 'Unload vfs',
  mode: Pf['eswitch']['mode'],
): void {
  const count = pf.vfs.length
  const word = mode === 'switchdev' ? 'OFFLOADS' : 'LEGACY'
  if (!isOld(context)) {
    logPf(context, pf, `E-Switch: ${what}: mode(${word}), nvfs(${count}), necvfs(0), active vports(${count + 1})`)
    return
  }
  const number = mode === 'switchdev' ? 2 : 1
  if (what === 'Enable') {
    logPf(context, pf, `E-Switch: E-Switch enable SRIOV: nvfs(${count}) mode (${number})`)
    logPf(context, pf, `E-Switch: SRIOV enabled: active vports(${count + 1})`)
  } else logPf(context, pf, `E-Switch: disable SRIOV: active vports(${count + 1}) mode(${number})`)
}
