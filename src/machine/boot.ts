import { startDomain } from './libvirt/life.ts'
import type { Machine } from './machine.ts'
import { userlandOf } from './profiles/userland.ts'
import { bootOrder } from './services/boot-order.ts'
import { runGenerators, startUnit } from './services/control.ts'

/**
 * What systemd does at boot, after the kernel has found its devices: enabled units in their order (the network, Open
 * vSwitch with the bridges of its database, libvirt with the domains that start by themselves, and the units of people
 * where their files say). A domain whose VF is gone stays shut off, as libvirt leaves it.
 */
export async function bootUnits(machine: Machine): Promise<void> {
  const { state } = machine
  delete state.networkManager
  delete state.journal
  delete state.networkd
  await runGenerators(machine)
  state.ovs.runningOffload = false
  for (const service of Object.values(state.services)) {
    service.active = false
    service.starts = 0
    delete service.failed
  }
  for (const domain of Object.values(state.domains)) {
    domain.state = 'shut off'
    domain.liveXml = null
    delete domain.origins
    delete domain.failed
  }
  for (const unit of bootOrder(machine)) {
    const started = await startUnit(machine, unit)
    const service = state.services[unit.name]
    if (!started.ok && service) service.active = false
  }
  const libvirt = `${userlandOf(machine).libvirtDaemon}.service`
  if (!state.services[libvirt]?.active) return
  for (const domain of Object.values(state.domains)) if (domain.autostart) await startDomain(machine, domain)
}
