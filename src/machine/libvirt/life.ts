import { err, ok, type Result } from '../../shared/result.ts'
import type { Machine } from '../machine.ts'
import type { Domain } from '../state.ts'
import { domainId, hostDevices, liveXmlOf, removeDevice } from './domain-xml.ts'
import { giveBack, takeDevice } from './host-device.ts'

/** Starts a domain: all its host devices, or none. The error is libvirt's sentence. */
export async function startDomain(machine: Machine, domain: Domain): Promise<Result<null, string>> {
  for (const device of hostDevices(domain.persistentXml)) {
    const taken = await takeDevice(machine, domain, device)
    if (!taken.ok) {
      await giveAllBack(machine, domain)
      domain.failed = true
      return err(taken.error)
    }
  }
  domain.state = 'running'
  delete domain.failed
  domain.liveXml = liveXmlOf(domain.persistentXml, nextId(machine))
  return ok(null)
}

/** What happens when a domain ends, by itself or by force: its host devices go back to the host. */
export async function stopDomain(machine: Machine, domain: Domain): Promise<void> {
  domain.state = 'shut off'
  delete domain.failed
  domain.liveXml = null
  await giveAllBack(machine, domain)
}

/** Unplugs a host device from a running domain after the guest has let go of it, a moment later: the program that asked does not wait. */
export function unplug(machine: Machine, domain: Domain, pci: string): void {
  const boot = machine.state.boot.count
  void machine.time.sleep(GUEST_LETS_GO).then(async () => {
    if (machine.state.boot.count !== boot || domain.liveXml === null) return
    domain.liveXml = removeDevice(domain.liveXml, pci)
    await giveBack(machine, domain, pci)
  })
}

/** Ends a domain as its guest does when it is asked to, a moment later. */
export function shutDown(machine: Machine, domain: Domain): void {
  const boot = machine.state.boot.count
  void machine.time.sleep(GUEST_SHUTS_DOWN).then(async () => {
    if (machine.state.boot.count === boot && domain.state === 'running') await stopDomain(machine, domain)
  })
}

// Modelled seconds.
const GUEST_LETS_GO = 0.5
const GUEST_SHUTS_DOWN = 3

async function giveAllBack(machine: Machine, domain: Domain): Promise<void> {
  for (const pci of Object.keys(domain.origins ?? {})) await giveBack(machine, domain, pci)
}

function nextId(machine: Machine): number {
  const ids = Object.values(machine.state.domains).map((domain) => (domain.liveXml ? domainId(domain.liveXml) : 0))
  return Math.max(0, ...ids) + 1
}
