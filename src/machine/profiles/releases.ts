import type { Profile } from '../state.ts'

/** What an operating system calls itself. */
export interface Release {
  /** `uname -r` */
  readonly kernel: string
  /** `uname -v` */
  readonly build: string
  /** /etc/os-release */
  readonly osRelease: string
  /** /etc/redhat-release */
  readonly redhatRelease: string
  /** iproute2's `-V`. */
  readonly iproute: string
}

/** By profile. The texts are those of Red Hat's releases. */
export const releases: Readonly<Record<Profile['os'], Release>> = {
  'rhel7.7': {
    kernel: '3.10.0-1062.el7.x86_64',
    build: '#1 SMP Thu Jul 18 20:25:13 UTC 2019',
    iproute: 'ip utility, iproute2-ss170501',
    redhatRelease: 'Red Hat Enterprise Linux Server release 7.7 (Maipo)\n',
    osRelease: `NAME="Red Hat Enterprise Linux Server"
VERSION="7.7 (Maipo)"
ID="rhel"
ID_LIKE="fedora"
VARIANT="Server"
VARIANT_ID="server"
VERSION_ID="7.7"
PRETTY_NAME="Red Hat Enterprise Linux Server 7.7 (Maipo)"
ANSI_COLOR="0;31"
CPE_NAME="cpe:/o:redhat:enterprise_linux:7.7:GA:server"
HOME_URL="https://www.redhat.com/"
BUG_REPORT_URL="https://bugzilla.redhat.com/"
`,
  },
  el9: nine(),
  client: nine(),
}

function nine(): Release {
  return {
    kernel: '5.14.0-427.13.1.el9_4.x86_64',
    build: '#1 SMP PREEMPT_DYNAMIC Wed Apr 10 10:29:16 EDT 2024',
    iproute: 'ip utility, iproute2-6.2.0',
    redhatRelease: 'Red Hat Enterprise Linux release 9.4 (Plow)\n',
    osRelease: `NAME="Red Hat Enterprise Linux"
VERSION="9.4 (Plow)"
ID="rhel"
ID_LIKE="fedora"
VERSION_ID="9.4"
PLATFORM_ID="platform:el9"
PRETTY_NAME="Red Hat Enterprise Linux 9.4 (Plow)"
ANSI_COLOR="0;31"
LOGO="fedora-logo-icon"
CPE_NAME="cpe:/o:redhat:enterprise_linux:9::baseos"
HOME_URL="https://www.redhat.com/"
`,
  }
}
