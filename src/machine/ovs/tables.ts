import { stableUuid } from '../identity.ts'
import { speedOf } from '../kernel/carrier.ts'
import type { Machine } from '../machine.ts'
import { osReleases } from '../profiles/os-release.ts'
import { releases } from '../profiles/releases.ts'
import { upstreamVersion } from '../services/packages.ts'
import type { Ovs } from '../state.ts'
import { vswitchdRuns } from './datapath.ts'
import { boolean, type Datum, integer, integerMap, nothing, text, textMap, uuids } from './datum.ts'

/** A table of the Open_vSwitch database that is modelled (ovs-vswitchd.conf.db(5)). */
export type Table = 'Open_vSwitch' | 'Bridge' | 'Port' | 'Interface'

/** What a column takes; `read-only` is what vswitchd or other commands fill in. */
export type ColumnType = 'text' | 'integer' | 'boolean' | 'texts' | 'integers' | 'map' | 'read-only'

/** The tables with their columns, `_uuid` left out. */
export const schema: Readonly<Record<Table, Readonly<Record<string, ColumnType>>>> = {
  Open_vSwitch: {
    bridges: 'read-only',
    cur_cfg: 'read-only',
    datapath_types: 'read-only',
    db_version: 'read-only',
    dpdk_initialized: 'read-only',
    external_ids: 'map',
    iface_types: 'read-only',
    next_cfg: 'read-only',
    other_config: 'map',
    ovs_version: 'read-only',
    system_type: 'text',
    system_version: 'text',
  },
  Bridge: {
    datapath_id: 'read-only',
    datapath_type: 'text',
    external_ids: 'map',
    fail_mode: 'text',
    mcast_snooping_enable: 'boolean',
    name: 'read-only',
    other_config: 'map',
    ports: 'read-only',
    protocols: 'texts',
    rstp_enable: 'boolean',
    stp_enable: 'boolean',
  },
  Port: {
    bond_mode: 'text',
    external_ids: 'map',
    interfaces: 'read-only',
    lacp: 'text',
    name: 'read-only',
    other_config: 'map',
    tag: 'integer',
    trunks: 'integers',
    vlan_mode: 'text',
  },
  Interface: {
    admin_state: 'read-only',
    error: 'read-only',
    external_ids: 'map',
    ifindex: 'read-only',
    link_speed: 'read-only',
    link_state: 'read-only',
    mac_in_use: 'read-only',
    mtu: 'read-only',
    mtu_request: 'integer',
    name: 'read-only',
    ofport: 'read-only',
    ofport_request: 'integer',
    options: 'map',
    other_config: 'map',
    statistics: 'read-only',
    status: 'read-only',
    type: 'text',
  },
}

/** The database as a command sees it: the machine, and the OVS state that its transaction works on. */
export interface Database {
  readonly machine: Machine
  readonly ovs: Ovs
}

/** The names of a table's records; the one of Open_vSwitch is `.`. */
export function recordNames({ ovs }: Database, table: Table): readonly string[] {
  if (table === 'Open_vSwitch') return ['.']
  if (table === 'Bridge') return Object.keys(ovs.bridges)
  return Object.entries(ovs.bridges).flatMap(([bridge, { ports }]) => [bridge, ...Object.keys(ports)])
}

/** The UUID of a record. */
export function recordUuid({ machine }: Database, table: Table, record: string): string {
  return stableUuid(machine.state.name, table, record)
}

/** The version of the installed Open vSwitch, `2.12.0`. */
export function ovsVersion(machine: Machine): string {
  return upstreamVersion(machine, 'openvswitch', 'openvswitch-switch')
}

/** The version of the database's schema that goes with it. */
export function schemaVersion(machine: Machine): string {
  return ovsVersion(machine).startsWith('2.') ? '8.0.0' : '8.3.1'
}

/** What a column of a record holds. */
export function readColumn(db: Database, table: Table, record: string, column: string): Datum {
  if (column === '_uuid') return uuids([recordUuid(db, table, record)])
  const modelled = table === 'Interface' ? interfaceColumn(db, record, column) : otherColumn(db, table, record, column)
  if (modelled) return modelled
  const stored = db.ovs.columns?.[`${table}/${record}/${column}`]
  if (stored !== undefined) return fromStored(stored)
  const type = schema[table][column]
  if (type === 'map') return textMap({})
  return type === 'boolean' ? boolean(false) : type === 'text' && !optionalTexts.has(column) ? text('') : nothing
}

/** Sets a column of a record that is not read-only. */
export function writeColumn(db: Database, table: Table, record: string, column: string, datum: Datum): void {
  const { ovs } = db
  if (table === 'Open_vSwitch' && column === 'other_config') ovs.otherConfig = toTexts(datum)
  else if (table === 'Bridge' && column === 'external_ids') {
    const bridge = ovs.bridges[record]
    if (bridge) bridge.externalIds = toTexts(datum)
  } else if (table === 'Port' && column === 'tag') {
    const port = Object.values(ovs.bridges).flatMap(({ ports }) => ports[record] ?? [])[0]
    const atom = datum.kind === 'set' ? datum.atoms[0] : undefined
    if (port) port.tag = atom?.kind === 'integer' ? atom.value : null
  } else store(ovs, `${table}/${record}/${column}`, datum)
}

