import type { ArgSchema } from '../../module/module.ts'
import { type Delta, delta } from '../../module/plan.ts'

/** The arguments that say who may do what with a file; the same in every module that makes one. */
export interface Ownership {
  readonly mode?: string
  readonly owner?: string
  readonly group?: string
}

/** What a reading says of the same; numbers only where a `stat` was made. */
export interface FoundOwnership {
  readonly mode: string
  readonly owner: string
  readonly group: string
  readonly uid?: number
  readonly gid?: number
}

/** Schemas of `mode`, `owner` and `group`. */
export const ownershipArgs: Readonly<Record<'mode' | 'owner' | 'group', ArgSchema>> = {
  mode: {
    description:
      'Permission bits in octal, three or four digits in quotes ("0644"). Symbolic modes (u+x) are refused: write the bits.',
    type: 'string',
    pattern: '^[0-7]{3,4}$',
    examples: ['0644', '0755'],
  },
  owner: { description: 'Name or number of the user who owns it.', type: 'string', minLength: 1 },
  group: { description: 'Name or number of the group it belongs to.', type: 'string', minLength: 1 },
}

/** Only what the task gave, as steps take it. */
export function askedOwnership(args: Ownership): Ownership {
  return {
    ...(args.mode !== undefined && { mode: padMode(args.mode) }),
    ...(args.owner !== undefined && { owner: args.owner }),
    ...(args.group !== undefined && { group: args.group }),
  }
}

/** Whether owner or group are given as numbers, so that a `stat` is needed to compare them. */
export function asksForNumbers(args: Ownership): boolean {
  return [args.owner, args.group].some((name) => name !== undefined && /^\d+$/.test(name))
}

/** A line for each of mode, owner and group that was asked for and is different. */
export function ownershipDeltas(path: string, args: Ownership, found: FoundOwnership): Delta[] {
  const deltas: Delta[] = []
  if (args.mode !== undefined && !sameMode(args.mode, found.mode))
    deltas.push(delta(`mode of ${path}`, padMode(found.mode), padMode(args.mode)))
  if (args.owner !== undefined && !sameName(args.owner, found.owner, found.uid))
    deltas.push(delta(`owner of ${path}`, found.owner, args.owner))
  if (args.group !== undefined && !sameName(args.group, found.group, found.gid))
    deltas.push(delta(`group of ${path}`, found.group, args.group))
  return deltas
}

/** Compares as numbers: "644" is "0644". */
function sameMode(a: string, b: string): boolean {
  return Number.parseInt(a, 8) === Number.parseInt(b, 8)
}

function padMode(mode: string): string {
  return mode.padStart(4, '0')
}

function sameName(asked: string, name: string, number: number | undefined): boolean {
  return asked === name || (number !== undefined && /^\d+$/.test(asked) && Number(asked) === number)
}
