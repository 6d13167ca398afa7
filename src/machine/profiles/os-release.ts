import type { Profile } from '../state.ts'

/** `/etc/os-release` of every operating system of the model, as its packages of the release ship it. */
export const osReleases: Readonly<Record<Profile['os'], string>> = {
  'rhel7.7': `NAME="Red Hat Enterprise Linux Server"
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
  'el8.4': redHat('8.4', 'Ootpa', 'cpe:/o:redhat:enterprise_linux:8.4:GA'),
  el9: redHat('9.4', 'Plow', 'cpe:/o:redhat:enterprise_linux:9::baseos'),
  el10: redHat('10.0', 'Coughlan', 'cpe:/o:redhat:enterprise_linux:10::baseos'),
  'ubuntu22.04': ubuntu('22.04', '22.04.4', 'jammy', 'Jammy Jellyfish'),
  'ubuntu24.04': ubuntu('24.04', '24.04.1', 'noble', 'Noble Numbat'),
  debian12: `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
HOME_URL="https://www.debian.org/"
SUPPORT_URL="https://www.debian.org/support"
BUG_REPORT_URL="https://bugs.debian.org/"
`,
  client: redHat('9.4', 'Plow', 'cpe:/o:redhat:enterprise_linux:9::baseos'),
}

function redHat(version: string, nickname: string, cpe: string): string {
  return `NAME="Red Hat Enterprise Linux"
VERSION="${version} (${nickname})"
ID="rhel"
ID_LIKE="fedora"
VERSION_ID="${version}"
PLATFORM_ID="platform:el${version.split('.', 1)[0]}"
PRETTY_NAME="Red Hat Enterprise Linux ${version} (${nickname})"
ANSI_COLOR="0;31"
LOGO="fedora-logo-icon"
CPE_NAME="${cpe}"
HOME_URL="https://www.redhat.com/"
`
}

function ubuntu(version: string, point: string, codename: string, nickname: string): string {
  return `PRETTY_NAME="Ubuntu ${point} LTS"
NAME="Ubuntu"
VERSION_ID="${version}"
VERSION="${point} LTS (${nickname})"
VERSION_CODENAME=${codename}
ID=ubuntu
ID_LIKE=debian
HOME_URL="https://www.ubuntu.com/"
SUPPORT_URL="https://help.ubuntu.com/"
BUG_REPORT_URL="https://bugs.launchpad.net/ubuntu/"
PRIVACY_POLICY_URL="https://www.ubuntu.com/legal/terms-and-policies/privacy-policy"
UBUNTU_CODENAME=${codename}
`
}
