import type { Machine, ProgramResult, Tool } from '../machine.ts'
import { userlandOf } from '../profiles/userland.ts'
import { absent, done, failed, installed, type Options, splitOptions } from './program.ts'

/**
 * iptables(8) of a host without a packet filter: `-F`, `-X`, `-Z` find nothing to do, `-L` and `-S` show the empty chains of a
 * table. Rules are not modelled, so what would add one is refused like an option that it does not know.
 */
export const iptables: Tool = ({ machine, args }) => {
  if (!installed(machine, 'iptables', 'iptables-nft')) return absent('iptables')
  const options = splitOptions(args, {
    flags: ['-F', '--flush', '-X', '--delete-chain', '-Z', '--zero', '-L', '--list', '-S', '--list-rules', ...looks],
    valued: ['-t', '--table', '-w', '--wait'],
  })
  const has = (...names: readonly string[]) => names.some((name) => options.values.has(name))
  if (options.wrong !== null) return bad(machine, `unknown option "${options.wrong}"`)
  if (has('-V', '--version')) return done(`iptables ${version(machine)}\n`)
  const table = tableOf(options)
  const builtIn = chains[table]
  if (!builtIn) {
    return failed(
      3,
      `iptables ${version(machine)}: can't initialize iptables table \`${table}': Table does not exist (do you need to insmod?)\nPerhaps iptables or your kernel needs to be upgraded.\n`,
    )
  }
  const [chain] = options.words
  if (chain !== undefined && !builtIn.includes(chain)) {
    return failed(1, 'iptables: No chain/target/match by that name.\n')
  }
  const shown = chain === undefined ? builtIn : [chain]
  if (has('-L', '--list')) return done(shown.map((each) => listed(each, has('-v', '--verbose'))).join('\n'))
  if (has('-S', '--list-rules')) return done(shown.map((each) => `-P ${each} ACCEPT\n`).join(''))
  if (has('-F', '--flush', '-X', '--delete-chain', '-Z', '--zero')) return done()
  return bad(machine, 'no command specified')
}

const looks = ['-n', '--numeric', '-v', '--verbose', '--line-numbers', '-V', '--version']

const chains: Readonly<Record<string, readonly string[]>> = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  raw: ['PREROUTING', 'OUTPUT'],
}

function listed(chain: string, verbose: boolean): string {
  return verbose
    ? `Chain ${chain} (policy ACCEPT 0 packets, 0 bytes)\n pkts bytes target     prot opt in     out     source               destination         \n`
    : `Chain ${chain} (policy ACCEPT)\ntarget     prot opt source               destination         \n`
}

function tableOf(options: Options): string {
  return options.values.get('-t')?.at(-1) ?? options.values.get('--table')?.at(-1) ?? 'filter'
}

function bad(machine: Machine, what: string): ProgramResult {
  const help = "Try `iptables -h' or 'iptables --help' for more information.\n"
  return failed(2, `iptables ${version(machine)}: ${what}\n${help}`)
}

const version = (machine: Machine): string => userlandOf(machine).iptables
