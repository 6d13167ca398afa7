import { defineModule } from '../../module/module.ts'
import { blocked, type Plan, unchanged } from '../../module/plan.ts'
import { count } from '../../shared/text.ts'
import { editLines, type LineEdit } from './edit-lines.ts'
import { type Ownership, ownershipArgs } from './ownership.ts'
import {
  backupArg,
  type Destination,
  destinationReads,
  type FoundFile,
  foundFile,
  moreDestinationReads,
  planWholeFile,
} from './whole-file.ts'

interface Args extends Ownership, LineEdit {
  readonly path?: string
  readonly dest?: string
  readonly create: boolean
  readonly backup: boolean
}

/** `lineinfile`: one line in a file. */
export const lineinfile = defineModule<Args, FoundFile>({
  name: 'lineinfile',
  summary: 'Make sure that a line is in a file, or is not',
  description:
    'present: the last line that matches `regexp` becomes `line`; when none matches, the line is put in unless it is there. absent: every line that matches ' +
    "`regexp`, or equals `line`, goes. Patterns are JavaScript's. An edit that would change the file again at the next run is refused.",
  args: {
    properties: {
      path: { description: 'Absolute path of the file.', type: 'string', pattern: '^/' },
      dest: { description: 'Another word for path.', type: 'string', pattern: '^/' },
      line: { description: 'The line, without its newline.', type: 'string' },
      regexp: { description: 'Pattern of the line to replace or remove.', type: 'string' },
      state: {
        description: 'Whether the line has to be there.',
        type: 'string',
        enum: ['present', 'absent'],
        default: 'present',
      },
      insertafter: {
        description: 'EOF, BOF, or a pattern: put the line after the last one that matches.',
        type: 'string',
      },
      insertbefore: { description: 'BOF or a pattern: put the line before the last one that matches.', type: 'string' },
      firstmatch: {
        description: 'Take the first match of a pattern instead of the last.',
        type: 'boolean',
        default: false,
      },
      backrefs: {
        description:
          'Let \\1 and \\g<name> in `line` stand for groups of `regexp`; when nothing matches, nothing is done.',
        type: 'boolean',
        default: false,
      },
      create: { description: 'Make the file when it is missing.', type: 'boolean', default: false },
      backup: backupArg,
      ...ownershipArgs,
    },
    oneOf: ['path', 'dest'],
  },
  examples: [
    {
      title: 'Set a value',
      yaml: 'lineinfile:\n  path: /etc/selinux/config\n  regexp: ^SELINUX=\n  line: SELINUX=permissive\n  backup: true\n',
    },
    {
      title: 'Remove lines',
      yaml: 'lineinfile:\n  path: /etc/hosts\n  regexp: "\\\\bold-host\\\\b"\n  state: absent\n',
    },
  ],
  reads: (args) => destinationReads(destination(args)),
  more: (args, seen) => moreDestinationReads(destination(args), seen),
  state: (args, seen) => foundFile(destination(args), seen),
  plan: (args, found) => planMissingArgs(args) ?? planEdit(args, found),
})

function destination(args: Args): Destination {
  return { ...args, dest: args.path ?? args.dest ?? '', name: null }
}

function planMissingArgs(args: Args): Plan | null {
  if (args.state === 'present' && args.line === undefined) return blocked('line is missing, but present needs one')
  if (args.state === 'absent' && args.line === undefined && args.regexp === undefined)
    return blocked('line and regexp are missing, but absent needs one of them')
  if (args.backrefs && args.regexp === undefined) return blocked('regexp is missing, but backrefs needs one')
  if (args.insertafter !== undefined && args.insertbefore !== undefined)
    return blocked('insertafter and insertbefore are both given, but only one can hold')
  if (args.line?.includes('\n'))
    return blocked('line holds a newline, but must be one line', 'use copy or template for more')
  return null
}

function planEdit(args: Args, found: FoundFile): Plan {
  if (found.file.state === 'absent' && args.state === 'absent') return unchanged(`${found.path} is not there`)
  if (found.file.state === 'absent' && !args.create)
    return blocked(`${found.path} is not there`, 'set create: true to make it')
  const text = found.file.state === 'present' ? Buffer.from(found.file.bytes).toString('utf8') : ''
  if (found.file.state === 'error' || (found.file.state === 'present' && !Buffer.from(text).equals(found.file.bytes)))
    return planWholeFileProblem(found)
  const edited = editLines(text, args)
  if (!edited.ok) return blocked(edited.error)
  const again = editLines(edited.value.text, args)
  if (!again.ok || again.value.text !== edited.value.text) return blocked(...neverSettles(args))
  if (edited.value.text === text && found.file.state === 'absent')
    return unchanged(`regexp matches nothing, since ${found.path} is not there`)
  const plan = planWholeFile({ ...args, content: edited.value.text }, found)
  const removed = args.state === 'absent' ? { found: edited.value.removed } : {}
  if (plan.kind === 'unchanged') return unchanged(whyUnchanged(args, found.path, text), { ...plan.data, ...removed })
  if (plan.kind !== 'change' || args.state !== 'absent') return plan
  return { ...plan, data: { ...plan.data, ...removed, msg: `${count(edited.value.removed, 'line')} removed` } }
}

function planWholeFileProblem(found: FoundFile): Plan {
  return found.file.state === 'error'
    ? blocked(`${found.path} could not be read: ${found.file.reason}`)
    : blocked(`${found.path} is not UTF-8 text, but must be for its lines to be edited`)
}

/** Several lines match, the line put in does not: Ansible replaces one more of them at every run. */
function neverSettles(args: Args): [string, string] {
  return args.backrefs
    ? [
        `regexp "${args.regexp}" matches what "${args.line}" makes of a line, so every run would change it again`,
        'anchor regexp so that it matches only what is to be replaced',
      ]
    : [
        `regexp "${args.regexp}" matches other lines but not "${args.line}", so every run would replace one more of them`,
        'widen regexp so that it matches the line too',
      ]
}

function whyUnchanged(args: Args, path: string, text: string): string {
  if (args.state === 'absent') return `no such line is in ${path}`
  const there = args.line !== undefined && text.split(/\r?\n/).includes(args.line)
  return args.backrefs && !there ? `${path} has no line that regexp would change` : `the line is in ${path} already`
}
