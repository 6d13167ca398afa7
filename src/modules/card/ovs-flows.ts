import { type Facts, findPf } from '../../module/facts.ts'
import { defineModule } from '../../module/module.ts'
import { blocked, failed, type Plan, unchanged } from '../../module/plan.ts'
import { command } from '../../module/read.ts'
import type { CommandReading, Readings } from '../../module/reading.ts'
import { parseStatistics } from '../../parsers/ethtool.ts'
import { parseDatapathFlows } from '../../parsers/ovs-flows.ts'
import { count, list } from '../../shared/text.ts'
import { isMap, type Value, type ValueMap } from '../../shared/value.ts'
import { netdevReads, netdevs, representorsOf } from './netdevs.ts'
import { vfMark } from './ovs-database.ts'
import { missingPf, pfLabel, presentPfs } from './pf.ts'
import { lastLine } from './users-of-vfs.ts'

interface Args {
  readonly pfs: readonly string[]
  readonly vms: readonly Value[]
  readonly since?: ValueMap
  readonly expect: 'any' | 'offloaded'
  readonly share: number
  readonly minimum_packets: number
}

/** A VF with its flows, and the packets that crossed its representor. */
interface Vf {
  /** Stays the same when the interface is renamed. */
  readonly key: string
  readonly pf: string
  readonly vf: number
  readonly netdev: string
  readonly offloaded: number
  readonly notOffloaded: number
  /** Packets both ways: all that the port of the switch on the card counted, and those that the host's kernel handled. Null where the driver has no such counters. */
  readonly packets: { readonly all: number; readonly kernel: number } | null
}

interface State {
  readonly flows: CommandReading
  readonly vfs: readonly Vf[]
}

const flowsRead = command('ovs-appctl', '--timeout=10', 'dpctl/dump-flows', '-m', '--names')
const countersRead = (netdev: string) => command('ethtool', '-S', netdev)

/** Whether the card forwards the traffic of VFs (ovs-vswitchd's dpctl(8); kernel: mlx5/core/en_rep.c). */
export const ovsFlows = defineModule<Args, State>({
  name: 'ovs_flows',
  summary: 'Count the flows of VFs that the card forwards, and say whether their traffic is offloaded',
  description:
    'Changes nothing. Flows last ten seconds without traffic; what lasts are the counters of representors, where the port of the switch counts all packets of the VF and the software counters only those that the kernel of the host handled. With `since`, an earlier result of this module, the packets in between are judged. Registers `offloaded`, `not_offloaded` (flows), `vfs`, a list of {pf, vf, netdev, offloaded, not_offloaded}, and `packets`.',
  args: {
    properties: {
      pfs: {
        description: 'The PFs, by interface or PCI address',
        type: 'array',
        items: { type: 'string' },
        minItems: 1,
      },
      vms: {
        description: 'Whose VFs are judged, {name, pf, vf}; not given: those that had traffic',
        type: 'array',
        items: { type: 'object', additionalProperties: true },
        default: [],
      },
      since: { description: 'An earlier result of this module', type: 'object', additionalProperties: true },
      expect: {
        description: 'any: only count. offloaded: the card has to have forwarded the packets since then',
        type: 'string',
        enum: ['any', 'offloaded'],
        default: 'any',
      },
      share: {
        description: 'Largest share of packets through the kernel that still counts as offloaded, in percent',
        type: 'number',
        minimum: 0,
        maximum: 100,
        default: 10,
      },
      minimum_packets: {
        description: 'Fewer packets of a VF than this prove nothing',
        type: 'integer',
        minimum: 1,
        default: 1000,
      },
    },
    required: ['pfs'],
  },
  examples: [
    { title: 'Note the counters', yaml: 'ovs_flows:\n  pfs: [ens2f0, ens2f1]\nregister: before\n' },
    {
      title: 'The card forwarded what came since',
      yaml: 'ovs_flows:\n  pfs: [ens2f0, ens2f1]\n  since: "{{before}}"\n  expect: offloaded\n',
    },
  ],
  fresh: true,
  needsFacts: true,
  reads: () => [...netdevReads, flowsRead],
  more: (args, seen, facts) => standIns(args, seen, facts).map(({ netdev }) => countersRead(netdev)),
  state: (args, seen, facts) => {
    const flows = seen.command(...flowsRead.argv)
    const parsed = parseDatapathFlows(flows.stdout)
    return {
      flows,
      vfs: standIns(args, seen, facts).map((each) => {
        const own = parsed.filter((flow) => flow.from === each.netdev || flow.to.includes(each.netdev))
        const offloaded = own.filter((flow) => flow.offloaded === 'yes').length
        return { ...each, offloaded, notOffloaded: own.length - offloaded, packets: packetsOf(each.netdev, seen) }
      }),
    }
  },
  plan: (args, state, context) => missingPf(args.pfs, context.facts) ?? decide(args, state, context.facts),
})

