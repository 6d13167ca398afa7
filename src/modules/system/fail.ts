import { defineModule } from '../../module/module.ts'
import { failed } from '../../module/plan.ts'

interface Args {
  readonly msg: string
}

/** `fail`: fails a host, with a message. */
export const failModule = defineModule<Args, null>({
  name: 'fail',
  summary: 'Fail a host with a message',
  args: {
    properties: { msg: { description: 'Why.', type: 'string', default: 'failed as the playbook asks' } },
  },
  examples: [
    {
      title: 'Stop where something is missing',
      yaml: 'fail:\n  msg: this host is too small\nwhen: size < 4\nvars:\n  size: 2\n',
    },
  ],
  controllerOnly: true,
  state: () => null,
  plan: (args) => failed(args.msg, undefined, { msg: args.msg }),
})