/** Forgets what was set for a record that goes. */
export function forgetColumns(ovs: Ovs, record: string): void {
  for (const key of Object.keys(ovs.columns ?? {})) if (key.split('/')[1] === record) delete ovs.columns?.[key]
  if (ovs.columns && Object.keys(ovs.columns).length === 0) delete ovs.columns
}

/** The texts of a map; of anything else nothing. */
function toTexts(datum: Datum): Record<string, string> {
  if (datum.kind !== 'map') return {}
  return Object.fromEntries(datum.entries.map(([key, value]) => [String(key.value), String(value.value)]))
}

const optionalTexts: ReadonlySet<string> = new Set([
  'bond_mode',
  'fail_mode',
  'lacp',
  'system_type',
  'system_version',
  'vlan_mode',
])

function otherColumn(db: Database, table: Table, record: string, column: string): Datum | null {
  const { machine, ovs } = db
  switch (`${table}/${column}`) {
    case 'Open_vSwitch/bridges':
      return uuids(Object.keys(ovs.bridges).map((name) => recordUuid(db, 'Bridge', name)))
    case 'Open_vSwitch/cur_cfg':
    case 'Open_vSwitch/next_cfg':
      return integer(Object.keys(ovs.bridges).length)
    case 'Open_vSwitch/datapath_types':
      return { kind: 'set', atoms: ['netdev', 'system'].map((value) => ({ kind: 'string', value })) }
    case 'Open_vSwitch/iface_types':
      return {
        kind: 'set',
        atoms: ['geneve', 'gre', 'internal', 'patch', 'stt', 'system', 'tap', 'vxlan'].map((value) => ({
          kind: 'string',
          value,
        })),
      }
    case 'Open_vSwitch/db_version':
      return text(schemaVersion(machine))
    case 'Open_vSwitch/dpdk_initialized':
      return boolean(false)
    case 'Open_vSwitch/external_ids': {
      const stored = ovs.columns?.['Open_vSwitch/./external_ids']
      return textMap({
        hostname: machine.state.name,
        rundir: '/var/run/openvswitch',
        'system-id': recordUuid(db, 'Open_vSwitch', 'system-id'),
        ...(stored === undefined ? {} : toTexts(fromStored(stored))),
      })
    }
    case 'Open_vSwitch/other_config':
      return textMap(ovs.otherConfig)
    case 'Open_vSwitch/ovs_version':
      return text(ovsVersion(machine))
    case 'Open_vSwitch/system_type':
      return text(/^ID=(\w+|"\w+")$/m.exec(osReleases[machine.state.profile.os])?.[1]?.replaceAll('"', '') ?? '')
    case 'Open_vSwitch/system_version':
      return text(releases[machine.state.profile.os].version)
    case 'Bridge/name':
    case 'Port/name':
      return text(record)
    case 'Bridge/ports':
      return uuids(
        [record, ...Object.keys(ovs.bridges[record]?.ports ?? {})].map((name) => recordUuid(db, 'Port', name)),
      )
    case 'Bridge/external_ids':
      return textMap(ovs.bridges[record]?.externalIds ?? {})
    case 'Bridge/datapath_id': {
      const link = machine.kernel.link(record)
      return link ? text(`0000${link.mac.replaceAll(':', '')}`) : nothing
    }
    case 'Port/interfaces':
      return uuids([recordUuid(db, 'Interface', record)])
    case 'Port/tag': {
      const tag = Object.values(ovs.bridges).flatMap(({ ports }) => ports[record] ?? [])[0]?.tag ?? null
      return tag === null ? nothing : integer(tag)
    }
    default:
      return null
  }
}

function interfaceColumn(db: Database, record: string, column: string): Datum | null {
  const { machine, ovs } = db
  const internal = record in ovs.bridges
  const port = Object.values(ovs.bridges).flatMap(({ ports }) => ports[record] ?? [])[0]
  const link = machine.kernel.link(record)
  const present = link !== undefined && vswitchdRuns(machine) && (internal || (port?.ofport ?? -1) > 0)
  switch (column) {
    case 'name':
      return text(record)
    case 'type':
      return internal ? text('internal') : null
    case 'ofport':
      if (internal) return present ? integer(65534) : nothing
      return port?.ofport === undefined ? nothing : integer(link ? port.ofport : -1)
    case 'error':
      return port?.error === undefined ? nothing : text(port.error)
    case 'admin_state':
      return present ? text(link.up ? 'up' : 'down') : nothing
    case 'link_state':
      return present ? text(link.up && (internal || machine.kernel.carrier(link)) ? 'up' : 'down') : nothing
    case 'ifindex':
      return present ? integer(link.ifindex) : nothing
    case 'mac_in_use':
      return present ? text(link.mac) : nothing
    case 'mtu':
      return present ? integer(link.mtu) : nothing
    case 'link_speed':
      return present && !internal ? integer(Math.max(0, speedOf(machine.state, link)) * 1_000_000) : nothing
    case 'statistics':
      return present ? integerMap({ ...link.counters }) : integerMap({})
    case 'status':
      return textMap({})
    default:
      return null
  }
}

function store(ovs: Ovs, key: string, datum: Datum): void {
  ovs.columns = { ...ovs.columns, [key]: JSON.stringify(datum) }
}

// Only `store` writes these, so the shape needs no second check.
function fromStored(stored: string): Datum {
  return JSON.parse(stored) as Datum
}
