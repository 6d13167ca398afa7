import type { BondReport } from '../../parsers/proc-net-bonding.ts'
import { list } from '../../shared/text.ts'
import { lacpTrouble, linkTrouble } from './bond-health.ts'
import { modeName } from './bond-state.ts'
import { bad, good, type HealthRow, unseen } from './health-rows.ts'

/** Whether the bond runs over both ports in the mode asked for, and in mode 802.3ad whether LACP is healthy. `within`: seconds that links and LACP may take. */
export function bondRows(
  report: BondReport | null,
  wanted: { readonly bond: string; readonly ports: readonly string[]; readonly mode: string | number | null },
  within: number,
): readonly HealthRow[] {
  const { bond, ports } = wanted
  if (!report) return [bad('bond', `there is no bond ${bond}`, 'bring it up with bond_files and network_restart')]
  const mode = wanted.mode === null ? report.mode : modeName(wanted.mode)
  if (report.mode !== mode)
    return [
      bad(
        'bond',
        `${bond} runs in mode ${report.mode}, but must run in ${mode}`,
        'set vflag_bond_mode; the mode of a bond changes only after teardown.yaml',
      ),
    ]
  const members = report.slaves.map((slave) => slave.name)
  const missing = ports.filter((port) => !members.includes(port))
  if (missing.length > 0)
    return [
      bad(
        'bond',
        `${list(missing)} ${missing.length === 1 ? 'is no member' : 'are no members'} of ${bond}, which has ${list(members) || 'none'}`,
        'bring the bond up with network_restart',
      ),
    ]
  const link = linkTrouble(report, ports)
  const active = report.activeSlave === null ? '' : `, ${report.activeSlave} active`
  const row = link
    ? bad('bond', link.because, link.hint, within)
    : good('bond', `${bond} runs in mode ${report.mode} over ${list(ports)}${active}`)
  // Without links there is no LACP to speak of.
  return report.mode === '802.3ad' && !link ? [row, lacpRow(report, ports, within)] : [row]
}

function lacpRow(report: BondReport, ports: readonly string[], within: number): HealthRow {
  // Readers who are not root get neither the aggregator in use nor port states (kernel: bond_procfs.c).
  const hidden = report.aggregator === null && report.slaves.every((each) => each.partnerMac === null)
  if (hidden && report.slaves.every((each) => each.aggregator !== null))
    return unseen('LACP', 'the kernel tells its state to root only')
  const trouble = lacpTrouble(report, ports)
  if (trouble) return bad('LACP', trouble.because, trouble.hint, within)
  return good('LACP', `${list(ports)} collect and distribute, partner ${report.aggregator?.partnerMac ?? 'unknown'}`)
}
