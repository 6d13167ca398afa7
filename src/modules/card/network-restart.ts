import { defineModule, type PlanContext } from '../../module/module.ts'
import { blocked, change, delta, type Plan, unchanged } from '../../module/plan.ts'
import { run, type Step } from '../../module/step.ts'
import { list } from '../../shared/text.ts'
import { bondArgs } from './bond-args.ts'
import { differences, liveStep } from './bond-differences.ts'
import type { BondJob } from './network/backend.ts'
import { backendArg } from './network/backends.ts'
import { dissolve } from './network/link-steps.ts'
import { refuseBringUp, refuseTakeDown } from './network-restart-refusals.ts'
import { type Args, acts, readState, type State, stateReads } from './network-restart-state.ts'
import { vmReads } from './users-of-vfs.ts'

/** What the host runs of a bond that files describe. */
export const networkRestart = defineModule<Args, State>({
  name: 'network_restart',
  summary: 'Bring a bond up as its files say, or take it down',
  description:
    'Goes by what runs: nothing happens when the bond has these ports, mode and options. Brings up the bond alone, by ifup, NetworkManager, or networkd (on netplan after `netplan generate`; `netplan apply` would set up every interface anew), never the whole network unless `method: service` says so. Refused while VFs of the ports are in use, for making or dissolving LAG under them breaks it, and when the SSH session runs over the ports.',
  args: {
    properties: {
      ...bondArgs,
      state: {
        description: 'present: it runs. absent: it is gone',
        type: 'string',
        enum: ['present', 'absent'],
        default: 'present',
      },
      backend: backendArg,
      method: {
        description:
          'auto: the bond and its ports alone. service: restart network.service, which restarts every interface of the host (RHEL 7)',
        type: 'string',
        enum: ['auto', 'service'],
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
  if (args.method === 'service') return [run(['systemctl', 'restart', 'network.service'], { timeout: 180 })]
  return 'backend' in state.chosen ? state.chosen.backend.bringUp(jobOf(args, state, context)) : []
}

function absent(args: Args, state: State, context: PlanContext): Plan {
  const { bond, chosen } = state
  if (bond.otherKind)
    return blocked(`${args.bond} exists and is no bond`, 'choose another name for the bond (vflag_bond)')
  if (!bond.exists) return unchanged(`there is no bond ${args.bond}`)
  const refusal = refuseTakeDown(args, state, context)
  if (refusal) return refusal
  const job = jobOf(args, state, context)
  // Whatever runs the network, the kernel can take the bond apart.
  const steps = 'backend' in chosen ? chosen.backend.takeDown(job) : dissolve(job)
  return change([delta(`bond ${args.bond}`, `${bond.mode} over ${bond.slaves.join(' ') || 'no ports'}`, null)], steps)
}

function jobOf(args: Args, state: State, context: PlanContext): BondJob {
  return {
    bond: args.bond,
    exists: state.bond.exists,
    ports: state.ports.map(({ name, netdev, addresses }) => ({
      name,
      up: netdev?.up ?? false,
      enslaved: state.bond.slaves.includes(name),
      addresses,
    })),
    facts: context.facts,
  }
}
