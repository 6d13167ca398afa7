import type { Machine, ProgramResult, Tool } from '../machine.ts'
import { userlandOf } from '../profiles/userland.ts'
import type { PacketFilterTable } from '../state.ts'
import { builtInChains, chainOf, keepTable, policyOf, tableOf } from './packet-filter.ts'
import { absent, done, failed, installed } from './program.ts'

/**
 * iptables(8): rules are kept as they are given and shown as they were given; nothing is filtered by them, but for what the
 * model of the network asks. Appending, inserting, deleting, policies, own chains, flushing and listing.
 */
export const iptables: Tool = ({ machine, args }) => {
  if (!installed(machine, 'iptables', 'iptables-nft')) return absent('iptables')
  const call = parse(args)
  if (call.version) return done(`iptables ${iptablesVersion(machine)}\n`)
  const builtIn = builtInChains[call.table]
  if (!builtIn)
    return failed(
      3,
      `iptables ${iptablesVersion(machine)}: can't initialize iptables table \`${call.table}': Table does not exist (do you need to insmod?)\nPerhaps iptables or your kernel needs to be upgraded.\n`,
    )
  if (call.command === null)
    return call.words[0]?.startsWith('-')
      ? bad(machine, `unknown option "${call.words[0]}"`)
      : bad(machine, 'no command specified')
  return perform(machine, call, builtIn)
}

interface Call {
  readonly table: string
  readonly command: string | null
  /** What stands after the command: chain, position, rule. */
  readonly words: readonly string[]
  readonly verbose: boolean
  readonly version: boolean
}

const commands: Readonly<Record<string, string>> = {
  '--append': '-A',
  '--delete': '-D',
  '--insert': '-I',
  '--policy': '-P',
  '--new-chain': '-N',
  '--delete-chain': '-X',
  '--flush': '-F',
  '--zero': '-Z',
  '--list': '-L',
  '--list-rules': '-S',
}

function parse(args: readonly string[]): Call {
  const words: string[] = []
  let table = 'filter'
  let command: string | null = null
  let verbose = false
  let version = false
  const queue = [...args]
  for (let arg = queue.shift(); arg !== undefined; arg = queue.shift()) {
    const short = commands[arg] ?? arg
    if (arg === '-t' || arg === '--table') table = queue.shift() ?? ''
    else if (arg === '-V' || arg === '--version') version = true
    else if (['-w', '--wait', '-n', '--numeric', '--line-numbers'].includes(arg)) continue
    else if (arg === '-v' || arg === '--verbose') verbose = true
    else if (command === null && Object.values(commands).includes(short)) command = short
    else words.push(arg)
  }
  return { table, command, words, verbose, version }
}

function perform(machine: Machine, call: Call, builtIn: readonly string[]): ProgramResult {
  const { state } = machine
  const table = tableOf(state, call.table)
  const [chain, ...rest] = call.words
  const known = [...builtIn, ...table.chains]
  if (call.command === '-N')
    return chain === undefined || known.includes(chain)
      ? failed(1, 'iptables: Chain already exists.\n')
      : kept(machine, call, { ...table, chains: [...table.chains, chain] })
  if (chain !== undefined && !known.includes(chain)) return failed(1, 'iptables: No chain/target/match by that name.\n')
  const shown = chain === undefined ? known : [chain]
  const rule = `-A ${chain} ${rest.join(' ')}`
  switch (call.command) {
    case '-L':
      return done(shown.map((each) => listed(table, each, builtIn, call.verbose)).join('\n'))
    case '-S':
      return done(rulesOf(table, shown, builtIn))
    case '-F':
      return kept(machine, call, { ...table, rules: table.rules.filter((each) => !shown.includes(chainOf(each))) })
    case '-X':
      return kept(machine, call, { ...table, chains: table.chains.filter((each) => !shown.includes(each)) })
    case '-Z':
      return done()
    case '-P':
      if (chain === undefined || (rest[0] !== 'ACCEPT' && rest[0] !== 'DROP'))
        return failed(1, "iptables: Bad policy name. Run `dmesg' for more information.\n")
      return kept(machine, call, { ...table, policies: { ...table.policies, [chain]: rest[0] } })
    case '-A':
      return kept(machine, call, { ...table, rules: [...table.rules, rule] })
    case '-I': {
      const at = /^\d+$/.test(rest[0] ?? '') ? Number(rest.shift()) : 1
      const own = table.rules.filter((each) => chainOf(each) === chain)
      const before = own[at - 1]
      const place = before === undefined ? table.rules.length : table.rules.indexOf(before)
      return kept(machine, call, { ...table, rules: table.rules.toSpliced(place, 0, `-A ${chain} ${rest.join(' ')}`) })
    }
    default: {
      const own = table.rules.filter((each) => chainOf(each) === chain)
      const wanted = /^\d+$/.test(rest.join(' ')) ? own[Number(rest[0]) - 1] : rule
      const at = table.rules.indexOf(wanted ?? '')
      if (at < 0) return failed(1, 'iptables: Bad rule (does a matching rule exist in that chain?).\n')
      return kept(machine, call, { ...table, rules: table.rules.toSpliced(at, 1) })
    }
  }
}

