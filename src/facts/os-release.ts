import type { Facts } from '../module/facts.ts'

/** Reads /etc/os-release (os-release(5)): `NAME=value` lines, values perhaps quoted as in a shell. */
export function parseOsRelease(text: string): Facts['distribution'] {
  const fields = new Map<string, string>()
  for (const line of text.split('\n')) {
    const match = /^\s*([A-Z_][A-Z0-9_]*)=(.*?)\s*$/.exec(line)
    if (match?.[1] !== undefined) fields.set(match[1], unquote(match[2] ?? ''))
  }
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

function unquote(value: string): string {
  const quote = value[0]
  if ((quote === '"' || quote === "'") && value.endsWith(quote) && value.length > 1) {
    const inner = value.slice(1, -1)
    return quote === '"' ? inner.replaceAll(/\\(["\\$`])/g, '$1') : inner
  }
  return value
}
