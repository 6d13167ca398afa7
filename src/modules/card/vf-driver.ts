import type { Facts, PfFact } from '../../module/facts.ts'
import { findPf } from '../../module/facts.ts'
import { defineModule } from '../../module/module.ts'
import { blocked, change, type Delta, delta, type Plan, unchanged, wait } from '../../module/plan.ts'
import { list as listRead } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { attr, run, type Step } from '../../module/step.ts'
import { count, list } from '../../shared/text.ts'
import { noSuchPf, pciPath, pfLabel, type SriovState, sriovReads, sriovState, type VfState, vfLabel } from './pf.ts'
import {
  detachHint,
  doubtfulHolders,
  holdingSentence,
  holdings,
  type Vms,
  vmListRead,
  vmReads,
  vmsOf,
} from './users-of-vfs.ts'

interface Args {
  readonly pf: string
  readonly driver: 'none' | 'mlx5_core' | 'vfio-pci'
  readonly vfs?: readonly number[]
}

interface State {
  readonly pf: PfFact
  readonly sriov: SriovState
  /** The driver is loaded. */
  readonly loaded: boolean
  readonly vms: Vms | null
}

const driverPath = (driver: string): string => `/sys/bus/pci/drivers/${driver}`

/** Which driver VFs are bound to (kernel: drivers/base/bus.c, drivers/pci/pci-driver.c). */
export const vfDriver = defineModule<Args, State | null>({
  name: 'vf_driver',
  summary: 'Bind the VFs of a PF to a driver, or take them from the host',
  description:
    '`none` frees VFs from the network drivers of the host; VFs on vfio-pci, which stands for a VM, are left alone. Binding goes by driver_override, so that it also works while probing is off and touches no other device. Registers `vfs`, a list of {index, pci, driver}.',
  args: {
    properties: {
      pf: { description: 'The PF, by interface or PCI address', type: 'string', examples: ['ens2f0'] },
      driver: {
        description: 'mlx5_core: the host uses the VFs. vfio-pci: guests do. none: no driver of the host holds them',
        type: 'string',
        enum: ['none', 'mlx5_core', 'vfio-pci'],
      },
      vfs: {
        description: 'Indexes of the VFs that are meant; all of the PF when not given',
        type: 'array',
        items: { type: 'integer', minimum: 0 },
      },
    },
    required: ['pf', 'driver'],
  },
  examples: [
    { title: 'Free the VFs before LAG is made or dissolved', yaml: 'vf_driver:\n  pf: ens2f0\n  driver: none\n' },
    { title: 'Use the first VF on the host', yaml: 'vf_driver:\n  pf: ens2f0\n  driver: mlx5_core\n  vfs: [0]\n' },
  ],
  needsFacts: true,
  reads: (args, facts) => {
    const pf = findPf(facts, args.pf)
    if (!pf) return []
    return [...sriovReads(pf), listRead(driverPath('vfio-pci')), ...(args.driver === 'mlx5_core' ? [vmListRead] : [])]
  },
  more: (args, seen, facts) => {
    const pf = findPf(facts, args.pf)
    return pf && asksVms(args, sriovState(pf, seen)) ? vmReads(seen) : []
  },
  state: readState,
  plan: (args, state, context) => (state ? decide(args, state) : noSuchPf(args.pf, context.facts)),
  settles: { within: () => 30 },
  conclude: (_args, _results, after) => (after ? dataOf(after.sriov) : {}),
  disturbs: () => [
    '/sys/bus/pci/**',
    '/sys/class/net/**',
    'command:devlink',
    'command:ip',
    'command:lspci',
    'command:dmesg',
  ],
})

// Only taking a VF from vfio-pci can hurt a guest.
function asksVms(args: Args, sriov: SriovState): boolean {
  return args.driver === 'mlx5_core' && meant(args, sriov).some((vf) => vf.driver === 'vfio-pci')
}

