import { stableUuid } from './identity.ts'
import { forgetSlave } from './kernel/bond.ts'
import { allPfs } from './kernel/card.ts'
import type { KernelContext } from './kernel/context.ts'
import { log } from './kernel/log.ts'
import { addPfLink } from './kernel/netdev.ts'
import { forgetVfs } from './kernel/vfs.ts'
import { freshEswitch, freshParams } from './profiles/cards.ts'
import { releases } from './profiles/releases.ts'
import type { Card } from './state.ts'

/** Paths that live in memory. */
const volatile = /^\/(tmp|run|var\/run|dev\/shm)\//

/** Loses what a restart loses, and lets firmware take its settings. What services do at boot comes after. */
export function restart(context: KernelContext): void {
  const { state, running } = context
  running.boot++
  running.negotiating.clear()
  running.since.clear()
  running.carriers.clear()
  running.busy.clear()
  running.vfioIds.clear()
  running.naming = 0
  state.boot = { id: stableUuid(state.name, 'boot', String(running.boot)), count: running.boot, at: context.time.now() }
  state.dmesg = []
  for (const path of Object.keys(state.files)) if (volatile.test(path)) delete state.files[path]
  resetCard(context)
  resetLinks(context)
  for (const service of Object.values(state.services)) {
    service.active = false
    service.starts = 0
  }
  state.ovs.runningOffload = false
  for (const domain of Object.values(state.domains)) {
    domain.state = 'shut off'
    domain.liveXml = null
    delete domain.origins
  }
  delete state.packetFilter
  if (state.networkManager) state.networkManager = { profiles: {}, active: [] }
  sayHello(context)
}

function resetCard(context: KernelContext): void {
  for (const card of context.state.cards) powerUp(context, card)
}

function powerUp(context: KernelContext, card: Card): void {
  for (const setting of Object.values(card.firmware)) setting.current = setting.next
  for (const pf of card.pfs) {
    forgetVfs(context, pf)
    pf.driver = 'mlx5_core'
    pf.autoprobe = true
    pf.eswitch = freshEswitch(card.model)
    Object.assign(pf, freshParams(context.state.profile))
    pf.tcRules = 0
    pf.counters = { rx_packets_phy: 0, tx_packets_phy: 0, rx_bytes_phy: 0, tx_bytes_phy: 0, link_down_events_phy: 0 }
  }
  card.lag = { mode: 'none', portSelect: 'queue_affinity', sharedFdb: false, map: [1, 2], stuck: false }
}

function resetLinks(context: KernelContext): void {
  const { state } = context
  for (const link of Object.values(state.links)) {
    const master = link.master === null ? undefined : state.links[link.master]
    if (master?.bond) forgetSlave(context, master, link.name)
    if (link.kind === 'loopback' || link.kind === 'management') {
      link.master = null
      link.counters = { rx_packets: 0, tx_packets: 0, rx_bytes: 0, tx_bytes: 0 }
    } else delete state.links[link.name]
  }
  for (const card of state.cards) delete card.lag.pending
  state.nextIfindex = Math.max(0, ...Object.values(state.links).map((link) => link.ifindex)) + 1
  for (const pf of allPfs(state)) addPfLink(context, pf)
}

/** The first lines of a kernel's log. */
function sayHello(context: KernelContext): void {
  const { state } = context
  const release = releases[state.profile.os]
  log(context, `Linux version ${release.kernel} (${release.builder}) ${release.build}`)
  if (allPfs(state).length > 0) log(context, 'DMAR: IOMMU enabled')
  for (const card of state.cards)
    for (const pf of card.pfs)
      log(context, `mlx5_core ${pf.pci}: firmware version: ${card.firmwareVersion.split(' ', 1)[0]}`)
}
