import type { Facts } from '../../module/facts.ts'
import { defineModule, type PlanContext } from '../../module/module.ts'
import { blocked, change, type Delta, delta, type Plan, unchanged } from '../../module/plan.ts'
import { attrs, command, list as listRead } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { attr, run, type Step } from '../../module/step.ts'
import { parseIpAddresses } from '../../parsers/ip.ts'
import { list } from '../../shared/text.ts'
import { ifcfgPath } from './bond-files.ts'
import { type BondNow, type BondOptions, bondNow, bondReads, modeName, optionHolds, optionsFor } from './bond-state.ts'
import { lagDebugfs } from './knowledge.ts'
import { type Netdev, netdevReads, netdevs, representorsOf } from './netdevs.ts'
import { hostBound, interfaceName, pfLabel, presentPfs, sriovReads, sriovState, type VfState, vfLabel } from './pf.ts'
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
  readonly bond: string
  readonly ports: readonly string[]
  readonly mode: string | number
  readonly options: BondOptions
  readonly state: 'present' | 'absent'
  readonly method: 'auto' | 'ifup' | 'nmcli' | 'service'
  readonly within: number
  readonly allow_management: boolean
}

interface State {
  readonly bond: BondNow
  readonly ports: readonly Port[]
  /** VFs of the ports that are PFs. */
  readonly vfs: readonly VfState[]
  /** VF-LAG, or the beginnings of it: a port is in switchdev mode and in the bond. */
  readonly lagActive: boolean
  readonly hasFile: boolean
  /** Null while nothing has to be done: then nobody was asked. */
  readonly vms: Vms | null
}

interface Port {
  readonly name: string
  readonly netdev: Netdev | null
  /** Global addresses that stand on the port itself. */
  readonly addresses: readonly string[]
}

/** What the host runs of a bond that files describe. */
export const networkRestart = defineModule<Args, State>({
  name: 'network_restart',
  summary: 'Bring a bond up as its files say, or take it down',
  description:
    'Goes by what runs: nothing happens when the bond has these ports, mode and options. Brings up the bond alone, by ifup or NetworkManager, never the whole network unless `method: service` says so. Refused while VFs of the ports are in use, for making or dissolving LAG under them breaks it, and when the SSH session runs over the ports.',
  args: {
    properties: {
      bond: { description: 'The bond', type: 'string', pattern: '^[A-Za-z0-9_.-]{1,15}$' },
      ports: {
        description: 'Its ports, by interface (PFs also by PCI address)',
        type: 'array',
        items: { type: 'string' },
        minItems: 1,
      },
      mode: {
        description: 'Bonding mode, by name or number',
        enum: ['802.3ad', 'balance-xor', 'active-backup', 4, 2, 1],
        default: '802.3ad',
      },
      options: {
        description: 'Options of the bonding driver, as in bond_files',
        type: 'object',
        additionalProperties: { type: ['string', 'integer', 'boolean'] },
        default: {},
      },
      state: {
        description: 'present: it runs. absent: it is gone',
        type: 'string',
        enum: ['present', 'absent'],
        default: 'present',
      },
      method: {
        description:
          'auto: ifup on network-scripts, nmcli on NetworkManager. service: restart network.service, which restarts every interface of the host',
        type: 'string',
        enum: ['auto', 'ifup', 'nmcli', 'service'],
        default: 'auto',
      },
      within: { description: 'Seconds for the bond to come about', type: 'number', minimum: 1, default: 30 },
      allow_management: {
        description: 'Go on although the SSH session runs over these ports',
        type: 'boolean',
        default: false,
      },
    },
    required: ['bond', 'ports'],
  },
  examples: [
    {
      title: 'Bring the bond up',
      yaml: 'network_restart:\n  bond: bond0\n  ports: [ens2f0, ens2f1]\n  mode: 802.3ad\n  options: { miimon: 100, lacp_rate: fast }\n',
    },
    { title: 'Take it down', yaml: 'network_restart:\n  bond: bond0\n  ports: [ens2f0, ens2f1]\n  state: absent\n' },
  ],
  needsFacts: true,
  reads: (args, facts) => [
    ...bondReads(args.bond),
    ...netdevReads,
    listRead(ifcfgPath(args.bond)),
    ...presentPfs(facts, args.ports).flatMap((pf) => [...sriovReads(pf)]),
    ...lagTypePaths(args, facts).map((path) => attrs(path)),
    ...portNames(args, facts).map((name) => command('ip', '-o', 'addr', 'show', 'dev', name)),
    vmListRead,
  ],
  more: (args, seen, facts) => (acts(args, seen, facts) ? vmReads(seen) : []),
  state: readState,
  plan: (args, state, context) =>
    args.state === 'present' ? present(args, state, context) : absent(args, state, context),
  settles: { within: (args) => args.within },
  cutsLink: () => 120,
  disturbs: () => [
    '/sys/class/net/**',
    '/proc/net/bonding/**',
    '/sys/kernel/debug/mlx5/**',
    '/sys/class/infiniband/**',
    'command:ip',
    'command:nmcli',
    'command:ethtool',
    'command:devlink',
    'command:dmesg',
  ],
})

