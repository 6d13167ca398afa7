import type { PlanContext } from '../../module/module.ts'
import { parsePciAddress } from '../../shared/brand.ts'
import { buildXml } from '../../shared/xml.ts'

/** The template of an interface that is a VF. */
export const hostdevTemplate = 'hostdev.xml.hbs'

/** A device of the host in a domain. */
export interface Device {
  readonly kind: 'interface' | 'hostdev'
  readonly pci: string
  readonly mac: string | null
}

/** What a device is called in deltas. */
export const describeDevice = (device: Device): string =>
  device.mac === null ? 'device of the host' : `interface with MAC address ${device.mac}`

/** The element that virsh is given. */
export function deviceXml(device: Device, context: PlanContext): string {
  const parts = /^([0-9a-f]+):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/.exec(parsePciAddress(device.pci) ?? '')
  const [domain, bus, slot, fn] = [1, 2, 3, 4].map((at) => `0x${parts?.[at] ?? '0'}`)
  if (device.kind === 'interface')
    return context.render(hostdevTemplate, {
      mac: device.mac ?? '',
      pci_domain: domain ?? '',
      pci_bus: bus ?? '',
      pci_slot: slot ?? '',
      pci_function: fn ?? '',
    })
  const address = { domain: domain ?? '', bus: bus ?? '', slot: slot ?? '', function: fn ?? '' }
  return buildXml({
    name: 'hostdev',
    attributes: { mode: 'subsystem', type: 'pci', managed: 'yes' },
    children: [{ name: 'source', attributes: {}, children: [{ name: 'address', attributes: address, children: [] }] }],
  })
}
