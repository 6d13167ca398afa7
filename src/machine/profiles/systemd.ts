import type { Profile } from '../state.ts'

/** The release of systemd by profile, with the package's own number. */
const versions: Readonly<Record<Profile['os'], readonly [release: number, package_: string]>> = {
  'rhel7.7': [219, '219-67.el7'],
  'el8.4': [239, '239-45.el8'],
  el9: [252, '252-32.el9_4'],
  el10: [257, '257-9.el10'],
  'ubuntu22.04': [249, '249.11-0ubuntu3.12'],
  'ubuntu24.04': [255, '255.4-1ubuntu8.4'],
  debian12: [252, '252.30-1~deb12u2'],
  client: [252, '252-32.el9_4'],
}

/** What programs of systemd print for `--version`: the release, then what it was built with. */
export function systemdBanner(os: Profile['os']): string {
  const [release, full] = versions[os]
  const first = release < 230 ? `systemd ${release}` : `systemd ${release} (${full})`
  return `${first}\n+PAM +AUDIT +SELINUX -APPARMOR +IMA +SMACK +SECCOMP +GCRYPT +GNUTLS +OPENSSL +ACL +BLKID +KMOD +IDN2 +LZ4 +XZ +ZSTD\n`
}
