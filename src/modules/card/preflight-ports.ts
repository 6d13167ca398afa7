import { findPf } from '../../module/facts.ts'
import { list } from '../../shared/text.ts'
import { capabilityReads, incapable } from './capability.ts'
import { noSuchPf, pfLabel, presentPfs } from './pf.ts'
import { type Finding, orFine, type Subject, stops } from './preflight-subject.ts'
import { sameCard } from './same-card.ts'

const check = 'card'

/** The ports that are named: there, two ports of one card, able to carry VF-LAG, with the right driver. */
export const portSubject: Subject = {
  reads: (args, facts) => presentPfs(facts, args.pfs).flatMap(capabilityReads),
  findings: (args, seen, facts) => {
    const pfs = presentPfs(facts, args.pfs)
    const findings: Finding[] = []
    for (const name of args.pfs) {
      if (findPf(facts, name)) continue
      const refusal = noSuchPf(name, facts)
      if (refusal.kind === 'blocked')
        findings.push(stops(check, refusal.because, refusal.hint ?? 'look at the inventory'))
    }
    const distinct = new Set(pfs.map((pf) => pf.pci))
    if (findings.length === 0 && (distinct.size !== 2 || pfs.length !== 2))
      findings.push(
        stops(
          check,
          `pfs names ${distinct.size === 1 ? 'one port' : `${distinct.size} ports`}, but must name the two ports of a card`,
          'set vflag_pfs for this host in the inventory',
        ),
      )
    for (const pf of pfs) {
      const why = incapable(pf, seen)
      if (why) findings.push(stops(check, why.because, why.hint))
      if (pf.driver !== 'mlx5_core')
        findings.push(
          stops(
            'driver',
            `${pfLabel(pf)} is bound to ${pf.driver ?? 'no driver'}, but must be bound to mlx5_core`,
            'load mlx5_core on the host, and look at dmesg',
          ),
        )
      else if (pf.netdev === null)
        findings.push(
          stops(
            'driver',
            `${pf.pci} has no network interface`,
            'the port may be in InfiniBand mode (LINK_TYPE_P1 and LINK_TYPE_P2 must be ETH)',
          ),
        )
    }
    const [first, second] = pfs
    if (first && second && first.pci !== second.pci && !sameCard(first, second))
      findings.push(
        stops(
          check,
          `${pfLabel(first)} (${first.pci}) and ${pfLabel(second)} (${second.pci}) are on different cards, and VF-LAG joins the two ports of one`,
          'set vflag_pfs to the two ports of one card',
        ),
      )
    return orFine(findings, check, `${list(pfs.map(pfLabel))} are the two ports of one ${first?.card ?? 'card'}`)
  },
}
