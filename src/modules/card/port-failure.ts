import { defineModule, type PlanContext } from '../../module/module.ts'
import { blocked, change, delta, type Plan, unchanged, wait } from '../../module/plan.ts'
import { attrs, type CommandRead, command, file } from '../../module/read.ts'
import { run, type Step } from '../../module/step.ts'
import { type BondReport, type BondSlave, parseBondReport } from '../../parsers/proc-net-bonding.ts'
import { list } from '../../shared/text.ts'
import { bondTrouble, reportPath } from './bond-status.ts'
import { asksLog, isVfLag } from './lag.ts'
import { lagReads, lagState, lagTroubleReads } from './lag-evidence.ts'
import { isUp } from './netdevs.ts'
import { interfaceName, missingPf, presentPfs } from './pf.ts'

interface Args {
  readonly pf: string
  readonly pfs: readonly string[]
  readonly bond: string
  readonly state: 'failed' | 'restored'
  readonly restore_after: number
  readonly allow_management: boolean
}

interface State {
  readonly port: string
  readonly others: readonly string[]
  /** Null: it is no interface. */
  readonly up: boolean | null
  /** The timer that sets the port up again waits. */
  readonly armed: boolean
  readonly report: BondReport | null
  /** The port as a member of the bond; null when it is none. */
  readonly member: BondSlave | null
  readonly vfLag: boolean
}

/** A port that fails for a test, and comes back whatever becomes of the test. */
export const portFailure = defineModule<Args, State>({
  name: 'port_failure',
  summary: 'Fail a port of a VF-LAG for a while, and restore it',
  description:
    'Sets the port down. Before that a timer is armed on the host itself (systemd-run) that sets it up again after `restore_after` seconds, so that it comes back even when the run is interrupted, the controller dies or the link is lost; `restored` sets it up and takes the timer away. Refused when VF-LAG is not active, when the other port does not carry, when somebody else has set the port down, and when the SSH session runs over the port or its bond. Setting a port down lowers its link towards the switch as well, unless the firmware keeps it (KEEP_ETH_LINK_UP_P1 and _P2); taking the cable out, or shutting the port of the switch, is the more faithful test. Registers `port`, its interface, `failures`, how often the bond has seen it fail, and `failures_before`.',
  args: {
    properties: {
      pf: { description: 'The port, by interface or PCI address', type: 'string' },
      pfs: {
        description: 'Both ports of the LAG, by interface or PCI address',
        type: 'array',
        items: { type: 'string' },
        minItems: 2,
      },
      bond: { description: 'The bond over them', type: 'string' },
      state: { description: 'What the port is to be', type: 'string', enum: ['failed', 'restored'] },
      restore_after: {
        description: 'Seconds after which the host sets the port up by itself',
        type: 'integer',
        minimum: 10,
        maximum: 3600,
        default: 120,
      },
      allow_management: {
        description:
          'Go on although the SSH session runs over the port or its bond, and may stall until the bond has noticed',
        type: 'boolean',
        default: false,
      },
    },
    required: ['pf', 'pfs', 'bond', 'state'],
  },
  examples: [
    {
      title: 'Fail a port',
      yaml: 'port_failure:\n  pf: ens2f1\n  pfs: [ens2f0, ens2f1]\n  bond: bond0\n  state: failed\n  restore_after: 120\n',
    },
    {
      title: 'Restore it',
      yaml: 'port_failure:\n  pf: ens2f1\n  pfs: [ens2f0, ens2f1]\n  bond: bond0\n  state: restored\n',
    },
  ],
  needsFacts: true,
  fresh: true,
  reads: (args, facts) => {
    const port = interfaceName(facts, args.pf)
    return [
      attrs(flagsPath(port)),
      timerRead(port),
      file(reportPath(args.bond)),
      ...lagReads(presentPfs(facts, args.pfs), args.bond),
    ]
  },
  more: (args, seen, facts) =>
    needsLog(args) && asksLog(logArgs(args), seen, facts) ? lagTroubleReads(presentPfs(facts, args.pfs)) : [],
  state: (args, seen, facts) => {
    const port = interfaceName(facts, args.pf)
    const flags = seen.attr(flagsPath(port))
    const text = seen.text(reportPath(args.bond))
    const report = text === null ? null : parseBondReport(text)
    const withLog = needsLog(args) && asksLog(logArgs(args), seen, facts)
    return {
      port,
      others: args.pfs.map((name) => interfaceName(facts, name)).filter((name) => name !== port),
      up: flags ? isUp(flags.ok ? flags.value : null) : null,
      armed: /^ActiveState=active$/m.test(seen.command(...timerRead(port).argv).stdout),
      report,
      member: report?.slaves.find((slave) => slave.name === port) ?? null,
      vfLag: isVfLag(lagState(presentPfs(facts, args.pfs), args.bond, seen, withLog), args.bond),
    }
  },
  plan: (args, state, context) =>
    missingPf([args.pf, ...args.pfs], context.facts) ??
    (args.state === 'failed' ? fail(args, state, context) : restore(state)),
  settles: { within: () => 10 },
  disturbs: () => [
    '/sys/class/net/**',
    '/proc/net/bonding/**',
    '/sys/kernel/debug/mlx5/**',
    'command:ip',
    'command:ethtool',
    'command:dmesg',
    'command:systemctl',
  ],
})

