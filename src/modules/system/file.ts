import { posix } from 'node:path'
import { defineModule } from '../../module/module.ts'
import { blocked, change, type Delta, delta, type Plan, unchanged } from '../../module/plan.ts'
import { command, type Read, stat } from '../../module/read.ts'
import type { CommandReading, Readings, StatReading } from '../../module/reading.ts'
import { link, mkdir, mode, remove, write } from '../../module/step.ts'
import { unreachable } from '../../shared/unreachable.ts'
import { askedOwnership, type Ownership, ownershipArgs, ownershipDeltas } from './ownership.ts'

interface Args extends Ownership {
  readonly path?: string
  readonly dest?: string
  readonly name?: string
  readonly state?: 'file' | 'directory' | 'link' | 'absent' | 'touch'
  readonly src?: string
  readonly recurse: boolean
  readonly force: boolean
}

interface State {
  /** The path itself. */
  readonly self: StatReading
  /** What it leads to. */
  readonly target: StatReading
  /** What `src` of a link leads to. */
  readonly source: StatReading | null
  /** The first path below that has another mode or owner. */
  readonly below: CommandReading | null
}

/** `file`: that a path is a file, a directory, a link or nothing, with this mode and owner. */
export const file = defineModule<Args, State>({
  name: 'file',
  summary: 'Make directories and links, set modes and owners, remove paths',
  description:
    '`touch` makes an empty file where there is none and leaves the times of an existing one alone, so that a second run changes nothing.',
  args: {
    properties: {
      path: { description: 'Absolute path.', type: 'string', pattern: '^/' },
      dest: { description: 'Another word for path.', type: 'string', pattern: '^/' },
      name: { description: 'Another word for path.', type: 'string', pattern: '^/' },
      state: {
        description:
          'file: it has to be there; directory: made with all above it; link: a symbolic link to src; absent: removed with all it holds; touch: an empty file where there is none. Not given: whatever it is.',
        type: 'string',
        enum: ['file', 'directory', 'link', 'absent', 'touch'],
      },
      src: { description: 'What a link points to.', type: 'string', minLength: 1 },
      recurse: {
        description: 'Set mode and owner of everything below a directory too.',
        type: 'boolean',
        default: false,
      },
      force: {
        description: 'Make a link although a file is in its place, or although what it points to is missing.',
        type: 'boolean',
        default: false,
      },
      ...ownershipArgs,
    },
    oneOf: ['path', 'dest', 'name'],
  },
  examples: [
    {
      title: 'Make a directory',
      yaml: 'file:\n  path: /srv/images\n  state: directory\n  owner: qemu\n  mode: "0750"\n',
    },
    { title: 'Make a link', yaml: 'file:\n  path: /etc/current\n  src: /etc/release-2\n  state: link\n' },
    { title: 'Remove a directory', yaml: 'file:\n  path: /srv/old\n  state: absent\n' },
  ],
  reads: (args) => {
    const reads: Read[] = [stat(pathOf(args)), stat(pathOf(args), { follow: true })]
    if (args.state === 'link' && args.src !== undefined) reads.push(stat(sourceOf(args, args.src), { follow: true }))
    const find = findOthers(args)
    return find === null ? reads : [...reads, command(...find)]
  },
  state: (args, seen) => found(args, seen),
  plan: (args, state) => {
    const path = pathOf(args)
    if (state.self.state === 'error') return blocked(`${path} could not be looked at: ${state.self.reason}`)
    const wanted = args.state ?? (args.recurse ? 'directory' : 'file')
    switch (wanted) {
      case 'absent':
        return planAbsent(path, state.self)
      case 'link':
        return planLink(args, path, state)
      case 'directory':
        return planDirectory(args, path, state)
      case 'touch':
        return planTouch(args, path, state)
      case 'file':
        return planExisting(args, path, state)
      default:
        return unreachable(wanted)
    }
  },
})

function pathOf(args: Args): string {
  const path = args.path ?? args.dest ?? args.name ?? ''
  return path.length > 1 ? path.replace(/\/+$/, '') || '/' : path
}

/** A relative target is relative to the directory of the link. */
function sourceOf(args: Args, src: string): string {
  return posix.resolve(posix.dirname(pathOf(args)), src)
}

/** A look for the first path below that differs; links have no mode of their own. */
function findOthers(args: Args): readonly string[] | null {
  const asked = askedOwnership(args)
  const tests = [
    ...(asked.mode === undefined ? [] : [['!', '-perm', asked.mode]]),
    ...(asked.owner === undefined ? [] : [['!', '-user', asked.owner]]),
    ...(asked.group === undefined ? [] : [['!', '-group', asked.group]]),
  ]
  if (!args.recurse || tests.length === 0) return null
  const any = tests.flatMap((test, at) => (at === 0 ? test : ['-o', ...test]))
  return ['find', pathOf(args), '!', '-type', 'l', '(', ...any, ')', '-print', '-quit']
}

