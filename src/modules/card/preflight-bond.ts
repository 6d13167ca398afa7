import { list } from '../../shared/text.ts'
import { bondNow, bondReads, lagModes, modeName } from './bond-state.ts'
import { netdevReads, netdevs } from './netdevs.ts'
import { bondIsOurs, bondMark } from './network/backends.ts'
import { pfLabel, presentPfs, sriovReads, sriovState } from './pf.ts'
import { type Finding, isInterfaceName, orFine, type Subject, stops } from './preflight-subject.ts'

const check = 'bond'

/** The bond that is asked for, and the one that is there. */
export const bondSubject: Subject = {
  reads: (args, facts) => [
    ...bondReads(args.bond),
    bondMark(args.bond),
    ...netdevReads,
    ...presentPfs(facts, args.pfs).flatMap((pf) => [...sriovReads(pf)]),
  ],
  findings: (args, seen, facts) => {
    const findings: Finding[] = []
    const stop = (because: string, hint: string) => findings.push(stops(check, because, hint))
    const pfs = presentPfs(facts, args.pfs)
    const bond = bondNow(args.bond, seen)
    const ours = bondIsOurs(args.bond, seen)
    if (!isInterfaceName(args.bond))
      stop(
        `"${args.bond}" is no name for a bond, but must be 1 to 15 letters, digits, "_", "." or "-"`,
        'set vflag_bond',
      )
    if (bond.otherKind) stop(`${args.bond} exists and is no bond`, 'choose another name (vflag_bond)')
    const mode = args.mode === undefined ? null : modeName(args.mode)
    if (mode !== null && !lagModes.includes(mode))
      stop(`bonding mode ${mode} makes no VF-LAG, but must be ${list(lagModes, 'or')}`, 'set vflag_bond_mode')
    // Later than here the files would be written already, and the next boot would bring up what was refused.
    const vfs = pfs.reduce((sum, pf) => sum + sriovState(pf, seen).vfs.length, 0)
    if (mode !== null && ours && bond.slaves.length > 0 && bond.mode !== mode && vfs > 0)
      stop(
        `${args.bond} runs in mode ${bond.mode} with VFs on it, but ${mode} is asked for, and the mode of a bond changes only without ports`,
        'run teardown.yaml first, then roll out again',
      )
    const third = bond.slaves.filter((slave) => !pfs.some((pf) => pfLabel(pf) === slave))
    if (third.length > 0)
      stop(
        `${args.bond} has ${list(third)} as a member, and the card makes a LAG only of a bond over its own two ports`,
        `take ${list(third)} out of ${args.bond}, or choose another name (vflag_bond)`,
      )
    const all = netdevs(seen)
    for (const pf of pfs) {
      const master = all.find((each) => each.name === pf.netdev)?.master ?? null
      if (master !== null && master !== args.bond)
        stop(`${pfLabel(pf)} belongs to ${master}`, `take ${pfLabel(pf)} out of ${master} first`)
    }
    if (bond.slaves.length > 0 && !ours)
      stop(
        `${args.bond} runs already, in mode ${bond.mode} over ${list(bond.slaves)}, and was not made by vflag-play`,
        `take ${args.bond} down and remove its files first, or choose another name and other ports`,
      )
    return orFine(
      findings,
      check,
      bond.exists ? `${args.bond} in mode ${bond.mode} over ${list(bond.slaves) || 'no port'}` : `no ${args.bond} yet`,
    )
  },
}
