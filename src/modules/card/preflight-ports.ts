import { type Facts, findPf, type PfFact } from '../../module/facts.ts'
import { noSuchPf, pfLabel } from './pf.ts'
import type { Finding } from './preflight-wishes.ts'
import { sameCard } from './same-card.ts'

/** What is wrong with the ports that are named: missing, no two ports of one card, no VF-LAG, another driver. */
export function portFindings(names: readonly string[], facts: Facts, pfs: readonly PfFact[]): readonly Finding[] {
  const findings: Finding[] = []
  for (const name of names) {
    if (findPf(facts, name)) continue
    const refusal = noSuchPf(name, facts)
    if (refusal.kind === 'blocked')
      findings.push({ because: refusal.because, hint: refusal.hint ?? 'look at the inventory' })
  }
  const distinct = new Set(pfs.map((pf) => pf.pci))
  if (findings.length === 0 && (distinct.size !== 2 || pfs.length !== 2))
    findings.push({
      because: `pfs names ${distinct.size === 1 ? 'one port' : `${distinct.size} ports`}, but must name the two ports of a card`,
      hint: 'set vflag_pfs for this host in the inventory',
    })
  for (const pf of pfs) {
    if (!pf.vf_lag)
      findings.push({
        because: `${pfLabel(pf)} is a ${pf.card} (15b3:${pf.device}), which cannot do VF-LAG`,
        hint: 'VF-LAG needs a ConnectX-5 or newer',
      })
    if (pf.driver !== 'mlx5_core')
      findings.push({
        because: `${pfLabel(pf)} is bound to ${pf.driver ?? 'no driver'}, but must be bound to mlx5_core`,
        hint: 'load mlx5_core on the host, and look at dmesg',
      })
    else if (pf.netdev === null)
      findings.push({
        because: `${pf.pci} has no network interface`,
        hint: 'the port may be in InfiniBand mode (LINK_TYPE_P1 and LINK_TYPE_P2 must be ETH)',
      })
  }
  const [first, second] = pfs
  if (first && second && first.pci !== second.pci && !sameCard(first, second))
    findings.push({
      because: `${pfLabel(first)} (${first.pci}) and ${pfLabel(second)} (${second.pci}) are on different cards, and VF-LAG joins the two ports of one`,
      hint: 'set vflag_pfs to the two ports of one card',
    })
  return findings
}
