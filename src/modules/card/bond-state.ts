import { type AttrsRead, attrs, type LinksRead, links } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { bondOptions } from './bond-options.ts'
import { baseName } from './pf.ts'

/** A bond as sysfs shows it (kernel: drivers/net/bonding/bond_sysfs.c). */
export interface BondNow {
  /** There is a bond of the name. */
  readonly exists: boolean
  /** There is an interface of the name that is no bond. */
  readonly otherKind: boolean
  readonly mode: string | null
  readonly slaves: readonly string[]
  readonly up: boolean
  readonly mtu: number | null
  /** Its own master: `ovs-system` while it is a port of a bridge. */
  readonly master: string | null
  /** The files of `bonding/` by name, as they read: `fast 1`. */
  readonly options: ReadonlyMap<string, string>
}

/** What to look at for {@link bondNow}. */
export function bondReads(bond: string): readonly [AttrsRead, LinksRead] {
  return [
    attrs(`/sys/class/net/${bond}/bonding/*`, `/sys/class/net/${bond}/flags`, `/sys/class/net/${bond}/mtu`),
    links(`/sys/class/net/${bond}/master`),
  ]
}

/** A bond, from what {@link bondReads} looked at. */
export function bondNow(bond: string, seen: Readings): BondNow {
  const path = `/sys/class/net/${bond}`
  const [attrsRead, linksRead] = bondReads(bond)
  const values = seen.attrs(...attrsRead.globs)
  const options = new Map<string, string>()
  for (const [at, value] of values) {
    if (at.startsWith(`${path}/bonding/`) && value.ok) options.set(baseName(at), value.value.trim())
  }
  const master = seen.links(...linksRead.globs).get(`${path}/master`)
  const mode = options.get('mode')?.split(' ')[0] ?? null
  const flags = seen.value(`${path}/flags`)
  const mtu = seen.value(`${path}/mtu`)
  return {
    exists: mode !== null,
    otherKind: mode === null && flags !== null,
    mode,
    slaves: (options.get('slaves') ?? '').split(/\s+/).filter((name) => name !== ''),
    up: flags !== null && (Number(flags) & 1) === 1,
    mtu: mtu === null ? null : Number(mtu),
    master: master === undefined ? null : baseName(master),
    options,
  }
}

/** Modes in which mlx5 makes a LAG, by the kernel's name. */
export const lagModes: readonly string[] = ['active-backup', 'balance-xor', '802.3ad']

/** The kernel's name of a bonding mode that may be given by number: 4 is 802.3ad. */
export function modeName(mode: string | number): string {
  return modeNumbers[Number(mode)] ?? String(mode)
}

const modeNumbers: readonly string[] = [
  'balance-rr',
  'active-backup',
  'balance-xor',
  'broadcast',
  '802.3ad',
  'balance-tlb',
  'balance-alb',
]

/** Options of a bond as the user gives them. */
export type BondOptions = Readonly<Record<string, string | number | boolean>>

/**
 * The options that a bond of this mode takes, in the user's order: the kernel refuses those of 802.3ad in other modes
 * (bond_options.c), so that one set of options serves all modes. Numbers that the kernel has a word for become that word.
 */
export function optionsFor(mode: string, options: BondOptions): ReadonlyMap<string, string> {
  const taken = new Map<string, string>()
  for (const [name, value] of Object.entries(options)) {
    const known = bondOptions[name]
    if (!known || (known.modes && !known.modes.includes(mode))) continue
    const text = value === true ? '1' : value === false ? '0' : String(value)
    taken.set(name, (/^\d+$/.test(text) ? known.words?.[Number(text)] : undefined) ?? text)
  }
  return taken
}

/** Whether a bonding file says what is wanted: `fast 1` is `fast` and `1`. */
export function optionHolds(file: string | undefined, wanted: string): boolean {
  return file !== undefined && (file === wanted || file.split(/\s+/).includes(wanted))
}
