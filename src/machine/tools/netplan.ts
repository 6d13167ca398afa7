import { mappingOf, type NetplanValue } from '../../parsers/netplan-yaml.ts'
import type { Machine, ProgramResult, Tool } from '../machine.ts'
import { devicesOf, generate, readNetplan } from '../network/netplan.ts'
import { networkdRuns, reconfigure, reloadNetworkd, startNetworkd } from '../network/networkd.ts'
import { absent, done, failed, installed } from './program.ts'

/** netplan(8): generate, apply, try, get and info. */
export const netplan: Tool = async ({ machine, args }) => {
  if (!installed(machine, 'netplan.io')) return absent('netplan')
  const [verb, ...rest] = args.filter((arg) => arg !== '--debug')
  switch (verb) {
    case 'generate': {
      const problem = await generate(machine)
      return problem === null ? done() : failed(1, problem)
    }
    case 'apply':
      return apply(machine)
    case 'try':
      return tryOut(machine)
    case 'get':
      return get(machine, rest[0] ?? 'all')
    case 'info':
      return done(
        'netplan.io:\n  website: "https://netplan.io/"\n  features:\n    - dhcp-use-domains\n    - ipv6-mtu\n    - sriov\n    - embedded-switch-mode\n    - infiniband\n',
      )
    default:
      return failed(
        2,
        `usage: /usr/sbin/netplan  [-h] [--debug]  ...\n/usr/sbin/netplan: error: ${verb === undefined ? 'You need to specify a command' : `argument command: invalid choice: '${verb}'`}\n`,
      )
  }
}

/** Sets up every interface that networkd has from netplan anew; what left the files stays (netplan_cli/cli/commands/apply.py). */
async function apply(machine: Machine): Promise<ProgramResult> {
  const problem = await generate(machine)
  if (problem !== null) return failed(78, problem)
  if (networkdRuns(machine)) {
    reloadNetworkd(machine)
    const config = readNetplan(machine)
    const names = config.ok ? devicesOf(config.network).map(([id]) => id) : []
    reconfigure(
      machine,
      names.filter((name) => machine.kernel.link(name)),
    )
  } else startNetworkd(machine)
  return done()
}

/** Bonds with parameters cannot be tried out: they could not be taken back (netplan_cli/cli/commands/try_command.py). */
function tryOut(machine: Machine): ProgramResult {
  const config = readNetplan(machine)
  if (!config.ok) return failed(78, config.problem)
  const bond = devicesOf(config.network).find(([, device, section]) => section === 'bonds' && device['parameters'])
  if (bond)
    return failed(
      78,
      `${bond[0]}: reverting custom parameters for bridges and bonds is not supported\n\nPlease carefully review the configuration and use 'netplan apply' directly.\n`,
    )
  return failed(1, 'Changes will be reverted: there is no terminal to confirm them at.\n')
}

function get(machine: Machine, key: string): ProgramResult {
  const config = readNetplan(machine)
  if (!config.ok) return failed(78, config.problem)
  const whole: NetplanValue = { network: config.network }
  if (key === 'all') return done(yaml(whole, 0))
  const path = key.replace(/^network\.?/, '').split('.')
  const found = path
    .filter((each) => each !== '')
    .reduce<NetplanValue | undefined>((value, each) => mappingOf(value)[each], config.network)
  if (found === undefined || found === null) return done('null\n')
  return done(typeof found === 'string' ? `${found}\n` : yaml(found, 0))
}

function yaml(value: NetplanValue, depth: number): string {
  const pad = '  '.repeat(depth)
  if (Array.isArray(value)) return value.map((each) => `${pad}- ${word(String(each))}\n`).join('')
  return Object.entries(mappingOf(value))
    .map(([key, each]) => {
      if (typeof each === 'string') return `${pad}${key}: ${word(each)}\n`
      if (each === null || (Array.isArray(each) && each.length === 0)) return `${pad}${key}: []\n`
      return `${pad}${key}:\n${yaml(each, Array.isArray(each) ? depth : depth + 1)}`
    })
    .join('')
}

const word = (text: string): string => (/^(\d+|true|false|[a-z][\w+-]*)$/.test(text) ? text : JSON.stringify(text))
