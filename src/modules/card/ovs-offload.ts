import { defineModule } from '../../module/module.ts'
import { change, delta, type Plan, unchanged } from '../../module/plan.ts'
import { stat } from '../../module/read.ts'
import { mkdir, remove, run, write } from '../../module/step.ts'
import { parseOvsAtom } from '../../parsers/ovs-vsctl.ts'
import { keptDirectory, ovsUnit } from './knowledge.ts'
import { type OvsAnswer, ovsAnswer, ovsTrouble, vsctl, vsctlRead } from './ovs.ts'

interface Args {
  readonly enabled: boolean
}

interface State {
  readonly answer: OvsAnswer
  /** The value in the database; null when unset, which means false. */
  readonly value: string | null
  /** A restart was due when an earlier run broke off. */
  readonly restartDue: boolean
}

const valueRead = vsctlRead('--if-exists', 'get', 'Open_vSwitch', '.', 'other_config:hw-offload')
const mark = `${keptDirectory}/ovs-restart-due`

/** Whether Open vSwitch hands flows to the card (ovs-vswitchd.conf.db(5), other_config:hw-offload). */
export const ovsOffload = defineModule<Args, State>({
  name: 'ovs_offload',
  summary: 'Let Open vSwitch use the card for its flows, or stop it',
  description:
    'The daemon reads the setting when it starts, so it is restarted when, and only when, the setting changes: that interrupts traffic for a second or two.',
  args: {
    properties: { enabled: { description: 'On or off', type: 'boolean' } },
    required: ['enabled'],
  },
  examples: [{ title: 'On', yaml: 'ovs_offload:\n  enabled: true\n' }],
  needsFacts: true,
  reads: () => [valueRead, stat(mark)],
  state: (_args, seen) => {
    const shown = seen.command(...valueRead.argv)
    return {
      answer: ovsAnswer(shown),
      value: parseOvsAtom(shown.stdout),
      restartDue: seen.stat(mark).state === 'present',
    }
  },
  plan: (args, state, context) => {
    const family = context.facts.distribution.family
    if (!args.enabled && state.answer.state === 'absent') return unchanged('Open vSwitch is not installed')
    return ovsTrouble(state.answer, family) ?? decide(args, state, ovsUnit(family))
  },
  settles: { within: () => 10 },
  disturbs: () => ['command:ovs-vsctl', 'command:ovs-appctl', 'command:tc'],
})

function decide(args: Args, state: State, unit: string): Plan {
  const now = state.value === 'true'
  const word = (on: boolean): string => (on ? 'on' : 'off')
  if (now === args.enabled && !state.restartDue) return unchanged(`hardware offload of Open vSwitch is ${word(now)}`)
  const set = args.enabled
    ? vsctl('set', 'Open_vSwitch', '.', 'other_config:hw-offload=true')
    : vsctl('remove', 'Open_vSwitch', '.', 'other_config', 'hw-offload')
  // The mark outlives a run that breaks off between the two: the next one still restarts.
  const restart = [
    mkdir(keptDirectory, { mode: '0755' }),
    write(mark, 'other_config:hw-offload was changed; Open vSwitch has to be restarted\n', { mode: '0644' }),
    ...(now === args.enabled ? [] : [set]),
    run(['systemctl', 'restart', unit], { timeout: 120 }),
    remove(mark),
  ]
  return change(
    [
      now === args.enabled
        ? delta(`${unit} since the setting changed`, 'not restarted', 'restarted')
        : delta('hardware offload of Open vSwitch', state.value === null ? null : word(now), word(args.enabled)),
    ],
    restart,
  )
}
