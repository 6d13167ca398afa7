import { buildXml, type XmlElement } from '../../shared/xml.ts'
import { allPfs } from '../kernel/card.ts'
import type { Machine } from '../machine.ts'

/** Names of the host's devices, `pci_0000_61_00_2`: those of the card, and network devices. */
export function listNodeDevices(machine: Machine, capability: string | null): readonly string[] {
  const pci = functions(machine).map((each) => `pci_${each.pci.replaceAll(/[:.]/g, '_')}`)
  const net = machine.kernel.links().map((link) => `net_${link.name}_${link.mac.replaceAll(':', '_')}`)
  const all = capability === 'pci' ? pci : capability === 'net' ? net : capability === null ? [...pci, ...net] : []
  return [...all].sort()
}

/** The description of a PCI device of the card; null when there is none of that name. */
export function nodeDeviceXml(machine: Machine, name: string): string | null {
  const device = functions(machine).find((each) => `pci_${each.pci.replaceAll(/[:.]/g, '_')}` === name)
  if (!device) return null
  const [domain = '0', bus = '0', slot = '0', fn = '0'] = device.pci.split(/[:.]/)
  const card = machine.state.cards.find(({ pfs }) => pfs.some(({ pci }) => pci === (device.physfn ?? device.pci)))
  const id = device.physfn === null ? card?.deviceId : card?.vfDeviceId
  return buildXml(
    node('device', {}, [
      node('name', {}, [name]),
      node('path', {}, [`/sys/bus/pci/devices/${device.pci}`]),
      ...(device.driver === null ? [] : [node('driver', {}, [node('name', {}, [device.driver])])]),
      node('capability', { type: 'pci' }, [
        node('domain', {}, [String(Number.parseInt(domain, 16))]),
        node('bus', {}, [String(Number.parseInt(bus, 16))]),
        node('slot', {}, [String(Number.parseInt(slot, 16))]),
        node('function', {}, [String(Number.parseInt(fn, 16))]),
        node('product', { id: `0x${id}` }),
        node('vendor', { id: '0x15b3' }, ['Mellanox Technologies']),
        device.physfn === null
          ? node('capability', { type: 'virt_functions', maxCount: String(device.vfs.length) }, device.vfs.map(address))
          : node('capability', { type: 'phys_function' }, [address(device.physfn)]),
      ]),
    ]),
  )
}

interface PciFunction {
  readonly pci: string
  readonly driver: string | null
  readonly physfn: string | null
  readonly vfs: readonly string[]
}

function functions(machine: Machine): readonly PciFunction[] {
  return allPfs(machine.state).flatMap((pf) => [
    { pci: pf.pci, driver: pf.driver, physfn: null, vfs: pf.vfs.map((vf) => vf.pci) },
    ...pf.vfs.map((vf) => ({ pci: vf.pci, driver: vf.driver, physfn: pf.pci, vfs: [] })),
  ])
}

function address(pci: string): XmlElement {
  const [domain, bus, slot, fn] = pci.split(/[:.]/)
  return node('address', { domain: `0x${domain}`, bus: `0x${bus}`, slot: `0x${slot}`, function: `0x${fn}` })
}

const node = (
  name: string,
  attributes: Readonly<Record<string, string>>,
  children: readonly (XmlElement | string)[] = [],
): XmlElement => ({ name, attributes, children })
