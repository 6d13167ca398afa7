import type { Facts } from '../module/facts.ts'
import { parseOsRelease } from '../parsers/os-release.ts'

/** The distribution as facts have it, from the text of /etc/os-release. What it does not say is empty. */
export function distributionOf(text: string): Facts['distribution'] {
  const fields = parseOsRelease(text)
  const id = fields.get('ID') ?? ''
  const version = fields.get('VERSION_ID') ?? ''
  const major = Number.parseInt(version, 10)
  return {
    id,
    version,
    major: Number.isNaN(major) ? 0 : major,
    family: familyOf(`${id} ${fields.get('ID_LIKE') ?? ''}`),
    name: fields.get('PRETTY_NAME') ?? fields.get('NAME') ?? id,
  }
}

function familyOf(ids: string): Facts['distribution']['family'] {
  const words = ids.split(/\s+/)
  if (words.some((word) => ['rhel', 'fedora', 'centos', 'rocky', 'almalinux', 'ol'].includes(word))) return 'redhat'
  if (words.some((word) => ['debian', 'ubuntu'].includes(word))) return 'debian'
  return 'other'
}
