import { stableUuid } from '../identity.ts'
import type { Profile } from '../state.ts'
import { type NetworkFile, overTheCard } from './management-files.ts'
import { userlands } from './userland.ts'

/** The network files of a host that was just installed, with path, content and mode: the management port has its address, the ports of the cards are not set up. */
export function networkFiles(
  host: string,
  { management, os }: Profile,
  address: string,
  prefix: string,
  ports: readonly string[],
): readonly NetworkFile[] {
  const { managementPort, network } = userlands[os]
  if (management !== undefined) return overTheCard(host, os, management, `${address}/${prefix}`, ports)
  const scripts = '/etc/sysconfig/network-scripts'
  // RHEL 9 writes keyfiles, though its plugin still reads ifcfg files; RHEL 10 has no plugin any more.
  if (os === 'el9' || os === 'el10') {
    const profile = (name: string, text: string) =>
      [`/etc/NetworkManager/system-connections/${name}.nmconnection`, text, '0600'] as const
    return [
      profile(managementPort, keyfile(host, managementPort, `${address}/${prefix}`)),
      ...ports.map((name) => profile(name, unusedKeyfile(host, name))),
      ...(os === 'el9' ? [[`${scripts}/readme-ifcfg-rh.txt`, readme] as const] : []),
    ]
  }
  switch (network) {
    case 'netplan':
      return [['/etc/netplan/50-cloud-init.yaml', netplan(managementPort, `${address}/${prefix}`), '0600']]
    case 'networkd':
      return [[`/etc/systemd/network/10-${managementPort}.network`, networkd(managementPort, `${address}/${prefix}`)]]
    default:
      return [
        [`${scripts}/ifcfg-${managementPort}`, ifcfgManagement(host, managementPort, address, prefix)],
        ...ports.map((name) => [`${scripts}/ifcfg-${name}`, ifcfgPort(host, name)] as const),
      ]
  }
}

const keyfile = (host: string, name: string, address: string): string => `[connection]
id=${name}
uuid=${stableUuid(host, name)}
type=ethernet
autoconnect-priority=-999
interface-name=${name}

[ethernet]

[ipv4]
address1=${address}
method=manual

[ipv6]
addr-gen-mode=eui64
method=auto

[proxy]
`

/** As the installer leaves it for one that was not set up. */
const unusedKeyfile = (host: string, name: string): string => `[connection]
id=${name}
uuid=${stableUuid(host, name)}
type=ethernet
autoconnect=false
interface-name=${name}

[ethernet]

[ipv4]
method=auto

[ipv6]
addr-gen-mode=eui64
method=auto

[proxy]
`

// Of NetworkManager's own text the first words.
const readme = `NetworkManager stores new network profiles in keyfile format in the
/etc/NetworkManager/system-connections/ directory.
`

const netplan = (name: string, address: string): string => `network:
    ethernets:
        ${name}:
            addresses:
            - ${address}
    version: 2
`

/** A file of systemd-networkd that gives an interface an address. */
export const networkd = (name: string, address: string): string => `[Match]
Name=${name}

[Network]
Address=${address}
`

/** As the installer writes it for the interface it was given. */
export function ifcfgManagement(host: string, name: string, address: string, prefix: string): string {
  return `TYPE=Ethernet
BOOTPROTO=none
DEFROUTE=yes
NAME=${name}
UUID=${stableUuid(host, name)}
DEVICE=${name}
ONBOOT=yes
IPADDR=${address}
PREFIX=${prefix}
`
}

/** As the installer leaves it for one that was not set up. */
export function ifcfgPort(host: string, name: string): string {
  return `TYPE=Ethernet
PROXY_METHOD=none
BROWSER_ONLY=no
BOOTPROTO=dhcp
DEFROUTE=yes
IPV4_FAILURE_FATAL=no
IPV6INIT=yes
IPV6_AUTOCONF=yes
IPV6_DEFROUTE=yes
IPV6_FAILURE_FATAL=no
NAME=${name}
UUID=${stableUuid(host, name)}
DEVICE=${name}
ONBOOT=no
`
}
