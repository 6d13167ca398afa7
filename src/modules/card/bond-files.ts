import { defineModule, type PlanContext } from '../../module/module.ts'
import { change, type Delta, delta, type Plan, unchanged } from '../../module/plan.ts'
import { mkdir, mode as modeStep, remove, type Step, write } from '../../module/step.ts'
import { count, list } from '../../shared/text.ts'
import { bondArgs } from './bond-args.ts'
import { refuseFiles, refuseGiven, refuseOdd, wantedBond } from './bond-files-refusals.ts'
import {
  type Args,
  type Kept,
  moreReads,
  readState,
  reloadMark,
  type State,
  stateReads,
  textOf,
} from './bond-files-state.ts'
import { isOurs, type NetworkFile } from './network/backend.ts'
import { backendArg, backends } from './network/backends.ts'
import { bondMacFile, bondMacTemplate, systemdFolder } from './network/bond-mac.ts'
import { takeBackFiles } from './owned-files.ts'

/** The files that make a bond come back at every boot. */
export const bondFiles = defineModule<Args, State>({
  name: 'bond_files',
  summary: 'Write, or take back, the network files of a bond and its ports',
  description:
    'Whole files, never lines added to what is there; what they replace is kept under /var/lib/vflag-play/backup and put back by `state: absent`, which leaves files of others alone. Applies nothing: that is network_restart. Options that the mode does not take are left out. Writes ifcfg files (RHEL 7, RHEL 8 where the ports have such), NetworkManager keyfiles (EL 8 to 10), netplan (Ubuntu) or systemd-networkd (Debian), and where systemd would change the MAC address of the bond under it (242 and newer) a .link file that forbids that. Refused where files of others would be heard as well.',
  args: {
    properties: {
      ...bondArgs,
      mtu: { description: 'MTU of the bond and its ports', type: 'integer', minimum: 68, maximum: 65535 },
      backend: backendArg,
      state: { description: 'present or absent', type: 'string', enum: ['present', 'absent'], default: 'present' },
    },
    required: ['bond', 'ports'],
  },
  examples: [
    {
      title: 'An LACP bond',
      yaml: 'bond_files:\n  bond: bond0\n  ports: [ens2f0, ens2f1]\n  mode: 802.3ad\n  options: { miimon: 100, lacp_rate: fast, xmit_hash_policy: layer3+4 }\n',
    },
    {
      title: 'What was there before',
      yaml: 'bond_files:\n  bond: bond0\n  ports: [ens2f0, ens2f1]\n  state: absent\n',
    },
  ],
  needsFacts: true,
  templates: () => [...backends.flatMap((each) => each.templates), bondMacTemplate],
  reads: stateReads,
  more: moreReads,
  state: readState,
  plan: (args, state, context) =>
    args.state === 'present'
      ? (refuseFiles(args, state, context.facts) ?? present(args, state, context))
      : (refuseOdd(state.kept) ?? refuseGiven(state.kept) ?? absent(state, context)),
  disturbs: () => ['command:nmcli', 'command:netplan', 'command:networkctl', '/run/systemd/network/**'],
})

function present(args: Args, state: State, context: PlanContext): Plan {
  const { chosen } = state
  if (!chosen || 'refusal' in chosen) return chosen?.refusal ?? unchanged('nothing was asked for')
  const { backend } = chosen
  const wanted = wantedBond(args, context.facts)
  const mac = bondMacFile(args.bond, context.facts.systemd, context.render)
  const files = [...backend.files(wanted, context.facts, context.render), ...(mac ? [mac] : [])]
  const written = files.map((file) => writeWhole(file, state.kept))
  // Files of ours of another kind would make a second bond of the name.
  const stale = takeBackFiles(state.kept.filter((each) => each.backend !== backend && each.backend !== null))
  const deltas = [...written, stale].flatMap((each) => each.deltas)
  const steps = [...written, stale].flatMap((each) => each.steps)
  if (!state.folder && deltas.some((each) => each.what.startsWith(`${systemdFolder}/`)))
    steps.unshift(mkdir(systemdFolder, { mode: '0755' }))
  if (state.reloadDue.length > 0) steps.push(remove(reloadMark))
  if (steps.length === 0) return unchanged(`the ${count(files.length, 'file')} of ${args.bond} are as they have to be`)
  return change(deltas, steps)
}

interface Part {
  readonly deltas: readonly Delta[]
  readonly steps: readonly Step[]
}

function writeWhole(file: NetworkFile, kept: readonly Kept[]): Part {
  const at = kept.find((each) => each.path === file.path)
  const before = at ? textOf(at.found) : null
  const found = at?.found
  if (before === file.text) {
    // Open to others a file of NetworkManager or netplan is passed over, or complained about.
    if (found?.state !== 'present' || file.mode !== '0600' || found.mode === file.mode) return { deltas: [], steps: [] }
    return {
      deltas: [{ what: `mode of ${file.path}`, before: found.mode, after: file.mode }],
      steps: [modeStep(file.path, { mode: file.mode })],
    }
  }
  // Only somebody else's file is worth keeping.
  const backup = at && before !== null && !isOurs(before) ? { backup: at.backup } : {}
  return {
    deltas: [{ what: file.path, before, after: file.text, text: true }],
    steps: [write(file.path, file.text, { mode: file.mode, ...backup })],
  }
}

function absent(state: State, context: PlanContext): Plan {
  const { deltas, steps } = takeBackFiles(state.kept)
  const touched = state.kept.filter((each) => deltas.some(({ what }) => what === each.path))
  const concerned = backends.filter(
    (backend) => state.reloadDue.includes(backend.name) || touched.some((each) => each.backend === backend),
  )
  const reloads = concerned.flatMap((each) => each.reload(context.facts))
  if (steps.length + reloads.length === 0) {
    const foreign = state.kept.filter(({ found }) => found.state === 'present').map((each) => each.path)
    return unchanged(
      foreign.length > 0
        ? `${list(foreign)} ${foreign.length === 1 ? 'is' : 'are'} not of vflag-play`
        : 'there are no files of vflag-play',
    )
  }
  if (reloads.length === 0) return change(deltas, steps)
  const due = concerned.map((each) => each.name)
  return change(
    [...deltas, ...(steps.length === 0 ? [delta('what the host knows of its network files', 'old', 'read anew')] : [])],
    [
      // A run that breaks off between the two would leave a host that still goes by files that are gone.
      ...(due.every((name) => state.reloadDue.includes(name)) ? [] : [write(reloadMark, `${due.join('\n')}\n`)]),
      ...steps,
      ...reloads,
      remove(reloadMark),
    ],
  )
}
