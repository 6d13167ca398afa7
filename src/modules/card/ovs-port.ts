import type { Facts } from '../../module/facts.ts'
import { defineModule } from '../../module/module.ts'
import { blocked, change, type Delta, delta, type Plan, unchanged, wait } from '../../module/plan.ts'
import { list as listRead } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { type OvsValue, ovsAtoms, parseOvsTable } from '../../parsers/ovs-vsctl.ts'
import { list } from '../../shared/text.ts'
import { type OvsAnswer, ovsAnswer, ovsMark, ovsTrouble, vsctl, vsctlRead } from './ovs.ts'
import { baseName } from './pf.ts'

interface Args {
  readonly bridge: string
  readonly ports: readonly string[]
  readonly tag?: number
  readonly state: 'present' | 'absent'
}

interface PortState {
  readonly name: string
  /** Its bridge; null while it is a port of none. */
  readonly bridge: string | null
  /** Why Open vSwitch does not use it; null when it does. */
  readonly trouble: string | null
  readonly tag: number | null
  /** There is an interface of the name. */
  readonly netdev: boolean
}

interface State {
  readonly answer: OvsAnswer
  readonly bridge: boolean
  readonly ports: readonly PortState[]
}

const bridgesRead = vsctlRead('list-br')
const interfacesRead = vsctlRead('-f', 'json', '--columns=name,error,ofport', 'list', 'Interface')
const tagsRead = vsctlRead('-f', 'json', '--columns=name,tag', 'list', 'Port')
const netdevsRead = listRead('/sys/class/net/*')
const portsRead = (bridge: string) => vsctlRead('list-ports', bridge)
const whereRead = (port: string) => vsctlRead('port-to-br', port)

/** Ports of an Open vSwitch bridge (ovs-vsctl(8)). */
export const ovsPort = defineModule<Args, State>({
  name: 'ovs_port',
  summary: 'Add interfaces to an Open vSwitch bridge, or remove them',
  description:
    'Open vSwitch takes a port whose interface does not exist and says nothing, so that is refused, and afterwards every port has to work. A port of another bridge is not moved. A VLAN of a VF in switchdev mode is the tag of its representor.',
  args: {
    properties: {
      bridge: { description: 'The bridge', type: 'string', pattern: '^[A-Za-z0-9_.-]{1,15}$' },
      ports: {
        description: 'Interfaces: the bond, representors',
        type: 'array',
        items: { type: 'string', pattern: '^[A-Za-z0-9_.:@-]{1,15}$' },
      },
      tag: { description: 'VLAN of the ports; not given: left as it is', type: 'integer', minimum: 0, maximum: 4095 },
      state: { description: 'present or absent', type: 'string', enum: ['present', 'absent'], default: 'present' },
    },
    required: ['bridge', 'ports'],
  },
  examples: [
    { title: 'The bond', yaml: 'ovs_port:\n  bridge: ovs-sriov\n  ports: [bond0]\n' },
    { title: 'A VF in VLAN 100', yaml: 'ovs_port:\n  bridge: ovs-sriov\n  ports: [ens2f0_0]\n  tag: 100\n' },
  ],
  needsFacts: true,
  reads: (args) => [
    bridgesRead,
    portsRead(args.bridge),
    interfacesRead,
    netdevsRead,
    ...(args.tag === undefined ? [] : [tagsRead]),
  ],
  // Asked only of ports that are not on our bridge and yet known.
  more: (args, seen) => elsewhere(args, seen).map(whereRead),
  state: readState,
  plan: (args, state, context) => {
    if (args.state === 'absent' && state.answer.state === 'absent') return unchanged('Open vSwitch is not installed')
    return (
      ovsTrouble(state.answer, context.facts.distribution.family) ??
      (args.state === 'present' ? present(args, state) : absent(args, state))
    )
  },
  settles: { within: () => 10 },
  disturbs: () => ['/sys/class/net/**', 'command:ovs-vsctl', 'command:ovs-appctl', 'command:ip', 'command:tc'],
})

function elsewhere(args: Args, seen: Readings): readonly string[] {
  const here = words(seen.command(...portsRead(args.bridge).argv).stdout)
  const known = rowsByName(seen.command(...interfacesRead.argv).stdout)
  return args.ports.filter((port) => !here.includes(port) && known.has(port))
}

