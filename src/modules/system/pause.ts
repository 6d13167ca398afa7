import { defineModule } from '../../module/module.ts'
import { unchanged, wait } from '../../module/plan.ts'

interface Args {
  readonly seconds?: number
  readonly minutes?: number
  readonly prompt?: string
}

/** `pause`: goes on after a time. */
export const pause = defineModule<Args, null>({
  name: 'pause',
  summary: 'Wait for some time',
  description: 'Waiting for a key is not supported: a run has to end by itself. In check mode nothing is waited for.',
  args: {
    properties: {
      seconds: { description: 'How long.', type: 'number', minimum: 0 },
      minutes: { description: 'How long.', type: 'number', minimum: 0 },
      prompt: { description: 'What is shown meanwhile.', type: 'string' },
    },
    oneOf: ['seconds', 'minutes'],
  },
  examples: [{ title: 'Wait half a minute', yaml: 'pause:\n  seconds: 30\n  prompt: the switch learns its ports\n' }],
  controllerOnly: true,
  state: () => null,
  plan: (args, _, { check, elapsed }) => {
    const seconds = args.seconds ?? (args.minutes ?? 0) * 60
    const data = { delta: seconds }
    if (check) return unchanged('check mode does not wait', data)
    if (elapsed >= seconds) return unchanged(`waited ${seconds} s`, data)
    return wait(args.prompt ?? `waiting ${seconds} s`, { again: seconds - elapsed, upTo: seconds + 60 })
  },
})
