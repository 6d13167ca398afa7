import type { Facts } from '../../module/facts.ts'
import { defineModule, type PlanContext } from '../../module/module.ts'
import { blocked, change, type Delta, delta, type Plan, unchanged, wait } from '../../module/plan.ts'
import { command, list as listRead } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { mkdir, run, type Step } from '../../module/step.ts'
import { list } from '../../shared/text.ts'
import { type BootArgs, bootFiles, bootPaths } from './boot-files.ts'
import { type BootUnit, bootUnit, bootUnitsRead, postUnit, preUnit } from './boot-units.ts'
import { keptDirectory, netplanRebindUnit, packageOf } from './knowledge.ts'
import { netdevReads, netdevs, type Representor, representorsOf } from './netdevs.ts'
import { type OwnedFile, oddFiles, ownedFile, ownedReads, takeBackFiles, writeFiles } from './owned-files.ts'
import { missingPf, pfLabel, presentPfs } from './pf.ts'
import { derivedMac } from './vf-mac.ts'

interface Args extends BootArgs {
  readonly state: 'present' | 'absent'
}

interface State {
  readonly files: readonly OwnedFile[]
  readonly units: readonly BootUnit[]
  /** By PCI address of the PF. */
  readonly representors: ReadonlyMap<string, readonly Representor[]>
  /** Units of netplan that would bind VFs too early. */
  readonly rivals: readonly string[]
  /** Interfaces with MLNX_OFED's file for steering. */
  readonly ofedSteering: readonly string[]
  /** The program is there: the units change modes with it. */
  readonly devlink: boolean
}

/** What brings VF-LAG back at every boot. */
export const persistence = defineModule<Args, State>({
  name: 'persistence',
  summary: 'Make VF-LAG come back at every boot, or stop that',
  description:
    'A restart takes VFs, e-switch modes and hw-tc-offload away. Installs two systemd units: vflag-pre brings them back before the network, vflag-post waits for the LAG after it and before VMs start, and says in the journal when it does not come; VFs then stay without a driver. Starts nothing now. Wants the host as it has to come back: in switchdev mode, with all representors.',
  args: {
    properties: {
      pfs: {
        description: 'The two ports, by interface or PCI address; not needed for absent',
        type: 'array',
        items: { type: 'string' },
        default: [],
      },
      vfs: { description: 'VFs of each port', type: 'integer', minimum: 1, maximum: 1024, default: 1 },
      bridge: {
        description: 'The Open vSwitch bridge of the bond and the representors; none when empty',
        type: 'string',
        pattern: '^[A-Za-z0-9_.:-]{0,15}$',
        default: '',
      },
      bond: {
        description: 'The bond, to be a port of the bridge',
        type: 'string',
        pattern: '^[A-Za-z0-9_.:-]{1,15}$',
        default: 'bond0',
      },
      driver: {
        description:
          'Who gets the VFs once there is a LAG: none (VMs take theirs by themselves), mlx5_core (the host), vfio-pci',
        type: 'string',
        enum: ['none', 'mlx5_core', 'vfio-pci'],
        default: 'none',
      },
      mac: {
        description:
          'MAC addresses of the VFs, as in vf_settings. derived: every VF has one. keep: only those of `vms`',
        type: 'string',
        enum: [derivedMac, 'keep'],
        default: derivedMac,
      },
      vms: {
        description: 'Who gets which VF: entries with `pf`, `vf` and maybe `mac`, which wins',
        type: 'array',
        items: { type: 'object' },
        default: [],
      },
      trust: {
        description: 'Whether VFs may become promiscuous and change their address, as in vf_settings',
        type: 'boolean',
        default: false,
      },
      steering: {
        description: 'How flows get into the card, as in eswitch: smfs, dmfs, or keep what the driver starts with',
        type: 'string',
        enum: ['smfs', 'dmfs', 'keep'],
        default: 'keep',
      },
      lag_timeout: {
        description: 'Seconds that a boot waits for the LAG',
        type: 'integer',
        minimum: 1,
        maximum: 600,
        default: 60,
      },
      state: { description: 'present or absent', type: 'string', enum: ['present', 'absent'], default: 'present' },
    },
  },
  examples: [
    {
      title: 'Come back at every boot',
      yaml: 'persistence:\n  pfs: [ens2f0, ens2f1]\n  vfs: 4\n  bond: bond0\n  bridge: ovs-sriov\n',
    },
    { title: 'Nothing comes back', yaml: 'persistence:\n  state: absent\n' },
  ],
  needsFacts: true,
  templates: () => bootPaths.map(({ template }) => template),
  reads: () => [
    ...bootPaths.flatMap(({ path }) => ownedReads(path)),
    bootUnitsRead,
    ...netdevReads,
    listRead(netplanRebindUnit),
    ofedSteeringRead,
    devlinkRead,
  ],
  state: readState,
  plan: (args, state, context) =>
    oddFiles(state.files) ?? (args.state === 'absent' ? absent(state) : present(args, state, context)),
  disturbs: () => ['command:systemctl'],
})

