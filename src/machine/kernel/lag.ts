import { cardModels } from '../profiles/card-models.ts'
import { kernelOf } from '../profiles/kernels.ts'
import type { BondState, Card, Link, Pf } from '../state.ts'
import { cardOfLink } from './card.ts'
import { seenUp } from './carrier.ts'
import { type KernelContext, later } from './context.ts'
import { lacpPorts } from './lacp.ts'
import { logPf, logPfError } from './log.ts'
import { pfLink } from './netdev.ts'

/** What the driver says when VF drivers were in the way (lag.c, mlx5_activate_lag and mlx5_deactivate_lag). */
const unbindFirst = 'Make sure all VFs are unbound prior to VF LAG activation or deactivation'

/** A card looks again soon: events queue delayed work, they never wait for it (mlx5_queue_bond_work). */
export function queueLag(context: KernelContext, card: Card | undefined, seconds = 0.3): void {
  if (!card || card.lag.pending) return
  card.lag.pending = true
  later(context, seconds, () => evaluateLag(context, card))
}

/** What the driver makes of an event of a bond: the cards of its members look again, and that of one that has just left. */
export function queueBondLag(context: KernelContext, master: Link, gone?: Link): void {
  for (const card of cardsOfBond(context, master, gone)) queueLag(context, card)
}

/** The same for a link that changed: the work is queued at once, and MODIFY_LAG takes the firmware milliseconds. */
export function queueRemap(context: KernelContext, master: Link): void {
  for (const card of cardsOfBond(context, master)) queueLag(context, card, 0.02)
}

function cardsOfBond(context: KernelContext, master: Link, gone?: Link): ReadonlySet<Card | undefined> {
  const members = (master.bond?.slaves ?? []).map((name) => context.state.links[name])
  return new Set([...members, gone].map((link) => cardOfLink(context.state, link)))
}

/** Does what mlx5_do_bond does: makes, changes or dissolves the LAG by the rules of lag.c. Nothing is retried without a new event. */
export function evaluateLag(context: KernelContext, card: Card): void {
  delete card.lag.pending
  const [first] = card.pfs
  // A multiport e-switch is not made of a bond and does not go with one.
  if (!first || card.lag.mode === 'mpesw') return
  const bond = bondOfCard(context, card)
  const wanted = bond === null ? 'none' : wantedMode(context, card, bond.bond)
  if (card.lag.mode !== 'none' && card.lag.mode !== wanted) disableLag(context, card)
  if (bond === null || wanted === 'none') return
  if (card.lag.mode === 'none') createLag(context, card, first, bond.name, bond.bond, wanted)
  else modifyLag(context, card, first, bond.name, bond.bond)
  context.fabric.touch()
}

/** Dissolves the LAG silently; with VFs in use strict firmware fails and driver and firmware disagree from then on. */
export function disableLag(context: KernelContext, card: Card): void {
  const { profile } = context.state
  const [first] = card.pfs
  if (card.lag.mode === 'none' || card.lag.mode === 'mpesw' || !first) return
  const failed = card.lag.mode === 'sriov' && profile.firmware === 'strict' && card.pfs.some(hasVfsInUse)
  card.lag.mode = 'none'
  card.lag.map = [1, 2]
  card.lag.sharedFdb = false
  card.lag.portSelect = 'queue_affinity'
  if (!failed) return
  card.lag.stuck = true
  logPfError(context, first, 'mlx5_deactivate_lag:770', 'Failed to deactivate VF LAG; driver restart required')
  logPfError(context, first, 'mlx5_deactivate_lag:770', unbindFirst)
}

/** A VF whose queues exist: a driver of this host or a guest has it. Bound to vfio-pci alone it is idle. */
export const hasVfsInUse = (pf: Pf): boolean =>
  pf.vfs.some((vf) => vf.heldBy !== null || (vf.driver !== null && vf.driver !== 'vfio-pci'))

/** The bond whose members are the two ports of the card and nothing else. */
function bondOfCard(context: KernelContext, card: Card): { readonly name: string; readonly bond: BondState } | null {
  const { state } = context
  const ports = card.pfs.map((pf) => pfLink(state, pf)?.name)
  if (ports.length !== 2 || card.pfs.some((pf) => pf.driver !== 'mlx5_core')) return null
  for (const link of Object.values(state.links)) {
    const slaves = link.bond?.slaves
    if (link.bond && slaves?.length === 2 && ports.every((name) => name !== undefined && slaves.includes(name)))
      return { name: link.name, bond: link.bond }
  }
  return null
}

/** Whether the bond mode can be offloaded: active-backup by itself, xor and 802.3ad by hash. */
export const canOffload = (bond: BondState): boolean => ['active-backup', 'balance-xor', '802.3ad'].includes(bond.mode)

