import type { PfFact } from '../../module/facts.ts'
import { type AttrsRead, attrs, type CommandRead, command } from '../../module/read.ts'
import type { CommandReading, Readings } from '../../module/reading.ts'
import { parseEswitch } from '../../parsers/devlink.ts'
import { eswitchNotShown, noDevlink } from './knowledge.ts'
import { pciPath } from './pf.ts'
import { lastLine } from './users-of-vfs.ts'

/** The mode of an e-switch, or why it is not known. */
export type EswitchMode =
  | {
      readonly known: true
      readonly mode: string
      readonly inlineMode: string | null
      /** Not shown because there are no VFs: an old kernel, and legacy. */
      readonly hidden: boolean
      /** The file of MLNX_OFED that stands in for devlink where that is missing; null where devlink does it. */
      readonly file: string | null
    }
  | { readonly known: false; readonly reason: string; readonly missing: boolean }

/** The plain form: RHEL 7's iproute has no -j. */
const eswitchRead = (pf: PfFact): CommandRead => command('devlink', 'dev', 'eswitch', 'show', `pci/${pf.pci}`)

const compatFiles = ['mode', 'inline', 'steering_mode', 'lag_port_select_mode'] as const

/** The files of MLNX_OFED's `compat/devlink` that matter here. */
export type CompatFile = (typeof compatFiles)[number]

// By PCI address: the interface may have another name than when facts were gathered.
const compatRead = (pf: PfFact): AttrsRead =>
  attrs(...compatFiles.map((name) => `${pciPath(pf.pci)}/net/*/compat/devlink/${name}`))

/** What to look at for {@link eswitchOf} and {@link compatOf}. */
export const eswitchReads = (pf: PfFact): readonly [CommandRead, AttrsRead] => [eswitchRead(pf), compatRead(pf)]

/** One of MLNX_OFED's files for a PF, with its path; null where there is none, as without OFED. */
export function compatOf(
  pf: PfFact,
  seen: Readings,
  name: CompatFile,
): { readonly path: string; readonly value: string } | null {
  for (const [path, value] of seen.attrs(...compatRead(pf).globs)) {
    if (path.endsWith(`/${name}`) && value.ok) return { path, value: value.value.trim() }
  }
  return null
}

/** The mode of a PF's e-switch; `vfs` is how many VFs it has. */
export function eswitchOf(pf: PfFact, seen: Readings, vfs: number): EswitchMode {
  const shown = seen.command(...eswitchRead(pf).argv)
  const parsed = shown.status === 0 ? parseEswitch(shown.stdout) : null
  if (parsed?.mode) return { known: true, mode: parsed.mode, inlineMode: parsed.inlineMode, hidden: false, file: null }
  const missing = shown.status === 127
  const file = missing || noDevlink.test(shown.stderr) ? compatOf(pf, seen, 'mode') : null
  if (file)
    return {
      known: true,
      mode: file.value,
      inlineMode: compatOf(pf, seen, 'inline')?.value ?? null,
      hidden: false,
      file: file.path,
    }
  return hiddenOrUnknown(shown, vfs, missing)
}

function hiddenOrUnknown(shown: CommandReading, vfs: number, missing: boolean): EswitchMode {
  // Kernels before 6.0 answer EOPNOTSUPP while there are no VFs; the e-switch is legacy then.
  if (eswitchNotShown.test(shown.stderr) && vfs === 0)
    return { known: true, mode: 'legacy', inlineMode: null, hidden: true, file: null }
  if (missing) return { known: false, reason: 'devlink is not installed', missing }
  return { known: false, reason: lastLine(shown.stderr) || 'devlink shows no e-switch', missing }
}
