import type { Machine, ProgramResult, Tool } from '../machine.ts'
import { DATAPATH, syncDatapath, vswitchdRuns } from '../ovs/datapath.ts'
import { datapathFlows, datapathPort, formatFlow } from '../ovs/flows.ts'
import { ovsVersion } from '../ovs/tables.ts'
import { absent, done, failed, installed } from './program.ts'

/** ovs-appctl(8) to ovs-vswitchd: dpctl/dump-flows, dpctl/show, dpif/show, revalidator/purge, version. */
export const ovsAppctl: Tool = ({ machine, args }) => {
  if (!installed(machine, 'openvswitch', 'openvswitch-switch')) return absent('ovs-appctl')
  const words = [...args]
  for (let word = words[0]; word?.startsWith('-'); word = words[0]) {
    words.shift()
    if (word === '-t' || word === '-T') words.shift()
    else if (word === '--version' || word === '-V') return done(`ovs-appctl (Open vSwitch) ${ovsVersion(machine)}\n`)
  }
  const [command = '', ...rest] = words
  if (command === '')
    return failed(1, 'ovs-appctl: at least one non-option argument is required (use --help for help)\n')
  if (!vswitchdRuns(machine)) {
    return failed(
      1,
      'ovs-appctl: cannot read pidfile "/var/run/openvswitch/ovs-vswitchd.pid" (No such file or directory)\n',
    )
  }
  syncDatapath(machine)
  switch (command) {
    case 'dpctl/dump-flows':
      return dumpFlows(machine, rest)
    case 'dpctl/show':
      return done(showDatapath(machine))
    case 'dpif/show':
      return done(showBridges(machine))
    case 'revalidator/purge':
    case 'fdb/flush':
      return done()
    case 'version':
      return done(`ovs-vswitchd (Open vSwitch) ${ovsVersion(machine)}\n`)
    default:
      return failed(
        2,
        `"${command}" is not a valid command (use "list-commands" to see a list of valid commands)\novs-appctl: ovs-vswitchd: server returned an error\n`,
      )
  }
}

/** The ports of the kernel datapath as `dpctl show` prints them. */
export function showDatapath(machine: Machine): string {
  const bridges = Object.entries(machine.state.ovs.bridges)
  if (bridges.length === 0) return ''
  const flows = datapathFlows(machine).filter(({ offloaded }) => !offloaded)
  const port = (name: string, internal: boolean) =>
    `  port ${datapathPort(machine, name)}: ${name}${internal ? ' (internal)' : ''}\n`
  return [
    `system@${DATAPATH}:\n`,
    '  lookups: hit:0 missed:1 lost:0\n',
    `  flows: ${flows.length}\n`,
    '  masks: hit:0 total:0 hit/pkt:0.00\n',
    '  caches:\n    masks-cache: size:256\n',
    port(DATAPATH, true),
    ...bridges.flatMap(([bridge, { ports }]) => [
      port(bridge, true),
      ...Object.keys(ports).flatMap((name) => (datapathPort(machine, name) > 0 ? [port(name, false)] : [])),
    ]),
  ].join('')
}

function showBridges(machine: Machine): string {
  const bridges = Object.entries(machine.state.ovs.bridges).map(([bridge, { ports }]) =>
    [
      `  ${bridge}:\n`,
      ...Object.entries(ports).flatMap(([name, { ofport = -1 }]) =>
        ofport > 0 ? [`    ${name} ${ofport}/${datapathPort(machine, name)}: (system)\n`] : [],
      ),
      `    ${bridge} 65534/${datapathPort(machine, bridge)}: (internal)\n`,
    ].join(''),
  )
  return bridges.length === 0 ? '' : `system@${DATAPATH}: hit:0 missed:1\n${bridges.join('')}`
}

// Types as in dpctl.man: those that the card has are in tc as well, the others only in the kernel's datapath.
function dumpFlows(machine: Machine, words: readonly string[]): ProgramResult {
  const type = words.find((word) => word.startsWith('type='))?.slice('type='.length) ?? 'all'
  const types = ['all', 'dpdk', 'non-offloaded', 'offloaded', 'ovs', 'partially-offloaded', 'tc']
  if (type.split(',').some((each) => !types.includes(each))) {
    return failed(
      2,
      `ovs-vswitchd: Failed to parse type (${type})\novs-appctl: ovs-vswitchd: server returned an error\n`,
    )
  }
  const shown = datapathFlows(machine).filter(({ offloaded }) =>
    type
      .split(',')
      .some(
        (each) =>
          each === 'all' ||
          (offloaded ? each === 'offloaded' || each === 'tc' : each === 'ovs' || each === 'non-offloaded'),
      ),
  )
  const more = words.includes('-m') || words.includes('--more')
  const names = more || words.includes('--names')
  return done(shown.map((flow) => formatFlow(machine, flow, names, more)).join(''))
}
