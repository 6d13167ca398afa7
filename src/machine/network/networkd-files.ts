import { allOf, type IniSection, lastOf, parseIni } from '../../parsers/ini.ts'
import type { Machine } from '../machine.ts'
import type { Link } from '../state.ts'
import type { Connection } from './connection.ts'

/** Where systemd-networkd looks; of two files of one name the one that is further left here counts. */
const folders = ['/etc/systemd/network', '/run/systemd/network', '/usr/lib/systemd/network', '/lib/systemd/network']

/** Its .netdev and .network files by path, in the order in which they count. */
export function readNetworkdFiles(machine: Machine): Record<string, string> {
  const paths = new Map<string, string>()
  for (const folder of folders) {
    const names = machine.files.list(folder)
    for (const name of names.ok ? names.value : [])
      if (/\.(netdev|network)$/.test(name) && !paths.has(name)) paths.set(name, `${folder}/${name}`)
  }
  const sorted = [...paths].sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(
    sorted.flatMap(([, path]): [string, string][] => {
      const read = machine.files.read(path)
      return read.ok ? [[path, Buffer.from(read.value).toString('utf8')]] : []
    }),
  )
}

/** The bond that a .netdev file makes, or null when it makes something else. */
export function bondOf(text: string): { readonly name: string; readonly options: Connection['options'] } | null {
  const ini = parseIni(text)
  const name = lastOf(ini, 'NetDev', 'Name')
  if (lastOf(ini, 'NetDev', 'Kind') !== 'bond' || name === null) return null
  const options = ini
    .filter((section) => section.name === 'Bond')
    .flatMap((section) => section.entries)
    .flatMap(([key, value]): readonly (readonly [string, string])[] => {
      const option = bondKeys[key]
      return option === undefined ? [] : [[option, key.endsWith('Sec') ? milliseconds(value) : bit(value)]]
    })
  return { name, options }
}

/** What a .network file says of an interface that it matches. */
export function settingsOf(text: string): {
  readonly bond: string | null
  readonly primary: boolean
  readonly dhcp: boolean
  readonly addresses: readonly string[]
} {
  const ini = parseIni(text)
  return {
    bond: lastOf(ini, 'Network', 'Bond'),
    primary: bit(lastOf(ini, 'Network', 'PrimarySlave') ?? '0') === '1',
    dhcp: /^(yes|true|1|ipv4|ipv6)$/.test(lastOf(ini, 'Network', 'DHCP') ?? 'no'),
    addresses: [...allOf(ini, 'Network', 'Address'), ...allOf(ini, 'Address', 'Address')],
  }
}

/** Whether a .network file is about an interface: all conditions of [Match] hold; none at all matches everything. */
export function matchesLink(text: string, link: Link): boolean {
  const ini = parseIni(text)
  const words = (key: string): readonly string[] | null => wordsOf(ini, key)
  const names = words('Name')
  const macs = words('MACAddress') ?? words('PermanentMACAddress')
  const type = words('Type')
  const kind = words('Kind')
  return (
    (names === null || oneMatches(names, link.name)) &&
    (macs === null || macs.some((mac) => mac.toLowerCase() === link.mac)) &&
    (type === null || oneMatches(type, typeOf(link))) &&
    (kind === null || oneMatches(kind, link.kind === 'bond' ? 'bond' : ''))
  )
}

/** The type of an interface as networkctl shows it. */
export function typeOf(link: Link): string {
  if (link.kind === 'loopback') return 'loopback'
  return link.kind === 'bond' ? 'bond' : 'ether'
}

function wordsOf(ini: readonly IniSection[], key: string): readonly string[] | null {
  const values = allOf(ini, 'Match', key)
  return values.length === 0 ? null : values.flatMap((each) => each.split(/\s+/)).filter((each) => each !== '')
}

function oneMatches(patterns: readonly string[], word: string): boolean {
  const inverted = patterns[0]?.startsWith('!') ?? false
  const found = patterns.some((each) => glob(each.replace(/^!/, '')).test(word))
  return found !== inverted
}

function glob(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`)
}

// systemd.netdev(5), section [Bond], and the kernel's names.
const bondKeys: Readonly<Record<string, string>> = {
  Mode: 'mode',
  MIIMonitorSec: 'miimon',
  UpDelaySec: 'updelay',
  DownDelaySec: 'downdelay',
  LACPTransmitRate: 'lacp_rate',
  TransmitHashPolicy: 'xmit_hash_policy',
  AdSelect: 'ad_select',
  AdActorSystemPriority: 'ad_actor_sys_prio',
  AdActorSystem: 'ad_actor_system',
  AdUserPortKey: 'ad_user_port_key',
  MinLinks: 'min_links',
  PrimaryReselectPolicy: 'primary_reselect',
  FailOverMACPolicy: 'fail_over_mac',
  GratuitousARP: 'num_grat_arp',
  AllSlavesActive: 'all_slaves_active',
  ResendIGMP: 'resend_igmp',
}

// systemd.time(7): a number alone is seconds.
function milliseconds(value: string): string {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s)?$/.exec(value)
  return match ? String(Number(match[1]) * (match[2] === 'ms' ? 1 : 1000)) : value
}

function bit(value: string): string {
  if (/^(yes|true|on)$/i.test(value)) return '1'
  return /^(no|false|off)$/i.test(value) ? '0' : value
}
