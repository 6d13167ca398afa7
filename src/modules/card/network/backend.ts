import type { Facts } from '../../../module/facts.ts'
import type { PlanContext } from '../../../module/module.ts'
import type { Step } from '../../../module/step.ts'

/** The kinds of network files that are written here. */
export type BackendName = 'ifcfg' | 'keyfile' | 'netplan' | 'networkd'

/** A bond and its ports as their files have to say. */
export interface WantedBond {
  readonly bond: string
  readonly ports: readonly string[]
  /** By the kernel's name: `802.3ad`. */
  readonly mode: string
  /** Only those that the mode takes; words, not numbers, where the kernel has words. */
  readonly options: ReadonlyMap<string, string>
  readonly mtu: number | null
}

/** A file as it has to be, whole. */
export interface NetworkFile {
  readonly path: string
  readonly text: string
  /** Octal. */
  readonly mode: string
}

/** What a file of somebody else says of interfaces, as far as it may get into the way of a bond. */
export interface Claim {
  readonly path: string
  /** Those of the asked interfaces (the bond, its ports) that it is about. */
  readonly about: readonly string[]
  /** What it calls the interface; for members of the bond that are not its ports. */
  readonly device: string
  /** The bond or bridge that it puts the interface into. */
  readonly master: string | null
  /** Settings that a port of a bond must not have: `addresses`, `gateway4`. */
  readonly gives: readonly string[]
  /** It is applied at boot. */
  readonly onBoot: boolean
}

/** An interface that claims are asked about. */
export interface Asked {
  readonly name: string
  /** Null for the bond, and where it is not known. */
  readonly mac: string | null
}

/** What bringing up or taking down a bond goes by. */
export interface BondJob {
  readonly bond: string
  /** It runs, though not as it has to. */
  readonly exists: boolean
  readonly ports: readonly {
    readonly name: string
    readonly up: boolean
    readonly enslaved: boolean
    /** Global addresses that stand on the port itself. */
    readonly addresses: readonly string[]
  }[]
  readonly facts: Facts
}

/**
 * One way of telling a host about a bond, so that it comes back at every boot: where files are, what they say, and what
 * makes the host look at them. A further way is one more file like this.
 */
export interface Backend {
  readonly name: BackendName
  /** As messages call it: `NetworkManager keyfiles`. */
  readonly words: string
  /** Paths of which a host that reads such files has one. */
  readonly signs: readonly string[]
  readonly templates: readonly string[]
  /** Where such files are, as globs: others' as well. */
  readonly places: readonly string[]
  /** The file without which the bond does not come back. */
  bondFile(bond: string): string
  /** Every file that {@link files} may name. */
  paths(bond: string, ports: readonly string[]): readonly string[]
  /** The files of a bond. */
  files(wanted: WantedBond, facts: Facts, render: PlanContext['render']): readonly NetworkFile[]
  /** Options, or values of them, that such files cannot say. */
  unsaid(wanted: WantedBond): readonly string[]
  /** What finds, in a file of ours, settings that people have given it since; its first group is the key. */
  readonly given: RegExp
  /** What a file of somebody else says of some interfaces; null when it cannot be read. */
  claims(path: string, text: string, asked: readonly Asked[]): readonly Claim[] | null
  /** Why a claim about a port gets into the way of our file; null when ours wins. */
  collision(claim: Claim, wanted: { readonly bond: string }): string | null
  /** What makes the host forget files that are gone. */
  reload(facts: Facts): readonly Step[]
  /** What makes the bond run as its files say. */
  bringUp(job: BondJob): readonly Step[]
  /** What takes the bond down and sets its ports free. */
  takeDown(job: BondJob): readonly Step[]
}

/** The first line of every file that is written here. */
export const header = '# Managed by vflag-play'

/** Whether a network file was written by this program. */
export const isOurs = (text: string): boolean => text.startsWith(header)

/** The keys that {@link Backend.given} finds. */
export function givenKeys(text: string, given: RegExp): readonly string[] {
  return [...new Set([...text.matchAll(given)].map((match) => match[1] ?? ''))]
}
