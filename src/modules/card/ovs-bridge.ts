import type { Facts } from '../../module/facts.ts'
import { defineModule } from '../../module/module.ts'
import { blocked, change, delta, type Plan, unchanged } from '../../module/plan.ts'
import type { Readings } from '../../module/reading.ts'
import { list } from '../../shared/text.ts'
import { netdevReads, netdevs, representorsOf } from './netdevs.ts'
import { type OvsAnswer, ovsAnswer, ovsTrouble, vsctl, vsctlRead } from './ovs.ts'
import { sriovReads, sriovState, type VfState } from './pf.ts'
import { detachHint, type Holding, holdingSentence, holdings, vmListRead, vmReads, vmsOf } from './users-of-vfs.ts'

interface Args {
  readonly name: string
  readonly state: 'present' | 'absent'
}

interface State {
  readonly answer: OvsAnswer
  readonly bridges: readonly string[]
  readonly ports: readonly string[]
  /** VFs of running VMs whose representors are ports of the bridge; looked for only before it goes. */
  readonly held: readonly Holding[]
}

/** Open vSwitch bridges (ovs-vsctl(8)). */
export const ovsBridge = defineModule<Args, State>({
  name: 'ovs_bridge',
  summary: 'Make or remove an Open vSwitch bridge',
  description:
    'Removing a bridge removes its ports from it, and with them the rules in the card; it is refused while running VMs have their network through it. Registers `ports`.',
  args: {
    properties: {
      name: { description: 'The bridge', type: 'string', pattern: '^[A-Za-z0-9_.-]{1,15}$' },
      state: { description: 'present or absent', type: 'string', enum: ['present', 'absent'], default: 'present' },
    },
    required: ['name'],
  },
  examples: [{ title: 'A bridge', yaml: 'ovs_bridge:\n  name: ovs-sriov\n' }],
  needsFacts: true,
  reads: (args, facts) => [
    vsctlRead('list-br'),
    vsctlRead('list-ports', args.name),
    ...(args.state === 'absent' ? [...netdevReads, ...facts.pfs.flatMap(sriovReads), vmListRead] : []),
  ],
  more: (args, seen, facts) => (vfsBehind(args, seen, facts).length > 0 ? vmReads(seen) : []),
  state: (args, seen, facts) => {
    const bridges = seen.command(...vsctlRead('list-br').argv)
    const behind = vfsBehind(args, seen, facts)
    return {
      answer: ovsAnswer(bridges),
      bridges: words(bridges.stdout),
      ports: portsOf(args, seen),
      held: behind.length > 0 ? holdings(behind, vmsOf(seen)) : [],
    }
  },
  plan: (args, state, context) => {
    if (args.state === 'absent' && state.answer.state === 'absent') return unchanged('Open vSwitch is not installed')
    return ovsTrouble(state.answer, context.facts.distribution.family) ?? decide(args, state)
  },
  settles: { within: () => 10 },
  disturbs: () => ['/sys/class/net/**', 'command:ovs-vsctl', 'command:ovs-appctl', 'command:ip', 'command:tc'],
})

function decide(args: Args, state: State): Plan {
  const exists = state.bridges.includes(args.name)
  const what = `bridge ${args.name}`
  if (args.state === 'present') {
    if (exists) return unchanged(`${what} is there`, { ports: state.ports })
    return change([delta(what, null, 'present')], [vsctl('--may-exist', 'add-br', args.name)], { ports: [] })
  }
  if (!exists) return unchanged(`there is no ${what}`, { ports: [] })
  if (state.held.length > 0)
    return blocked(
      `${holdingSentence(state.held)}, ${state.held.length === 1 ? 'which has its' : 'which have their'} network through ${what}`,
      detachHint(state.held),
    )
  const ports = state.ports.length > 0 ? `with ${list(state.ports)}` : 'without ports'
  return change([delta(what, ports, null)], [vsctl('--if-exists', 'del-br', args.name)], { ports: state.ports })
}

function portsOf(args: Args, seen: Readings): readonly string[] {
  const ports = seen.command(...vsctlRead('list-ports', args.name).argv)
  return ports.status === 0 ? words(ports.stdout) : []
}

/** The VFs whose representors would be taken from the bridge with it. */
function vfsBehind(args: Args, seen: Readings, facts: Facts): readonly VfState[] {
  if (args.state === 'present') return []
  const ports = portsOf(args, seen)
  if (ports.length === 0) return []
  const all = netdevs(seen)
  return facts.pfs.flatMap((pf) => {
    const behind = representorsOf(pf, all, facts.pfs).filter(({ netdev }) => ports.includes(netdev.name))
    return sriovState(pf, seen).vfs.filter((vf) => behind.some((each) => each.vf === vf.index))
  })
}

const words = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '')