const ofedSteeringRead = listRead('/sys/class/net/*/compat/devlink/steering_mode')
const devlinkRead = command('devlink', '-V')

function readState(args: Args, seen: Readings, facts: Facts): State {
  const all = netdevs(seen)
  return {
    files: bootPaths.map(({ path }) => ownedFile(path, seen)),
    units: [preUnit, postUnit].map((name) => bootUnit(name, seen)),
    representors: new Map(presentPfs(facts, args.pfs).map((pf) => [pf.pci, representorsOf(pf, all, facts.pfs)])),
    rivals: seen.list(netplanRebindUnit),
    ofedSteering: seen.list(...ofedSteeringRead.globs).map((path) => path.split('/')[4] ?? ''),
    devlink: seen.command(...devlinkRead.argv).status !== 127,
  }
}

function present(args: Args, state: State, context: PlanContext): Plan {
  if (args.pfs.length === 0) return blocked('pfs is empty, but must name the two ports of the card', 'set vflag_pfs')
  const refused = missingPf(args.pfs, context.facts) ?? refuse(args, state, context.facts)
  if (refused) return refused
  const texts = bootFiles(args, presentPfs(context.facts, args.pfs), state.representors, state.ofedSteering, context)
  const { deltas, steps } = writeFiles(state.files.flatMap((each, at) => [[each, texts[at] ?? ''] as const]))
  const disabled = state.units.filter((unit) => !unit.enabled)
  if (steps.length === 0 && disabled.length === 0)
    return unchanged('VF-LAG comes back at every boot already', { units: [preUnit, postUnit] })
  return change(
    [...deltas, ...disabled.map(({ name }) => delta(`${name} at boot`, 'disabled', 'enabled'))],
    [
      ...(steps.length > 0 ? [mkdir(keptDirectory, { mode: '0755' }), ...steps, reload] : []),
      ...(disabled.length > 0 ? [run(['systemctl', 'enable', ...disabled.map(({ name }) => name)])] : []),
    ],
    { units: [preUnit, postUnit] },
  )
}

const reload = run(['systemctl', 'daemon-reload'])

function refuse(args: Args, state: State, facts: Facts): Plan | null {
  if (state.rivals.length > 0)
    return blocked(
      `netplan binds VFs at every boot without looking for a LAG (${list(state.rivals)})`,
      'take virtual-function-count, embedded-switch-mode and delay-virtual-functions-rebind of the ports out of /etc/netplan, and run "netplan generate"',
    )
  if (!state.devlink)
    return blocked(
      'devlink is not installed, but the units that run at a boot need it',
      `install the package ${packageOf('devlink', facts.distribution.family)} (module package)`,
    )
  const pfs = presentPfs(facts, args.pfs)
  const nameless = pfs.filter((pf) => pf.netdev === null)
  if (nameless.length > 0)
    return blocked(
      `${list(nameless.map((pf) => pf.pci))} has no network interface, but must have one to come back with`,
    )
  const short = pfs.filter((pf) => (state.representors.get(pf.pci) ?? []).length < args.vfs)
  if (short.length > 0)
    return wait(
      `${list(short.map(pfLabel))} must have the representors of ${args.vfs} VFs, but ${list(short.map((pf) => String(state.representors.get(pf.pci)?.length ?? 0)))} ${short.length === 1 ? 'is' : 'are'} there`,
      { again: 1, upTo: 15 },
      'what comes back at a boot is what stands now: create the VFs and put the e-switches into switchdev mode first',
    )
  return null
}

function absent(state: State): Plan {
  const enabled = state.units.filter((unit) => unit.enabled).map(({ name }) => name)
  const active = state.units.filter((unit) => unit.active === 'active').map(({ name }) => name)
  const failed = state.units.filter((unit) => unit.active === 'failed').map(({ name }) => name)
  const [script, units] = [state.files.slice(0, 1), state.files.slice(1)].map(takeBackFiles)
  const deltas = [...(units?.deltas ?? []), ...(script?.deltas ?? [])]
  const all: Step[] = []
  const told: Delta[] = enabled.map((name) => delta(`${name} at boot`, 'enabled', 'disabled'))
  // Stopping does nothing to the card: the units have no ExecStop. Only systemd forgets that they ran.
  if (active.length > 0) all.push(run(['systemctl', 'stop', ...active]))
  if (failed.length > 0) all.push(run(['systemctl', 'reset-failed', ...failed]))
  if (enabled.length > 0) all.push(run(['systemctl', 'disable', ...enabled]))
  // The script last: while it is there, a run that broke off before systemd was told has something left to do.
  if (deltas.length > 0) all.push(...(units?.steps ?? []), reload, ...(script?.steps ?? []))
  if (told.length + deltas.length === 0) return unchanged('nothing of vflag-play runs at a boot')
  return change([...told, ...deltas], all)
}
