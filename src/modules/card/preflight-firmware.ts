import type { Facts, PfFact } from '../../module/facts.ts'
import { type CommandRead, command } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { type FirmwareParameter, parseMstconfig } from '../../parsers/mstconfig.ts'
import { count } from '../../shared/text.ts'
import { movedHint, movedSentence } from './firmware-settings.ts'
import { mostVfsForLag } from './knowledge.ts'
import { pfLabel, presentPfs, sriovReads, sriovState } from './pf.ts'
import { type Args, type Finding, fine, type Subject, stops, warns } from './preflight-subject.ts'
import { portsOfCard } from './same-card.ts'
import { vmListRead, vmsNaming, vmsOf } from './users-of-vfs.ts'

const check = 'SR-IOV'

const queryRead = (pf: PfFact): CommandRead => command('mstconfig', '-d', pf.pci, '-e', 'q', 'SRIOV_EN', 'NUM_OF_VFS')

/** What the firmware offers now, what it will offer at the next boot, and whether that goes with what is asked for. */
export const firmwareSubject: Subject = {
  reads: (args, facts) => [
    vmListRead,
    ...presentPfs(facts, args.pfs)
      .slice(0, 1)
      .flatMap((pf) => [queryRead(pf), ...portsOfCard(facts.pfs, pf).flatMap((each) => [...sriovReads(each)])]),
  ],
  findings: (args, seen, facts) => {
    const [pf] = presentPfs(facts, args.pfs)
    if (!pf) return []
    const findings = [...offer(args, seen, pf), ...moves(args, seen, facts, pf)]
    if ((args.firmware_vfs ?? 0) > mostVfsForLag)
      findings.push(
        warns(
          check,
          `${args.firmware_vfs} VFs are asked of the firmware, and with more than ${mostVfsForLag} old kernels and firmware make no LAG`,
          'lower vflag_firmware_vfs when the LAG does not come',
        ),
      )
    return findings
  },
}

/** SR-IOV as the PCI bus shows it, beside what the firmware says of now and next. */
function offer(args: Args, seen: Readings, pf: PfFact): Finding[] {
  const name = pfLabel(pf)
  const { total } = sriovState(pf, seen)
  const { parameters } = parseMstconfig(seen.command(...queryRead(pf).argv).stdout)
  const [enabled, vfs] = [parameters.get('SRIOV_EN'), parameters.get('NUM_OF_VFS')]
  const pending = [enabled, vfs].flatMap((each) => (each && isPending(each) ? [each] : []))
  if (pending.length > 0)
    return [
      warns(
        check,
        `a change of the firmware waits for a restart: ${pending.map((each) => `${each.name} is ${each.current?.text} and is going to be ${each.next.text}`).join(', ')}`,
        'the roll-out restarts the host when vflag_reboot is true, or cancels the change when it is not what is asked for',
      ),
    ]
  if (total === null && enabled?.current?.number === 1)
    return [
      stops(
        check,
        `the firmware of ${name} has SR-IOV on, but the host sees none of it`,
        'switch SR-IOV on in the BIOS of the host',
      ),
    ]
  if (total === null)
    return args.firmware_vfs === undefined
      ? [stops(check, `SR-IOV of ${name} is off in the firmware`, 'switch it on first (module firmware), and restart')]
      : [fine(check, `off in the firmware; the roll-out switches it on, which takes a ${way(args)}`)]
  if (args.firmware_vfs === undefined && args.vfs !== undefined && args.vfs > total)
    return [
      stops(
        check,
        `${count(args.vfs, 'VF')} are asked for on each port, but the firmware allows ${total}`,
        'raise NUM_OF_VFS (module firmware), or ask for fewer',
      ),
    ]
  return [fine(check, `the firmware allows ${count(total, 'VF')} on each port`)]
}

const way = (args: Args): string => (args.firmware_reset === 'reboot' ? 'restart' : 'reset of the card')

/** VMs that would look for their VF at an address where it is not any more. */
function moves(args: Args, seen: Readings, facts: Facts, pf: PfFact): readonly Finding[] {
  const { parameters } = parseMstconfig(seen.command(...queryRead(pf).argv).stdout)
  const next = parameters.get('NUM_OF_VFS')?.next.number ?? sriovState(pf, seen).total
  if (args.firmware_vfs === undefined || next === null || next === args.firmware_vfs) return []
  const vfs = portsOfCard(facts.pfs, pf).flatMap((each) => sriovState(each, seen).vfs.map((vf) => vf.pci))
  const named = vmsNaming(vfs, vmsOf(seen))
  return named.length === 0 ? [] : [stops(check, movedSentence(named), movedHint)]
}

const isPending = (each: FirmwareParameter): boolean =>
  each.current !== null && each.current.number !== each.next.number
