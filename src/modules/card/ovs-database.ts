import type { PfFact } from '../../module/facts.ts'
import type { CommandRead } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { type OvsValue, ovsAtoms, parseOvsTable } from '../../parsers/ovs-vsctl.ts'
import { type OvsAnswer, ovsAnswer, ovsMark, vsctlRead } from './ovs.ts'

/** A port as the database has it. */
export interface OvsPort {
  readonly name: string
  /** Its bridge; null for a port of none. */
  readonly bridge: string | null
  /** Its VLAN; null without one. */
  readonly tag: number | null
  /** What this program noted with it: `added`, or the VF that it stands for ({@link vfMark}); null for a port of others. */
  readonly mark: string | null
  /** Why Open vSwitch does not use it; null when it does. */
  readonly trouble: string | null
}

/** Bridges and ports of Open vSwitch. */
export interface OvsDatabase {
  readonly answer: OvsAnswer
  readonly bridges: readonly string[]
  readonly ports: ReadonlyMap<string, OvsPort>
}

const bridgesRead = vsctlRead('-f', 'json', '--columns=name,ports', 'list', 'Bridge')
const portsRead = vsctlRead('-f', 'json', '--columns=_uuid,name,tag,external_ids', 'list', 'Port')
const interfacesRead = vsctlRead('-f', 'json', '--columns=name,error,ofport', 'list', 'Interface')

/** What to look at for {@link ovsDatabase}. */
export const databaseReads: readonly CommandRead[] = [bridgesRead, portsRead, interfacesRead]

/** Bridges and ports, from what {@link databaseReads} looked at. */
export function ovsDatabase(seen: Readings): OvsDatabase {
  const shown = seen.command(...bridgesRead.argv)
  const bridges = parseOvsTable(shown.stdout) ?? []
  const interfaces = rowsByName(seen.command(...interfacesRead.argv).stdout)
  const bridgeOf = new Map(
    bridges.flatMap((row) => ovsAtoms(row.get('ports')).map((uuid) => [String(uuid), nameOf(row)])),
  )
  const rows = parseOvsTable(seen.command(...portsRead.argv).stdout) ?? []
  return {
    answer: ovsAnswer(shown),
    bridges: bridges.map(nameOf),
    ports: new Map(
      rows.map((row) => {
        const name = nameOf(row)
        const [tag] = ovsAtoms(row.get('tag'))
        const ids = row.get('external_ids')
        const mark = ids instanceof Map ? ids.get(ovsMark) : undefined
        return [
          name,
          {
            name,
            bridge: bridgeOf.get(String(row.get('_uuid'))) ?? null,
            tag: typeof tag === 'number' ? tag : null,
            mark: mark === undefined ? null : String(mark),
            trouble: troubleOf(interfaces.get(name)),
          },
        ]
      }),
    ),
  }
}

/** How a representor's port is marked: by the VF behind it, for names move from one VF to another. */
export const vfMark = (pf: Pick<PfFact, 'pci'>, vf: number): string => `${pf.pci}/vf${vf}`

/** The PF's address and the VF's index in a mark; null for the mark of anything else. */
export function parseVfMark(mark: string | null): { readonly pci: string; readonly vf: number } | null {
  const match = /^([0-9a-f]+:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])\/vf(\d+)$/.exec(mark ?? '')
  return match?.[1] === undefined ? null : { pci: match[1], vf: Number(match[2]) }
}

function troubleOf(row: ReadonlyMap<string, OvsValue> | undefined): string | null {
  const [error] = ovsAtoms(row?.get('error'))
  if (typeof error === 'string' && error !== '') return error
  const [port] = ovsAtoms(row?.get('ofport'))
  return port === -1 ? 'it has no port number' : null
}

function rowsByName(text: string): ReadonlyMap<string, ReadonlyMap<string, OvsValue>> {
  return new Map((parseOvsTable(text) ?? []).map((row) => [nameOf(row), row]))
}

const nameOf = (row: ReadonlyMap<string, OvsValue>): string => String(row.get('name') ?? '')
