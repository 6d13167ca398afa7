import { ovsMark } from './ovs.ts'
import { type OvsPort, parseVfMark } from './ovs-database.ts'
import type { WantedPort } from './ovs-representor-ports.ts'

/** One change of the database: the delta that tells it, and the commands of ovs-vsctl that make it. */
export interface Edit {
  readonly port: string
  readonly what: string
  readonly before: string | null
  readonly after: string | null
  readonly commands: readonly (readonly string[])[]
}

/** Brings a port onto a bridge, with its mark in the same transaction: by that ovs_bridge knows whose it is. */
export function placeEdits(bridge: string, wanted: WantedPort, now: OvsPort | undefined): readonly Edit[] {
  const { name: port, mark } = wanted
  if (now === undefined)
    return [
      {
        port,
        what: `port ${port} of ${bridge}`,
        before: null,
        after: 'present',
        commands: [
          ['add-port', bridge, port],
          ['set', 'Port', port, `external_ids:${ovsMark}=${mark}`],
        ],
      },
    ]
  // Ports that others added stay theirs.
  if (now.mark === null || now.mark === mark || parseVfMark(mark) === null) return []
  return [
    {
      port,
      what: `VF noted with port ${port}`,
      before: null,
      after: mark,
      commands: [['set', 'Port', port, `external_ids:${ovsMark}=${mark}`]],
    },
  ]
}

/** Sets, changes or removes the VLAN of a port. */
export function tagEdits(wanted: WantedPort, now: OvsPort | undefined): readonly Edit[] {
  const { name: port, tag } = wanted
  const before = now?.tag ?? null
  const foreign = now !== undefined && now.mark === null
  if (tag === 'as it is' || (tag === 'none if ours' && foreign)) return []
  const after = typeof tag === 'number' ? tag : null
  if (before === after) return []
  return [
    {
      port,
      what: `VLAN of ${port}`,
      before: before === null ? null : String(before),
      after: after === null ? null : String(after),
      commands: [after === null ? ['clear', 'Port', port, 'tag'] : ['set', 'Port', port, `tag=${after}`]],
    },
  ]
}

/** Takes away ports that carry another VF's traffic, or nobody's. */
export function staleEdits(stale: readonly OvsPort[]): readonly Edit[] {
  return stale.flatMap(({ name, bridge, mark }): readonly Edit[] => {
    const vf = parseVfMark(mark)
    if (bridge === null || vf === null) return []
    return [
      {
        port: name,
        what: `port ${name} of ${bridge}`,
        before: `for VF ${vf.vf} of ${vf.pci}`,
        after: null,
        commands: [['--if-exists', 'del-port', bridge, name]],
      },
    ]
  })
}
