import { describe, expect, test } from 'vitest'
import { type Device, deviceXml } from '../../src/modules/card/hostdev-xml.ts'
import { parseDomainXml } from '../../src/parsers/virsh.ts'
import { complaints, noLibvirtSchemas } from '../support/libvirt-schemas.ts'
import { shippedTemplates } from '../support/readings.ts'
import { tinyContext } from '../support/tiny-host.ts'

const missing = noLibvirtSchemas()
const devices: readonly Device[] = [
  { kind: 'interface', pci: '0000:61:00.2', mac: '52:54:00:01:00:01' },
  { kind: 'interface', pci: '10000:a1:1f.7', mac: '02:00:00:00:00:01' },
  { kind: 'hostdev', pci: '0000:61:00.2', mac: null },
]
const xmlOf = (device: Device) => deviceXml(device, { ...tinyContext, render: shippedTemplates })
const domain = (inner: string) =>
  `<domain type='kvm'><name>vm1</name><uuid>4dea22b3-1d52-d8f3-2516-782e98ab3fa0</uuid><memory unit='MiB'>512</memory><os><type arch='x86_64' machine='q35'>hvm</type></os><devices>${inner}</devices></domain>`

describe.skipIf(missing !== null)(
  `what virsh is given, against libvirt's own schema${missing === null ? '' : ` (left out: ${missing})`}`,
  () => {
    test.each(devices)('$kind of $pci is valid alone and in a domain, and is read back as it was', (device) => {
      const xml = xmlOf(device)
      expect([complaints(xml, device.kind), complaints(domain(xml), 'domain')]).toEqual(['', ''])
      expect(parseDomainXml(domain(xml))?.devices).toEqual([{ ...device, managed: true }])
    })

    test('the schema does find mistakes', () => {
      const [device] = devices
      const xml = device ? xmlOf(device) : ''
      expect(complaints(domain(xml.replace("type='hostdev'", "type='vf'")), 'domain')).toContain('fails to validate')
      expect(complaints(xml.replace('0x61', '97bus'), 'interface')).toContain('fails to validate')
    })
  },
)