const portNames = (args: Args, facts: Facts): readonly string[] => args.ports.map((name) => interfaceName(facts, name))
const lagTypePaths = (args: Args, facts: Facts): readonly string[] =>
  presentPfs(facts, args.ports).map((pf) => `${lagDebugfs(pf.pci)}/type`)

function acts(args: Args, seen: Readings, facts: Facts): boolean {
  const bond = bondNow(args.bond, seen)
  if (args.state === 'absent') return bond.exists
  return differences(args, bond, portNames(args, facts), netdevs(seen)).length > 0
}

function readState(args: Args, seen: Readings, facts: Facts): State {
  const all = netdevs(seen)
  const bond = bondNow(args.bond, seen)
  const ports = portNames(args, facts)
  return {
    bond,
    ports: ports.map((name) => ({
      name,
      netdev: all.find((each) => each.name === name) ?? null,
      addresses: parseIpAddresses(seen.command('ip', '-o', 'addr', 'show', 'dev', name).stdout)
        .filter((address) => address.scope === 'global')
        .map((address) => `${address.address}/${address.prefix}`),
    })),
    vfs: presentPfs(facts, args.ports).flatMap((pf) => sriovState(pf, seen).vfs),
    lagActive: lagActive(args, bond, all, seen, facts),
    hasFile: seen.list(ifcfgPath(args.bond)).length > 0,
    vms: acts(args, seen, facts) ? vmsOf(seen) : null,
  }
}

// Kernels without LAG files: a bonded port with representors is in switchdev mode, which is what VF-LAG takes.
function lagActive(args: Args, bond: BondNow, all: readonly Netdev[], seen: Readings, facts: Facts): boolean {
  if (lagTypePaths(args, facts).some((path) => seen.attr(path)))
    return lagTypePaths(args, facts).some((path) => seen.value(path) === 'switchdev')
  return presentPfs(facts, args.ports).some(
    (pf) => bond.slaves.includes(pfLabel(pf)) && representorsOf(pf, all, facts.pfs).length > 0,
  )
}

/** What has to change of a bond: `option` may be changed while it runs, `all` needs it brought up anew. */
interface Difference extends Delta {
  readonly kind: 'option' | 'up' | 'ports' | 'all'
  /** Of `option` its name, of `up` the interface. */
  readonly name?: string
}

function differences(
  args: Args,
  bond: BondNow,
  ports: readonly string[],
  all: readonly Netdev[],
): readonly Difference[] {
  const name = args.bond
  const mode = modeName(args.mode)
  if (!bond.exists) return [{ kind: 'all', ...delta(`bond ${name}`, null, `${mode} over ${list(ports)}`) }]
  const found: Difference[] = []
  if (bond.mode !== mode) found.push({ kind: 'all', ...delta(`mode of ${name}`, bond.mode, mode) })
  if ([...bond.slaves].sort().join(' ') !== [...ports].sort().join(' '))
    found.push({ kind: 'ports', ...delta(`ports of ${name}`, bond.slaves.join(' ') || null, ports.join(' ')) })
  for (const [option, wanted] of optionsFor(mode, args.options)) {
    const now = bond.options.get(option)
    if (optionHolds(now, wanted)) continue
    found.push({
      kind: liveOptions.has(option) ? 'option' : 'all',
      name: option,
      ...delta(`${option} of ${name}`, now ?? null, wanted),
    })
  }
  for (const each of [name, ...ports.filter((port) => bond.slaves.includes(port))]) {
    const up = each === name ? bond.up : all.find((netdev) => netdev.name === each)?.up
    if (up === false) found.push({ kind: 'up', name: each, ...delta(`state of ${each}`, 'down', 'up') })
  }
  return found
}

