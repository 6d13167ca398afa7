import { defineModule, type PlanContext } from '../../module/module.ts'
import { blocked, change, delta, type Plan, unchanged } from '../../module/plan.ts'
import { run, type Step } from '../../module/step.ts'
import { list } from '../../shared/text.ts'
import { bondArgs } from './bond-args.ts'
import { differences, liveStep } from './bond-differences.ts'
import { refuseBringUp, refuseTakeDown } from './network-restart-refusals.ts'
import { type Args, acts, readState, type State, stateReads } from './network-restart-state.ts'
import { vmReads } from './users-of-vfs.ts'

/** What the host runs of a bond that files describe. */
export const networkRestart = defineModule<Args, State>({
  name: 'network_restart',
  summary: 'Bring a bond up as its files say, or take it down',
  description:
    'Goes by what runs: nothing happens when the bond has these ports, mode and options. Brings up the bond alone, by ifup or NetworkManager, never the whole network unless `method: service` says so. Refused while VFs of the ports are in use, for making or dissolving LAG under them breaks it, and when the SSH session runs over the ports.',
  args: {
    properties: {
      ...bondArgs,
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
  reads: stateReads,
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
      wrong.map((each) => liveStep(args.bond, each)),
    )
  return refuseBringUp(args, state, context, wrong) ?? change(deltas, bringUp(args, state, context))
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
  const refusal = refuseTakeDown(args, state, context)
  if (refusal) return refusal
  const manager = context.facts.network_backend === 'networkmanager' || args.method === 'nmcli'
  const steps: Step[] = []
  // 10: NetworkManager does not know the connection; 6: it is not active. What it leaves, ip takes away below.
  if (manager) steps.push(run(['nmcli', 'connection', 'down', args.bond], { timeout: 60, ok: [0, 6, 10] }))
  for (const { name } of state.ports) {
    if (!bond.slaves.includes(name)) continue
    steps.push(run(['ip', 'link', 'set', 'dev', name, 'down']), run(['ip', 'link', 'set', 'dev', name, 'nomaster']))
  }
  // 1: it is gone already, with NetworkManager.
  steps.push(run(['ip', 'link', 'del', 'dev', args.bond], { ok: manager ? [0, 1] : [0] }))
  return change([delta(`bond ${args.bond}`, `${bond.mode} over ${bond.slaves.join(' ') || 'no ports'}`, null)], steps)
}
