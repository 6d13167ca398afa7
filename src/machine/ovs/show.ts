import { type Answer, said } from './command.ts'
import { formatAtom } from './datum.ts'
import { type Database, ovsVersion, recordUuid } from './tables.ts'

/** `ovs-vsctl show`: bridges, their ports with VLAN tags, interfaces with type and error. */
export function show(db: Database): Answer {
  const name = (value: string) => formatAtom({ kind: 'string', value })
  const bridges = Object.entries(db.ovs.bridges).map(([bridge, { ports }]) => [
    `    Bridge ${name(bridge)}\n`,
    `        Port ${name(bridge)}\n            Interface ${name(bridge)}\n                type: internal\n`,
    ...Object.entries(ports).map(([port, { tag, error }]) =>
      [
        `        Port ${name(port)}\n`,
        tag === null ? '' : `            tag: ${tag}\n`,
        `            Interface ${name(port)}\n`,
        error === undefined ? '' : `                error: ${JSON.stringify(error)}\n`,
      ].join(''),
    ),
  ])
  return said(
    [
      `${recordUuid(db, 'Open_vSwitch', '.')}\n`,
      ...bridges.flat(),
      `    ovs_version: "${ovsVersion(db.machine)}"\n`,
    ].join(''),
  )
}
