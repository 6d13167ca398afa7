import type { Facts } from '../../module/facts.ts'
import { defineModule } from '../../module/module.ts'
import { blocked, change, delta, type Plan, unchanged } from '../../module/plan.ts'
import { attrs } from '../../module/read.ts'
import { run } from '../../module/step.ts'
import { list } from '../../shared/text.ts'
import { isUp } from './netdevs.ts'
import { interfaceName } from './pf.ts'

interface Args {
  readonly interfaces: readonly string[]
  readonly state: 'up' | 'down'
}

/** IFF_UP by name; null for an interface that is not there. */
type State = ReadonlyMap<string, boolean | null>

const flagsPath = (name: string): string => `/sys/class/net/${name}/flags`

/** Administrative state of interfaces (ip-link(8)). */
export const link = defineModule<Args, State>({
  name: 'link',
  summary: 'Set network interfaces up or down',
  description:
    'A VF has a link only while its representor is up. Setting an interface down that carries the SSH session is refused.',
  args: {
    properties: {
      interfaces: {
        description: 'Names of interfaces',
        type: 'array',
        items: { type: 'string', pattern: '^[A-Za-z0-9_.:@-]{1,15}$' },
      },
      state: { description: 'up or down', type: 'string', enum: ['up', 'down'] },
    },
    required: ['interfaces', 'state'],
  },
  examples: [{ title: 'Representors up', yaml: 'link:\n  interfaces: [ens2f0_0, ens2f0_1]\n  state: up\n' }],
  needsFacts: true,
  reads: (args, facts) => (args.interfaces.length > 0 ? [attrs(...namesOf(args, facts).map(flagsPath))] : []),
  state: (args, seen, facts) =>
    new Map(
      namesOf(args, facts).map((name) => {
        const found = seen.attr(flagsPath(name))
        return [name, found ? isUp(found.ok ? found.value : null) : null]
      }),
    ),
  plan: (args, state, context) => decide(args, state, context.facts.management.uses),
  settles: { within: () => 10 },
  disturbs: () => [
    '/sys/class/net/**',
    '/proc/net/bonding/**',
    '/sys/kernel/debug/mlx5/**',
    'command:ip',
    'command:ethtool',
    'command:devlink',
    'command:dmesg',
  ],
})

const namesOf = (args: Args, facts: Facts): readonly string[] =>
  args.interfaces.map((name) => interfaceName(facts, name))

function decide(args: Args, state: State, management: readonly string[]): Plan {
  const names = [...state.keys()]
  if (names.length === 0) return unchanged('no interfaces were named')
  const missing = names.filter((name) => state.get(name) === null)
  if (missing.length > 0)
    return blocked(
      `${list(missing)} ${missing.length === 1 ? 'is no interface' : 'are no interfaces'} of this host`,
      'look at "ip -br link" on the host',
    )
  const wrong = names.filter((name) => state.get(name) !== (args.state === 'up'))
  if (wrong.length === 0)
    return unchanged(
      names.length === 1 ? `${names[0]} is ${args.state}` : `all ${names.length} interfaces are ${args.state}`,
    )
  const cut = args.state === 'down' ? wrong.filter((name) => management.includes(name)) : []
  if (cut.length > 0)
    return blocked(
      `the SSH session runs over ${list(cut)}; setting ${cut.length === 1 ? 'it' : 'them'} down would cut this host off`,
      'reach the host by another interface',
    )
  const before = args.state === 'up' ? 'down' : 'up'
  return change(
    wrong.map((name) => delta(`state of ${name}`, before, args.state)),
    wrong.map((name) => run(['ip', 'link', 'set', 'dev', name, args.state])),
  )
}
