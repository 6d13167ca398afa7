import { defineModule } from '../../module/module.ts'
import { failed, unchanged } from '../../module/plan.ts'

interface Args {
  readonly fail_msg?: string
  readonly msg?: string
  readonly success_msg?: string
  readonly quiet: boolean
}

/** `assert`: fails a host for which a condition does not hold. */
export const assert = defineModule<Args, null>({
  name: 'assert',
  summary: 'Fail a host unless conditions hold',
  args: {
    properties: {
      that: {
        description: 'A condition, or a list of conditions that all have to hold.',
        type: ['string', 'boolean', 'array'],
      },
      fail_msg: { description: 'What is said when one does not.', type: 'string' },
      msg: { description: 'Another word for fail_msg.', type: 'string' },
      success_msg: { description: 'What is said when all hold.', type: 'string' },
      quiet: {
        description: 'Do not show the condition and the values it saw, only the message.',
        type: 'boolean',
        default: false,
      },
    },
    required: ['that'],
    expressions: ['that'],
  },
  examples: [
    {
      title: 'Check a setting',
      yaml: 'assert:\n  that:\n    - forks > 0\n    - forks < 100\n  fail_msg: forks must be between 1 and 99\nvars:\n  forks: 5\n',
    },
  ],
  controllerOnly: true,
  state: () => null,
  plan: (args, _, context) => {
    const tested = context.test('that')
    if (tested.holds) {
      const text = args.success_msg ?? 'all assertions hold'
      return unchanged(text, { msg: text })
    }
    const detail = `"${tested.condition}" is false${tested.values === '' ? '' : `: ${tested.values}`}`
    const said = args.fail_msg ?? args.msg
    const data = { msg: said ?? 'Assertion failed', assertion: tested.condition, evaluated_to: false }
    if (said === undefined) return failed(`the assertion does not hold: ${detail}`, undefined, data)
    return failed(args.quiet ? said : `${said} (${detail})`, undefined, data)
  },
})
