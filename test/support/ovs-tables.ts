import type { Answer } from './readings.ts'

/** A port of a database: its bridge is where it is listed. */
export interface TablePort {
  readonly tag?: number
  readonly mark?: string
  readonly error?: string
  readonly ofport?: number
}

/** What ovs-vsctl answers about bridges with their ports, as `ovs-vsctl -f json` of OVS 3.1 prints it: empty sets as such, sets of one as their atom. */
export function ovsTables(
  bridges: Readonly<Record<string, Readonly<Record<string, TablePort>>>>,
): Record<string, Answer> {
  const uuid = (name: string) => ['uuid', `0000-${name}`]
  const set = (atoms: readonly unknown[]) => (atoms.length === 1 ? atoms[0] : ['set', atoms])
  const ports = Object.entries(bridges).flatMap(([bridge, each]): (readonly [string, TablePort])[] => [
    [bridge, { ofport: 65534 }],
    ...Object.entries(each),
  ])
  const answer = (headings: readonly string[], data: readonly unknown[]) => `${JSON.stringify({ data, headings })}\n`
  return {
    'ovs-vsctl --timeout=10 -f json --columns=name,ports list Bridge': answer(
      ['name', 'ports'],
      Object.entries(bridges).map(([name, each]) => [name, set([name, ...Object.keys(each)].map(uuid))]),
    ),
    'ovs-vsctl --timeout=10 -f json --columns=_uuid,name,tag,external_ids list Port': answer(
      ['_uuid', 'name', 'tag', 'external_ids'],
      ports.map(([name, { tag, mark }]) => [
        uuid(name),
        name,
        set(tag === undefined ? [] : [tag]),
        ['map', mark === undefined ? [] : [['vflag-play', mark]]],
      ]),
    ),
    'ovs-vsctl --timeout=10 -f json --columns=name,error,ofport list Interface': answer(
      ['name', 'error', 'ofport'],
      ports.map(([name, { error, ofport = 1 }]) => [name, set(error === undefined ? [] : [error]), ofport]),
    ),
  }
}
