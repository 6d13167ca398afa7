import { command, list as listRead } from '../../module/read.ts'
import { parseOvsVersion } from '../../parsers/ovs-vsctl.ts'
import { leastOvs, packageOf } from './knowledge.ts'
import { fine, type Subject, stops, unseen } from './preflight-subject.ts'

const iommuRead = listRead('/sys/kernel/iommu_groups/*')
const ovsRead = command('ovs-vsctl', '--version')

/** What the host itself has to have: an IOMMU for its VMs, and an Open vSwitch that offloads bonds. */
export const hostSubject: Subject = {
  reads: (args) => [iommuRead, ...(args.bridge === undefined ? [] : [ovsRead])],
  findings: (args, seen, facts) => [
    seen.list(...iommuRead.globs).length > 0
      ? fine('IOMMU', 'on')
      : stops(
          'IOMMU',
          'the host has no IOMMU groups, so no VF can be given to a VM',
          'switch VT-d or AMD-Vi on in the BIOS and boot with intel_iommu=on (Intel) and iommu=pt',
        ),
    ...(args.bridge === undefined ? [] : [openVswitch(seen.command(...ovsRead.argv), facts.distribution.family)]),
  ],
}

function openVswitch(
  shown: { readonly status: number; readonly stdout: string },
  family: 'redhat' | 'debian' | 'other',
): ReturnType<typeof fine> {
  const check = 'Open vSwitch'
  const install = `install the package ${packageOf('ovs-vsctl', family)} (module package)`
  if (shown.status === 127) return stops(check, 'Open vSwitch is not installed', install)
  const version = parseOvsVersion(shown.stdout)
  if (!version) return unseen(check, 'it does not tell its version')
  const [major, minor] = leastOvs
  return version[0] > major || (version[0] === major && version[1] >= minor)
    ? fine(check, version.join('.'))
    : stops(
        check,
        `Open vSwitch is ${version.join('.')}, but must be ${leastOvs.join('.')} or newer to offload a bond's flows`,
        install,
      )
}