const flagsPath = (port: string): string => `/sys/class/net/${port}/flags`
const unitOf = (port: string): string => `vflag-restore-${port.replaceAll(/[^A-Za-z0-9_.-]/g, '_')}`
const timerRead = (port: string): CommandRead =>
  command('systemctl', 'show', '-p', 'ActiveState', `${unitOf(port)}.timer`)
const logArgs = (args: Args) => ({ pfs: args.pfs, state: 'active' as const })
// Restoring looks at nothing that could keep it from restoring.
const needsLog = (args: Args): boolean => args.state === 'failed'

function fail(args: Args, state: State, context: PlanContext): Plan {
  const { port, up, armed, member } = state
  if (up === false && armed && member?.miiStatus === 'up')
    return notYet(`${port} is set down, and the bond has not noticed yet`)
  if (up === false && armed) return unchanged(`${port} is failed, and comes back by itself`, dataOf(port, member))
  const refusal = refuse(args, state, context)
  if (refusal) return refusal
  return change(
    [delta(`state of ${port}`, 'up', 'down'), delta(`timer that restores ${port}`, null, `${args.restore_after} s`)],
    [
      ...(armed ? [disarm(port)] : []),
      // A service of that name that failed keeps the name.
      run(['systemctl', 'reset-failed', `${unitOf(port)}.timer`, `${unitOf(port)}.service`], { ok: [0, 1, 5] }),
      run([
        'systemd-run',
        `--unit=${unitOf(port)}`,
        `--on-active=${args.restore_after}`,
        '--timer-property=AccuracySec=1s',
        ...setUp(port),
      ]),
      run(['ip', 'link', 'set', 'dev', port, 'down']),
    ],
    { failures_before: member?.failures ?? null },
  )
}

function refuse(args: Args, { port, others, up, report, vfLag }: State, context: PlanContext): Plan | null {
  if (others.length === args.pfs.length)
    return blocked(`${port} is none of ${list(args.pfs)}`, 'name the port that is failed in pfs as well')
  if (up === null) return blocked(`${port} is no interface of this host`, 'look at "ip -br link" on the host')
  if (!up)
    return blocked(
      `${port} is down already, and not by this test`,
      `find out who set it down; then "ip link set dev ${port} up" on the host`,
    )
  if (!report) return blocked(`there is no bond ${args.bond}`, 'roll out VF-LAG first (vflag-lacp.yaml)')
  const members = report.slaves.map((slave) => slave.name)
  const strangers = [port, ...others].filter((name) => !members.includes(name))
  if (strangers.length > 0)
    return blocked(
      `${list(strangers)} ${strangers.length === 1 ? 'is no member' : 'are no members'} of ${args.bond}`,
      `name the bond over ${list([port, ...others])}`,
    )
  if (!vfLag)
    return blocked(
      `VF-LAG is not active, so what uses ${port} would be cut`,
      'the module lag says what is missing; vflag-lacp.yaml rolls it out',
    )
  const trouble = bondTrouble(report, { ports: [port, ...others], failed: [] })
  if (trouble) return blocked(`${trouble.because}: failing ${port} could cut what uses ${args.bond}`, trouble.hint)
  const over = [port, args.bond].filter((name) => context.facts.management.uses.includes(name))
  if (over.length > 0 && !args.allow_management)
    return blocked(
      `the SSH session runs over ${list(over)}; failing ${port} could cut this host off`,
      'reach the host by another interface, or set allow_management: true when the host can be reached otherwise (console)',
    )
  return null
}

function restore({ port, up, armed, member }: State): Plan {
  if (up === null) return blocked(`${port} is no interface of this host`, 'look at "ip -br link" on the host')
  if (up && !armed && member?.miiStatus === 'down') return notYet(`${port} is set up, and the bond has not noticed yet`)
  if (up && !armed) return unchanged(`${port} is up`, dataOf(port, member))
  if (!up && !armed)
    return blocked(
      `${port} is down, and not by this test`,
      `find out who set it down; "ip link set dev ${port} up" on the host sets it up`,
    )
  return change(
    [...(up ? [] : [delta(`state of ${port}`, 'down', 'up')]), delta(`timer that restores ${port}`, 'waiting', null)],
    [...(up ? [] : [run(setUp(port))]), disarm(port)],
  )
}

const notYet = (because: string): Plan => wait(because, { again: 1, upTo: 10 }, 'is miimon of the bond 100?')

/** How often the bond has seen the port fail. */
const dataOf = (port: string, member: BondSlave | null) => ({ port, failures: member?.failures ?? null })

const setUp = (port: string): readonly string[] => ['ip', 'link', 'set', 'dev', port, 'up']
// 5: it has elapsed at this very moment.
const disarm = (port: string): Step => run(['systemctl', 'stop', `${unitOf(port)}.timer`], { ok: [0, 5] })
