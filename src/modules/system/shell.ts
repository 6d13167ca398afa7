import { defineModule } from '../../module/module.ts'
import { change, delta, unchanged } from '../../module/plan.ts'
import type { ShellStep } from '../../module/step.ts'
import { commandResult, type Guard, guardArgs, guardReads, guardReason, notRun, runOptions } from './guard.ts'

interface Args extends Guard {
  readonly cmd: string
  readonly executable?: string
}

/** `shell`: text for a shell on the host. */
export const shell = defineModule<Args, string | null>({
  name: 'shell',
  summary: 'Run text in a shell',
  description:
    'Pipes, redirection and variables work. An exit status other than 0 fails the task. The task is always changed when it ran; ' +
    '`creates` and `removes` keep it from running again.',
  args: {
    properties: {
      cmd: { description: 'The text.', type: 'string', minLength: 1 },
      executable: {
        description: 'The shell; /bin/sh when not given.',
        type: 'string',
        pattern: '^/',
        examples: ['/bin/bash'],
      },
      ...guardArgs,
    },
    required: ['cmd'],
    freeForm: 'cmd',
  },
  examples: [
    { title: 'Use a pipe', yaml: 'name: Count the VFs\nshell: lspci | grep -c "Virtual Function"\nregister: vfs\n' },
    {
      title: 'Use another shell',
      yaml: 'name: Unpack\nshell:\n  cmd: set -o pipefail; zcat data.gz | tar x\n  executable: /bin/bash\n  chdir: /srv\n  creates: /srv/data\n',
    },
  ],
  settles: false,
  reads: (args) => guardReads(args),
  state: (args, seen) => guardReason(args, seen),
  plan: (args, reason) => {
    const text = args.cmd.trim()
    if (reason !== null) return unchanged(reason, notRun(text, reason))
    const step: ShellStep = {
      kind: 'shell',
      text: args.cmd,
      ...(args.executable !== undefined && { shell: args.executable }),
      ...runOptions(args),
    }
    return change([delta(text, null, 'run')], [step])
  },
  conclude: (args, results) => commandResult(args.cmd.trim(), results),
})
