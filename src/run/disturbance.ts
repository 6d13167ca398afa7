import type { Facts } from '../module/facts.ts'
import type { Module } from '../module/module.ts'
import type { Read } from '../module/read.ts'
import type { Step } from '../module/step.ts'

/** A change that check mode did not make, and what it would alter. */
export interface Disturbance {
  /** The task that would make it. */
  readonly task: string
  /** Globs over paths, `command:<program>`, or `**` for anything. */
  readonly patterns: readonly string[]
}

/** What a planned change would alter: the paths its steps name, and what the module says besides. */
export function disturbanceOf(
  task: string,
  module: Module,
  args: unknown,
  facts: Facts,
  steps: readonly Step[],
): Disturbance {
  const patterns = steps.flatMap(touched)
  const declared = module.disturbs?.(args, facts)
  const runs = steps.some((step) => ['run', 'shell', 'detach', 'reboot'].includes(step.kind))
  return { task, patterns: [...patterns, ...(declared ?? (runs ? ['**'] : []))] }
}

/** The task whose pending change alters something that is read here; null when nothing does. */
export function disturbedBy(reads: readonly Read[], pending: readonly Disturbance[]): string | null {
  const subjects = reads.flatMap(subjectsOf)
  for (const disturbance of pending) {
    if (disturbance.patterns.some((pattern) => subjects.some((subject) => meets(pattern, subject))))
      return disturbance.task
  }
  return null
}

function touched(step: Step): string[] {
  switch (step.kind) {
    case 'run':
    case 'shell':
    case 'detach':
    case 'reboot':
      return []
    case 'move':
      return [step.from, step.to]
    case 'remove':
      return step.recursive ? [step.path, `${step.path}/**`] : [step.path]
    default:
      return [step.path]
  }
}

function subjectsOf(read: Read): readonly string[] {
  switch (read.kind) {
    case 'command':
      return [`command:${read.argv[0]}`]
    case 'file':
    case 'stat':
      return [read.path]
    default:
      return read.globs
  }
}

/** Whether two globs may name the same thing. Compares what stands before the first wildcard: it errs on the side of "yes". */
function meets(pattern: string, subject: string): boolean {
  if (pattern === '**') return true
  const isCommand = pattern.startsWith('command:')
  if (isCommand !== subject.startsWith('command:')) return false
  if (isCommand) return pattern === subject || pattern === 'command:*'
  const a = fixedPart(pattern)
  const b = fixedPart(subject)
  if (a === pattern && b === subject) return a === b
  if (a === pattern) return a.startsWith(b)
  if (b === subject) return b.startsWith(a)
  return a.startsWith(b) || b.startsWith(a)
}

function fixedPart(glob: string): string {
  const at = glob.search(/[*?[]/)
  return at === -1 ? glob : glob.slice(0, at)
}
