import { defineModule } from '../../module/module.ts'
import { unchanged } from '../../module/plan.ts'
import { list } from '../../module/read.ts'

interface Args {
  readonly timeout: number
  readonly delay: number
  readonly sleep: number
}

/** `wait_for_connection`: goes on when the host answers. */
export const waitForConnection = defineModule<Args, null>({
  name: 'wait_for_connection',
  summary: 'Wait until a host answers',
  args: {
    properties: {
      timeout: { description: 'Seconds to wait at most.', type: 'number', minimum: 0, default: 600 },
      delay: { description: 'Seconds to wait before the first try.', type: 'number', minimum: 0, default: 0 },
      sleep: { description: 'Seconds between tries.', type: 'number', minimum: 0, default: 1 },
    },
  },
  examples: [{ title: 'Wait for a new host', yaml: 'wait_for_connection:\n  timeout: 300\n  delay: 10\n' }],
  fresh: true,
  awaitsLink: (args) => ({ within: args.timeout, delay: args.delay, pause: args.sleep }),
  // The cheapest thing that only an answering host can say.
  reads: () => [list('/')],
  state: () => null,
  plan: () => unchanged('the host answers'),
})
