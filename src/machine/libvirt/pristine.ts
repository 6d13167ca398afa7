import { stableMac, stableUuid } from '../identity.ts'
import type { Domain } from '../state.ts'
import { liveXmlOf } from './domain-xml.ts'

/** The QEMU of a distribution: its path and the machine type that virt-install takes. */
export interface Emulator {
  readonly path: string
  readonly machine: string
}

const redHatEmulator: Emulator = { path: '/usr/libexec/qemu-kvm', machine: 'pc-q35-rhel7.6.0' }

/** A VM as it is before the roll-out: running, started at boot, reached by a serial console, without any network of the card. `salt` makes its UUID and MAC differ from those of other hosts. */
export function pristineDomain(
  salt: string,
  vm: { readonly name: string; readonly address: string },
  id: number,
  emulator: Emulator = redHatEmulator,
): Domain {
  const persistentXml = domainXml(salt, vm.name, emulator)
  return {
    name: vm.name,
    uuid: stableUuid(salt, 'domain', vm.name),
    state: 'running',
    autostart: true,
    persistentXml,
    liveXml: liveXmlOf(persistentXml, id),
    guest: { address: vm.address, iperf3: true },
  }
}

// As virt-install makes it: q35, virtio disk and console, free root ports for what is plugged in later.
function domainXml(salt: string, name: string, emulator: Emulator): string {
  const rootPort = (index: number) => [
    `    <controller type='pci' index='${index}' model='pcie-root-port'>`,
    `      <model name='pcie-root-port'/>`,
    `      <target chassis='${index}' port='0x${(index + 15).toString(16)}'/>`,
    `      <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x${(index - 1).toString(16)}'/>`,
    `    </controller>`,
  ]
  return `${[
    `<domain type='kvm'>`,
    `  <name>${name}</name>`,
    `  <uuid>${stableUuid(salt, 'domain', name)}</uuid>`,
    `  <memory unit='KiB'>4194304</memory>`,
    `  <currentMemory unit='KiB'>4194304</currentMemory>`,
    `  <vcpu placement='static'>4</vcpu>`,
    `  <os>`,
    `    <type arch='x86_64' machine='${emulator.machine}'>hvm</type>`,
    `    <boot dev='hd'/>`,
    `  </os>`,
    `  <features>`,
    `    <acpi/>`,
    `    <apic/>`,
    `  </features>`,
    `  <cpu mode='host-passthrough' check='none'/>`,
    `  <clock offset='utc'/>`,
    `  <on_poweroff>destroy</on_poweroff>`,
    `  <on_reboot>restart</on_reboot>`,
    `  <on_crash>destroy</on_crash>`,
    `  <devices>`,
    `    <emulator>${emulator.path}</emulator>`,
    `    <disk type='file' device='disk'>`,
    `      <driver name='qemu' type='qcow2'/>`,
    `      <source file='/var/lib/libvirt/images/${name}.qcow2'/>`,
    `      <target dev='vda' bus='virtio'/>`,
    `      <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>`,
    `    </disk>`,
    `    <controller type='pci' index='0' model='pcie-root'/>`,
    ...[1, 2, 3, 4, 5, 6].flatMap(rootPort),
    `    <interface type='network'>`,
    `      <mac address='${stableMac(salt, 'virtio', name).replace(/^..:..:../, '52:54:00')}'/>`,
    `      <source network='default'/>`,
    `      <model type='virtio'/>`,
    `      <address type='pci' domain='0x0000' bus='0x02' slot='0x00' function='0x0'/>`,
    `    </interface>`,
    `    <serial type='pty'>`,
    `      <target type='isa-serial' port='0'>`,
    `        <model name='isa-serial'/>`,
    `      </target>`,
    `    </serial>`,
    `    <console type='pty'>`,
    `      <target type='serial' port='0'/>`,
    `    </console>`,
    `    <channel type='unix'>`,
    `      <target type='virtio' name='org.qemu.guest_agent.0'/>`,
    `      <address type='virtio-serial' controller='0' bus='0' port='1'/>`,
    `    </channel>`,
    `    <memballoon model='virtio'>`,
    `      <address type='pci' domain='0x0000' bus='0x03' slot='0x00' function='0x0'/>`,
    `    </memballoon>`,
    `  </devices>`,
    `</domain>`,
  ].join('\n')}\n`
}
