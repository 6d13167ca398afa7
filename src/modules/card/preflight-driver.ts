import type { PfFact } from '../../module/facts.ts'
import { type AttrsRead, attrs, type CommandRead, command } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { parseDevlinkParam } from '../../parsers/devlink.ts'
import { list } from '../../shared/text.ts'
import { compatOf, eswitchOf, eswitchReads } from './eswitch-mode.ts'
import { lagDebugfs, noDevlink } from './knowledge.ts'
import { pfLabel, presentPfs, sriovReads, sriovState } from './pf.ts'
import { type Finding, fine, type Subject, stops, unseen, warns } from './preflight-subject.ts'

const paramRead = (pf: PfFact, name: string): CommandRead =>
  command('devlink', 'dev', 'param', 'show', `pci/${pf.pci}`, 'name', name)
const lagRead = (pf: PfFact): AttrsRead => attrs(`${lagDebugfs(pf.pci)}/state`)

/** What the driver can do and how it is set, asked of the driver itself: version numbers say little where kernels are backported. */
export const driverSubject: Subject = {
  reads: (args, facts) =>
    presentPfs(facts, args.pfs).flatMap((pf) => [
      paramRead(pf, 'esw_multiport'),
      paramRead(pf, 'flow_steering_mode'),
      lagRead(pf),
      ...eswitchReads(pf),
      ...sriovReads(pf),
    ]),
  findings: (args, seen, facts) => {
    const pfs = presentPfs(facts, args.pfs).filter((pf) => pf.driver === 'mlx5_core')
    if (pfs.length === 0) return []
    return [
      ...multiport(pfs, seen),
      ...pfs.flatMap((pf) => eswitchFindings(pf, seen)),
      lag(pfs, seen),
      ...ofed(pfs, seen),
    ]
  },
}

function multiport(pfs: readonly PfFact[], seen: Readings): readonly Finding[] {
  const on = pfs.filter(
    (pf) =>
      parseDevlinkParam(seen.command(...paramRead(pf, 'esw_multiport').argv).stdout) === 'true' ||
      compatOf(pf, seen, 'lag_port_select_mode')?.value === 'multiport_esw',
  )
  if (on.length === 0) return []
  return [
    stops(
      'multiport e-switch',
      `the card of ${list(on.map(pfLabel))} runs as a multiport e-switch, which excludes VF-LAG`,
      'switch it off: devlink dev param set pci/ADDRESS name esw_multiport value false cmode runtime',
    ),
  ]
}

function eswitchFindings(pf: PfFact, seen: Readings): readonly Finding[] {
  const check = `e-switch of ${pfLabel(pf)}`
  const mode = eswitchOf(pf, seen, sriovState(pf, seen).count)
  if (mode.known)
    return mode.hidden
      ? [unseen(check, 'the kernel shows it only when there are VFs, as kernels before 6.0 do')]
      : [fine(check, mode.file === null ? mode.mode : `${mode.mode}, in ${mode.file}`)]
  if (mode.missing)
    return [stops(check, 'devlink is not installed', 'install a newer iproute2 (package iproute or iproute2)')]
  if (noDevlink.test(mode.reason))
    return [stops(check, 'the kernel has no devlink', 'VF-LAG needs a kernel with mlx5 switchdev, or MLNX_OFED')]
  return [stops(check, `${pfLabel(pf)} shows no e-switch: ${mode.reason}`, 'look at dmesg for mlx5_core')]
}

function lag(pfs: readonly PfFact[], seen: Readings): Finding {
  const states = pfs.map((pf) => seen.value(`${lagDebugfs(pf.pci)}/state`))
  return states.every((state) => state !== null)
    ? fine('LAG', `the driver has one for both ports: ${states[0]}`)
    : unseen('LAG', 'the kernel has no files of it (before 5.19, or debugfs is closed); seen when the LAG is made')
}

/** OFED's own files, as they are; dmfs is slower than smfs and what some OFED releases start with. */
function ofed(pfs: readonly PfFact[], seen: Readings): readonly Finding[] {
  const slow = pfs.filter((pf) => steering(pf, seen) === 'dmfs')
  const files = pfs.flatMap((pf) =>
    (['mode', 'steering_mode', 'lag_port_select_mode'] as const).flatMap((name) => {
      const file = compatOf(pf, seen, name)
      return file ? [`${pfLabel(pf)} ${name} ${file.value}`] : []
    }),
  )
  return [
    ...(files.length > 0 ? [fine('OFED', files.join(', '))] : []),
    ...(slow.length > 0
      ? [
          warns(
            'steering mode',
            `${list(slow.map(pfLabel))} ${slow.length === 1 ? 'steers' : 'steer'} flows by firmware (dmfs)`,
            'smfs is faster; it is set while the e-switch is in legacy mode and without VFs',
          ),
        ]
      : []),
  ]
}

const steering = (pf: PfFact, seen: Readings): string | null =>
  compatOf(pf, seen, 'steering_mode')?.value ??
  parseDevlinkParam(seen.command(...paramRead(pf, 'flow_steering_mode').argv).stdout)
