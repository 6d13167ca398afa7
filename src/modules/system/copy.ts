import { posix } from 'node:path'
import { defineModule } from '../../module/module.ts'
import { blocked, unchanged } from '../../module/plan.ts'
import { type Ownership, ownershipArgs } from './ownership.ts'
import {
  backupArg,
  type Destination,
  destinationReads,
  type FoundFile,
  forceArg,
  foundFile,
  moreDestinationReads,
  planWholeFile,
} from './whole-file.ts'

interface Args extends Ownership {
  readonly src?: string
  readonly content?: string
  readonly dest: string
  readonly backup: boolean
  readonly force: boolean
}

/** `copy`: a file of the controller, or text, to a host. */
export const copy = defineModule<Args, FoundFile>({
  name: 'copy',
  summary: 'Copy a file, or text, to a host',
  description:
    'The file is replaced as a whole, in one moment. Directories that are missing above it are made. A directory as `src` is not supported: loop over its files.',
  args: {
    properties: {
      src: {
        description: 'A file beside the playbook, looked up under files/ first. No directory.',
        type: 'string',
        pattern: '[^/]$',
      },
      content: { description: 'The content itself, in place of a file.', type: 'string' },
      dest: {
        description: 'Absolute path. A directory (or a path that ends in /) gets a file with the name of `src`.',
        type: 'string',
        pattern: '^/',
      },
      backup: backupArg,
      force: forceArg,
      ...ownershipArgs,
    },
    required: ['dest'],
    oneOf: ['src', 'content'],
  },
  examples: [
    { title: 'Copy a file', yaml: 'copy:\n  src: motd\n  dest: /etc/motd\n  mode: "0644"\n' },
    {
      title: 'Write text',
      yaml: 'copy:\n  dest: /etc/modprobe.d/vf.conf\n  content: "options mlx5_core debug_mask=1\\n"\n  owner: root\n  mode: "0600"\n  backup: true\n',
    },
  ],
  local: (args) => (args.src === undefined ? [] : [args.src]),
  reads: (args) => destinationReads(destination(args)),
  more: (args, seen) => moreDestinationReads(destination(args), seen),
  state: (args, seen) => foundFile(destination(args), seen),
  plan: (args, found, context) => {
    if (args.content !== undefined && args.dest.endsWith('/'))
      return blocked(`dest is "${args.dest}", but must name the file when the content is given as text`)
    if (!args.force && found.file.state !== 'absent')
      return unchanged(`${found.path} is there, and force is off`, { dest: found.path })
    const content = args.content ?? context.files.get(args.src ?? '')?.bytes
    if (content === undefined) throw new Error(`Internal error: the file "${args.src}" was not loaded`)
    return planWholeFile({ ...args, content }, found)
  },
})

function destination(args: Args): Destination {
  return { ...args, name: args.src === undefined ? null : posix.basename(args.src) }
}
