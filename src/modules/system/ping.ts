import { defineModule } from '../../module/module.ts'
import { unchanged } from '../../module/plan.ts'
import { list } from '../../module/read.ts'

interface Args {
  readonly data: string
}

/** `ping`: one round trip to a host. */
export const ping = defineModule<Args, null>({
  name: 'ping',
  summary: 'Look whether a host can be logged in to and answers',
  args: { properties: { data: { description: 'What is registered as `ping`.', type: 'string', default: 'pong' } } },
  examples: [{ title: 'Look whether hosts answer', yaml: 'ping:\n' }],
  fresh: true,
  reads: () => [list('/')],
  state: () => null,
  plan: (args) => unchanged('the host answers', { ping: args.data }),
})
