import { done, gave, refused } from '../errno.ts'
import type { Sys } from '../machine.ts'
import { cardModels } from '../profiles/card-models.ts'
import { kernelOf, kernels } from '../profiles/kernels.ts'
import type { MachineState, Pf } from '../state.ts'
import { soon } from '../udev/name.ts'
import { forgetSlave } from './bond.ts'
import { cardOf } from './card.ts'
import { exclusively, type KernelContext } from './context.ts'
import { disableLag, hasVfsInUse, queueLag } from './lag.ts'
import { logPf, logPfError } from './log.ts'
import { addPfLink, dropLink, pfLink } from './netdev.ts'
import { addRepresentorsLater, removeRepresentors } from './representors.ts'

/** What devlink shows of an e-switch; old kernels have none to show while there are no VFs. */
export function showEswitch(state: MachineState, pf: Pf): Sys<Pf['eswitch']> {
  if (pf.driver !== 'mlx5_core') return refused('ENODEV')
  const hidden = pf.numvfs === 0 && pf.eswitch.mode === 'legacy' && !kernels[state.profile.os].showsModeWithoutVfs
  if (hidden || !ownsEswitch(state, pf)) return refused('EOPNOTSUPP')
  return gave(pf.eswitch)
}

/** Whether the e-switch is this host's: a BlueField in DPU mode keeps it to its Arm cores. */
export const ownsEswitch = (state: MachineState, pf: Pf): boolean => !cardModels[cardOf(state, pf).model].armOwnsEswitch

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
  if (!ownsEswitch(state, pf)) return refused('EOPNOTSUPP')
  if (!kernelOf(context).switchdevWithoutVfs && pf.numvfs === 0)
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
  if (kernelOf(context).recreatesNetdev) recreateNetdev(context, pf)
  if (mode === 'switchdev') addRepresentorsLater(context, pf)
  return done
}

/** Back to legacy as numvfs=0 does it on old kernels, which know no e-switch without VFs. */
export function leaveSwitchdev(context: KernelContext, pf: Pf): void {
  if (pf.eswitch.mode === 'legacy') return
  pf.eswitch.mode = 'legacy'
  if (kernelOf(context).recreatesNetdev) recreateNetdev(context, pf)
}

/** Before 5.13 a mode change makes a new interface: out of the bond, down, without features, named again by udev a moment later. */
function recreateNetdev(context: KernelContext, pf: Pf): void {
  const link = pfLink(context.state, pf)
  if (link) {
    const master = link.master === null ? undefined : context.state.links[link.master]
    if (master?.bond) forgetSlave(context, master, link.name)
    dropLink(context.state, link.name)
  }
  soon(context, () => {
    if (pf.driver !== 'mlx5_core' || pfLink(context.state, pf)) return
    addPfLink(context, pf, true)
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
  const style = kernelOf(context).eswitchLog
  if (style !== 'sriov') {
    const embedded = style === 'necvfs' ? ' necvfs(0),' : ''
    logPf(context, pf, `E-Switch: ${what}: mode(${word}), nvfs(${count}),${embedded} active vports(${count + 1})`)
    return
  }
  const number = mode === 'switchdev' ? 2 : 1
  if (what === 'Enable') {
    logPf(context, pf, `E-Switch: E-Switch enable SRIOV: nvfs(${count}) mode (${number})`)
    logPf(context, pf, `E-Switch: SRIOV enabled: active vports(${count + 1})`)
  } else logPf(context, pf, `E-Switch: disable SRIOV: active vports(${count + 1}) mode(${number})`)
}