/** More VFs set in the firmware than an older driver makes a LAG with. */
export const tooManyVfs = (context: KernelContext, card: Card): boolean =>
  kernelOf(context).lagLimitedTo64Vfs && (card.firmware['NUM_OF_VFS']?.current ?? 0) > 64

function wantedMode(context: KernelContext, card: Card, bond: BondState): 'none' | 'roce' | 'sriov' {
  const { armOwnsEswitch, vfLag } = cardModels[card.model]
  if (!canOffload(bond) || armOwnsEswitch || tooManyVfs(context, card)) return 'none'
  if (new Set(card.pfs.map((pf) => pf.roce)).size > 1) return 'none'
  const modes = new Set(card.pfs.map((pf) => pf.eswitch.mode))
  if (modes.size > 1) return 'none'
  if (modes.has('switchdev')) return vfLag ? 'sriov' : 'none'
  return card.pfs.every((pf) => pf.numvfs === 0) ? 'roce' : 'none'
}

function createLag(
  context: KernelContext,
  card: Card,
  first: Pf,
  bondName: string,
  bond: BondState,
  mode: 'roce' | 'sriov',
): void {
  const { profile } = context.state
  const inUse = mode === 'sriov' && card.pfs.some(hasVfsInUse)
  if (card.lag.stuck || (inUse && profile.firmware === 'strict')) {
    logPfError(context, first, 'mlx5_create_lag:646', 'Failed to create LAG (-22)')
    if (mode === 'sriov') {
      logPfError(context, first, 'mlx5_activate_lag:712', 'Failed to activate VF LAG')
      logPfError(context, first, 'mlx5_activate_lag:712', unbindFirst)
    } else logPfError(context, first, 'mlx5_activate_lag:716', 'Failed to activate RoCE LAG')
    return
  }
  card.lag.mode = mode
  card.lag.portSelect = bond.mode !== 'active-backup' && choosesByHash(context, card) ? 'hash' : 'queue_affinity'
  card.lag.sharedFdb = kernelOf(context).sharedFdb && mode === 'sriov' && card.pfs.every((pf) => pf.metadata)
  card.lag.map = mapOf(context, card, bondName, bond)
  for (const vf of card.pfs.flatMap((pf) => pf.vfs)) vf.pinned = vf.driver !== null
  logPf(context, first, mapText(context, card))
  if (kernelOf(context).lagLog === 'mode')
    logPf(context, first, `shared_fdb:${card.lag.sharedFdb ? 1 : 0} mode:${card.lag.portSelect}`)
  if (card.lag.sharedFdb) logPf(context, first, 'Operation mode is single FDB')
}

/** Whether the ports of a LAG are chosen by hash: the card and its firmware have to be able to, and OFED's driver has to be told. */
function choosesByHash(context: KernelContext, card: Card): boolean {
  const { hash } = cardModels[card.model]
  if (hash === 'never') return false
  if (hash === 'with-resources' && card.firmware['LAG_RESOURCE_ALLOCATION']?.current !== 1) return false
  if (context.state.profile.ofed) return card.pfs.every((pf) => pf.portSelectMode === 'hash')
  return kernelOf(context).hashPorts
}

function modifyLag(context: KernelContext, card: Card, first: Pf, bondName: string, bond: BondState): void {
  const map = mapOf(context, card, bondName, bond)
  if (map[0] === card.lag.map[0] && map[1] === card.lag.map[1]) return
  card.lag.map = map
  logPf(context, first, `${kernelOf(context).lagLog === 'mode' ? '' : 'modify '}${mapText(context, card)}`)
}

/** Physical port of each virtual port: its own while both or none can send, else that of the other (mlx5_infer_tx_affinity_mapping). */
function mapOf(context: KernelContext, card: Card, bondName: string, bond: BondState): [number, number] {
  const { state } = context
  const [one, two] = card.pfs.map((pf) => {
    const link = pfLink(state, pf)
    if (!link || !seenUp(context, link.name)) return false
    if (bond.mode === 'active-backup') return bond.activeSlave === link.name
    if (bond.mode === '802.3ad')
      return lacpPorts(context, bondName).some(
        (port) => port.slave === link.name && port.inUse && !context.running.negotiating.has(link.name),
      )
    return true
  })
  if (one === two) return [1, 2]
  return one ? [1, 1] : [2, 2]
}

function mapText(context: KernelContext, card: Card): string {
  const [one, two] = card.lag.map
  const style = kernelOf(context).lagLog
  if (style !== 'mode')
    return `lag map port 1:${one} port 2:${two}${style === 'shared' ? ` shared_fdb:${card.lag.sharedFdb ? 1 : 0}` : ''}`
  if (card.lag.portSelect === 'hash') return `lag map active ports: ${[...new Set(card.lag.map)].join(', ')}`
  return `lag map: port 1:${one} port 2:${two}`
}
