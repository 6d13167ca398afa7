import { type IniSection, lastOf, parseIni } from '../../parsers/ini.ts'
import type { Machine } from '../machine.ts'
import type { Connection } from './connection.ts'

/** Where NetworkManager keeps its profiles. */
export const KEYFILE_FOLDER = '/etc/NetworkManager/system-connections'

/** Reads a keyfile (nm-settings-keyfile(5)); older and newer names of a key mean the same. Null for types that are not modelled. */
export function parseKeyfile(path: string, text: string): Connection | null {
  const ini = parseIni(text)
  const one = (section: string, ...keys: readonly string[]): string | null =>
    keys.map((key) => lastOf(ini, section, key)).find((value) => value !== null) ?? null
  const type = one('connection', 'type')
  if (type !== 'bond' && type !== 'ethernet' && type !== '802-3-ethernet') return null
  const device = one('connection', 'interface-name')
  if (device === null) return null
  const offload = one('ethtool', 'feature-hw-tc-offload')
  return {
    id: one('connection', 'id') ?? path.slice(path.lastIndexOf('/') + 1).replace(/\.nmconnection$/, ''),
    uuid: one('connection', 'uuid'),
    path,
    device,
    type: type === 'bond' ? 'bond' : 'ethernet',
    onBoot: !/^(false|no|0)$/i.test(one('connection', 'autoconnect') ?? 'true'),
    priority: Number(one('connection', 'autoconnect-priority') ?? '0'),
    master: one('connection', 'controller', 'master'),
    options: section(ini, 'bond'),
    dhcp: one('ipv4', 'method') === 'auto',
    addresses: [...addresses(ini, 'ipv4'), ...addresses(ini, 'ipv6')],
    ethtool:
      offload === null ? [] : [['-K', device, 'hw-tc-offload', /^(true|yes|1|on)$/i.test(offload) ? 'on' : 'off']],
  }
}

/** The text of a keyfile, as NetworkManager writes it: sections with an empty line between them. */
export function keyfileText(
  sections: readonly (readonly [name: string, lines: readonly (readonly [key: string, value: string])[]])[],
): string {
  return sections
    .map(([name, lines]) => `[${name}]\n${lines.map(([key, value]) => `${key}=${value}\n`).join('')}`)
    .join('\n')
}

/** The files that NetworkManager takes: those that only root may read (it warns of others and passes them over). */
export function keyfilePaths(machine: Machine): readonly string[] {
  const names = machine.files.list(KEYFILE_FOLDER)
  if (!names.ok) return []
  return names.value
    .map((name) => `${KEYFILE_FOLDER}/${name}`)
    .filter((path) => {
      const stat = machine.files.stat(path, true)
      return stat.ok && stat.value.type === 'file' && stat.value.owner === 'root' && /^0?[0-7]00$/.test(stat.value.mode)
    })
}

const section = (ini: readonly IniSection[], name: string): Connection['options'] =>
  ini.filter((each) => each.name === name).flatMap((each) => each.entries)

// `address1=192.0.2.11/24,192.0.2.1`: the gateway may follow.
function addresses(ini: readonly IniSection[], family: string): readonly string[] {
  return section(ini, family).flatMap(([key, value]) => (/^address\d+$/.test(key) ? [value.split(',')[0] ?? ''] : []))
}
