import type { Facts } from '../../module/facts.ts'
import { defineModule } from '../../module/module.ts'
import { blocked, change, delta, type Plan, unchanged } from '../../module/plan.ts'
import { command } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { run } from '../../module/step.ts'
import { parseFeatures } from '../../parsers/ethtool.ts'
import { count, list } from '../../shared/text.ts'
import { beforeOf, beforeRead } from './before.ts'
import { packageOf } from './knowledge.ts'
import { interfaceName, presentPfs } from './pf.ts'
import { lastLine } from './users-of-vfs.ts'

interface Args {
  readonly interfaces: readonly string[]
  readonly enabled: boolean | 'before'
}

interface Feature {
  readonly name: string
  /** Null: `before` is asked for and nothing is noted. */
  readonly wanted: 'on' | 'off' | null
  readonly state: 'on' | 'off' | 'fixed off' | 'fixed on' | 'absent' | 'no tool'
  readonly reason: string
  /** Rules in the card that hang on the feature. */
  readonly rules: number
}

/** The hw-tc-offload feature of interfaces (ethtool(8)). */
export const hwTcOffload = defineModule<Args, readonly Feature[]>({
  name: 'hw_tc_offload',
  summary: 'Let an interface hand traffic rules to the card, or stop it',
  description:
    'The feature is lost at a reboot, and on old kernels when the e-switch mode changes. Switching it off is refused while rules are in the card: the driver does so too.',
  args: {
    properties: {
      interfaces: {
        description: 'Names of interfaces: the PFs; representors have it on by themselves',
        type: 'array',
        items: { type: 'string', pattern: '^[A-Za-z0-9_.:@-]{1,15}$' },
        minItems: 1,
      },
      enabled: {
        description: 'On or off. before: as before the roll-out (module remember)',
        enum: [true, false, 'before'],
      },
    },
    required: ['interfaces', 'enabled'],
  },
  examples: [{ title: 'On for both ports', yaml: 'hw_tc_offload:\n  interfaces: [ens2f0, ens2f1]\n  enabled: true\n' }],
  needsFacts: true,
  reads: (args, facts) =>
    namesOf(args, facts).flatMap((name) => [
      command('ethtool', '-k', name),
      ...(args.enabled === true ? [] : [command('tc', 'filter', 'show', 'dev', name, 'ingress')]),
      ...(args.enabled === 'before' ? [beforeRead] : []),
    ]),
  state: (args, seen, facts) =>
    namesOf(args, facts).map((name) => {
      const shown = seen.command('ethtool', '-k', name)
      const rules = args.enabled === true ? '' : seen.command('tc', 'filter', 'show', 'dev', name, 'ingress').stdout
      const feature = parseFeatures(shown.stdout).get('hw-tc-offload')
      return {
        name,
        wanted: wantedOf(args, name, seen, facts),
        state: feature
          ? `${feature.fixed ? 'fixed ' : ''}${feature.on ? 'on' : 'off'}`
          : shown.status === 127
            ? 'no tool'
            : 'absent',
        reason: lastLine(shown.stderr),
        rules: rulesInHardware(rules),
      }
    }),
  plan: (_args, state, context) => decide(state, context.facts.distribution.family),
  disturbs: () => ['command:ethtool', 'command:tc'],
})

const namesOf = (args: Args, facts: Facts): readonly string[] =>
  args.interfaces.map((name) => interfaceName(facts, name))

/** `on`, `off`, or one word for each interface. */
function sameWord(state: readonly Feature[]): string {
  const words = [...new Set(state.map((each) => (each.state.endsWith('on') ? 'on' : 'off')))]
  return words.join(' and ')
}

/** How many rules `tc filter show` reports to be in the card. */
function rulesInHardware(text: string): number {
  return text.split('\n').filter((line) => /^\s*in_hw\b/.test(line)).length
}

function wantedOf(args: Args, name: string, seen: Readings, facts: Facts): 'on' | 'off' | null {
  if (args.enabled !== 'before') return args.enabled ? 'on' : 'off'
  const [pf] = presentPfs(facts, [name])
  const before = pf ? beforeOf(seen)?.pfs[pf.pci] : undefined
  return before ? (before.hw_tc_offload ? 'on' : 'off') : null
}

function decide(state: readonly Feature[], family: 'redhat' | 'debian' | 'other'): Plan {
  if (state.some((each) => each.state === 'no tool'))
    return blocked('ethtool is not installed', `install the package ${packageOf('ethtool', family)}`)
  const absent = state.filter((each) => each.state === 'absent')
  if (absent.length > 0)
    return blocked(
      list(absent.map((each) => `${each.name} has no hw-tc-offload feature${each.reason ? ` (${each.reason})` : ''}`)),
      'look at "ethtool -k" of the interface on the host',
    )
  const wrong = state.flatMap(({ wanted, ...each }) =>
    wanted === null || each.state === wanted || each.state === `fixed ${wanted}` ? [] : [{ ...each, wanted }],
  )
  if (wrong.length === 0)
    return unchanged(`hw-tc-offload of ${list(state.map((each) => each.name))} is ${sameWord(state)}`)
  const fixed = wrong.filter((each) => each.state.startsWith('fixed'))
  if (fixed.length > 0)
    return blocked(
      `hw-tc-offload of ${list(fixed.map((each) => `${each.name} is fixed, but must be ${each.wanted}`))}`,
      'the driver of this interface cannot change it; is it the PF of a ConnectX card?',
    )
  const busy = wrong.filter((each) => each.wanted === 'off' && each.rules > 0)
  if (busy.length > 0)
    return blocked(
      `${list(busy.map((each) => `${each.name} has ${count(each.rules, 'offloaded rule')}`))}; the driver keeps hw-tc-offload on while there are any`,
      'take the bond and the representors out of Open vSwitch first (ovs_bridge or ovs_port with state: absent)',
    )
  return change(
    wrong.map((each) => delta(`hw-tc-offload of ${each.name}`, each.state, each.wanted)),
    wrong.map((each) => run(['ethtool', '-K', each.name, 'hw-tc-offload', each.wanted])),
  )
}
