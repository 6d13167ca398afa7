import type { Facts } from '../../module/facts.ts'
import { blocked, type Plan } from '../../module/plan.ts'
import { list } from '../../shared/text.ts'
import { type Args, type Kept, portNames, type State, textOf } from './bond-files-state.ts'
import { modeName, optionsFor } from './bond-state.ts'
import { type Backend, givenKeys, isOurs, type WantedBond } from './network/backend.ts'

/** Why the files of a bond must not be written; null when they may. */
export function refuseFiles(args: Args, state: State, facts: Facts): Plan | null {
  const refusal = refuseOdd(state.kept) ?? refuseGiven(state.kept)
  if (refusal || !state.chosen) return refusal
  if ('refusal' in state.chosen) return state.chosen.refusal
  const { backend } = state.chosen
  return refuseUnsaid(backend, wantedBond(args, facts)) ?? refuseOthers(args, state, backend, facts)
}

/** The bond that is asked for, with names for what may be given by number or address. */
export function wantedBond(args: Args, facts: Facts): WantedBond {
  const mode = modeName(args.mode)
  return {
    bond: args.bond,
    ports: portNames(args, facts),
    mode,
    options: optionsFor(mode, args.options),
    mtu: args.mtu ?? null,
  }
}

/** What stands in the place of our files and is no file. */
export function refuseOdd(kept: readonly Kept[]): Plan | null {
  const odd = kept.filter(
    ({ found }) => found.state === 'error' || (found.state === 'present' && found.type !== 'file'),
  )
  if (odd.length === 0) return null
  return blocked(
    `${list(odd.map((each) => each.path))} cannot be read as a file`,
    'look at it on the host; become: true may be missing',
  )
}

/** Our files that people have given addresses or a bridge since: the host would be cut off when that went unnoticed. */
export function refuseGiven(kept: readonly Kept[]): Plan | null {
  for (const { path, found, backend } of kept) {
    const text = textOf(found)
    if (text === null || !backend || !isOurs(text)) continue
    const keys = givenKeys(text, backend.given)
    if (keys.length > 0)
      return blocked(
        `${path} was given ${list(keys)} since vflag-play wrote it, which would be lost`,
        'move that to another interface; or take the lines out of the file, then run again',
      )
  }
  return null
}

/** Options that the kind of files has no word for. */
function refuseUnsaid(backend: Backend, wanted: WantedBond): Plan | null {
  const unsaid = backend.unsaid(wanted)
  if (unsaid.length === 0) return null
  return blocked(
    `${backend.words} cannot say ${list(unsaid)}, so the bond would come back otherwise at the next boot`,
    'leave it out of options (vflag_bond_options)',
  )
}

/** Files of others that say something else of the bond or its ports, and would be heard. */
function refuseOthers(args: Args, state: State, backend: Backend, facts: Facts): Plan | null {
  const ports = portNames(args, facts)
  const names = [args.bond, ...ports]
  for (const { path, text } of state.unread) {
    const named = names.filter((name) =>
      new RegExp(`(^|[^\\w.-])${name.replaceAll('.', '\\.')}($|[^\\w.-])`).test(text),
    )
    if (named.length > 0)
      return blocked(
        `${path} names ${list(named)} and could not be understood`,
        `move what it says of other interfaces to a file of its own, and take ${list(named)} out`,
      )
  }
  for (const claim of state.claims) {
    if (
      claim.master === args.bond &&
      !ports.includes(claim.device) &&
      !claim.about.some((each) => ports.includes(each))
    )
      return blocked(
        `${claim.path} makes ${claim.device} a member of ${args.bond}, and the card makes a LAG only of a bond over its own ports`,
        `take ${claim.device} out of ${args.bond}, or choose another name for the bond`,
      )
    if (claim.about.length === 0) continue
    const why = backend.collision(claim, { bond: args.bond })
    if (why !== null)
      return blocked(
        `${claim.path} is about ${list(claim.about)} too, and ${why}`,
        `take ${list(claim.about)} out of that file, or remove it, then run again`,
      )
  }
  return null
}
