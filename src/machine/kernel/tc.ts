import { done, refused } from '../errno.ts'
import type { Sys } from '../machine.ts'
import type { Link, MachineState, Pf } from '../state.ts'
import { hasPort, pfOf, portOf } from './card.ts'
import type { KernelContext } from './context.ts'

/** Adds or takes away the ingress qdisc, which filters need (sch_ingress); its filters go with it. */
export function setIngress(context: KernelContext, name: string, on: boolean): Sys {
  const link = context.state.links[name]
  if (!link) return refused('ENODEV')
  if (on) {
    if (link.ingress) return refused('EEXIST', 'Exclusivity flag on, cannot modify')
    link.ingress = { filters: [] }
    return done
  }
  if (!link.ingress) return refused('EINVAL', 'Invalid handle')
  dropFilters(context, link)
  delete link.ingress
  return done
}

/** Adds a flower filter. On a port of an e-switch in switchdev mode it goes into the card, unless it is told not to. */
export function addFilter(
  context: KernelContext,
  name: string,
  filter: { readonly match: string; readonly action: string; readonly where: 'both' | 'skip_sw' | 'skip_hw' },
): Sys {
  const link = context.state.links[name]
  if (!link) return refused('ENODEV')
  if (!link.ingress) return refused('EINVAL', "Parent Qdisc doesn't exists")
  const pf = pfOf(context.state, link)
  const able = link.hwTcOffload && pf?.eswitch.mode === 'switchdev' && link.kind !== 'vf'
  const inCard = able && filter.where !== 'skip_hw'
  if (filter.where === 'skip_sw' && !inCard) return refused('EOPNOTSUPP', 'TC offload is disabled on net device')
  link.ingress.filters.push({ ...filter, inCard })
  if (inCard && pf) pf.tcRules++
  return done
}

/** Takes all filters of an interface away. */
export function clearFilters(context: KernelContext, name: string): Sys {
  const link = context.state.links[name]
  if (!link?.ingress) return link ? refused('EINVAL', "Parent Qdisc doesn't exists") : refused('ENODEV')
  dropFilters(context, link)
  return done
}

/** The rules in the card that other programs than Open vSwitch put there, of one PF. */
export function foreignRules(state: MachineState, pf: Pf): number {
  const port = portOf(state, pf)
  return Object.values(state.links)
    .filter((link) => link.port !== null && hasPort({ port: { ...link.port, vf: null } }, port))
    .reduce((sum, link) => sum + rulesInCard(link), 0)
}

const rulesInCard = (link: Link): number => link.ingress?.filters.filter(({ inCard }) => inCard).length ?? 0

/** Rules go with the interface that they are on. */
export function dropFilters({ state }: Pick<KernelContext, 'state'>, link: Link): void {
  const pf = pfOf(state, link)
  if (pf) pf.tcRules = Math.max(0, pf.tcRules - rulesInCard(link))
  if (link.ingress) link.ingress.filters = []
}
