import type { Facts } from '../../module/facts.ts'
import { defineModule } from '../../module/module.ts'
import { blocked, change, delta, type Plan, unchanged } from '../../module/plan.ts'
import type { Readings } from '../../module/reading.ts'
import { list } from '../../shared/text.ts'
import { netdevReads, netdevs, representorsOf } from './netdevs.ts'
import { markedNames, marksRead, type OvsAnswer, ovsAnswer, ovsMark, ovsTrouble, vsctl, vsctlRead } from './ovs.ts'
import { sriovReads, sriovState, type VfState } from './pf.ts'
import { detachHint, type Holding, holdingSentence, holdings, vmListRead, vmReads, vmsOf } from './users-of-vfs.ts'

interface Args {
  readonly name: string
  readonly state: 'present' | 'absent'
  readonly foreign: boolean
}

interface State {
  readonly answer: OvsAnswer
  readonly bridges: readonly string[]
  readonly ports: readonly string[]
  /** The bridge was made here; looked for only before it goes. */
  readonly ours: boolean
  /** Those of its ports that were added here. */
  readonly ourPorts: readonly string[]
  /** VFs of running VMs whose representors are ports of the bridge; looked for only before it goes. */
  readonly held: readonly Holding[]
}

/** Open vSwitch bridges (ovs-vsctl(8)). */
export const ovsBridge = defineModule<Args, State>({
  name: 'ovs_bridge',
  summary: 'Make or remove an Open vSwitch bridge',
  description:
    'A bridge that is made is marked (external_ids). `absent` removes only such a bridge, with the rules in the card; of a bridge that was there before it takes the ports that ovs_port added, and leaves the rest. It is refused while running VMs have their network through it, and while a bridge has ports that others added. Registers `ports`.',
  args: {
    properties: {
      name: { description: 'The bridge', type: 'string', pattern: '^[A-Za-z0-9_.-]{1,15}$' },
      state: { description: 'present or absent', type: 'string', enum: ['present', 'absent'], default: 'present' },
      foreign: {
        description: 'With `absent`: also remove bridges and ports that others made',
        type: 'boolean',
        default: false,
      },
    },
    required: ['name'],
  },
  examples: [{ title: 'A bridge', yaml: 'ovs_bridge:\n  name: ovs-sriov\n' }],
  needsFacts: true,
  reads: (args, facts) => [
    vsctlRead('list-br'),
    vsctlRead('list-ports', args.name),
    ...(args.state === 'absent'
      ? [marksRead('Bridge'), marksRead('Port'), ...netdevReads, ...facts.pfs.flatMap(sriovReads), vmListRead]
      : []),
  ],
  more: (args, seen, facts) => (vfsBehind(args, seen, facts).length > 0 ? vmReads(seen) : []),
  state: (args, seen, facts) => {
    const bridges = seen.command(...vsctlRead('list-br').argv)
    const behind = vfsBehind(args, seen, facts)
    const absent = args.state === 'absent'
    const ports = portsOf(args, seen)
    const marked = absent ? markedNames(seen.command(...marksRead('Port').argv)) : new Set<string>()
    return {
      answer: ovsAnswer(bridges),
      bridges: words(bridges.stdout),
      ports,
      ours: absent && (args.foreign || markedNames(seen.command(...marksRead('Bridge').argv)).has(args.name)),
      ourPorts: ports.filter((port) => args.foreign || marked.has(port)),
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
    return change(
      [delta(what, null, 'present')],
      [
        // One transaction: there is no such bridge without the mark that tells teardown whose it is.
        vsctl('add-br', args.name, '--', 'br-set-external-id', args.name, ovsMark, 'made'),
      ],
      { ports: [] },
    )
  }
  if (!exists) return unchanged(`there is no ${what}`, { ports: [] })
  const others = state.ports.filter((port) => !state.ourPorts.includes(port))
  if (!state.ours && state.ourPorts.length === 0)
    return unchanged(`${what} was not made by vflag-play and stays`, { ports: state.ports })
  if (state.held.length > 0)
    return blocked(
      `${holdingSentence(state.held)}, ${state.held.length === 1 ? 'which has its' : 'which have their'} network through ${what}`,
      detachHint(state.held),
    )
  if (!state.ours)
    return change(
      state.ourPorts.map((port) => delta(`port ${port} of ${args.name}`, 'present', null)),
      [
        vsctl(
          ...state.ourPorts.flatMap((port, at) => [
            ...(at === 0 ? [] : ['--']),
            '--if-exists',
            'del-port',
            args.name,
            port,
          ]),
        ),
      ],
      { ports: others },
    )
  if (others.length > 0)
    return blocked(
      `${what} also has ${list(others)}, which vflag-play did not add and which would lose ${others.length === 1 ? 'its' : 'their'} network`,
      `take ${list(others)} out of ${args.name} first (ovs-vsctl del-port), or set foreign: true`,
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