function readState(args: Args, seen: Readings, _facts: Facts): State {
  const bridges = seen.command(...bridgesRead.argv)
  const shown = seen.command(...portsRead(args.bridge).argv)
  const here = shown.status === 0 ? words(shown.stdout) : []
  const known = rowsByName(seen.command(...interfacesRead.argv).stdout)
  const tags = args.tag === undefined ? new Map<string, never>() : rowsByName(seen.command(...tagsRead.argv).stdout)
  const away = elsewhere(args, seen)
  const netdevs = new Set(seen.list(...netdevsRead.globs).map(baseName))
  return {
    answer: ovsAnswer(bridges),
    bridge: words(bridges.stdout).includes(args.bridge),
    ports: args.ports.map((name) => {
      const other = away.includes(name) ? seen.command(...whereRead(name).argv).stdout.trim() : ''
      const tag = ovsAtoms(tags.get(name)?.get('tag'))[0]
      return {
        name,
        bridge: here.includes(name) ? args.bridge : other || null,
        trouble: troubleOf(known.get(name)),
        tag: typeof tag === 'number' ? tag : null,
        netdev: netdevs.has(name),
      }
    }),
  }
}

function troubleOf(row: ReadonlyMap<string, OvsValue> | undefined): string | null {
  const error = ovsAtoms(row?.get('error'))[0]
  if (typeof error === 'string' && error !== '') return error
  const port = ovsAtoms(row?.get('ofport'))[0]
  return port === -1 ? 'it has no port number' : null
}

function present(args: Args, state: State): Plan {
  if (args.ports.length === 0) return unchanged('no ports were named')
  if (!state.bridge) return blocked(`there is no bridge ${args.bridge}`, 'make it with ovs_bridge')
  const away = state.ports.filter((port) => port.bridge !== null && port.bridge !== args.bridge)
  if (away.length > 0)
    return blocked(
      `${list(away.map((port) => `${port.name} is a port of bridge ${port.bridge}`))}, but must be one of ${args.bridge}`,
      'remove it there first (ovs_port with state: absent); moving it here would cut whoever uses it',
    )
  const missing = state.ports.filter((port) => !port.netdev)
  if (missing.length > 0)
    return blocked(
      `${list(missing.map((port) => port.name))} ${missing.length === 1 ? 'is no interface' : 'are no interfaces'} of this host; Open vSwitch would keep ${missing.length === 1 ? 'it as a dead port' : 'them as dead ports'}`,
      'look at "ip -br link" on the host; representors exist in switchdev mode only',
    )
  const deltas: Delta[] = []
  const commands: string[][] = []
  for (const port of state.ports) {
    if (port.bridge === null) {
      deltas.push(delta(`port ${port.name} of ${args.bridge}`, null, 'present'))
      // In one transaction with the mark by which ovs_bridge knows whose port it is.
      commands.push(['add-port', args.bridge, port.name], ['set', 'Port', port.name, `external_ids:${ovsMark}=added`])
    }
    if (args.tag !== undefined && port.tag !== args.tag) {
      deltas.push(delta(`VLAN of ${port.name}`, port.tag === null ? null : String(port.tag), String(args.tag)))
      commands.push(['set', 'Port', port.name, `tag=${args.tag}`])
    }
  }
  // One transaction: all of them or none.
  if (commands.length > 0)
    return change(deltas, [vsctl(...commands.flatMap((each, at) => (at === 0 ? each : ['--', ...each])))])
  const sick = state.ports.filter((port) => port.trouble !== null)
  if (sick.length > 0)
    return wait(
      `Open vSwitch does not use ${list(sick.map((port) => `${port.name} (${port.trouble})`))}`,
      { again: 1, upTo: 10 },
      'look at /var/log/openvswitch/ovs-vswitchd.log on the host',
    )
  return unchanged(`${list(args.ports)} ${args.ports.length === 1 ? 'is a port' : 'are ports'} of ${args.bridge}`)
}

function absent(args: Args, state: State): Plan {
  const here = state.ports.filter((port) => port.bridge === args.bridge)
  if (here.length === 0) return unchanged(`none of ${list(args.ports, 'or') || 'no ports'} is a port of ${args.bridge}`)
  return change(
    here.map((port) => delta(`port ${port.name} of ${args.bridge}`, 'present', null)),
    [
      vsctl(
        ...here.flatMap((port, at) => [...(at === 0 ? [] : ['--']), '--if-exists', 'del-port', args.bridge, port.name]),
      ),
    ],
  )
}

function rowsByName(text: string): ReadonlyMap<string, ReadonlyMap<string, OvsValue>> {
  return new Map((parseOvsTable(text) ?? []).map((row) => [String(row.get('name') ?? ''), row]))
}

const words = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '')