function found(args: Args, seen: Readings): State {
  const find = findOthers(args)
  return {
    self: seen.stat(pathOf(args)),
    target: seen.stat(pathOf(args), { follow: true }),
    source:
      args.state === 'link' && args.src !== undefined ? seen.stat(sourceOf(args, args.src), { follow: true }) : null,
    below: find === null ? null : seen.command(...find),
  }
}

/** Directories without which a host does not live. */
const vital =
  /^\/(?:bin|boot|dev|etc|home|lib|lib64|proc|root|run|sbin|srv|sys|tmp|usr|var|var\/lib|usr\/lib|usr\/bin)?$/

function planAbsent(path: string, self: StatReading): Plan {
  if (self.state !== 'present') return unchanged(`${path} is not there`)
  if (self.type === 'directory' && vital.test(path))
    return blocked(`${path} is a directory that every host needs, and is never removed`, 'name what is to go inside it')
  return change([delta(path, kindOf(self), null)], [remove(path, { recursive: self.type === 'directory' })])
}

function planLink(args: Args, path: string, { self, source }: State): Plan {
  if (args.src === undefined) return blocked('src is missing, but a link must point to something', 'give src')
  const now = self.state === 'present' ? self : null
  if (now?.type === 'link' && now.target === args.src) return unchanged(`${path} points to ${args.src} already`)
  if (now?.type === 'directory')
    return blocked(`${path} is a directory, and is not replaced by a link`, 'remove it first')
  if (now && now.type !== 'link' && !args.force)
    return blocked(`${path} is a file, and is not replaced by a link`, 'remove it first, or set force: true')
  if (source?.state === 'absent' && !args.force)
    return blocked(`${source.path} does not exist, so the link would lead nowhere`, 'make it first, or set force: true')
  const before = now === null ? null : now.type === 'link' ? `link to ${now.target ?? '?'}` : kindOf(now)
  return change([delta(path, before, `link to ${args.src}`)], [link(path, args.src)])
}

function planDirectory(args: Args, path: string, state: State): Plan {
  const { target } = state
  if (target.state === 'present' && target.type !== 'directory')
    return blocked(`${path} is a ${kindOf(target)}, but must be a directory`, 'remove it first')
  if (target.state === 'present') return planOwnership(args, path, state, 'is a directory already')
  if (state.self.state === 'present') return blocked(`${path} is a link that leads nowhere`, 'remove it first')
  const asked = askedOwnership(args)
  return change([delta(path, null, 'directory')], [mkdir(path, asked)])
}

function planTouch(args: Args, path: string, state: State): Plan {
  if (state.target.state === 'present') return planOwnership(args, path, state, 'is there already')
  const asked = askedOwnership(args)
  return change([delta(path, null, 'empty file')], [write(path, '', asked)])
}

function planExisting(args: Args, path: string, state: State): Plan {
  if (state.target.state !== 'present')
    return blocked(
      `${path} is not there`,
      'state: touch makes an empty file, state: directory a directory; copy and template write files',
    )
  if (args.state === 'file' && state.target.type !== 'file')
    return blocked(`${path} is a ${kindOf(state.target)}, but must be a file`)
  return planOwnership(args, path, state, 'is as asked')
}

function planOwnership(args: Args, path: string, { target, below }: State, because: string): Plan {
  if (target.state !== 'present') return unchanged(`${path} ${because}`)
  const asked = askedOwnership(args)
  const deltas: Delta[] = ownershipDeltas(path, args, target)
  if (below !== null && below.status !== 0)
    return blocked(
      `what is below ${path} could not be looked at: ${below.stderr.trim() || `exit status ${below.status}`}`,
    )
  const other = below?.stdout.split('\n')[0]
  if (deltas.length === 0 && other)
    deltas.push(delta(`everything below ${path}`, `different at ${other}`, describe(asked)))
  if (deltas.length === 0) return unchanged(`${path} ${because}`)
  return change(deltas, [mode(path, { ...asked, recursive: args.recurse })])
}

function describe(asked: Ownership): string {
  return Object.entries(asked)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}

function kindOf(reading: StatReading): string {
  if (reading.state !== 'present') return 'missing path'
  return reading.type === 'other'
    ? 'special file'
    : reading.type === 'link'
      ? `link to ${reading.target ?? '?'}`
      : reading.type
}
