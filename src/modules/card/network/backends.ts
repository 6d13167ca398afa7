import type { Facts } from '../../../module/facts.ts'
import type { ArgSchema } from '../../../module/module.ts'
import { blocked, type Plan } from '../../../module/plan.ts'
import { type AttrsRead, attrs, file, type ListRead, list as listRead, type Read } from '../../../module/read.ts'
import type { Readings } from '../../../module/reading.ts'
import { list } from '../../../shared/text.ts'
import { keptDirectory } from '../knowledge.ts'
import { type Backend, type BackendName, isOurs } from './backend.ts'
import { ifcfg, ifcfgPath } from './ifcfg.ts'
import { keyfile } from './keyfile.ts'
import { netplan } from './netplan.ts'
import { networkd } from './networkd.ts'

/** All of them: the one list. */
export const backends: readonly Backend[] = [ifcfg, keyfile, netplan, networkd]

/** What the user may ask for. */
export type Wish = 'auto' | BackendName

/** The argument `backend`. */
export const backendArg: ArgSchema = {
  description:
    'Kind of network files. auto: by what runs the network of the host; on EL 8 ifcfg where the ports have such files, else keyfiles',
  type: 'string',
  enum: ['auto', ...backends.map((each) => each.name)],
  default: 'auto',
}

/** Where the original of a replaced file is kept. */
export const backupPath = (path: string): string => `${keptDirectory}/backup${path}`

/** Originals that wait to be put back, whatever kind of files they are. */
export const backupGlobs: readonly string[] = [
  ...new Set(backends.flatMap((each) => each.places).map((place) => backupPath(place.replace(/[^/]*$/, '*')))),
]

/** Programs and folders that tell which files a host can read. */
const signs: ListRead = listRead(...backends.flatMap((each) => each.signs))

/** What to look at for {@link chooseBackend}. */
export function chooseReads(wish: Wish, ports: readonly string[], facts: Facts): readonly Read[] {
  return [signs, ...(asksPorts(wish, facts) ? ports.map((port) => file(ifcfgPath(port))) : [])]
}

/** The kinds of files that may turn out to be the one, before the host was looked at. */
export function candidates(wish: Wish, facts: Facts): readonly Backend[] {
  if (wish !== 'auto') return backends.filter((each) => each.name === wish)
  if (asksPorts(wish, facts)) return [ifcfg, keyfile]
  const found = byFacts(facts)
  return found ? [found] : []
}

/** The kind of files for a host, or why there is none. */
export function chooseBackend(
  wish: Wish,
  ports: readonly string[],
  facts: Facts,
  seen: Readings,
): { readonly backend: Backend } | { readonly refusal: Plan } {
  const there = new Set(seen.list(...signs.globs))
  const readable = backends.filter((each) => each.signs.some((sign) => there.has(sign)) && !dropped(each, facts))
  const runner = facts.network_backend ?? 'something unknown'
  const wanted = candidates(wish, facts)
  const [first, second] = wanted
  if (!first)
    return {
      refusal: blocked(
        `the network of this host is run by ${runner}, but must be run by network-scripts, NetworkManager, netplan or systemd-networkd`,
        'make the bond there by hand and skip this task; or set backend when one of them reads its files here',
      ),
    }
  const chosen = second && !ports.some((port) => managed(seen.text(ifcfgPath(port)))) ? second : first
  if (readable.includes(chosen)) return { backend: chosen }
  return {
    refusal: blocked(
      `nothing on this host reads ${chosen.words}: its network is run by ${runner}`,
      readable.length > 0
        ? `set backend to ${list(
            readable.map((each) => each.name),
            'or',
          )}`
        : 'make the bond there by hand and skip this task',
    ),
  }
}

function byFacts({ network_backend, distribution }: Facts): Backend | null {
  switch (network_backend) {
    case 'network-scripts':
      return ifcfg
    case 'networkmanager':
      return distribution.family === 'redhat' && distribution.major < 8 ? ifcfg : keyfile
    case 'netplan':
      return netplan
    case 'networkd':
      return networkd
    default:
      return null
  }
}

/** EL 8 has both plugins: the ports stay with what the host keeps them in. */
function asksPorts(wish: Wish, { network_backend, distribution }: Facts): boolean {
  return (
    wish === 'auto' &&
    network_backend === 'networkmanager' &&
    distribution.family === 'redhat' &&
    distribution.major === 8
  )
}

/** NetworkManager of EL 10 has no ifcfg-rh plugin; a folder may have been left by an upgrade. */
function dropped(backend: Backend, { network_backend, distribution }: Facts): boolean {
  return (
    backend === ifcfg &&
    network_backend === 'networkmanager' &&
    distribution.family === 'redhat' &&
    distribution.major >= 10
  )
}

const managed = (text: string | null): boolean =>
  text !== null && !/^\s*NM_CONTROLLED=["']?(no|false|n)["']?\s*$/im.test(text)

/** The files that make a bond come back, of whatever kind: what to look at for {@link bondIsOurs}. */
export function bondMark(bond: string): AttrsRead {
  return attrs(...backends.map((each) => each.bondFile(bond)))
}

/** Whether one of the files of a bond was written by this program. */
export function bondIsOurs(bond: string, seen: Readings): boolean {
  return [...seen.attrs(...bondMark(bond).globs).values()].some((each) => each.ok && isOurs(each.value))
}
