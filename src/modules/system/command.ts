import { defineModule } from '../../module/module.ts'
import { blocked, change, delta, unchanged } from '../../module/plan.ts'
import { run } from '../../module/step.ts'
import { ok, type Result } from '../../shared/result.ts'
import { commandResult, type Guard, guardArgs, guardReads, guardReason, notRun, runOptions } from './guard.ts'
import { splitWords } from './words.ts'

interface Args extends Guard {
  readonly cmd?: string
  readonly argv?: readonly string[]
}

/** `command`: a program with arguments, without a shell. */
export const command = defineModule<Args, string | null>({
  name: 'command',
  summary: 'Run a program without a shell',
  description:
    'The text is split into words as a shell would, and nothing else: no pipes, no redirection, no variables; use `shell` for those. ' +
    'An exit status other than 0 fails the task. The task is always changed when it ran; `creates` and `removes` keep it from running again.',
  args: {
    properties: {
      cmd: { description: 'Program and arguments as text.', type: 'string', minLength: 1 },
      argv: { description: 'Program and arguments as a list.', type: 'array', items: { type: 'string' }, minItems: 1 },
      ...guardArgs,
    },
    freeForm: 'cmd',
    oneOf: ['cmd', 'argv'],
  },
  examples: [
    { title: 'Run a program', yaml: 'name: How long this host is up\ncommand: uptime -p\nregister: up\n' },
    {
      title: 'Run it once only',
      yaml: 'name: Initialise the data\ncommand:\n  argv: [/opt/app/init, --data, /srv/my data]\n  creates: /srv/my data/version\n',
    },
  ],
  settles: false,
  reads: (args) => guardReads(args),
  state: (args, seen) => guardReason(args, seen),
  plan: (args, reason) => {
    const words = wordsOf(args)
    if (!words.ok)
      return blocked(`the command cannot be split into words: ${words.error}`, 'give the words as a list in argv')
    if (words.value.length === 0) return blocked('the command is empty, but must name a program')
    const text = textOf(args)
    if (reason !== null) return unchanged(reason, notRun(text, reason))
    return change([delta(text, null, 'run')], [run(words.value, runOptions(args))])
  },
  conclude: (args, results) => commandResult(textOf(args), results),
})

function wordsOf(args: Args): Result<readonly string[], string> {
  return args.argv ? ok(args.argv) : splitWords(args.cmd ?? '')
}

function textOf(args: Args): string {
  return args.argv ? args.argv.join(' ') : (args.cmd ?? '').trim()
}
