import { defineModule } from '../../module/module.ts'
import { change, delta, type Plan, unchanged } from '../../module/plan.ts'
import { file, stat } from '../../module/read.ts'
import { mkdir, remove, run, type Step, write } from '../../module/step.ts'
import { parseOvsAtom } from '../../parsers/ovs-vsctl.ts'
import { keptDirectory, ovsUnit } from './knowledge.ts'
import { type OvsAnswer, ovsAnswer, ovsTrouble, vsctl, vsctlRead } from './ovs.ts'

interface Args {
  readonly enabled: boolean | 'before'
}

interface State {
  readonly answer: OvsAnswer
  /** The value in the database; null when unset, which means false. */
  readonly value: string | null
  /** A restart was due when an earlier run broke off. */
  readonly restartDue: boolean
  /** What the database said before it was first changed here: empty for unset; null when it was not changed here. */
  readonly before: string | null
}

/** The setting in the database. */
export const offloadValueRead = vsctlRead('--if-exists', 'get', 'Open_vSwitch', '.', 'other_config:hw-offload')
/** Says that a restart was due when an earlier run broke off. */
export const restartMark = `${keptDirectory}/ovs-restart-due`
const beforePath = `${keptDirectory}/ovs-offload-before`

/** Whether Open vSwitch hands flows to the card (ovs-vswitchd.conf.db(5), other_config:hw-offload). */
export const ovsOffload = defineModule<Args, State>({
  name: 'ovs_offload',
  summary: 'Let Open vSwitch use the card for its flows, or stop it',
  description:
    'The daemon reads the setting when it starts, so it is restarted when, and only when, the setting changes: that interrupts traffic for a second or two.',
  args: {
    properties: {
      enabled: {
        description: 'On or off. before: as it was before this module first changed it',
        enum: [true, false, 'before'],
      },
    },
    required: ['enabled'],
  },
  examples: [{ title: 'On', yaml: 'ovs_offload:\n  enabled: true\n' }],
  needsFacts: true,
  reads: () => [offloadValueRead, stat(restartMark), file(beforePath)],
  state: (_args, seen) => {
    const shown = seen.command(...offloadValueRead.argv)
    return {
      answer: ovsAnswer(shown),
      value: parseOvsAtom(shown.stdout),
      restartDue: seen.stat(restartMark).state === 'present',
      before: seen.text(beforePath)?.trim() ?? null,
    }
  },
  plan: (args, state, context) => {
    const family = context.facts.distribution.family
    if (args.enabled !== true && state.answer.state === 'absent') return unchanged('Open vSwitch is not installed')
    return ovsTrouble(state.answer, family) ?? decide(args.enabled, state, ovsUnit(family))
  },
  settles: { within: () => 10 },
  disturbs: () => ['command:ovs-vsctl', 'command:ovs-appctl', 'command:tc'],
})

function decide(enabled: Args['enabled'], state: State, unit: string): Plan {
  if (enabled === 'before' && state.before === null && !state.restartDue)
    return unchanged('vflag-play has not changed hardware offload of Open vSwitch, which stays as it is')
  const now = state.value === 'true'
  // With no note and a restart due there is only the restart to make up for.
  const value = enabled === 'before' ? (state.before ?? state.value ?? '') : enabled ? 'true' : ''
  const on = value === 'true'
  const word = (is: boolean): string => (is ? 'on' : 'off')
  const forget = state.before !== null && (enabled === 'before' || value === state.before) ? [remove(beforePath)] : []
  if (now === on && !state.restartDue) {
    if (forget.length > 0) return change([delta(beforePath, state.before, null)], forget)
    return unchanged(`hardware offload of Open vSwitch is ${word(on)}`)
  }
  const steps: Step[] = [mkdir(keptDirectory, { mode: '0755' })]
  if (enabled === true && state.before === null && now !== on)
    steps.push(write(beforePath, `${state.value ?? ''}\n`, { mode: '0644' }))
  // The mark outlives a run that breaks off between the two: the next one still restarts.
  steps.push(
    write(restartMark, 'other_config:hw-offload was changed; Open vSwitch has to be restarted\n', { mode: '0644' }),
  )
  if (now !== on)
    steps.push(
      value === ''
        ? vsctl('remove', 'Open_vSwitch', '.', 'other_config', 'hw-offload')
        : vsctl('set', 'Open_vSwitch', '.', `other_config:hw-offload=${value}`),
    )
  steps.push(run(['systemctl', 'restart', unit], { timeout: 120 }), remove(restartMark), ...forget)
  return change(
    [
      now === on
        ? delta(`${unit} since the setting changed`, 'not restarted', 'restarted')
        : delta('hardware offload of Open vSwitch', state.value === null ? null : word(now), word(on)),
    ],
    steps,
  )
}
