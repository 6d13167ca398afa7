import { releases } from '../profiles/releases.ts'
import { nameLink, renameLink } from '../udev/name.ts'
import { addBond, monitorBonds, setBondOption } from './bond.ts'
import { bondReport } from './bond-report.ts'
import { allPfs } from './card.ts'
import { carrierOf } from './carrier.ts'
import type { KernelContext } from './context.ts'
import { bindDriver, findFunction, probeDriver, unbindDriver } from './drivers.ts'
import { setEswitchMode } from './eswitch.ts'
import { setEncap, setInline, setMetadata, setMultiport, setRoce, setSteering } from './eswitch-options.ts'
import { resetFirmware } from './firmware-reset.ts'
import type { Kernel } from './kernel.ts'
import { lacpPorts } from './lacp.ts'
import { evaluateLag, queueLag } from './lag.ts'
import { addVlan, deleteLink, setHwTcOffload, setLinkUp, setMaster } from './links.ts'
import { log } from './log.ts'
import { addLink, addPfLink, addVfLink, linksInOrder, pfLink } from './netdev.ts'
import { addRepresentors, usualName } from './representors.ts'
import { addFilter, clearFilters, setIngress } from './tc.ts'
import { setNumVfs } from './vfs.ts'

/** The calls into the kernel, bound to one machine. */
export function createKernel(context: KernelContext): Kernel {
  const { state } = context
  return {
    log: (text) => log(context, text),
    setNumVfs: (pf, count) => setNumVfs(context, pf, count),
    setEswitchMode: (pf, mode) => setEswitchMode(context, pf, mode),
    setInline: (pf, inline) => setInline(context, pf, inline),
    setEncap: (pf, encap) => setEncap(context, pf, encap),
    setSteering: (pf, steering) => setSteering(context, pf, steering),
    setMetadata: (pf, on) => setMetadata(pf, on),
    setRoce: (pf, on) => setRoce(context, pf, on),
    setMultiport: (pf, on) => setMultiport(context, pf, on),
    resetFirmware: (card) => resetFirmware(context, card),
    bindDriver: (pci, driver) => bindDriver(context, pci, driver),
    unbindDriver: (pci, driver) => unbindDriver(context, pci, driver),
    probeDriver: (pci) => probeDriver(context, pci),
    findVf: (pci) => {
      const found = findFunction(context, pci)
      return found?.vf ? { pf: found.pf, vf: found.vf } : null
    },
    findPf: (pci) => allPfs(state).find((pf) => pf.pci === pci) ?? null,
    link: (name) => state.links[name],
    links: () => linksInOrder(state),
    addVlan: (name, lower, id) => addVlan(context, name, lower, id),
    addLink: (link) => addLink(state, link),
    renameLink: (from, to) => renameLink(context, from, to),
    unnamed: () => context.running.naming,
    triggerNames: () => {
      for (const link of linksInOrder(state)) if (link.port) nameLink(context, link, null)
    },
    deleteLink: (name) => deleteLink(context, name),
    setLinkUp: (name, up) => setLinkUp(context, name, up),
    setMaster: (name, master) => setMaster(context, name, master),
    addBond: (name, options) => addBond(context, name, options),
    setBondOption: (name, option, value) => setBondOption(context, name, option, value),
    carrier: (link) => carrierOf(state, link),
    setHwTcOffload: (name, on) => setHwTcOffload(context, name, on),
    setIngress: (name, on) => setIngress(context, name, on),
    addFilter: (name, filter) => addFilter(context, name, filter),
    clearFilters: (name) => clearFilters(context, name),
    evaluateLag: async () => {
      monitorBonds(context)
      await context.time.sleep(0.1)
      for (const card of state.cards) evaluateLag(context, card)
    },
    bondReport: (name) => bondReport(context, name, releases[state.profile.os].kernel),
    lacp: (name) => lacpPorts(context, name),
  }
}

/** Takes up again what was under way when the state was kept: interfaces that udev had yet to name, a LAG yet to be looked at. */
export function resume(context: KernelContext): void {
  const { state } = context
  for (const pf of allPfs(state)) {
    if (pf.driver === 'mlx5_core' && !pfLink(state, pf)) addPfLink(context, pf)
    for (const vf of pf.vfs) addVfLink(context, pf, vf.index)
    addRepresentors(context, pf)
  }
  // Those that udev had yet to name when the state was kept.
  if (state.profile.udevDelay !== undefined)
    for (const link of linksInOrder(state))
      if (link.port && /^eth\d+$/.test(link.name)) nameLink(context, link, usualName(state, link))
  monitorBonds(context)
  for (const card of state.cards) {
    // The carriers may have changed since the ports of an active LAG were mapped.
    if (!card.lag.pending && card.lag.mode === 'none') continue
    delete card.lag.pending
    queueLag(context, card)
  }
}