function meant(args: Args, sriov: SriovState): readonly VfState[] {
  return sriov.vfs.filter((vf) => args.vfs === undefined || args.vfs.includes(vf.index))
}

function readState(args: Args, seen: Readings, facts: Facts): State | null {
  const pf = findPf(facts, args.pf)
  if (!pf) return null
  const sriov = sriovState(pf, seen)
  return {
    pf,
    sriov,
    loaded: args.driver !== 'vfio-pci' || seen.list(driverPath('vfio-pci')).length > 0,
    vms: asksVms(args, sriov) ? vmsOf(seen) : null,
  }
}

function decide(args: Args, state: State): Plan {
  const { pf, sriov } = state
  const name = pfLabel(pf)
  const unknown = (args.vfs ?? []).filter((index) => !sriov.vfs.some((vf) => vf.index === index))
  if (unknown.length > 0)
    return blocked(
      `${name} has ${sriov.count === 0 ? 'no VFs' : `VFs 0 to ${sriov.count - 1}`}, but ${list(unknown.map(String))} ${unknown.length === 1 ? 'is' : 'are'} asked for`,
      'create them with the vfs module',
    )
  // A VF whose links are not all there may still be probed by a driver a moment later.
  if (sriov.vfs.filter((vf) => vf.complete).length !== sriov.count)
    return wait(`the VFs of ${name} are still being made`, { again: 0.5, upTo: 120 })
  const vfs = meant(args, sriov)
  const held = state.vms ? holdings(vfs, state.vms) : []
  if (held.length > 0) return blocked(holdingSentence(held), detachHint(held))
  const doubt = state.vms && doubtfulHolders(vfs, state.vms)
  if (doubt) return blocked(doubt, 'start libvirt so that it can be asked')
  const wanted = args.driver === 'none' ? null : args.driver
  const wrong = vfs.filter((vf) =>
    wanted === null ? vf.driver !== null && vf.driver !== 'vfio-pci' : vf.driver !== wanted,
  )
  if (wrong.length === 0) return unchanged(whyNothing(name, wanted, vfs), dataOf(sriov))
  const deltas: Delta[] = wrong.map((vf) => delta(`driver of ${vfLabel(vf)} of ${name}`, vf.driver, wanted))
  const steps: Step[] = state.loaded ? [] : [run(['modprobe', 'vfio-pci'])]
  for (const vf of wrong) steps.push(...rebind(vf, wanted))
  return change(deltas, steps, dataOf(sriov))
}

function rebind(vf: VfState, wanted: string | null): readonly Step[] {
  const unbind = vf.driver === null ? [] : [attr(`${driverPath(vf.driver)}/unbind`, vf.pci)]
  if (wanted === null) return unbind
  const override = `${pciPath(vf.pci)}/driver_override`
  const bind = [attr(override, wanted), ...unbind, attr('/sys/bus/pci/drivers_probe', vf.pci)]
  // Back to what a fresh VF has; for vfio-pci it stays, so that nothing else takes the VF.
  return wanted === 'mlx5_core' ? [...bind, attr(override, '')] : bind
}

function whyNothing(name: string, wanted: string | null, vfs: readonly VfState[]): string {
  if (vfs.length === 0) return `${name} has no VFs`
  if (wanted !== null) return `${vfs.length === 1 ? 'the VF is' : `all ${vfs.length} VFs are`} bound to ${wanted}`
  const lent = vfs.filter((vf) => vf.driver === 'vfio-pci').length
  return `no driver of the host holds a VF of ${name}${lent > 0 ? `; ${count(lent, 'VF')} on vfio-pci ${lent === 1 ? 'is' : 'are'} left alone` : ''}`
}

function dataOf(sriov: SriovState): { readonly vfs: readonly { index: number; pci: string; driver: string | null }[] } {
  return { vfs: sriov.vfs.map((vf) => ({ index: vf.index, pci: vf.pci, driver: vf.driver })) }
}
