import { errorTexts } from '../errno.ts'
import type { Machine, ProgramResult, Sys, Tool } from '../machine.ts'
import { syncDatapath, uplinkPfs, vswitchdRuns } from '../ovs/datapath.ts'
import { type DatapathFlow, datapathFlows } from '../ovs/flows.ts'
import type { Link } from '../state.ts'
import { done, failed } from './program.ts'

/** tc(8): `[-s] filter show dev DEV ingress` and `qdisc show [dev DEV [ingress]]`, what Open vSwitch put there included; `qdisc add` and `del` of ingress, `filter add ... flower` and `filter del`. */
export const tc: Tool = ({ machine, args }) => {
  const statistics = args.some((arg) => /^-(s|stats|statistics)$/.test(arg))
  const [object = '', verb = 'show', ...rest] = args.filter((arg) => !arg.startsWith('-'))
  if (verb === 'add' || verb === 'del' || verb === 'delete') return change(machine, object, verb, rest)
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

function change(machine: Machine, object: string, verb: string, words: readonly string[]): ProgramResult {
  const at = words.indexOf('dev')
  const name = at < 0 ? '' : (words[at + 1] ?? '')
  if (!machine.kernel.link(name)) return failed(1, `Cannot find device "${name}"\n`)
  if (!words.includes('ingress')) return failed(1, 'Error: only the ingress qdisc is simulated here.\n')
  if ('qdisc'.startsWith(object)) return answer('qdisc', machine.kernel.setIngress(name, verb === 'add'))
  if (verb !== 'add') return answer('filter', machine.kernel.clearFilters(name))
  const flower = words.indexOf('flower')
  const action = words.indexOf('action')
  if (flower < 0 || action < 0) return failed(1, `Unknown filter "${words.at(-1)}", hence option "" is unparsable\n`)
  const keys = words.slice(flower + 1, action)
  const where = keys.find((word) => word === 'skip_sw' || word === 'skip_hw')
  const match = keys.filter((word) => word !== where)
  return answer(
    'filter',
    machine.kernel.addFilter(name, {
      match: match.map((word, each) => (each % 2 === 0 ? `  ${word} ` : `${word}\n`)).join(''),
      action: words.slice(action + 1).join(' '),
      where: where === 'skip_sw' || where === 'skip_hw' ? where : 'both',
    }),
  )
}

function answer(object: 'qdisc' | 'filter', result: Sys): ProgramResult {
  if (result.ok) return done()
  const text = result.text === undefined ? `RTNETLINK answers: ${errorTexts[result.errno]}` : `Error: ${result.text}.`
  return failed(2, `${text}\n${object === 'filter' ? 'We have an error talking to the kernel\n' : ''}`)
}

function qdiscs(machine: Machine, link: Link | null, ingressOnly: boolean): ProgramResult {
  const lines = (link ? [link] : machine.kernel.links()).flatMap((each) => {
    const dev = link ? '' : `dev ${each.name} `
    const root =
      each.kind === 'pf' || each.kind === 'representor' || each.kind === 'vf'
        ? `qdisc mq 0: ${dev}root \n`
        : `qdisc noqueue 0: ${dev}root refcnt 2 \n`
    const block = blockOf(machine, each) ?? (each.ingress ? 0 : null)
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
  const own = foreign(link)
  if (flows.length === 0) return done(own)
  const head = 'filter protocol ip pref 2 flower chain 0 \n'
  return done(own + head + flows.map((flow, at) => filter(machine, flow, at + 1, statistics)).join('\n'))
}

// As tc shows those that were added without a preference: 49152.
function foreign(link: Link): string {
  const filters = link.ingress?.filters ?? []
  const head = 'filter protocol ip pref 49152 flower chain 0 '
  const shown = filters.map(({ action, inCard, match, where }, at) =>
    [
      `${head}handle 0x${(at + 1).toString(16)} `,
      `${match}  eth_type ipv4`,
      ...(where === 'both' ? [] : [`  ${where}`]),
      inCard ? '  in_hw in_hw_count 1' : '  not_in_hw',
      `\taction order 1: gact action ${action}`,
      '\t random type none pass val 0',
      `\t index ${at + 1} ref 1 bind 1`,
      '',
    ].join('\n'),
  )
  return filters.length === 0 ? '' : `${head}\n${shown.join('\n')}\n`
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
