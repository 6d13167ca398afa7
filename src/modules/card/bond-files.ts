import type { Facts } from '../../module/facts.ts'
import { defineModule, type PlanContext } from '../../module/module.ts'
import { blocked, change, type Delta, type Plan, unchanged } from '../../module/plan.ts'
import { file, list as listRead, type Read } from '../../module/read.ts'
import type { FileReading, Readings } from '../../module/reading.ts'
import { remove, run, type Step, write } from '../../module/step.ts'
import { count, list } from '../../shared/text.ts'
import { type BondArgs, bondArgs } from './bond-args.ts'
import { modeName, optionsFor } from './bond-state.ts'
import { keptDirectory } from './knowledge.ts'
import { interfaceName } from './pf.ts'

interface Args extends BondArgs {
  readonly mtu?: number
  readonly backend: 'auto' | 'ifcfg'
}

interface Kept {
  readonly path: string
  readonly backup: string
  readonly found: FileReading
  readonly original: FileReading
}

interface State {
  readonly bond: Kept
  readonly ports: readonly (Kept & { readonly name: string })[]
  /** The folder of network-scripts is there. */
  readonly folder: boolean
}

const folder = '/etc/sysconfig/network-scripts'
const header = '# Managed by vflag-play'
const bondTemplate = 'ifcfg-bond.hbs'
const slaveTemplate = 'ifcfg-slave.hbs'

/** Where network-scripts and NetworkManager's ifcfg-rh plugin look for the file of an interface. */
export const ifcfgPath = (name: string): string => `${folder}/ifcfg-${name}`