// The kernel takes these of a running bond (bond_options.c); the others want it down.
const liveOptions = new Set([
  'xmit_hash_policy',
  'miimon',
  'updelay',
  'downdelay',
  'min_links',
  'primary',
  'primary_reselect',
])

function present(args: Args, state: State, context: PlanContext): Plan {
  const { bond } = state
  const ports = state.ports.map((port) => port.name)
  const wrong = differences(
    args,
    bond,
    ports,
    state.ports.flatMap((port) => port.netdev ?? []),
  )
  if (wrong.length === 0) return unchanged(`${args.bond} runs in mode ${bond.mode} over ${list(bond.slaves)}`)
  const deltas = wrong.map(({ what, before, after }) => ({ what, before, after }))
  const gentle = wrong.every((each) => each.kind === 'option' || each.kind === 'up')
  if (gentle)
    return change(
      deltas,
      wrong.map((each) => gentleStep(args.bond, each)),
    )
  return refuseBringUp(args, state, context, wrong) ?? change(deltas, bringUp(args, state, context))
}

function gentleStep(bond: string, difference: Difference): Step {
  const name = difference.name ?? bond
  return difference.kind === 'option'
    ? attr(`/sys/class/net/${bond}/bonding/${name}`, difference.after ?? '')
    : run(['ip', 'link', 'set', 'dev', name, 'up'])
}

function refuseBringUp(args: Args, state: State, context: PlanContext, wrong: readonly Difference[]): Plan | null {
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
  if (!state.hasFile)
    return blocked(`there is no ${ifcfgPath(args.bond)} to bring ${args.bond} up by`, 'write it with bond_files first')
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

function bringUp(args: Args, state: State, context: PlanContext): readonly Step[] {
  const steps: Step[] = []
  const method =
    args.method === 'auto' ? (context.facts.network_backend === 'networkmanager' ? 'nmcli' : 'ifup') : args.method
  if (method === 'service') return [run(['systemctl', 'restart', 'network.service'], { timeout: 180 })]
  if (method === 'nmcli') {
    // A connection that is up keeps its old settings until it is brought up again; the ports follow the bond.
    return [
      run(['nmcli', 'connection', 'reload'], { timeout: 30 }),
      run(['nmcli', 'connection', 'up', args.bond], { timeout: 90 }),
      ...state.ports.map((port) => run(['nmcli', 'connection', 'up', port.name], { timeout: 90 })),
    ]
  }
  if (state.bond.exists) steps.push(run(['ifdown', args.bond], { timeout: 60 }))
  // An interface that is up cannot be enslaved, and addresses of its old life would stay on it.
  for (const port of state.ports) {
    for (const address of port.addresses) steps.push(run(['ip', 'addr', 'del', address, 'dev', port.name]))
    if (port.netdev?.up && port.netdev.master === null) steps.push(run(['ip', 'link', 'set', 'dev', port.name, 'down']))
  }
  // On network-scripts ifup of a bond brings up its ports as well.
  steps.push(run(['ifup', args.bond], { timeout: 90 }))
  return steps
}

function absent(args: Args, state: State, context: PlanContext): Plan {
  const { bond } = state
  if (bond.otherKind)
    return blocked(`${args.bond} exists and is no bond`, 'choose another name for the bond (vflag_bond)')
  if (!bond.exists) return unchanged(`there is no bond ${args.bond}`)
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
  const refusal = refuseCut(args, state, context) ?? refuseUsers(args, state, 'dissolved')
  if (refusal) return refusal
  const manager = context.facts.network_backend === 'networkmanager' || args.method === 'nmcli'
  const steps: Step[] = []
  // 10: NetworkManager does not know the connection; 6: it is not active. What it leaves, ip takes away below.
  if (manager) steps.push(run(['nmcli', 'connection', 'down', args.bond], { timeout: 60, ok: [0, 6, 10] }))
  for (const name of names) {
    if (!bond.slaves.includes(name)) continue
    steps.push(run(['ip', 'link', 'set', 'dev', name, 'down']), run(['ip', 'link', 'set', 'dev', name, 'nomaster']))
  }
  // 1: it is gone already, with NetworkManager.
  steps.push(run(['ip', 'link', 'del', 'dev', args.bond], { ok: manager ? [0, 1] : [0] }))
  return change([delta(`bond ${args.bond}`, `${bond.mode} over ${bond.slaves.join(' ') || 'no ports'}`, null)], steps)
}
