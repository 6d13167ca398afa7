import type { Facts } from '../../module/facts.ts'
import { defineModule } from '../../module/module.ts'
import { blocked, failed, type Plan, unchanged } from '../../module/plan.ts'
import { command, file } from '../../module/read.ts'
import { parseStatistics } from '../../parsers/ethtool.ts'
import { list } from '../../shared/text.ts'
import { isMap, type Value, type ValueMap } from '../../shared/value.ts'
import { interfaceName, missingPf } from './pf.ts'

interface Args {
  readonly pfs: readonly string[]
  readonly since?: ValueMap
  readonly expect: 'any' | 'both' | 'one'
  readonly only?: string
  readonly share: number
  readonly minimum_packets: number
  readonly silent: readonly string[]
  readonly noise: number
}

type Counters = Readonly<Record<string, number>>

interface Port {
  readonly name: string
  /** Null: the interface has no such counters. */
  readonly counters: Counters | null
}

interface State {
  readonly ports: readonly Port[]
  /** Seconds since the host was started; null where that cannot be read. */
  readonly at: number | null
}

interface Moved {
  readonly name: string
  readonly rx: number
  readonly tx: number
}

const uptime = '/proc/uptime'

const wanted = ['rx_packets_phy', 'tx_packets_phy', 'rx_bytes_phy', 'tx_bytes_phy', 'link_down_events_phy']

/** What went through the physical ports of a card (kernel: mlx5/core/en_stats.c). */
export const portCounters = defineModule<Args, State>({
  name: 'port_counters',
  summary: 'Read the counters of the physical ports, and say which ports traffic went through',
  description:
    'Changes nothing. The *_phy counters see everything that crosses a port, offloaded traffic of VMs included. With `since`, an earlier result of this module, the packets in between are judged: the card chooses the port for what is sent, so that is what is compared; the switch chooses for what arrives. Registers `ports`, and with `since` `packets`, the packets sent and received per port.',
  args: {
    properties: {
      pfs: {
        description: 'The ports, by interface or PCI address',
        type: 'array',
        items: { type: 'string' },
        minItems: 1,
      },
      since: { description: 'An earlier result of this module', type: 'object', additionalProperties: true },
      expect: {
        description: 'any: some traffic. both: every port sent its share. one: a single port carried it',
        type: 'string',
        enum: ['any', 'both', 'one'],
        default: 'any',
      },
      only: { description: 'With `expect: one`: which port that has to be', type: 'string' },
      share: {
        description: 'Least share of a port that counts as used, in percent',
        type: 'number',
        minimum: 0,
        maximum: 50,
        default: 5,
      },
      minimum_packets: {
        description: 'Fewer packets than this prove nothing: LACP and LLDP move the counters, too',
        type: 'integer',
        minimum: 1,
        default: 1000,
      },
      silent: {
        description: 'Ports that may have carried no more than `noise`: failed ones, or the backup of active-backup',
        type: 'array',
        items: { type: 'string' },
        default: [],
      },
      noise: {
        description: 'Packets a second that LACP, LLDP and broadcasts may make on a port: it counts as used only above',
        type: 'number',
        minimum: 0,
        default: 20,
      },
    },
    required: ['pfs'],
  },
  examples: [
    { title: 'Note the counters', yaml: 'port_counters:\n  pfs: [ens2f0, ens2f1]\nregister: before\n' },
    {
      title: 'Traffic went through both',
      yaml: 'port_counters:\n  pfs: [ens2f0, ens2f1]\n  since: "{{before}}"\n  expect: both\n',
    },
  ],
  fresh: true,
  needsFacts: true,
  reads: (args, facts) => [file(uptime), ...namesOf(args, facts).map((name) => command('ethtool', '-S', name))],
  state: (args, seen, facts) => ({
    at: seconds(seen.text(uptime)),
    ports: namesOf(args, facts).map((name) => {
      const all = parseStatistics(seen.command('ethtool', '-S', name).stdout)
      const found = wanted.flatMap((counter) => {
        const value = all.get(counter)
        return value === undefined ? [] : [[counter, value] as const]
      })
      return {
        name,
        counters: all.has('tx_packets_phy') && all.has('rx_packets_phy') ? Object.fromEntries(found) : null,
      }
    }),
  }),
  plan: (args, state, context) => missingPf(args.pfs, context.facts) ?? decide(args, state, context.facts),
})

const namesOf = (args: Args, facts: Facts): readonly string[] => args.pfs.map((name) => interfaceName(facts, name))