function standIns(args: Args, seen: Readings, facts: Facts): readonly Pick<Vf, 'key' | 'pf' | 'vf' | 'netdev'>[] {
  const all = netdevs(seen)
  return presentPfs(facts, args.pfs).flatMap((pf) =>
    representorsOf(pf, all, facts.pfs).map(({ vf, netdev }) => ({
      key: vfMark(pf, vf),
      pf: pfLabel(pf),
      vf,
      netdev: netdev.name,
    })),
  )
}

function packetsOf(netdev: string, seen: Readings): Vf['packets'] {
  const counters = parseStatistics(seen.command(...countersRead(netdev).argv).stdout)
  const sum = (...names: readonly string[]): number | null => {
    const found = names.flatMap((name) => counters.get(name) ?? [])
    return found.length === names.length ? found.reduce((total, each) => total + each, 0) : null
  }
  const all = sum('vport_rx_packets', 'vport_tx_packets')
  const kernel = sum('rx_packets', 'tx_packets')
  return all === null || kernel === null ? null : { all, kernel }
}

function decide(args: Args, state: State, facts: Facts): Plan {
  const { flows, vfs } = state
  if (flows.status !== 0)
    return blocked(
      flows.status === 127
        ? 'Open vSwitch is not installed'
        : `Open vSwitch does not tell its flows: ${lastLine(flows.stderr).replace(/^ovs-appctl: /, '')}`,
      'start Open vSwitch (module service)',
    )
  const sum = (of: (vf: Vf) => number): number => vfs.reduce((total, vf) => total + of(vf), 0)
  const data: ValueMap = {
    offloaded: sum((vf) => vf.offloaded),
    not_offloaded: sum((vf) => vf.notOffloaded),
    vfs: vfs.map(({ pf, vf, netdev, offloaded, notOffloaded }) => ({
      pf,
      vf,
      netdev,
      offloaded,
      not_offloaded: notOffloaded,
    })),
    packets: Object.fromEntries(vfs.flatMap((vf) => (vf.packets ? [[vf.key, { ...vf.packets }]] : []))),
  }
  const counted = `${count(
    sum((vf) => vf.offloaded),
    'flow',
  )} of VFs in the card and ${sum((vf) => vf.notOffloaded)} in the kernel`
  if (args.expect === 'any') return unchanged(counted, data)
  const before = args.since?.['packets']
  if (!isMap(before))
    return blocked('since holds no counters', 'give it the registered result of an earlier ovs_flows task')
  const judged = vfs.flatMap((vf) => judge(vf, before[vf.key], args, facts))
  const wrong = judged.flatMap((each) => each.trouble ?? [])
  if (wrong.length > 0)
    return failed(
      list(wrong),
      'is hw-tc-offload on at both ports (module hw_tc_offload) and hw-offload in Open vSwitch (module ovs_offload)? "failed to offload flow" in /var/log/openvswitch/ovs-vswitchd.log on the host says what the card refused',
      data,
    )
  const proven = judged.filter((each) => each.proven).length
  return unchanged(
    proven === 0
      ? `no VF had traffic that could be judged; ${counted}`
      : `the card forwarded the traffic of ${count(proven, 'VF')}; ${counted}`,
    data,
  )
}

function judge(
  vf: Vf,
  then: Value | undefined,
  args: Args,
  facts: Facts,
): readonly { readonly proven: boolean; readonly trouble?: string }[] {
  const vm = args.vms.find((each) => isMap(each) && each['vf'] === vf.vf && sameVf(each['pf'], vf, facts))
  if (args.vms.length > 0 && vm === undefined) return []
  const name = `VF ${vf.vf} of ${vf.pf}${isMap(vm) && typeof vm['name'] === 'string' ? ` (VM ${vm['name']})` : ''}`
  const all = isMap(then) ? then['all'] : undefined
  const kernel = isMap(then) ? then['kernel'] : undefined
  // Without counters, or with new ones since the VF was made anew, only flows that are still there tell something.
  if (vf.packets === null || typeof all !== 'number' || typeof kernel !== 'number' || vf.packets.all < all) {
    if (vf.offloaded > 0) return [{ proven: true }]
    return vf.notOffloaded > 0
      ? [
          {
            proven: false,
            trouble: `${count(vf.notOffloaded, 'flow')} of ${name} in the kernel of the host and none in the card`,
          },
        ]
      : []
  }
  const moved = vf.packets.all - all
  const slow = vf.packets.kernel - kernel
  if (moved < args.minimum_packets)
    return vm === undefined
      ? []
      : [{ proven: false, trouble: `${name} carried ${format(moved)} packets: the traffic took another way` }]
  if (slow * 100 <= moved * args.share) return [{ proven: true }]
  return [
    {
      proven: false,
      trouble: `${format(slow)} of ${format(moved)} packets of ${name} went through the kernel of the host, not through the card alone`,
    },
  ]
}

function sameVf(pf: Value | undefined, vf: Vf, facts: Facts): boolean {
  const found = typeof pf === 'string' ? findPf(facts, pf) : null
  return found !== null && vfMark(found, vf.vf) === vf.key
}

const format = (value: number): string => value.toLocaleString('en-US')
