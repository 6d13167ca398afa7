import { mappingOf, parseNetplanYaml } from '../../parsers/netplan-yaml.ts'
import { stableUuid } from '../identity.ts'
import { generatedFiles } from '../network/netplan.ts'
import type { DiskEntry, Profile } from '../state.ts'
import { networkFiles } from './network-files.ts'
import { osReleases } from './os-release.ts'
import { releases } from './releases.ts'
import { userlands } from './userland.ts'

/** The files of a fresh installation that belong to the system and the network; services and libvirt bring their own. */
export function pristineFiles(
  host: string,
  profile: Profile,
  management: string,
  installedAt: number,
  ports: readonly string[],
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
  const { family } = userlands[profile.os]
  const program = (path: string): readonly [string, DiskEntry] => [path, file('\u007fELF', '0755')]
  const interfaces = profile.os === 'client' ? [] : networkFiles(host, profile, address, prefix, ports)
  return Object.fromEntries([
    ['/etc/hostname', file(`${host}\n`)],
    [
      '/etc/hosts',
      file(
        '127.0.0.1   localhost localhost.localdomain localhost4 localhost4.localdomain4\n::1         localhost localhost.localdomain localhost6 localhost6.localdomain6\n',
      ),
    ],
    ['/etc/machine-id', file(`${stableUuid(host, 'machine').replaceAll('-', '')}\n`, '0444')],
    ['/etc/os-release', file(osReleases[profile.os])],
    ['/etc/passwd', file(family === 'debian' ? debianPasswd : passwd)],
    [release.file.path, file(release.file.text)],
    ...(family === 'redhat' ? [['/etc/sysconfig/network', file('# Created by anaconda\n')] as const] : []),
    ...interfaces.map(([path, content, mode]) => [path, file(content, mode)] as const),
    ...generated(interfaces).map(
      ([path, content]) => [path, { ...file(content, '0640'), group: 'systemd-network' }] as const,
    ),
    ['/etc/motd', file('')],
    program('/usr/lib/systemd/systemd'),
  ])
}

// What netplan made of its files when the host came up.
function generated(interfaces: ReturnType<typeof networkFiles>): readonly (readonly [path: string, text: string])[] {
  const ours = interfaces.find(([path]) => path.startsWith('/etc/netplan/'))
  if (!ours) return []
  return Object.entries(generatedFiles(mappingOf(mappingOf(parseNetplanYaml(ours[1]))['network'])))
}

const debianPasswd = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
bin:x:2:2:bin:/bin:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
sshd:x:101:65534::/run/sshd:/usr/sbin/nologin
libvirt-qemu:x:64055:106:Libvirt Qemu,,,:/var/lib/libvirt:/usr/sbin/nologin
`

const passwd = `root:x:0:0:root:/root:/bin/bash
bin:x:1:1:bin:/bin:/sbin/nologin
nobody:x:99:99:Nobody:/:/sbin/nologin
sshd:x:74:74:Privilege-separated SSH:/var/empty/sshd:/sbin/nologin
qemu:x:107:107:qemu user:/:/sbin/nologin
openvswitch:x:800:800::/:/sbin/nologin
`
