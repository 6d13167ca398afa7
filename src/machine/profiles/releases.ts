import type { Profile } from '../state.ts'

/** What an operating system calls itself and its kernel. */
export interface Release {
  /** `uname -r` */
  readonly kernel: string
  /** `uname -v` */
  readonly build: string
  /** Who built the kernel, in the first line of its log. */
  readonly builder: string
  /** The file beside /etc/os-release that says the same in one line: /etc/redhat-release, /etc/debian_version. */
  readonly file: { readonly path: string; readonly text: string }
  /** `VERSION_ID` of /etc/os-release. */
  readonly version: string
  /** iproute2's `-V`. */
  readonly iproute: string
  /** `ethtool --version` */
  readonly ethtool: string
  /** Version of systemd. */
  readonly systemd: number
}

const redHatBuilder = 'mockbuild@x86-vm-08.build.eng.bos.redhat.com'

const el9: Release = {
  kernel: '5.14.0-427.13.1.el9_4.x86_64',
  build: '#1 SMP PREEMPT_DYNAMIC Wed Apr 10 10:29:16 EDT 2024',
  builder: redHatBuilder,
  file: { path: '/etc/redhat-release', text: 'Red Hat Enterprise Linux release 9.4 (Plow)\n' },
  version: '9.4',
  iproute: 'ip utility, iproute2-6.2.0',
  ethtool: '6.2',
  systemd: 252,
}

/** By profile. */
export const releases: Readonly<Record<Profile['os'], Release>> = {
  'rhel7.7': {
    kernel: '3.10.0-1062.el7.x86_64',
    build: '#1 SMP Thu Jul 18 20:25:13 UTC 2019',
    builder: redHatBuilder,
    file: { path: '/etc/redhat-release', text: 'Red Hat Enterprise Linux Server release 7.7 (Maipo)\n' },
    version: '7.7',
    iproute: 'ip utility, iproute2-ss170501',
    ethtool: '4.8',
    systemd: 219,
  },
  'el8.4': {
    kernel: '4.18.0-305.el8.x86_64',
    build: '#1 SMP Thu Apr 29 08:54:30 EDT 2021',
    builder: redHatBuilder,
    file: { path: '/etc/redhat-release', text: 'Red Hat Enterprise Linux release 8.4 (Ootpa)\n' },
    version: '8.4',
    iproute: 'ip utility, iproute2-ss200602',
    ethtool: '5.8',
    systemd: 239,
  },
  el9,
  el10: {
    kernel: '6.12.0-55.9.1.el10_0.x86_64',
    build: '#1 SMP PREEMPT_DYNAMIC Thu Apr 17 12:14:58 EDT 2025',
    builder: redHatBuilder,
    file: { path: '/etc/redhat-release', text: 'Red Hat Enterprise Linux release 10.0 (Coughlan)\n' },
    version: '10.0',
    iproute: 'ip utility, iproute2-6.11.0',
    ethtool: '6.11',
    systemd: 257,
  },
  'ubuntu22.04': {
    kernel: '5.15.0-107-generic',
    build: '#117-Ubuntu SMP Fri Apr 26 12:26:49 UTC 2024',
    builder: 'buildd@lcy02-amd64-017',
    file: { path: '/etc/debian_version', text: 'bookworm/sid\n' },
    version: '22.04',
    iproute: 'ip utility, iproute2-5.15.0, libbpf 0.5.0',
    ethtool: '5.16',
    systemd: 249,
  },
  'ubuntu24.04': {
    kernel: '6.8.0-45-generic',
    build: '#45-Ubuntu SMP PREEMPT_DYNAMIC Fri Aug 30 12:02:04 UTC 2024',
    builder: 'buildd@lcy02-amd64-115',
    file: { path: '/etc/debian_version', text: 'trixie/sid\n' },
    version: '24.04',
    iproute: 'ip utility, iproute2-6.1.0, libbpf 1.3.0',
    ethtool: '6.7',
    systemd: 255,
  },
  debian12: {
    kernel: '6.1.0-25-amd64',
    build: '#1 SMP PREEMPT_DYNAMIC Debian 6.1.106-3 (2024-08-26)',
    builder: 'debian-kernel@lists.debian.org',
    file: { path: '/etc/debian_version', text: '12.7\n' },
    version: '12',
    iproute: 'ip utility, iproute2-6.1.0, libbpf 1.1.0',
    ethtool: '6.1',
    systemd: 252,
  },
  client: el9,
}