function decide(args: Args, { ports, at }: State, facts: Facts): Plan {
  const without = ports.filter((port) => !port.counters)
  if (without.length > 0)
    return blocked(
      `${list(without.map((port) => port.name))} ${without.length === 1 ? 'has' : 'have'} no *_phy counters`,
      'look at "ethtool -S" of the port on the host; the counters are those of mlx5_core',
    )
  const now: ValueMap = {
    ports: Object.fromEntries(ports.map((port) => [port.name, port.counters ?? {}])),
    ...(at !== null && { at }),
  }
  if (args.since === undefined) return unchanged(`counters of ${list(ports.map((port) => port.name))} noted`, now)
  const before = args.since['ports']
  if (!isMap(before))
    return blocked('since holds no counters', 'give it the registered result of an earlier port_counters task')
  const moved: Moved[] = []
  for (const port of ports) {
    const then = before[port.name]
    const rx = difference(port, then, 'rx_packets_phy')
    const tx = difference(port, then, 'tx_packets_phy')
    if (rx === null || tx === null)
      return blocked(`since has no counters of ${port.name}`, 'name the same pfs in both tasks')
    if (rx < 0 || tx < 0)
      return failed(
        `the counters of ${port.name} went back: the port was reset since`,
        'note the counters again, then repeat the test',
        now,
      )
    moved.push({ name: port.name, rx, tx })
  }
  const data: ValueMap = {
    ...now,
    packets: Object.fromEntries(moved.map((each) => [each.name, { received: each.rx, sent: each.tx }])),
  }
  const numbers = list(moved.map((each) => `${each.name} sent ${format(each.tx)} and received ${format(each.rx)}`))
  const since = args.since['at']
  const wrong = judge(args, moved, at !== null && typeof since === 'number' ? at - since : null, facts)
  return wrong
    ? failed(`${wrong.because}: ${numbers} packets`, wrong.hint, data)
    : unchanged(`${numbers} packets`, data)
}

function judge(
  args: Args,
  moved: readonly Moved[],
  /** Null where it is not known. */
  seconds: number | null,
  facts: Facts,
): { readonly because: string; readonly hint: string } | null {
  const sent = moved.reduce((sum, each) => sum + each.tx, 0)
  const received = moved.reduce((sum, each) => sum + each.rx, 0)
  if (sent + received < args.minimum_packets)
    return {
      because: `too little traffic to judge (less than ${args.minimum_packets} packets)`,
      hint: 'send traffic to the VMs between the two tasks (module iperf3)',
    }
  const background = args.noise * (seconds ?? 0)
  const used = (each: Moved): boolean => each.tx * 100 >= sent * args.share && each.tx > background
  const silent = args.silent.map((name) => interfaceName(facts, name))
  const loud = moved.filter((each) => silent.includes(each.name) && Math.max(each.tx, each.rx) > background)
  if (loud.length > 0)
    return {
      because: `${list(loud.map((each) => each.name))} carried more than ${args.noise} packets a second, but must be silent`,
      hint: 'is the port down, for the switch as well? look at "ethtool" of the port on the host, and at KEEP_ETH_LINK_UP in the firmware',
    }
  if (args.expect === 'both') {
    const idle = moved.filter((each) => !used(each))
    if (idle.length === 0) return null
    return {
      because: `${list(idle.map((each) => each.name))} sent less than ${args.share} % of the packets`,
      hint: 'VFs bound before LAG was made stay on one port: detach them, free them (vf_driver), check LAG, attach again; a single stream takes one port as well',
    }
  }
  if (args.expect === 'one') {
    const only = args.only === undefined ? null : interfaceName(facts, args.only)
    const busy = moved.filter((each) => used(each) || each.rx * 100 >= Math.max(received, 1) * args.share)
    const right = busy.length === 1 && (only === null || busy[0]?.name === only)
    if (right) return null
    return {
      because: `traffic went through ${list(busy.map((each) => each.name)) || 'no port'}, but must go through ${only ?? 'one port'} alone`,
      hint: 'look at /proc/net/bonding on the host: which member is active or up?',
    }
  }
  return null
}

// `1234.56 4321.00`: since boot, and idle (proc_uptime(5)).
function seconds(text: string | null): number | null {
  const [since] = (text ?? '').split(' ')
  return since === undefined || since === '' || Number.isNaN(Number(since)) ? null : Number(since)
}

function difference(port: Port, then: Value | undefined, counter: string): number | null {
  const before = isMap(then) ? then[counter] : undefined
  const after = port.counters?.[counter]
  return typeof before === 'number' && after !== undefined ? after - before : null
}

const format = (value: number): string => value.toLocaleString('en-US')
