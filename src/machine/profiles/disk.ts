import { stableUuid } from '../identity.ts'
import type { DiskEntry, Profile } from '../state.ts'
import { releases } from './releases.ts'

/** The files of a fresh installation that belong to the system and the network; services and libvirt bring their own. */
export function pristineFiles(
  host: string,
  profile: Profile,
  management: string,
  installedAt: number,
): Record<string, DiskEntry> {
  const file = (content: string, mode = '0644'): DiskEntry => ({
    type: 'file',
    content,
    encoding: 'utf8',
    mode,
    owner: 'root',
    group: 'root',
    mtime: installedAt,
  })
  const release = releases[profile.os]
  const [address = '', prefix = '24'] = management.split('/')
  const isOld = profile.os === 'rhel7.7'
  const program = (path: string): readonly [string, DiskEntry] => [path, file('\u007fELF', '0755')]
  const scripts = '/etc/sysconfig/network-scripts'
  const interfaces: readonly (readonly [string, DiskEntry])[] =
    profile.os === 'client'
      ? []
      : [
          [`${scripts}/ifcfg-eno1`, file(ifcfgManagement(host, address, prefix))],
          [`${scripts}/ifcfg-ens2f0`, file(ifcfgPort(host, 'ens2f0'))],
          [`${scripts}/ifcfg-ens2f1`, file(ifcfgPort(host, 'ens2f1'))],
        ]
  return Object.fromEntries([
    ['/etc/hostname', file(`${host}\n`)],
    [
      '/etc/hosts',
      file(
        '127.0.0.1   localhost localhost.localdomain localhost4 localhost4.localdomain4\n::1         localhost localhost.localdomain localhost6 localhost6.localdomain6\n',
      ),
    ],
    ['/etc/machine-id', file(`${stableUuid(host, 'machine').replaceAll('-', '')}\n`, '0444')],
    ['/etc/os-release', file(release.osRelease)],
    ['/etc/passwd', file(passwd)],
    ['/etc/redhat-release', file(release.redhatRelease)],
    ['/etc/sysconfig/network', file('# Created by anaconda\n')],
    ...interfaces,
    ['/etc/motd', file('')],
    program('/usr/bin/yum'),
    ...(isOld ? [program('/etc/rc.d/init.d/network')] : [program('/usr/bin/dnf'), program('/usr/sbin/NetworkManager')]),
    program('/usr/lib/systemd/systemd'),
  ])
}

/** As the installer writes it for the interface it was given. */
function ifcfgManagement(host: string, address: string, prefix: string): string {
  return `TYPE=Ethernet
BOOTPROTO=none
DEFROUTE=yes
NAME=eno1
UUID=${stableUuid(host, 'eno1')}
DEVICE=eno1
ONBOOT=yes
IPADDR=${address}
PREFIX=${prefix}
`
}

/** As the installer leaves it for one that was not set up. */
function ifcfgPort(host: string, name: string): string {
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

const passwd = `root:x:0:0:root:/root:/bin/bash
bin:x:1:1:bin:/bin:/sbin/nologin
nobody:x:99:99:Nobody:/:/sbin/nologin
sshd:x:74:74:Privilege-separated SSH:/var/empty/sshd:/sbin/nologin
qemu:x:107:107:qemu user:/:/sbin/nologin
openvswitch:x:800:800::/:/sbin/nologin
`
