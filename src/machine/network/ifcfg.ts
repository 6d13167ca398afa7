import type { Machine } from '../machine.ts'
import type { Connection } from './connection.ts'

/** Where network-scripts and NetworkManager's ifcfg-rh plugin keep their files. */
export const IFCFG_FOLDER = '/etc/sysconfig/network-scripts'

/** An interface configuration file (initscripts, sysconfig.txt): shell assignments, of which the last one counts. */
export interface Ifcfg {
  /** The part of the file's name after `ifcfg-`. */
  readonly file: string
  readonly values: Readonly<Record<string, string>>
}

/** Reads `KEY=value` lines; quotes are taken off, comments and everything else is passed over. Never throws. */
export function parseIfcfg(file: string, text: string): Ifcfg {
  const values: Record<string, string> = {}
  for (const line of text.split('\n')) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line)
    if (match?.[1] === undefined) continue
    values[match[1]] = unquote(match[2] ?? '')
  }
  return { file, values }
}

/** The interface that a file is about. */
export const deviceOf = ({ file, values }: Ifcfg): string => values['DEVICE'] ?? file

/** Whether it is to come up at boot; yes when the file does not say. */
export const isOnBoot = ({ values }: Ifcfg): boolean => !/^(no|false|0)$/i.test(values['ONBOOT'] ?? 'yes')

/** The bond that the interface belongs to, or null. */
export const masterOf = ({ values }: Ifcfg): string | null =>
  /^(yes|true|1)$/i.test(values['SLAVE'] ?? '') || values['MASTER'] !== undefined ? (values['MASTER'] ?? null) : null

/** Whether it describes a bond. */
export const isBond = ({ values }: Ifcfg): boolean =>
  values['BONDING_OPTS'] !== undefined ||
  /^(yes|true|1)$/i.test(values['BONDING_MASTER'] ?? '') ||
  values['TYPE'] === 'Bond'

/** The bond's options in the order of the file: `mode=4 miimon=100` (commas are not separators: arp_ip_target uses them). */
export function bondOptions({ values }: Ifcfg): readonly (readonly [string, string])[] {
  return (values['BONDING_OPTS'] ?? '')
    .split(/\s+/)
    .filter((each) => each.includes('='))
    .map((each): readonly [string, string] => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)])
}

/** The addresses that the file gives, with prefix length. */
export function addressesOf({ values }: Ifcfg): readonly string[] {
  const found: string[] = []
  for (const suffix of ['', '0', '1', '2']) {
    const address = values[`IPADDR${suffix}`]
    if (address === undefined || address === '') continue
    const prefix = values[`PREFIX${suffix}`] ?? prefixOf(values[`NETMASK${suffix}`] ?? '255.255.255.0')
    found.push(`${address}/${prefix}`)
  }
  return found
}

/** The calls of ethtool that ETHTOOL_OPTS asks for, as arguments: parts between `;`; without a leading dash they are for `-s`. */
export function ethtoolCalls(ifcfg: Ifcfg): readonly (readonly string[])[] {
  return (ifcfg.values['ETHTOOL_OPTS'] ?? '')
    .split(';')
    .map((part) => part.trim().split(/\s+/).filter(Boolean))
    .filter((words) => words.length > 0)
    .map((words) => (words[0]?.startsWith('-') ? words : ['-s', deviceOf(ifcfg), ...words]))
}

/** What a file says, in the words that all formats share. */
export function fromIfcfg(ifcfg: Ifcfg): Connection {
  const device = deviceOf(ifcfg)
  return {
    id: ifcfg.values['NAME'] ?? `System ${device}`,
    uuid: ifcfg.values['UUID'] ?? null,
    path: `${IFCFG_FOLDER}/ifcfg-${ifcfg.file}`,
    device,
    type: isBond(ifcfg) ? 'bond' : 'ethernet',
    onBoot: isOnBoot(ifcfg),
    priority: Number(ifcfg.values['AUTOCONNECT_PRIORITY'] ?? '0'),
    master: masterOf(ifcfg),
    options: bondOptions(ifcfg),
    dhcp: ifcfg.values['BOOTPROTO']?.toLowerCase() === 'dhcp',
    addresses: addressesOf(ifcfg),
    ethtool: ethtoolCalls(ifcfg),
  }
}

/** All files of the machine, in the order of their names; backups that editors and packages leave do not count. */
export function readIfcfgs(machine: Machine): readonly Ifcfg[] {
  const names = machine.files.list(IFCFG_FOLDER)
  if (!names.ok) return []
  return names.value
    .filter((name) => name.startsWith('ifcfg-') && !/(~|\.bak|\.orig|\.old|\.rpmnew|\.rpmorig|\.rpmsave)$/.test(name))
    .flatMap((name) => readIfcfg(machine, name.slice('ifcfg-'.length)) ?? [])
}

/** One file by the part of its name after `ifcfg-`, or null. */
export function readIfcfg(machine: Machine, file: string): Ifcfg | null {
  const read = machine.files.read(`${IFCFG_FOLDER}/ifcfg-${file}`)
  return read.ok ? parseIfcfg(file, Buffer.from(read.value).toString('utf8')) : null
}

function unquote(raw: string): string {
  const text = raw.trim()
  const quoted = /^"((?:[^"\\]|\\.)*)"|^'([^']*)'/.exec(text)
  if (quoted) return quoted[1]?.replaceAll(/\\(.)/g, '$1') ?? quoted[2] ?? ''
  return text.replace(/\s+#.*$/, '')
}

function prefixOf(netmask: string): string {
  const bits = netmask
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('')
  return String(bits.replace(/0+$/, '').length)
}
