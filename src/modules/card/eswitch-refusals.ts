import type { Explanation, StepFailure } from '../../module/module.ts'
import { blocked, type Plan, wait } from '../../module/plan.ts'
import { count, list } from '../../shared/text.ts'
import { type EswitchState, eswitchLabel } from './eswitch-state.ts'
import { isBlueField, packageOf } from './knowledge.ts'
import { hostBound, vfLabel } from './pf.ts'
import { detachHint, doubtfulHolders, holdingSentence, holdings } from './users-of-vfs.ts'

type Mode = 'legacy' | 'switchdev'

const freeThem = 'free them first (vf_driver with driver: none)'
const outOfBridge = 'remove them from the bridge first (ovs_port or ovs_bridge with state: absent)'
const armSide =
  'run the card as a NIC (firmware: INTERNAL_CPU_OFFLOAD_ENGINE, then a restart), or configure the e-switch on its Arm side'

/** The refusal when the mode is not known. */
export function eswitchUnknown(state: EswitchState, family: 'redhat' | 'debian' | 'other'): Plan | null {
  const { eswitch } = state
  const name = eswitchLabel(state)
  const arm = isBlueField(state.pf.device)
  if (eswitch.known)
    return eswitch.hidden && arm && state.wanted === 'switchdev'
      ? blocked(
          `the e-switch of ${name} is not the host's: this BlueField is in DPU mode, where it belongs to the Arm cores`,
          armSide,
        )
      : null
  if (eswitch.missing) return blocked(eswitch.reason, `install the package ${packageOf('devlink', family)}`)
  return blocked(
    `devlink cannot show the e-switch of ${name}: ${eswitch.reason}`,
    arm
      ? `this BlueField is in DPU mode: ${armSide}`
      : 'the card may be in DPU mode, where the host does not own its e-switch, or the kernel may have no devlink',
  )
}

/** Why the mode of an e-switch must not be changed now; null when nothing stands in the way. */
export function refuseMode(mode: Mode, state: EswitchState): Plan | null {
  const { sriov, eswitch } = state
  const name = eswitchLabel(state)
  if (mode === 'switchdev' && eswitch.known && eswitch.hidden)
    return blocked(
      `${name} has no VFs, but this kernel enters switchdev mode only with VFs`,
      'create them first (module vfs)',
    )
  if (sriov.vfs.filter((vf) => vf.complete).length !== sriov.count)
    return wait(`the VFs of ${name} are still being made`, { again: 0.5, upTo: 120 })
  const bound = hostBound(sriov.vfs)
  if (bound.length > 0)
    return blocked(
      `${list(bound.map((vf) => `${vfLabel(vf)} is bound to ${vf.driver}`))}; the firmware refuses to change the e-switch of ${name} while VFs are in use`,
      freeThem,
    )
  const held = state.vms ? holdings(sriov.vfs, state.vms) : []
  if (held.length > 0)
    return blocked(
      `${holdingSentence(held)}; changing the e-switch of ${name} would cut off ${held.length === 1 ? 'its' : 'their'} network`,
      detachHint(held),
    )
  const doubt = state.vms && doubtfulHolders(sriov.vfs, state.vms)
  if (doubt) return blocked(doubt, 'start libvirt so that it can be asked')
  if (mode === 'legacy' && state.switched.length > 0)
    return blocked(
      `${portsInOvs(state)}, whose offloaded rules keep the e-switch of ${name} busy (EBUSY), and a refused request tears LAG down all the same`,
      outOfBridge,
    )
  const rules = state.rules.reduce((sum, each) => sum + each.count, 0)
  if (rules > 0)
    return blocked(
      `${list(state.rules.map((each) => `${each.interface} has ${count(each.count, 'offloaded rule')}`))}, which ${rules === 1 ? 'keeps' : 'keep'} the e-switch of ${name} busy (EBUSY), and a refused request tears LAG down all the same`,
      `no bridge of Open vSwitch has ${state.rules.length === 1 ? 'it' : 'them'}; see whose they are with "tc filter show dev ${state.rules[0]?.interface} ingress", and remove them ("tc qdisc del dev ${state.rules[0]?.interface} ingress")`,
    )
  return null
}

