import type { Machine, ProgramResult, Tool } from '../machine.ts'
import { syncDatapath, uplinkPfs, vswitchdRuns } from '../ovs/datapath.ts'
import { type DatapathFlow, datapathFlows } from '../ovs/flows.ts'
import type { Link } from '../state.ts'
import { done, failed } from './program.ts'

/** tc(8): `[-s] filter show dev DEV ingress` and `qdisc show [dev DEV [ingress]]`: what Open vSwitch put there. */
export const tc: Tool = ({ machine, args }) => {
  const statistics = args.some((arg) => /^-(s|stats|statistics)$/.test(arg))
  const [object = '', verb = 'show', ...rest] = args.filter((arg) => !arg.startsWith('-'))
  if (!['show', 'list', 'ls'].includes(verb))
    return failed(2, `Command "${verb}" is unknown, try "tc ${object} help".\n`)
  const at = rest.indexOf('dev')
  const name = at < 0 ? null : (rest[at + 1] ?? '')
  const link = name === null ? null : (machine.kernel.link(name) ?? null)
  if (name !== null && !link) return failed(1, `Cannot find device "${name}"\n`)
  syncDatapath(machine)
  if ('qdisc'.startsWith(object) && object !== '') return qdiscs(machine, link, rest.includes('ingress'))
  if ('filter'.startsWith(object) && object !== '') return filters(machine, link, statistics)
  return failed(1, `Object "${object}" is unknown, try "tc help".\n`)
}

function qdiscs(machine: Machine, link: Link | null, ingressOnly: boolean): ProgramResult {
  const lines = (link ? [link] : machine.kernel.links()).flatMap((each) => {
    const dev = link ? '' : `dev ${each.name} `
    const root =
      each.kind === 'pf' || each.kind === 'representor' || each.kind === 'vf'
        ? `qdisc mq 0: ${dev}root \n`
        : `qdisc noqueue 0: ${dev}root refcnt 2 \n`
    const block = blockOf(machine, each)
    const shared = block === null || block === 0 ? '' : `ingress_block ${block} `
    const ingress = block === null ? [] : [`qdisc ingress ffff: ${dev}parent ffff:fff1 ${shared}---------------- \n`]
    return ingressOnly ? ingress : [root, ...ingress]
  })
  return done(lines.join(''))
}

// The bond and its ports share one block, whose number is the bond's index (lib/netdev-linux.c); a representor has its own.
function blockOf(machine: Machine, link: Link): number | null {
  if (!vswitchdRuns(machine) || !machine.state.ovs.runningOffload) return null
  const ports = new Set(Object.values(machine.state.ovs.bridges).flatMap((bridge) => Object.keys(bridge.ports)))
  if (ports.has(link.name)) return link.kind === 'bond' ? link.ifindex : 0
  const bond = link.master === null ? undefined : machine.kernel.link(link.master)
  return bond?.kind === 'bond' && ports.has(bond.name) ? bond.ifindex : null
}

function filters(machine: Machine, link: Link | null, statistics: boolean): ProgramResult {
  if (!link) return done()
  const flows = datapathFlows(machine).filter(
    ({ from, offloaded }) => offloaded && (from.name === link.name || from.name === link.master),
  )
  if (flows.length === 0) return done()
  const head = 'filter protocol ip pref 2 flower chain 0 \n'
  return done(head + flows.map((flow, at) => filter(machine, flow, at + 1, statistics)).join('\n'))
}

function filter(machine: Machine, flow: DatapathFlow, handle: number, statistics: boolean): string {
  // A rule of the shared block is in the card once a port.
  const count = flow.from.kind === 'bond' ? uplinkPfs(machine, flow.from).length : 1
  return [
    `filter protocol ip pref 2 flower chain 0 handle 0x${handle.toString(16)} `,
    `  dst_mac ${flow.destination}`,
    `  src_mac ${flow.source}`,
    '  eth_type ipv4',
    '  ip_flags nofrag',
    `  in_hw in_hw_count ${count}`,
    `\taction order 1: mirred (Egress Redirect to device ${flow.to.name}) stolen`,
    `\tindex ${handle} ref 1 bind 1${statistics ? ' installed 10 sec used 0 sec' : ''}`,
    ...(statistics
      ? [
          '\tAction statistics:',
          `\tSent ${flow.bytes} bytes ${flow.packets} pkt (dropped 0, overlimits 0 requeues 0) `,
          `\tSent software 0 bytes 0 pkt`,
          `\tSent hardware ${flow.bytes} bytes ${flow.packets} pkt`,
          '\tbacklog 0b 0p requeues 0',
        ]
      : []),
    `\tcookie ${flow.ufid.replaceAll('-', '')}`,
    '\tno_percpu',
    '',
  ].join('\n')
}
