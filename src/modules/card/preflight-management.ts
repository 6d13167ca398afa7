import type { Facts } from '../../module/facts.ts'
import type { CommandRead } from '../../module/read.ts'
import { list } from '../../shared/text.ts'
import { vsctlRead } from './ovs.ts'
import { pfLabel, presentPfs } from './pf.ts'
import { type Args, fine, type Subject, stops, unseen, warns } from './preflight-subject.ts'

const check = 'SSH session'

/** Whether the roll-out would cut the session that it is done over. */
export const managementSubject: Subject = {
  reads: (args, facts) => [...ownNames(args, facts), ...session(facts)].map(bridgeRead),
  findings: (args, seen, facts) => {
    const carrier = facts.management.interface
    if (carrier === null) return [unseen(check, 'the interface that carries it was not found')]
    const asked = [...ownNames(args, facts), ...session(facts)]
    const bridgeOf = (name: string): string | null => {
      if (!asked.includes(name)) return null
      const shown = seen.command(...bridgeRead(name).argv)
      return shown.status === 0 ? shown.stdout.trim() || null : null
    }
    const uses = facts.management.uses
    // Open vSwitch shows no lower links in sysfs: what stands on which port only its database says.
    const bridges = [carrier, ...uses.flatMap((name) => bridgeOf(name) ?? [])]
    const over = [...ownNames(args, facts), ...(args.bridge === undefined ? [] : [args.bridge])].filter((name) => {
      const bridge = bridgeOf(name)
      return uses.includes(name) || (bridge !== null && bridges.includes(bridge)) || bridges.includes(name)
    })
    if (over.length === 0) return [fine(check, `runs over ${carrier}`)]
    const because = `the SSH session runs over ${list(over)}, which the roll-out takes down for a while`
    return [
      args.allow_management
        ? warns(check, because, 'allow_management lets it')
        : stops(
            check,
            because,
            'reach the host by another interface, or set vflag_allow_management to true when it can be reached otherwise (console)',
          ),
    ]
  },
}

const bridgeRead = (name: string): CommandRead => vsctlRead('iface-to-br', name)
const ownNames = (args: Args, facts: Facts): readonly string[] => [
  ...presentPfs(facts, args.pfs).map(pfLabel),
  args.bond,
]
const session = (facts: Facts): readonly string[] => facts.management.uses
