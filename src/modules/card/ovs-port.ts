import type { Facts } from '../../module/facts.ts'
import { defineModule } from '../../module/module.ts'
import { blocked, change, type Plan, unchanged, wait } from '../../module/plan.ts'
import type { Readings } from '../../module/reading.ts'
import { list } from '../../shared/text.ts'
import type { Value } from '../../shared/value.ts'
import { netdevReads, netdevs } from './netdevs.ts'
import { ovsTrouble, vsctl } from './ovs.ts'
import { databaseReads, type OvsDatabase, ovsDatabase } from './ovs-database.ts'
import { type Edit, placeEdits, staleEdits, tagEdits } from './ovs-port-edits.ts'
import { type RepresentorPorts, representorPorts, vlansOf, type WantedPort } from './ovs-representor-ports.ts'
import { missingPf, presentPfs, sriovReads } from './pf.ts'

interface Args {
  readonly bridge: string
  readonly ports?: readonly string[]
  readonly representors?: readonly string[]
  readonly vlans: readonly Value[]
  readonly tag?: number | 'none'
  readonly state: 'present' | 'absent'
}

interface State {
  readonly database: OvsDatabase
  readonly wanted: readonly WantedPort[]
  readonly representors: RepresentorPorts
  /** Names of the interfaces that there are. */
  readonly netdevs: ReadonlySet<string>
}

/** Ports of an Open vSwitch bridge (ovs-vsctl(8)). */
export const ovsPort = defineModule<Args, State>({
  name: 'ovs_port',
  summary: 'Add interfaces to an Open vSwitch bridge, or remove them',
  description:
    'Open vSwitch takes a port whose interface does not exist and says nothing, so that is refused, and afterwards every port has to work. A port of another bridge is not moved. With `representors` the ports are those of the VFs of these PFs, found by switch id, PF and VF; each is marked with its VF, so that a port whose interface is gone, or whose name has come to stand for another VF, is found and taken away. Ports of others stay as they are. A VLAN of a VF in switchdev mode is the tag of its representor.',
  args: {
    properties: {
      bridge: { description: 'The bridge', type: 'string', pattern: '^[A-Za-z0-9_.-]{1,15}$' },
      ports: {
        description: 'Interfaces by name: the bond',
        type: 'array',
        items: { type: 'string', pattern: '^[A-Za-z0-9_.:@-]{1,15}$' },
      },
      representors: {
        description: 'PFs, by interface or PCI address: the representors of all their VFs',
        type: 'array',
        items: { type: 'string' },
      },
      vlans: {
        description:
          'With `representors`: VFs with their VLANs, {pf, vf, vlan}; other keys do not matter, so that a list of VMs serves. A VF without `vlan`, or not in the list, has no tag',
        type: 'array',
        items: {
          type: 'object',
          properties: {
            vlan: { description: 'The VLAN', type: 'integer', minimum: 1, maximum: 4094 },
          },
          additionalProperties: true,
        },
        default: [],
      },
      tag: {
        description: 'With `ports`: their VLAN, or none; not given: left as it is',
        type: ['integer', 'string'],
        minimum: 0,
        maximum: 4095,
        pattern: '^none$',
      },
      state: { description: 'present or absent', type: 'string', enum: ['present', 'absent'], default: 'present' },
    },
    required: ['bridge'],
    oneOf: ['ports', 'representors'],
  },
  examples: [
    { title: 'The bond', yaml: 'ovs_port:\n  bridge: ovs-sriov\n  ports: [bond0]\n' },
    {
      title: 'All representors of a card, one VF in VLAN 100',
      yaml: 'ovs_port:\n  bridge: ovs-sriov\n  representors: [ens2f0, ens2f1]\n  vlans:\n    - { pf: ens2f0, vf: 0, vlan: 100 }\n',
    },
  ],
  needsFacts: true,
  reads: (args, facts) => [
    ...databaseReads,
    ...netdevReads,
    ...presentPfs(facts, args.representors ?? []).flatMap(sriovReads),
  ],
  state: readState,
  plan: (args, state, context) => {
    const noPf = missingPf(args.representors ?? [], context.facts)
    if (noPf) return noPf
    const { answer } = state.database
    if (args.state === 'absent' && answer.state === 'absent') return unchanged('Open vSwitch is not installed')
    return (
      ovsTrouble(answer, context.facts.distribution.family) ??
      (args.state === 'present' ? present(args, state) : absent(args, state))
    )
  },
  settles: { within: () => 10 },
  disturbs: () => ['/sys/class/net/**', 'command:ovs-vsctl', 'command:ovs-appctl', 'command:ip', 'command:tc'],
})

