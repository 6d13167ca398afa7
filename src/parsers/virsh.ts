import { type MacAddress, type PciAddress, parseMacAddress, parsePciAddress } from '../shared/brand.ts'
import { childNamed, childrenNamed, parseXml, type XmlElement, xmlText } from '../shared/xml.ts'

/** A host PCI device in a domain's XML. */
export interface DomainDevice {
  /** `<interface type='hostdev'>` (libvirt sets MAC and VLAN) or a plain `<hostdev>`. */
  readonly kind: 'interface' | 'hostdev'
  /** The device on the host. */
  readonly pci: PciAddress
  readonly mac: MacAddress | null
  readonly managed: boolean
}

/** What matters here of a libvirt domain's XML (libvirt, docs/formatdomain.rst). */
export interface DomainXml {
  readonly name: string
  readonly uuid: string | null
  readonly devices: readonly DomainDevice[]
}

/** Reads `virsh dumpxml`; null when the text is no domain. */
export function parseDomainXml(text: string): DomainXml | null {
  const parsed = parseXml(text)
  if (!parsed.ok || parsed.value.name !== 'domain') return null
  const devices = childNamed(parsed.value, 'devices')
  const name = childNamed(parsed.value, 'name')
  const uuid = childNamed(parsed.value, 'uuid')
  return {
    name: name ? xmlText(name).trim() : '',
    uuid: uuid ? xmlText(uuid).trim() : null,
    devices: devices
      ? [...childrenNamed(devices, 'interface'), ...childrenNamed(devices, 'hostdev')].flatMap(
          (each) => readDevice(each) ?? [],
        )
      : [],
  }
}

/** Reads `virsh list --all --name`: one name a line. */
export function parseDomainNames(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '')
}

function readDevice(element: XmlElement): DomainDevice | null {
  const interfaces = element.name === 'interface'
  // A network with <forward mode='hostdev'> shows its VF in live XML only: as an interface of type hostdev, or in <actual>.
  const given = interfaces && element.attributes['type'] === 'network' ? childNamed(element, 'actual') : null
  const device = given ?? element
  const type = device.attributes['type']
  if (interfaces ? type !== 'hostdev' : type !== 'pci') return null
  const source = childNamed(device, 'source')
  const address = source && childNamed(source, 'address')
  const pci = address && readAddress(address)
  if (!pci) return null
  const mac = childNamed(element, 'mac')?.attributes['address']
  return {
    kind: interfaces ? 'interface' : 'hostdev',
    pci,
    mac: mac === undefined ? null : parseMacAddress(mac),
    managed: device.attributes['managed'] === 'yes',
  }
}

function readAddress(address: XmlElement): PciAddress | null {
  const part = (name: string): number => Number(address.attributes[name] ?? Number.NaN)
  const hex = (value: number, width: number): string => value.toString(16).padStart(width, '0')
  const domain = address.attributes['domain'] === undefined ? 0 : part('domain')
  return parsePciAddress(`${hex(domain, 4)}:${hex(part('bus'), 2)}:${hex(part('slot'), 2)}.${hex(part('function'), 1)}`)
}