/** The files that make a bond come back at every boot. */
export const bondFiles = defineModule<Args, State>({
  name: 'bond_files',
  summary: 'Write, or take back, the network files of a bond and its ports',
  description:
    'Whole files, never lines added to what is there; what they replace is kept under /var/lib/vflag-play/backup and put back by `state: absent`, which leaves files of others alone. Applies nothing: that is network_restart. Options that the mode does not take are left out. Knows ifcfg files, for network-scripts and for NetworkManager.',
  args: {
    properties: {
      ...bondArgs,
      mtu: { description: 'MTU of the bond and its ports', type: 'integer', minimum: 68, maximum: 65535 },
      backend: {
        description: 'Kind of files; auto: by what the host uses',
        type: 'string',
        enum: ['auto', 'ifcfg'],
        default: 'auto',
      },
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
  templates: () => [bondTemplate, slaveTemplate],
  reads: (args, facts) => [
    listRead(folder),
    ...[args.bond, ...portNames(args, facts)].flatMap((name): readonly Read[] => [
      file(ifcfgPath(name)),
      file(backupPath(ifcfgPath(name))),
    ]),
  ],
  state: readState,
  plan: (args, state, context) =>
    refuse(args, state, context) ?? (args.state === 'present' ? present(args, state, context) : absent(state, context)),
  disturbs: () => ['command:nmcli'],
})

/** Where the original of a replaced file is kept. */
export const backupPath = (path: string): string => `${keptDirectory}/backup${path}`

const portNames = (args: Args, facts: Facts): readonly string[] => args.ports.map((name) => interfaceName(facts, name))

function readState(args: Args, seen: Readings, facts: Facts): State {
  const kept = (name: string): Kept => {
    const path = ifcfgPath(name)
    const backup = backupPath(path)
    return { path, backup, found: seen.file(path), original: seen.file(backup) }
  }
  return {
    bond: kept(args.bond),
    ports: portNames(args, facts).map((name) => ({ ...kept(name), name })),
    folder: seen.list(folder).length > 0,
  }
}

function refuse(args: Args, state: State, context: PlanContext): Plan | null {
  const backend = context.facts.network_backend
  const knows = args.backend === 'ifcfg' || backend === 'network-scripts' || backend === 'networkmanager'
  if (!knows && args.state === 'present')
    return blocked(
      `the network of this host is run by ${backend ?? 'something unknown'}, but must be run by network-scripts or NetworkManager with ifcfg files`,
      'files for netplan and systemd-networkd are not written yet; make the bond there by hand and skip this task',
    )
  if (!state.folder && args.state === 'present')
    return blocked(
      `there is no ${folder}, so nothing on this host would read ifcfg files`,
      'NetworkManager keyfiles are not written yet; make the bond there by hand and skip this task',
    )
  const odd = [state.bond, ...state.ports].filter(
    (each) => each.found.state === 'error' || (each.found.state === 'present' && each.found.type !== 'file'),
  )
  if (odd.length > 0)
    return blocked(
      `${list(odd.map((each) => each.path))} cannot be read as a file`,
      'look at it on the host; become: true may be missing',
    )
  return refuseGiven([state.bond, ...state.ports])
}

// Keys that our templates never write: the host would be cut off when they went unnoticed.
const addressing = /^\s*((?:IP|PREFIX|NETMASK|GATEWAY|DNS|BRIDGE|OVS)[A-Z0-9_]*)=/gm

/** Our files that people have given addresses or a bridge since. */
function refuseGiven(files: readonly Kept[]): Plan | null {
  for (const kept of files) {
    const text = textOf(kept.found)
    if (text === null || !isOurs(text)) continue
    const keys = [...text.matchAll(addressing)].map((match) => match[1] ?? '')
    if (keys.length > 0)
      return blocked(
        `${kept.path} was given ${list(keys)} since vflag-play wrote it, which would be lost`,
        'move that to another interface; or take the lines out of the file, then run again',
      )
  }
  return null
}

function present(args: Args, state: State, context: PlanContext): Plan {
  const unmanaged = context.facts.network_backend === 'network-scripts'
  const mode = modeName(args.mode)
  const options = [...optionsFor(mode, args.options)].map(([name, value]) => `${name}=${value}`)
  const common = { unmanaged, with_mtu: args.mtu !== undefined, mtu: args.mtu ?? 0 }
  const bondText = context.render(bondTemplate, {
    ...common,
    device: args.bond,
    bonding_opts: [`mode=${mode}`, ...options].join(' '),
  })
  const files: readonly (readonly [Kept, string])[] = [
    [state.bond, bondText],
    ...state.ports.map(
      (port) => [port, context.render(slaveTemplate, { ...common, device: port.name, master: args.bond })] as const,
    ),
  ]
  const deltas: Delta[] = []
  const steps: Step[] = []
  for (const [kept, text] of files) {
    const before = textOf(kept.found)
    if (before === text) continue
    deltas.push({ what: kept.path, before, after: text, text: true })
    // Only somebody else's file is worth keeping.
    steps.push(
      write(kept.path, text, { mode: '0644', ...(before !== null && !isOurs(before) && { backup: kept.backup }) }),
    )
  }
  if (steps.length === 0) return unchanged(`the ${count(files.length, 'file')} of ${args.bond} are as they have to be`)
  return change(deltas, steps)
}

function absent(state: State, context: PlanContext): Plan {
  const deltas: Delta[] = []
  const steps: Step[] = []
  const foreign: string[] = []
  for (const kept of [state.bond, ...state.ports]) {
    const before = textOf(kept.found)
    const { original } = kept
    if (before !== null && !isOurs(before)) {
      foreign.push(kept.path)
      continue
    }
    if (original.state === 'present') {
      deltas.push({ what: kept.path, before, after: textOf(original), text: true })
      // Not a rename: /var is often another file system than /etc.
      steps.push(
        write(kept.path, original.bytes, { mode: original.mode, owner: original.owner, group: original.group }),
        remove(kept.backup),
      )
    } else if (before !== null) {
      deltas.push({ what: kept.path, before, after: null, text: true })
      steps.push(remove(kept.path))
    }
  }
  if (steps.length === 0)
    return unchanged(
      foreign.length > 0
        ? `${list(foreign)} ${foreign.length === 1 ? 'is' : 'are'} not of vflag-play`
        : 'there are no files of vflag-play',
    )
  // NetworkManager goes by what it read last.
  if (context.facts.network_backend === 'networkmanager') steps.push(run(['nmcli', 'connection', 'reload']))
  return change(deltas, steps)
}

/** Whether an ifcfg file was written by this program. */
export const isOurs = (text: string): boolean => text.startsWith(header)

function textOf(found: FileReading): string | null {
  return found.state === 'present' && found.type === 'file' ? Buffer.from(found.bytes).toString('utf8') : null
}
