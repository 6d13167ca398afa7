import { mappingOf, type NetplanValue, parseNetplanYaml, textsOf } from '../../parsers/netplan-yaml.ts'
import type { Machine } from '../machine.ts'

type Mapping = Readonly<Record<string, NetplanValue>>

/** What netplan makes of its files: one tree, or what is wrong with one of them. */
export type NetplanConfig =
  | { readonly ok: true; readonly network: Mapping }
  | { readonly ok: false; readonly problem: string }

/** Reads /{lib,etc,run}/netplan/*.yaml in the order of their names; a name in /run hides that in /etc, that in /etc the one in /lib. Later files win, lists are joined. */
export function readNetplan(machine: Machine): NetplanConfig {
  const texts = new Map<string, string>()
  for (const folder of ['/run/netplan', '/etc/netplan', '/lib/netplan']) {
    const names = machine.files.list(folder)
    for (const name of names.ok ? names.value : []) {
      const read = machine.files.read(`${folder}/${name}`)
      if (name.endsWith('.yaml') && !texts.has(name) && read.ok)
        texts.set(name, `${folder}/${name}\0${Buffer.from(read.value).toString('utf8')}`)
    }
  }
  let network: Mapping = {}
  for (const [, each] of [...texts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [path = '', text = ''] = each.split('\0')
    const tree = parseNetplanYaml(text)
    if (tree === undefined) return { ok: false, problem: `${path}: Invalid YAML\n` }
    network = mappingOf(merge(network, mappingOf(tree)['network'] ?? {}))
  }
  const problem = firstProblem(network)
  return problem === null ? { ok: true, network } : { ok: false, problem }
}

/** What networkd is to read, by path under /run/systemd/network (netplan, src/networkd.c). Interfaces of another renderer are not its business. */
export function generatedFiles(network: Mapping): Readonly<Record<string, string>> {
  const files: Record<string, string> = {}
  const put = (id: string, kind: string, text: string): void => {
    files[`/run/systemd/network/10-netplan-${id}.${kind}`] = text
  }
  for (const [id, device, section] of devicesOf(network)) {
    const renderer = device['renderer'] ?? network['renderer'] ?? 'networkd'
    if (renderer !== 'networkd') continue
    if (section === 'bonds') put(id, 'netdev', netdevText(id, device))
    put(id, 'network', networkText(id, device, network))
  }
  return files
}

/** `netplan generate`: replaces what was generated before. Gives what is wrong, or null. */
export async function generate(machine: Machine): Promise<string | null> {
  const config = readNetplan(machine)
  if (!config.ok) return config.problem
  const files = generatedFiles(config.network)
  for (const path of machine.files.glob('/run/systemd/network/10-netplan-*'))
    if (!(path in files)) machine.files.remove(path, false)
  for (const folder of ['/run', '/run/systemd', '/run/systemd/network']) machine.files.mkdir(folder, '0755')
  for (const [path, text] of Object.entries(files)) {
    await machine.files.write(path, Buffer.from(text))
    machine.files.chmod(path, '0640')
    machine.files.chown(path, 'root', 'systemd-network')
  }
  return null
}

/** The definitions of a tree: name, what is said of it, and the section that it stands in. */
export function devicesOf(network: Mapping): readonly (readonly [id: string, device: Mapping, section: string])[] {
  return ['ethernets', 'bonds'].flatMap((section) =>
    Object.entries(mappingOf(network[section])).map(([id, value]) => [id, mappingOf(value), section] as const),
  )
}

function merge(first: NetplanValue | undefined, second: NetplanValue): NetplanValue {
  if (Array.isArray(second)) return [...new Set([...textsOf(first), ...textsOf(second)])]
  const over = mappingOf(second)
  if (typeof second !== 'object' || second === null) return second
  const base = mappingOf(first)
  return {
    ...base,
    ...Object.fromEntries(Object.entries(over).map(([key, value]) => [key, merge(base[key], value)])),
  }
}

function firstProblem(network: Mapping): string | null {
  const known = new Set(devicesOf(network).map(([id]) => id))
  for (const [id, device, section] of devicesOf(network)) {
    if (section !== 'bonds') continue
    for (const member of textsOf(device['interfaces']))
      if (!known.has(member)) return `Error in network definition: ${id}: interface '${member}' is not defined\n`
    const parameters = mappingOf(device['parameters'])
    const unknown = Object.keys(parameters).find((key) => !(key in bondParameters) && key !== 'primary')
    if (unknown !== undefined) return `Error in network definition: unknown key '${unknown}'\n`
    if (!modes.includes(String(parameters['mode'] ?? 'balance-rr')))
      return `Error in network definition: unknown bond mode '${String(parameters['mode'])}'\n`
  }
  return null
}

const modes = ['balance-rr', 'active-backup', 'balance-xor', 'broadcast', '802.3ad', 'balance-tlb', 'balance-alb']

// write_bond_parameters(), in its order.
const bondParameters: Readonly<Record<string, string>> = {
  mode: 'Mode',
  'lacp-rate': 'LACPTransmitRate',
  'mii-monitor-interval': 'MIIMonitorSec',
  'min-links': 'MinLinks',
  'transmit-hash-policy': 'TransmitHashPolicy',
  'ad-select': 'AdSelect',
  'all-slaves-active': 'AllSlavesActive',
  'all-members-active': 'AllSlavesActive',
  'up-delay': 'UpDelaySec',
  'down-delay': 'DownDelaySec',
  'fail-over-mac-policy': 'FailOverMACPolicy',
  'gratuitous-arp': 'GratuitousARP',
  'primary-reselect-policy': 'PrimaryReselectPolicy',
  'resend-igmp': 'ResendIGMP',
}

function netdevText(id: string, device: Mapping): string {
  const parameters = mappingOf(device['parameters'])
  const lines = Object.entries(bondParameters).flatMap(([key, name]) => {
    const value = parameters[key]
    if (typeof value !== 'string') return []
    if (name.endsWith('Sec') && /^\d+$/.test(value)) return [`${name}=${value}ms`]
    return [`${name}=${name === 'AllSlavesActive' ? (isTrue(value) ? '1' : '0') : value}`]
  })
  const mtu = typeof device['mtu'] === 'string' ? [`MTUBytes=${device['mtu']}`] : []
  const bond = lines.length > 0 ? ['', '[Bond]', ...lines] : []
  return `${['[NetDev]', `Name=${id}`, ...mtu, 'Kind=bond', ...bond].join('\n')}\n`
}

function networkText(id: string, device: Mapping, network: Mapping): string {
  const bond = Object.entries(mappingOf(network['bonds'])).find(([, each]) =>
    textsOf(mappingOf(each)['interfaces']).includes(id),
  )
  const primary = bond && mappingOf(mappingOf(bond[1])['parameters'])['primary'] === id
  const match = mappingOf(device['match'])
  const mac = match['macaddress']
  const name = device['set-name'] ?? (typeof mac === 'string' ? null : (match['name'] ?? id))
  const both = isTrue(device['dhcp4']) && isTrue(device['dhcp6'])
  const dhcp = both ? 'yes' : isTrue(device['dhcp4']) ? 'ipv4' : isTrue(device['dhcp6']) ? 'ipv6' : null
  const local = device['link-local'] === undefined ? ['ipv6'] : textsOf(device['link-local'])
  const linkLocal = bond || local.length === 0 ? 'no' : local.length === 2 ? 'yes' : local[0]
  const link = [
    ...(isTrue(device['optional']) ? ['RequiredForOnline=no'] : []),
    ...(typeof device['mtu'] === 'string' ? [`MTUBytes=${device['mtu']}`] : []),
  ]
  return `${[
    '[Match]',
    ...(typeof mac === 'string' ? [`PermanentMACAddress=${mac}`] : []),
    ...(typeof name === 'string' ? [`Name=${name}`] : []),
    ...(link.length > 0 ? ['', '[Link]', ...link] : []),
    '',
    '[Network]',
    ...(dhcp === null ? [] : [`DHCP=${dhcp}`]),
    `LinkLocalAddressing=${linkLocal}`,
    ...textsOf(device['addresses']).map((address) => `Address=${address}`),
    ...(id in mappingOf(network['bonds']) ? ['ConfigureWithoutCarrier=yes'] : []),
    ...(bond ? [`Bond=${bond[0]}`] : []),
    ...(primary ? ['PrimarySlave=true'] : []),
  ].join('\n')}\n`
}

const isTrue = (value: NetplanValue | undefined): boolean =>
  typeof value === 'string' && /^(true|yes|on|y)$/i.test(value)
