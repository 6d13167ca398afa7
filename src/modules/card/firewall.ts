import { defineModule } from '../../module/module.ts'
import { blocked, change, delta, type Plan, unchanged } from '../../module/plan.ts'
import { command, file } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import type { CheckRow } from '../../module/rows.ts'
import { mkdir, remove, run, write } from '../../module/step.ts'
import { parseRules, type RuleList } from '../../parsers/iptables.ts'
import { count, list } from '../../shared/text.ts'
import type { ValueMap } from '../../shared/value.ts'
import { keptDirectory } from './knowledge.ts'

interface Args {
  readonly bridge?: string
  readonly flush: boolean | 'before'
}

interface State {
  /** The filter table; null where there is no iptables. */
  readonly filter: RuleList | null
  /** The filter table as iptables-restore takes it. */
  readonly text: string
  /** The rules that a flush took away; null when none did. */
  readonly saved: string | null
  /** Flows of the bridge that use connection tracking; null when nobody could be asked. */
  readonly tracking: number | null
}

/** Where the rules are kept that a flush takes away. */
export const savedRules = `${keptDirectory}/iptables-filter.rules`

const rulesRead = command('iptables', '-w', '-S')
const saveRead = command('iptables-save', '-t', 'filter')
const flowsRead = (bridge: string) => command('ovs-ofctl', 'dump-flows', bridge)

/** The packet filter of a host: looked at, and flushed only for those who want that. */
export const firewall = defineModule<Args, State>({
  name: 'firewall',
  summary: 'Tell what of the packet filter concerns offload, and flush it only when asked to',
  description:
    'What a card forwards never reaches the rules of the host, and the rules do not keep the card from forwarding: `iptables -F`, which the vendor’s guide asks for, is not needed for VF-LAG. Flows of the bridge that use connection tracking are told, for older kernels do not offload them. `flush: true` does what the guide says all the same, after the rules were kept on the host, and is refused where a policy of DROP would then cut the host off; `before` puts the kept rules back. Registers `findings`, `rules` (number by chain) and `policies`.',
  args: {
    properties: {
      bridge: { description: 'The Open vSwitch bridge whose flows are looked at', type: 'string' },
      flush: {
        description: 'true: take all rules out of the filter table. before: put back those that were taken out',
        type: ['boolean', 'string'],
        enum: [true, false, 'before'],
        default: false,
      },
    },
  },
  examples: [
    { title: 'Only look', yaml: 'firewall:\n  bridge: ovs-sriov\n' },
    { title: 'As the guide has it', yaml: 'firewall:\n  flush: true\n' },
    { title: 'In a teardown', yaml: 'firewall:\n  flush: before\n' },
  ],
  showsRows: true,
  reads: (args) => [
    file(savedRules),
    ...(args.flush === 'before' ? [] : [rulesRead]),
    ...(args.flush === false ? [] : [saveRead]),
    ...(args.bridge === undefined ? [] : [flowsRead(args.bridge)]),
  ],
  state: (args, seen) => ({
    filter: args.flush === 'before' ? null : filterOf(seen),
    text: args.flush === false ? '' : seen.command(...saveRead.argv).stdout,
    saved: seen.text(savedRules),
    tracking: args.bridge === undefined ? null : trackingOf(args.bridge, seen),
  }),
  plan: (args, state) => (args.flush === 'before' ? restore(state) : decide(args, state)),
  disturbs: () => ['command:iptables', 'command:iptables-save'],
})

function filterOf(seen: Readings): RuleList | null {
  const shown = seen.command(...rulesRead.argv)
  return shown.status === 0 ? parseRules(shown.stdout) : null
}

function trackingOf(bridge: string, seen: Readings): number | null {
  const shown = seen.command(...flowsRead(bridge).argv)
  return shown.status === 0 ? shown.stdout.split('\n').filter((line) => /actions=.*\bct\(/.test(line)).length : null
}

function decide(args: Args, state: State): Plan {
  const rules = [...(state.filter?.rules ?? [])].filter(([, each]) => each.length > 0)
  const data = dataOf(state)
  const told =
    state.filter === null
      ? 'there is no iptables'
      : rules.length === 0
        ? 'the filter table has no rules'
        : list(rules.map(([chain, each]) => `${chain} has ${count(each.length, 'rule')}`))
  if (!args.flush) return unchanged(`${told}; the card forwards past them`, data)
  if (rules.length === 0) return unchanged(told, data)
  const closed = ['INPUT', 'OUTPUT'].filter((chain) => (state.filter?.policies.get(chain) ?? 'ACCEPT') !== 'ACCEPT')
  if (closed.length > 0)
    return blocked(
      `the policy of ${list(closed)} is ${state.filter?.policies.get(closed[0] ?? '')}, and without the rules nothing would come through, this session neither`,
      'leave vflag_flush_firewall at false: VF-LAG does not need it',
    )
  return change(
    [delta('rules in the filter table', told, 'none')],
    [
      // What was kept first is what the host was; rules that came since are not ours to give back.
      ...(state.saved === null
        ? [mkdir(keptDirectory, { mode: '0755' }), write(savedRules, state.text, { mode: '0600' })]
        : []),
      run(['iptables', '-w', '-F']),
    ],
    data,
  )
}

function restore(state: State): Plan {
  if (state.saved === null) return unchanged('no rules were taken out')
  return change(
    [delta('rules in the filter table', 'flushed', 'as before')],
    [run(['iptables-restore'], { stdin: state.saved }), remove(savedRules)],
  )
}

function dataOf({ filter, tracking }: State): ValueMap {
  const findings: CheckRow[] = []
  const forward = filter?.rules.get('FORWARD')?.length ?? 0
  const policy = filter?.policies.get('FORWARD') ?? 'ACCEPT'
  if (filter)
    findings.push({
      check: 'FORWARD',
      state: 'ok',
      evidence: `${count(forward, 'rule')}, policy ${policy}: what the card or Open vSwitch forwards does not pass them`,
    })
  if (tracking !== null)
    findings.push(
      tracking === 0
        ? { check: 'connection tracking', state: 'ok', evidence: 'no flow of the bridge uses it' }
        : {
            check: 'connection tracking',
            state: 'warn',
            evidence: `${count(tracking, 'flow')} of the bridge ${tracking === 1 ? 'uses' : 'use'} it (ct)`,
            hint: 'older kernels and Open vSwitch do not offload such flows; see "ovs-appctl dpctl/dump-flows type=offloaded"',
          },
    )
  const warnings = findings.filter((each) => each.state === 'warn')
  const values = (rows: readonly CheckRow[]): readonly ValueMap[] => rows.map((row) => ({ ...row }))
  return {
    findings: values(findings),
    ...(warnings.length > 0 && { rows: values(warnings) }),
    rules: Object.fromEntries([...(filter?.rules ?? [])].map(([chain, each]) => [chain, each.length])),
    policies: Object.fromEntries(filter?.policies ?? []),
  }
}
