import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Where libvirt keeps its schemas (package libvirt0 of Debian and Ubuntu, libvirt-libs of Red Hat). */
const folder = '/usr/share/libvirt/schemas'

/** Why XML cannot be held against libvirt's own schemas here; null when it can. */
export function noLibvirtSchemas(): string | null {
  if (!existsSync(`${folder}/domaincommon.rng`)) return 'libvirt’s schemas (package libvirt0) are not installed'
  return spawnSync('xmllint', ['--version']).error ? 'xmllint (package libxml2-utils) is not installed' : null
}

/** What xmllint says against XML as an element that libvirt's schema of domains defines, `domain`, `interface`, `hostdev`; empty when it is valid. */
export function complaints(xml: string, element: string): string {
  const schema = `<grammar xmlns="http://relaxng.org/ns/structure/1.0"><start><ref name="${element}"/></start><include href="${folder}/domaincommon.rng"/></grammar>`
  const checked = spawnSync('bash', ['-c', 'xmllint --noout --relaxng <(printf %s "$1") -', 'bash', schema], {
    input: xml,
    encoding: 'utf8',
  })
  return checked.status === 0 ? '' : checked.stderr
}
