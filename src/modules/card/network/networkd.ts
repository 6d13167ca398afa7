import type { Step } from '../../../module/step.ts'
import { allOf, type IniSection, lastOf, parseIni } from '../../../parsers/ini.ts'
import { bondOptions, networkdHashPolicies } from '../bond-options.ts'
import { type Asked, type Backend, type Claim, header, type WantedBond } from './backend.ts'
import { dissolve, freePorts } from './link-steps.ts'
import { networkdReload, networkdUp } from './networkd-steps.ts'

const folder = '/etc/systemd/network'
const path = (name: string, suffix: string): string => `${folder}/10-vflag-${name}.${suffix}`

/** systemd-networkd (systemd.netdev(5), systemd.network(5)): Debian. It cannot say hw-tc-offload. */
export const networkd: Backend = {
  name: 'networkd',
  words: 'systemd-networkd files',
  signs: ['/lib/systemd/systemd-networkd', '/usr/lib/systemd/systemd-networkd'],
  templates: ['networkd-bond.netdev.hbs', 'networkd-bond.network.hbs', 'networkd-port.network.hbs'],
  places: [folder, '/run/systemd/network', '/usr/lib/systemd/network', '/lib/systemd/network'].flatMap((each) => [
    `${each}/*.netdev`,
    `${each}/*.network`,
  ]),
  bondFile: (bond) => path(bond, 'netdev'),
  paths: (bond, ports) => [path(bond, 'netdev'), path(bond, 'network'), ...ports.map((port) => path(port, 'network'))],
  files: (wanted, _facts, render) => {
    const common = { bond: wanted.bond, with_mtu: wanted.mtu !== null, mtu: wanted.mtu ?? 0 }
    const primary = wanted.options.get('primary')
    const file = (name: string, suffix: string, text: string) => ({ path: path(name, suffix), text, mode: '0644' })
    return [
      file(
        wanted.bond,
        'netdev',
        render('networkd-bond.netdev.hbs', { ...common, mode: wanted.mode, options: settings(wanted) }),
      ),
      file(wanted.bond, 'network', render('networkd-bond.network.hbs', common)),
      ...wanted.ports.map((port) =>
        file(port, 'network', render('networkd-port.network.hbs', { ...common, port, primary: port === primary })),
      ),
    ]
  },
  unsaid: (wanted) =>
    [...wanted.options].flatMap(([name, value]) => {
      if (bondOptions[name]?.networkd === undefined) return [name]
      return name === 'xmit_hash_policy' && !networkdHashPolicies.includes(value) ? [`${name} ${value}`] : []
    }),
  given: /^\s*(Address|Gateway|DNS|Destination|DHCP|Bridge|VLAN)\s*=/gm,
  claims,
  // The first file that matches an interface, by name, is the only one that counts.
  collision: (claim, { bond }) => {
    if (claim.path.endsWith('.netdev')) return 'makes an interface of that name'
    return baseName(claim.path) < baseName(path(bond, 'network')) ? 'comes before the file of vflag-play' : null
  },
  reload: (facts) => networkdReload(facts),
  bringUp: (job): readonly Step[] => [...(job.exists ? dissolve(job) : []), ...freePorts(job), ...networkdUp(job)],
  takeDown: (job) => dissolve(job),
}

function settings(wanted: WantedBond): readonly { readonly name: string; readonly value: string }[] {
  return [...wanted.options].flatMap(([name, value]) => {
    const known = bondOptions[name]
    if (known?.networkd === undefined || name === 'primary') return []
    return [{ name: known.networkd, value: known.milliseconds ? `${value}ms` : value }]
  })
}

function claims(at: string, text: string, asked: readonly Asked[]): readonly Claim[] {
  if (text.startsWith(header)) return []
  const ini = parseIni(text)
  if (at.endsWith('.netdev')) {
    const device = lastOf(ini, 'NetDev', 'Name') ?? ''
    const about = asked.filter((each) => each.name === device).map((each) => each.name)
    return [{ path: at, about, device, master: null, gives: [], onBoot: true }]
  }
  const names = allOf(ini, 'Match', 'Name').flatMap((each) => each.split(/\s+/))
  return [
    {
      path: at,
      about: asked.filter((each) => matches(ini, names, each)).map((each) => each.name),
      device: names.join(' '),
      master: lastOf(ini, 'Network', 'Bond') ?? lastOf(ini, 'Network', 'Bridge'),
      gives: [],
      onBoot: true,
    },
  ]
}

/** Whether a .network file is about an interface, as far as that can be told from here: a condition that cannot is taken to hold. */
function matches(ini: readonly IniSection[], names: readonly string[], { name, mac }: Asked): boolean {
  const kinds = allOf(ini, 'Match', 'Kind').flatMap((each) => each.split(/\s+/))
  // The bond has no address of its own, and the ports are no virtual interfaces.
  if (kinds.length > 0 && kinds.includes('bond') !== (mac === null)) return false
  const macs = ['MACAddress', 'PermanentMACAddress'].flatMap((key) => allOf(ini, 'Match', key))
  if (macs.length > 0 && (mac === null || !macs.join(' ').toLowerCase().split(/\s+/).includes(mac))) return false
  if (names.length === 0) return macs.length > 0 || kinds.length > 0 || mac !== null
  if (names[0]?.startsWith('!')) return !names.some((each) => glob(each.replace(/^!/, '')).test(name))
  return names.some((each) => glob(each).test(name))
}

function glob(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`)
}

const baseName = (each: string): string => each.slice(each.lastIndexOf('/') + 1)
