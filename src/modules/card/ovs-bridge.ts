import { defineModule } from '../../module/module.ts'
import { change, delta, type Plan, unchanged } from '../../module/plan.ts'
import { list } from '../../shared/text.ts'
import { type OvsAnswer, ovsAnswer, ovsTrouble, vsctl, vsctlRead } from './ovs.ts'

interface Args {
  readonly name: string
  readonly state: 'present' | 'absent'
}

interface State {
  readonly answer: OvsAnswer
  readonly bridges: readonly string[]
  readonly ports: readonly string[]
}

/** Open vSwitch bridges (ovs-vsctl(8)). */
export const ovsBridge = defineModule<Args, State>({
  name: 'ovs_bridge',
  summary: 'Make or remove an Open vSwitch bridge',
  description: 'Removing a bridge removes its ports from it, and with them the rules in the card. Registers `ports`.',
  args: {
    properties: {
      name: { description: 'The bridge', type: 'string', pattern: '^[A-Za-z0-9_.-]{1,15}$' },
      state: { description: 'present or absent', type: 'string', enum: ['present', 'absent'], default: 'present' },
    },
    required: ['name'],
  },
  examples: [{ title: 'A bridge', yaml: 'ovs_bridge:\n  name: ovs-sriov\n' }],
  needsFacts: true,
  reads: (args) => [vsctlRead('list-br'), vsctlRead('list-ports', args.name)],
  state: (args, seen) => {
    const bridges = seen.command(...vsctlRead('list-br').argv)
    const ports = seen.command(...vsctlRead('list-ports', args.name).argv)
    return {
      answer: ovsAnswer(bridges),
      bridges: words(bridges.stdout),
      ports: ports.status === 0 ? words(ports.stdout) : [],
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
  const ports = state.ports.length > 0 ? `with ${list(state.ports)}` : 'without ports'
  return change([delta(what, ports, null)], [vsctl('--if-exists', 'del-br', args.name)], { ports: state.ports })
}

const words = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '')
