/** One interface of `ip -o link show`. */
export interface IpLink {
  readonly index: number
  /** Without `@peer`. */
  readonly name: string
  readonly flags: readonly string[]
  readonly mtu: number | null
  readonly master: string | null
  /** `UP`, `DOWN`, `UNKNOWN` ... */
  readonly operstate: string | null
  readonly mac: string | null
}

/** One address of `ip -o addr show`. */
export interface IpAddress {
  readonly interface: string
  readonly family: 'inet' | 'inet6'
  /** `192.0.2.11` */
  readonly address: string
  readonly prefix: number
  /** `global`, `link`, `host` */
  readonly scope: string | null
}

/** Reads `ip -o link show` (also with -d) and the plain form's first lines. */
export function parseIpLinks(text: string): readonly IpLink[] {
  const links: IpLink[] = []
  // Without -o the address is on a line of its own; both forms become one line here.
  for (const line of text
    .replaceAll(/\\?\n[ \t]+/g, ' ')
    .replaceAll('\\', ' ')
    .split('\n')) {
    const match = /^(\d+): ([^\s:@]+)(?:@\S+)?: <([^>]*)>(.*)$/.exec(line)
    if (match?.[1] === undefined || match[2] === undefined) continue
    const rest = match[4] ?? ''
    links.push({
      index: Number(match[1]),
      name: match[2],
      flags: (match[3] ?? '').split(',').filter((flag) => flag !== ''),
      mtu: whole(/ mtu (\d+)/.exec(rest)?.[1]),
      master: / master (\S+)/.exec(rest)?.[1] ?? null,
      operstate: / state (\S+)/.exec(rest)?.[1] ?? null,
      mac: / link\/ether (\S+)/.exec(rest)?.[1] ?? null,
    })
  }
  return links
}

/** Reads `ip -o addr show`. */
export function parseIpAddresses(text: string): readonly IpAddress[] {
  const addresses: IpAddress[] = []
  for (const line of text.split('\n')) {
    const match = /^\d+: (\S+)\s+(inet6?) ([0-9a-f.:]+)(?: peer \S+|\/(\d+))(.*)$/i.exec(line)
    if (match?.[1] === undefined || match[3] === undefined) continue
    const family = match[2] === 'inet' ? 'inet' : 'inet6'
    addresses.push({
      interface: match[1],
      family,
      address: match[3],
      prefix: match[4] === undefined ? (family === 'inet' ? 32 : 128) : Number(match[4]),
      scope: / scope (\S+)/.exec(match[5] ?? '')?.[1] ?? null,
    })
  }
  return addresses
}

function whole(text: string | undefined): number | null {
  return text === undefined ? null : Number(text)
}
