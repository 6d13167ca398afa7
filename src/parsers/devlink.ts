import { parseJson } from './json.ts'

/** The e-switch of a device. Words that the tool did not print are null. */
export interface Eswitch {
  readonly device: string
  readonly mode: string | null
  readonly inlineMode: string | null
  readonly encap: string | null
}

/** One port of `devlink port show`. */
export interface DevlinkPort {
  /** `pci/0000:61:00.0/1` */
  readonly handle: string
  readonly netdev: string | null
  /** `physical`, `pcivf`, `virtual` ... */
  readonly flavour: string | null
  readonly pf: number | null
  readonly vf: number | null
  /** Address of its function; null where kernel or tool do not show one, and then cannot set it either. */
  readonly mac: string | null
}

/**
 * Reads `devlink dev eswitch show DEV`, plain or `-j`. Old iproute2 says `encap enable|disable` instead of
 * `encap-mode basic|none` (iproute2, devlink/devlink.c); both give the new words. Null when there is no such line.
 */
export function parseEswitch(text: string): Eswitch | null {
  if (text.trimStart().startsWith('{')) return eswitchOfJson(text)
  for (const line of text.split('\n')) {
    const match = /^([a-z]+\/\S+):\s+(.*)$/.exec(line)
    if (match?.[1] === undefined || match[2] === undefined) continue
    const words = pairs(match[2])
    return {
      device: match[1],
      mode: words.get('mode') ?? null,
      inlineMode: words.get('inline-mode') ?? null,
      encap: encapWord(words.get('encap-mode') ?? words.get('encap') ?? null),
    }
  }
  return null
}

/** Reads `devlink port show`, plain or `-j`. */
export function parseDevlinkPorts(text: string): readonly DevlinkPort[] {
  if (text.trimStart().startsWith('{')) return portsOfJson(text)
  const ports: DevlinkPort[] = []
  for (const line of text.split('\n')) {
    const match = /^(\S+\/\d+):\s+(.*)$/.exec(line)
    if (match?.[1] === undefined || match[2] === undefined) {
      // Two lines further: `  function:`, `    hw_addr 00:00:00:00:00:00 ...`.
      const mac = /^\s+hw_addr ([0-9a-f:]+)/i.exec(line)?.[1]
      const last = ports.at(-1)
      if (mac !== undefined && last) ports[ports.length - 1] = { ...last, mac: mac.toLowerCase() }
      continue
    }
    const words = pairs(match[2])
    ports.push({
      handle: match[1],
      netdev: words.get('netdev') ?? null,
      flavour: words.get('flavour') ?? null,
      pf: whole(words.get('pfnum')),
      vf: whole(words.get('vfnum')),
      mac: null,
    })
  }
  return ports
}

/** The value in `devlink dev param show DEV name NAME`, of now or as the driver was loaded with; null when it shows none. */
export function parseDevlinkParam(text: string): string | null {
  return /\bcmode (?:runtime|driverinit) value (\S+)/.exec(text)?.[1] ?? null
}

/** Board serial numbers by handle (`pci/0000:61:00.0`) in `devlink -j dev info`: that of the board, else that of the device. */
export function parseDevlinkSerials(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [handle, value] of Object.entries(record(record(parseJson(text))['info']))) {
    const { 'board.serial_number': board, serial_number: device } = record(value)
    const serial = typeof board === 'string' ? board : device
    if (typeof serial === 'string' && serial.trim() !== '') found.set(handle, serial.trim())
  }
  return found
}

function eswitchOfJson(text: string): Eswitch | null {
  const devices = Object.entries(record(record(parseJson(text))['dev']))
  const first = devices[0]
  if (!first) return null
  const words = record(first[1])
  const word = (name: string): string | null => (typeof words[name] === 'string' ? words[name] : null)
  return {
    device: first[0],
    mode: word('mode'),
    inlineMode: word('inline-mode'),
    encap: encapWord(word('encap-mode') ?? word('encap')),
  }
}

function portsOfJson(text: string): readonly DevlinkPort[] {
  return Object.entries(record(record(parseJson(text))['port'])).map(([handle, value]) => {
    const port = record(value)
    const address = record(port['function'])['hw_addr']
    return {
      handle,
      netdev: typeof port['netdev'] === 'string' ? port['netdev'] : null,
      flavour: typeof port['flavour'] === 'string' ? port['flavour'] : null,
      pf: typeof port['pfnum'] === 'number' ? port['pfnum'] : null,
      vf: typeof port['vfnum'] === 'number' ? port['vfnum'] : null,
      mac: typeof address === 'string' ? address.toLowerCase() : null,
    }
  })
}

function encapWord(word: string | null): string | null {
  return word === 'enable' ? 'basic' : word === 'disable' ? 'none' : word
}

function pairs(text: string): ReadonlyMap<string, string> {
  const words = text.trim().split(/\s+/)
  const found = new Map<string, string>()
  for (let at = 0; at + 1 < words.length; at += 2) found.set(words[at] ?? '', words[at + 1] ?? '')
  return found
}

function whole(text: string | undefined): number | null {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
