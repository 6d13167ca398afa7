import { createHash, createHmac } from 'node:crypto'

/** A host's public key as it is known: type and blob in base64. */
export interface HostKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa` ... */
  readonly type: string
  readonly base64: string
}

/** One line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownHost {
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  readonly marker: 'revoked' | 'cert-authority' | null
  /** Whether the line is about this name: `host`, or `[host]:port` for a port other than 22. */
  matches(name: string): boolean
  readonly key: HostKey
}

/** What known_hosts files say of a key that a host showed. */
export type KeyVerdict =
  | { readonly kind: 'trusted' }
  /** No line is about the host. */
  | { readonly kind: 'unknown' }
  /** Lines are about the host, with other keys. */
  | { readonly kind: 'changed'; readonly known: readonly KnownHost[] }
  | { readonly kind: 'revoked'; readonly by: KnownHost }

/** Reads the lines of a known_hosts file; lines that are none are passed over, as ssh does. */
export function parseKnownHosts(text: string, file: string): readonly KnownHost[] {
  return text.split('\n').flatMap((line, at) => {
    const fields = line.trim().split(/\s+/)
    if (fields[0] === '' || fields[0]?.startsWith('#')) return []
    const marker = fields[0] === '@revoked' ? 'revoked' : fields[0] === '@cert-authority' ? 'cert-authority' : null
    const [names, type, base64] = marker === null ? fields : fields.slice(1)
    if (names === undefined || type === undefined || base64 === undefined || names.startsWith('@')) return []
    return [{ file, line: at + 1, marker, matches: matcher(names), key: { type, base64 } }]
  })
}

/** The name that known_hosts uses for a host: lower case, with the port when it is not 22. */
export function knownName(host: string, port: number): string {
  const name = host.toLowerCase()
  return port === 22 ? name : `[${name}]:${port}`
}

/** Judges a key that a host showed. A certificate authority says nothing about plain keys. */
export function judgeKey(known: readonly KnownHost[], name: string, blob: Uint8Array): KeyVerdict {
  const base64 = Buffer.from(blob).toString('base64')
  const about = known.filter((each) => each.matches(name))
  const revoked = about.find((each) => each.marker === 'revoked' && each.key.base64 === base64)
  if (revoked) return { kind: 'revoked', by: revoked }
  const plain = about.filter((each) => each.marker === null)
  if (plain.some((each) => each.key.base64 === base64)) return { kind: 'trusted' }
  return plain.length === 0 ? { kind: 'unknown' } : { kind: 'changed', known: plain }
}

/** The types of the keys that are known for a host; a server has several, and another than these would look like a change. */
export function knownTypes(known: readonly KnownHost[], name: string): readonly string[] {
  return [...new Set(known.filter((each) => each.marker === null && each.matches(name)).map((each) => each.key.type))]
}

/** The key type that a public key blob begins with (RFC 4253, section 6.6). */
export function keyType(blob: Uint8Array): string {
  const bytes = Buffer.from(blob)
  return bytes.length < 4 ? '' : bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString('latin1')
}

/** `SHA256:` and the hash in base64, as ssh-keygen -l prints it. */
export function fingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

/** Hashed names are one per line; plain ones are patterns with `*`, `?` and `!`. */
function matcher(names: string): (name: string) => boolean {
  const hashed = /^\|1\|([^|]+)\|([^|]+)$/.exec(names)
  if (hashed) {
    const salt = Buffer.from(hashed[1] ?? '', 'base64')
    return (name) => createHmac('sha1', salt).update(name).digest('base64') === hashed[2]
  }
  const patterns = names
    .split(',')
    .map((each) => ({ negated: each.startsWith('!'), test: pattern(each.replace(/^!/, '').toLowerCase()) }))
  return (name) => {
    const hits = patterns.filter(({ test }) => test(name))
    return hits.length > 0 && !hits.some(({ negated }) => negated)
  }
}

function pattern(text: string): (name: string) => boolean {
  if (!/[*?]/.test(text)) return (name) => name === text
  const source = text
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  const regex = new RegExp(`^${source}$`)
  return (name) => regex.test(name)
}
