import { posix } from 'node:path'
import { defineModule } from '../../module/module.ts'
import { unchanged } from '../../module/plan.ts'
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
  readonly src: string
  readonly dest: string
  readonly backup: boolean
  readonly force: boolean
}

/** `template`: a file made of a template and the task's variables. */
export const template = defineModule<Args, FoundFile>({
  name: 'template',
  summary: 'Write a file from a template',
  description:
    'Templates are Handlebars; a name that is not set is an error. The file is replaced as a whole, in one moment; directories that are missing above it are made.',
  args: {
    properties: {
      src: {
        description: 'A template beside the playbook, looked up under templates/ first. `.xml.hbs` escapes for XML.',
        type: 'string',
        pattern: '[^/]$',
      },
      dest: {
        description:
          'Absolute path. A directory (or a path that ends in /) gets a file with the name of `src` without .hbs.',
        type: 'string',
        pattern: '^/',
      },
      backup: backupArg,
      force: forceArg,
      ...ownershipArgs,
    },
    required: ['src', 'dest'],
  },
  examples: [
    { title: 'Write a file from a template', yaml: 'template:\n  src: motd.hbs\n  dest: /etc/motd\n  mode: "0644"\n' },
  ],
  templates: (args) => [args.src],
  reads: (args) => destinationReads(destination(args)),
  more: (args, seen) => moreDestinationReads(destination(args), seen),
  state: (args, seen) => foundFile(destination(args), seen),
  plan: (args, found, context) =>
    !args.force && found.file.state !== 'absent'
      ? unchanged(`${found.path} is there, and force is off`, { dest: found.path })
      : planWholeFile({ ...args, content: context.render(args.src) }, found),
})

function destination(args: Args): Destination {
  return { ...args, name: posix.basename(args.src).replace(/\.hbs$/, '') }
}
