import { startDomain } from './libvirt/life.ts'
import type { Machine } from './machine.ts'
import { userlandOf } from './profiles/userland.ts'
import { findUnit, startUnit } from './services/control.ts'
import { unitsOf } from './services/units.ts'

/**
 * What systemd does at boot, after the kernel has found its devices: enabled units in their order (the network, Open
 * vSwitch with the bridges of its database, libvirt with the domains that start by themselves). A domain whose VF is gone
 * stays shut off, as libvirt leaves it.
 */
export async function bootUnits(machine: Machine): Promise<void> {
  const { state } = machine
  delete state.networkManager
  state.ovs.runningOffload = false
  for (const service of Object.values(state.services)) {
    service.active = false
    service.starts = 0
  }
  for (const domain of Object.values(state.domains)) {
    domain.state = 'shut off'
    domain.liveXml = null
    delete domain.origins
    delete domain.failed
  }
  const known = unitsOf(state.profile).map(({ name }) => name)
  const own = Object.keys(state.services).filter((name) => !known.includes(name))
  // Unit files that people put there come first: those of VF-LAG have to be through before the network.
  for (const name of [...own, ...[...known].sort((a, b) => rank(a) - rank(b))]) {
    const unit = findUnit(machine, name)
    if (!unit || !state.services[name]?.enabled) continue
    const started = await startUnit(machine, unit)
    if (!started.ok) {
      const service = state.services[name]
      if (service) service.active = false
    }
  }
  const libvirt = `${userlandOf(machine).libvirtDaemon}.service`
  if (!state.services[libvirt]?.active) return
  for (const domain of Object.values(state.domains)) if (domain.autostart) await startDomain(machine, domain)
}

function rank(name: string): number {
  if (name === 'openibd.service') return -1
  if (['network.service', 'NetworkManager.service', 'systemd-networkd.service'].includes(name)) return 0
  if (name === 'openvswitch.service' || name === 'openvswitch-switch.service') return 1
  return name === 'libvirtd.service' || name === 'virtqemud.service' ? 2 : 3
}
