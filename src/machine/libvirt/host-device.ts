import { err, ok, type Result } from '../../shared/result.ts'
import { stableMac } from '../identity.ts'
import type { Machine } from '../machine.ts'
import type { Domain } from '../state.ts'
import type { HostDevice } from './domain-xml.ts'

/**
 * Gives a VF to a running domain, as libvirt's virHostdev does: checks, takes it from its driver, sets its MAC through
 * the PF, binds vfio-pci. The error is libvirt's sentence; then nothing has changed. Gives the MAC that the VF has.
 */
export async function takeDevice(
  machine: Machine,
  domain: Domain,
  device: HostDevice,
): Promise<Result<string, string>> {
  const { pci } = device
  const found = machine.kernel.findVf(pci)
  if (!found) {
    if (machine.kernel.findPf(pci) && device.kind === 'interface') {
      return err(
        'unsupported configuration: Interface type hostdev is currently supported on SR-IOV Virtual Functions only',
      )
    }
    const config = `/sys/bus/pci/devices/${pci}/config`
    return err(`Device ${pci} not found: could not access ${config}: No such file or directory`)
  }
  const { pf, vf } = found
  if (vf.heldBy !== null) {
    return err(`Requested operation is not valid: PCI device ${pci} is in use by driver QEMU, domain ${vf.heldBy}`)
  }
  const groups = machine.files.list('/sys/kernel/iommu_groups')
  if (!groups.ok || groups.value.length === 0) {
    return err("unsupported configuration: host doesn't support passthrough of host PCI devices")
  }
  if (!device.managed && vf.driver !== 'vfio-pci') {
    return err(`Requested operation is not valid: Unmanaged PCI device ${pci} must be manually detached from the host`)
  }
  const mac = device.mac ?? stableMac(machine.state.name, domain.name, pci)
  if (device.vlan !== null && pf.eswitch.mode === 'switchdev') {
    return err(
      `Cannot set interface MAC/vlanid to ${mac}/${device.vlan} for ifname ${pf.netdev} vf ${vf.index}: Operation not supported`,
    )
  }
  const origin = { driver: vf.driver, mac: vf.mac }
  if (vf.driver !== 'vfio-pci') {
    const bound = await bindVfio(machine, pci, vf.driver)
    if (!bound) return err(`internal error: Failed to bind PCI device '${pci}' to vfio-pci: Invalid argument`)
  }
  if (device.kind === 'interface') vf.mac = mac
  vf.heldBy = domain.name
  domain.origins = { ...domain.origins, [pci]: origin }
  return ok(vf.mac)
}

/** Takes a VF from its domain: its MAC and its driver are what they were (a VF that no driver had stays without one). */
export async function giveBack(machine: Machine, domain: Domain, pci: string): Promise<void> {
  const origin = domain.origins?.[pci]
  if (!origin) return
  delete domain.origins?.[pci]
  if (Object.keys(domain.origins ?? {}).length === 0) delete domain.origins
  const found = machine.kernel.findVf(pci)
  if (found?.vf.heldBy !== domain.name) return
  const { vf } = found
  vf.heldBy = null
  vf.mac = origin.mac
  if (origin.driver === 'vfio-pci') return
  await machine.kernel.unbindDriver(pci, 'vfio-pci')
  vf.override = null
  if (origin.driver !== null) await machine.kernel.probeDriver(pci)
}

async function bindVfio(machine: Machine, pci: string, driver: string | null): Promise<boolean> {
  const vf = machine.kernel.findVf(pci)?.vf
  if (!vf) return false
  if (driver !== null) await machine.kernel.unbindDriver(pci, driver)
  vf.override = 'vfio-pci'
  await machine.kernel.probeDriver(pci)
  if (vf.driver === 'vfio-pci') return true
  vf.override = null
  if (driver !== null) await machine.kernel.probeDriver(pci)
  return false
}