function readState(args: Args, seen: Readings, facts: Facts): State {
  const all = netdevs(seen)
  const database = ovsDatabase(seen)
  const vlans = vlansOf(args.vlans, facts)
  const representors = representorPorts(args.representors ?? [], vlans, seen, all, database, facts)
  const named = (args.ports ?? []).map(
    (name): WantedPort => ({ name, mark: 'added', tag: args.tag === undefined ? 'as it is' : args.tag }),
  )
  return {
    database,
    wanted: [...named, ...representors.wanted],
    representors,
    netdevs: new Set(all.map((each) => each.name)),
  }
}

function present(args: Args, state: State): Plan {
  const { database, wanted, representors } = state
  if (args.ports?.length === 0) return unchanged('no ports were named')
  if (!database.bridges.includes(args.bridge))
    return blocked(`there is no bridge ${args.bridge}`, 'make it with ovs_bridge')
  if (representors.homeless.length > 0)
    return blocked(
      list(
        representors.homeless.map(
          (each) => `VLAN ${each.vlan} is given for VF ${each.vf} of ${each.pf}, which has no representor here`,
        ),
      ),
      'set vflag_vms for this host in the inventory; representors exist in switchdev mode only',
    )
  if (representors.incomplete.length > 0)
    return wait(
      `not all representors have appeared: ${list(representors.incomplete)}`,
      { again: 0.5, upTo: 15 },
      'representors exist in switchdev mode only (module eswitch); look at "devlink port show" on the host',
    )
  const stale = staleEdits(representors.stale)
  const gone = new Set(stale.map((each) => each.port))
  const away = wanted.flatMap(({ name }) => {
    const port = gone.has(name) ? undefined : database.ports.get(name)
    return port && port.bridge !== args.bridge ? [port] : []
  })
  if (away.length > 0)
    return blocked(
      `${list(away.map((port) => `${port.name} is a port of ${port.bridge === null ? 'no bridge' : `bridge ${port.bridge}`}`))}, but must be one of ${args.bridge}`,
      'remove it there first (ovs_port with state: absent); moving it here would cut whoever uses it',
    )
  const missing = wanted.filter((port) => !state.netdevs.has(port.name))
  if (missing.length > 0)
    return blocked(
      `${list(missing.map((port) => port.name))} ${missing.length === 1 ? 'is no interface' : 'are no interfaces'} of this host; Open vSwitch would keep ${missing.length === 1 ? 'it as a dead port' : 'them as dead ports'}`,
      'look at "ip -br link" on the host; representors exist in switchdev mode only',
    )
  const edits = [
    ...stale,
    ...wanted.flatMap((port) => {
      const now = gone.has(port.name) ? undefined : database.ports.get(port.name)
      return [...placeEdits(args.bridge, port, now), ...tagEdits(port, now)]
    }),
  ]
  if (edits.length > 0) return transaction(edits)
  const sick = wanted.flatMap(({ name }) => {
    const trouble = database.ports.get(name)?.trouble ?? null
    return trouble === null ? [] : [`${name} (${trouble})`]
  })
  if (sick.length > 0)
    return wait(
      `Open vSwitch does not use ${list(sick)}`,
      { again: 1, upTo: 10 },
      'look at /var/log/openvswitch/ovs-vswitchd.log on the host',
    )
  if (wanted.length === 0)
    return unchanged(`${list(args.representors ?? [])} have no VFs, so there are no representors`)
  const tagged = wanted.flatMap((port) => (typeof port.tag === 'number' ? [`${port.name} in VLAN ${port.tag}`] : []))
  return unchanged(
    `${list(wanted.map((port) => port.name))} ${wanted.length === 1 ? 'is a port' : 'are ports'} of ${args.bridge}${tagged.length > 0 ? `, ${list(tagged)}` : ''}`,
  )
}

function absent(args: Args, state: State): Plan {
  const { database, wanted, representors } = state
  const names = new Set([...wanted.map((port) => port.name), ...representors.marked.map((port) => port.name)])
  const here = [...names].filter((name) => database.ports.get(name)?.bridge === args.bridge)
  if (here.length === 0)
    return unchanged(
      args.ports === undefined
        ? `no representor of ${list(args.representors ?? [], 'or')} is a port of ${args.bridge}`
        : `none of ${list(args.ports, 'or') || 'no ports'} is a port of ${args.bridge}`,
    )
  return transaction(
    here.map((port) => ({
      port,
      what: `port ${port} of ${args.bridge}`,
      before: 'present',
      after: null,
      commands: [['--if-exists', 'del-port', args.bridge, port]],
    })),
  )
}

/** One transaction: all of them or none. */
function transaction(edits: readonly Edit[]): Plan {
  const commands = edits.flatMap((edit) => edit.commands)
  const [first = []] = commands
  return change(
    edits.map(({ what, before, after }) => ({ what, before, after })),
    [
      vsctl(
        // An option of the first command would be taken for one of ovs-vsctl itself.
        ...(first[0]?.startsWith('--') && commands.length > 1 ? ['--'] : []),
        ...commands.flatMap((each, at) => (at === 0 ? each : ['--', ...each])),
      ),
    ],
  )
}