function kept(machine: Machine, call: Call, table: PacketFilterTable): ProgramResult {
  keepTable(machine.state, call.table, table)
  return done()
}

/** `-S`: policies, own chains, rules. */
function rulesOf(table: PacketFilterTable, shown: readonly string[], builtIn: readonly string[]): string {
  return [
    ...shown.filter((each) => builtIn.includes(each)).map((each) => `-P ${each} ${policyOf(table, each)}`),
    ...shown.filter((each) => !builtIn.includes(each)).map((each) => `-N ${each}`),
    ...table.rules.filter((each) => shown.includes(chainOf(each))),
  ]
    .map((line) => `${line}\n`)
    .join('')
}

function listed(table: PacketFilterTable, chain: string, builtIn: readonly string[], verbose: boolean): string {
  const counted = verbose ? ' 0 packets, 0 bytes' : ''
  const head = builtIn.includes(chain) ? `policy ${policyOf(table, chain)}${counted}` : '1 references'
  const columns = verbose
    ? ' pkts bytes target     prot opt in     out     source               destination         \n'
    : 'target     prot opt source               destination         \n'
  const rules = table.rules.filter((rule) => chainOf(rule) === chain).map((rule) => row(rule, verbose))
  return `Chain ${chain} (${head})\n${columns}${rules.join('')}`
}

function row(rule: string, verbose: boolean): string {
  const words = rule.split(' ').slice(2)
  const of = (...names: readonly string[]): string | undefined =>
    words[words.findIndex((word) => names.includes(word)) + 1]
  const has = (...names: readonly string[]): boolean => words.some((word) => names.includes(word))
  const value = (otherwise: string, ...names: readonly string[]) => (has(...names) ? (of(...names) ?? '') : otherwise)
  const target = value('', '-j', '--jump').padEnd(10)
  const proto = value('all', '-p', '--protocol').padEnd(4)
  const ends = `${value('0.0.0.0/0', '-s', '--source').padEnd(20)} ${value('0.0.0.0/0', '-d', '--destination').padEnd(20)}`
  const port = has('--dport') ? ` ${value('all', '-p')} dpt:${of('--dport')}` : ''
  const devices = `${value('*', '-i').padEnd(6)} ${value('*', '-o').padEnd(6)}`
  return verbose
    ? `    0     0 ${target} ${proto} --  ${devices}  ${ends}${port}\n`
    : `${target} ${proto} --  ${ends}${port}\n`
}

function bad(machine: Machine, what: string): ProgramResult {
  const help = "Try `iptables -h' or 'iptables --help' for more information.\n"
  return failed(2, `iptables ${iptablesVersion(machine)}: ${what}\n${help}`)
}

/** `v1.8.10 (nf_tables)` */
export const iptablesVersion = (machine: Machine): string => userlandOf(machine).iptables