function portsInOvs(state: EswitchState): string {
  const where = state.bridges.length === 0 ? '' : ` (bridge ${list(state.bridges)})`
  return `${list(state.switched)} ${state.switched.length === 1 ? 'is a port' : 'are ports'} of Open vSwitch${where}`
}

/**
 * What an error of a mode change means. Newer kernels explain themselves (extack), older ones give the errno alone
 * (kernel: mlx5/core/eswitch_offloads.c, mlx5_devlink_eswitch_mode_set; mlx5/core/fs_core.c, mlx5_fs_mode_validate).
 */
export function explainEswitch({ step, result }: StepFailure, state: EswitchState): Explanation | null {
  const said = `${result.reason}\n${result.stderr}`
  const words = step.kind === 'run' ? step.argv.join(' ') : step.kind === 'attr' ? step.path : ''
  const name = eswitchLabel(state)
  if (/flow_steering_mode|steering_mode$/.test(words))
    return {
      because: `the driver changes how ${name} steers flows in legacy mode only, on cards that can do both`,
      hint: 'leave it as it is (steering: keep); VF-LAG works with either, with fewer flows per second in dmfs',
    }
  if (/lag_port_select_mode$/.test(words))
    return {
      because: 'the card or its firmware cannot choose ports so',
      hint: 'leave it as it is (port_select: keep); ConnectX-6 Dx with firmware before xx.33.1048 needs LAG_RESOURCE_ALLOCATION=1 for hash (module firmware)',
    }
  if (/ name /.test(words)) return renameRefused(name, said)
  if (/SRIOV legacy not enabled/.test(said))
    return {
      because: 'this kernel enters switchdev mode only with VFs',
      hint: 'create them first (module vfs)',
    }
  if (/firmware reset/i.test(said))
    return { because: 'the firmware is being reset', hint: 'run again when the card is back' }
  if (/Socket Direct/.test(said))
    return {
      because: 'two PCI functions of this card make one interface',
      hint: 'switch Socket Direct off in the firmware',
    }
  if (/Rate node/.test(said))
    return {
      because: 'there are transmit groups for VFs',
      hint: 'remove them first: "devlink port function rate show" lists them',
    }
  if (/IPsec/.test(said))
    return { because: 'IPsec is offloaded to the card', hint: 'remove its states and policies ("ip xfrm state")' }
  if (/resource busy|is busy/i.test(said))
    return state.switched.length > 0
      ? {
          because: `offloaded rules hold the e-switch: ${portsInOvs(state)}`,
          hint: outOfBridge,
        }
      : {
          because: 'offloaded rules hold the e-switch, or another change of it is under way',
          hint: 'look for in_hw in "tc filter show dev NAME ingress" of the port, its bond and its representors, then run again',
        }
  if (/Operation not supported/.test(said))
    return {
      because: isBlueField(state.pf.device)
        ? 'this BlueField is in DPU mode, where the e-switch belongs to the Arm cores'
        : `the host does not own the e-switch of ${name}, or the driver has none`,
      hint: armSide,
    }
  if (/Failed setting eswitch|Invalid argument/.test(said))
    return {
      because: `the firmware refuses while VFs of ${name} are bound, or still being probed`,
      hint: 'run again: the VFs are looked at anew and freed; the mlx5_core lines of dmesg show the firmware\'s answer ("syndrome")',
    }
  return null
}

function renameRefused(name: string, said: string): Explanation {
  return /File exists/.test(said)
    ? { because: `another interface is called ${name} now`, hint: 'look at "ip link" and the udev rules on the host' }
    : { because: 'the interface is up or already gone', hint: 'look at "ip link" on the host and run again' }
}
