import { err, ok, type Result } from '../../shared/result.ts'
import { buildXml, childNamed, childrenNamed, parseXml, type XmlElement } from '../../shared/xml.ts'

/** A PCI device that a domain is given: `<interface type='hostdev'>` or `<hostdev type='pci'>` (libvirt, formatdomain). */
export interface HostDevice {
  readonly kind: 'interface' | 'hostdev'
  /** Of the host: `0000:61:00.2`. */
  readonly pci: string
  /** libvirt takes it from its driver and gives it back. */
  readonly managed: boolean
  readonly mac: string | null
  /** VLAN that libvirt is to set through the PF. */
  readonly vlan: number | null
  readonly element: XmlElement
}

/** Reads the device that `virsh attach-device` or `detach-device` is given; the error is libvirt's sentence. */
export function parseDevice(text: string): Result<HostDevice, string> {
  const parsed = parseXml(text)
  if (!parsed.ok) return err(`(device_definition):1: ${parsed.error}`)
  const { name, attributes } = parsed.value
  const device = readDevice(parsed.value)
  if (device) return ok(device)
  const hostdev = name === 'interface' ? attributes['type'] === 'hostdev' : name === 'hostdev'
  return err(
    hostdev
      ? 'XML error: missing source address of the host device'
      : `Operation not supported: live attach of device '${name}' is not supported`,
  )
}

/** The host devices of a domain in the order of its XML. */
export function hostDevices(xml: string): readonly HostDevice[] {
  return devicesOf(xml).flatMap((element) => readDevice(element) ?? [])
}

/** The domain's XML with one more device: libvirt puts its own elements in and gives it a free slot of the guest. */
export function addDevice(xml: string, device: HostDevice, mac: string, live: boolean): string {
  const devices = devicesOf(xml)
  const taken = hostDevices(xml).length
  const given = childrenNamed(device.element, 'address')[0]
  const wanted: XmlElement = {
    name: device.element.name,
    attributes: device.element.attributes,
    children: [
      ...(device.kind === 'interface' ? [leaf('mac', { address: mac })] : []),
      ...(live ? [leaf('driver', { name: 'vfio' })] : childrenNamed(device.element, 'driver')),
      ...childrenNamed(device.element, 'source'),
      ...childrenNamed(device.element, 'vlan'),
      ...(live ? [leaf('alias', { name: `hostdev${taken}` })] : []),
      given ?? leaf('address', { type: 'pci', domain: '0x0000', bus: freeBus(xml), slot: '0x00', function: '0x0' }),
    ],
  }
  // Interfaces stand together; a hostdev comes after them.
  const last = devices.findLastIndex((each) => each.name === 'interface' || each.name === 'controller')
  return withDevices(xml, [...devices.slice(0, last + 1), wanted, ...devices.slice(last + 1)])
}

/** The domain's XML without the host device at an address. */
export function removeDevice(xml: string, pci: string): string {
  return withDevices(
    xml,
    devicesOf(xml).filter((each) => readDevice(each)?.pci !== pci),
  )
}

/** The XML of a domain that was started: it has a number. */
export function liveXmlOf(persistentXml: string, id: number): string {
  const parsed = parseXml(persistentXml)
  if (!parsed.ok) return persistentXml
  const { name, attributes, children } = parsed.value
  const live = children.map((child) =>
    typeof child !== 'string' && child.name === 'devices' ? { ...child, children: startedDevices(child) } : child,
  )
  return buildXml({ name, attributes: { ...attributes, id: String(id) }, children: live })
}

/** The number of a running domain from its live XML. */
export function domainId(liveXml: string): number {
  const parsed = parseXml(liveXml)
  return parsed.ok ? Number(parsed.value.attributes['id'] ?? 0) : 0
}

function startedDevices(devices: XmlElement): readonly (XmlElement | string)[] {
  let number = 0
  return devices.children.map((child) =>
    typeof child !== 'string' && readDevice(child) ? started(child, number++) : child,
  )
}

// What libvirt enters when it starts a domain with a host device: the backend and an alias, numbered among such devices.
function started(element: XmlElement, at: number): XmlElement {
  const has = (name: string) => childNamed(element, name) !== null
  const children = [...element.children]
  const source = children.findIndex((child) => typeof child !== 'string' && child.name === 'source')
  if (!has('driver')) children.splice(source, 0, leaf('driver', { name: 'vfio' }))
  if (!has('alias')) {
    const after = children.findIndex((child) => typeof child !== 'string' && child.name === 'source')
    children.splice(after + 1, 0, leaf('alias', { name: `hostdev${at}` }))
  }
  return { ...element, children }
}

function readDevice(element: XmlElement): HostDevice | null {
  const kind = element.name === 'interface' ? 'interface' : element.name === 'hostdev' ? 'hostdev' : null
  const type = element.attributes['type']
  if (kind === null || type !== (kind === 'interface' ? 'hostdev' : 'pci')) return null
  const source = childNamed(element, 'source')
  const address = source && childNamed(source, 'address')
  const pci = address && pciOf(address)
  if (!pci) return null
  const vlan = childNamed(element, 'vlan')
  const tag = vlan && childNamed(vlan, 'tag')
  return {
    kind,
    pci,
    managed: element.attributes['managed'] === 'yes',
    mac: childNamed(element, 'mac')?.attributes['address']?.toLowerCase() ?? null,
    vlan: tag ? Number(tag.attributes['id']) : null,
    element,
  }
}

function pciOf({ attributes }: XmlElement): string | null {
  const part = (name: string, width: number) => {
    const value = Number(attributes[name] ?? (name === 'domain' ? '0' : Number.NaN))
    return Number.isNaN(value) ? null : value.toString(16).padStart(width, '0')
  }
  const [domain, bus, slot, fn] = [part('domain', 4), part('bus', 2), part('slot', 2), part('function', 1)]
  return domain === null || bus === null || slot === null || fn === null ? null : `${domain}:${bus}:${slot}.${fn}`
}

// A q35 guest takes hot-plugged devices on root ports, one a bus.
function freeBus(xml: string): string {
  const used = new Set([...xml.matchAll(/bus='0x([0-9a-f]{2})'/g)].map((match) => match[1]))
  let bus = 1
  while (used.has(bus.toString(16).padStart(2, '0'))) bus++
  return `0x${bus.toString(16).padStart(2, '0')}`
}

function devicesOf(xml: string): readonly XmlElement[] {
  const parsed = parseXml(xml)
  const devices = parsed.ok ? childNamed(parsed.value, 'devices') : null
  return devices?.children.filter((each): each is XmlElement => typeof each !== 'string') ?? []
}

function withDevices(xml: string, devices: readonly XmlElement[]): string {
  const parsed = parseXml(xml)
  if (!parsed.ok) return xml
  const children = parsed.value.children.map((child) =>
    typeof child !== 'string' && child.name === 'devices' ? { ...child, children: devices } : child,
  )
  return buildXml({ ...parsed.value, children })
}

const leaf = (name: string, attributes: Readonly<Record<string, string>>): XmlElement => ({
  name,
  attributes,
  children: [],
})
