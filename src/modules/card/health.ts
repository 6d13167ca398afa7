import type { Facts } from '../../module/facts.ts'
import { defineModule } from '../../module/module.ts'
import { failed, type Plan, unchanged, wait } from '../../module/plan.ts'
import { file } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { parseBondReport } from '../../parsers/proc-net-bonding.ts'
import { count, list } from '../../shared/text.ts'
import type { Value, ValueMap } from '../../shared/value.ts'
import { reportPath } from './bond-status.ts'
import { bondRows } from './health-bond.ts'
import { eswitchRow, firmwareRead, firmwareRow, lagRow, vfsRow } from './health-card.ts'
import type { HealthRow } from './health-rows.ts'
import { offloadReads, offloadRow, portsRow, representorsRow } from './health-switch.ts'
import { ownersOf, vmsRow } from './health-vms.ts'
import { asksLog } from './lag.ts'
import { lagReads, lagState, lagTroubleReads } from './lag-evidence.ts'
import { netdevReads, netdevs } from './netdevs.ts'
import { databaseReads, ovsDatabase } from './ovs-database.ts'
import { interfaceName, missingPf, presentPfs } from './pf.ts'
import { vmListRead, vmReads, vmsOf } from './users-of-vfs.ts'

interface Args {
  readonly pfs: readonly string[]
  readonly bond: string
  readonly mode?: string | number
  readonly bridge: string
  readonly vfs?: number
  readonly vms: readonly Value[]
  readonly within: number
}

/** Whether VF-LAG stands as it has to, layer by layer. */
export const health = defineModule<Args, readonly HealthRow[]>({
  name: 'health',
  summary: 'Check VF-LAG layer by layer, and show a table',
  description:
    'Changes nothing. Looks at the firmware, the VFs, the e-switches, the LAG and its type, the bond and LACP, the representors, the ports of Open vSwitch, offload and the VMs; each is ok, not ok or unknown, with what was seen. What may come right by itself, as LACP does, is waited for. Fails when anything is not ok, and names all of it. Registers `rows`: {check, state, evidence, hint}.',
  args: {
    properties: {
      pfs: {
        description: 'The two PFs, by interface or PCI address',
        type: 'array',
        items: { type: 'string' },
        minItems: 2,
      },
      bond: { description: 'The bond over them', type: 'string' },
      mode: { description: 'Its mode; not given: any', type: ['string', 'integer'] },
      bridge: { description: 'The Open vSwitch bridge', type: 'string' },
      vfs: { description: 'How many VFs each port has to have; not given: some', type: 'integer', minimum: 0 },
      vms: {
        description: 'The VMs that have to run with a VF each: {name, pf, vf, mac, vlan}',
        type: 'array',
        items: { type: 'object', additionalProperties: true },
        default: [],
      },
      within: {
        description: 'Seconds to wait for links and LACP, which needs a few',
        type: 'number',
        minimum: 0,
        default: 30,
      },
    },
    required: ['pfs', 'bond', 'bridge'],
  },
  examples: [
    {
      title: 'Everything about a card',
      yaml: 'health:\n  pfs: [ens2f0, ens2f1]\n  bond: bond0\n  bridge: ovs-sriov\n  vms:\n    - { name: vm1, pf: ens2f0, vf: 0 }\n',
    },
  ],
  fresh: true,
  needsFacts: true,
  showsRows: true,
  reads: (args, facts) => {
    const pfs = presentPfs(facts, args.pfs)
    return [
      ...lagReads(pfs, args.bond),
      file(reportPath(args.bond)),
      ...netdevReads,
      ...databaseReads,
      ...offloadReads(pfs),
      ...pfs.slice(0, 1).map(firmwareRead),
      vmListRead,
    ]
  },
  more: (args, seen, facts) => [
    ...(asksLog({ pfs: args.pfs, state: 'active' }, seen, facts) ? lagTroubleReads(presentPfs(facts, args.pfs)) : []),
    ...vmReads(seen),
  ],
  state: rowsOf,
  plan: (args, rows, context) => missingPf(args.pfs, context.facts) ?? decide(rows, context.elapsed),
})

function rowsOf(args: Args, seen: Readings, facts: Facts): readonly HealthRow[] {
  const pfs = presentPfs(facts, args.pfs)
  const lag = lagState(pfs, args.bond, seen, asksLog({ pfs: args.pfs, state: 'active' }, seen, facts))
  const all = netdevs(seen)
  const database = ovsDatabase(seen)
  const text = seen.text(reportPath(args.bond))
  const ports = args.pfs.map((name) => interfaceName(facts, name))
  return [
    firmwareRow(lag, seen),
    vfsRow(lag, args.vfs ?? null),
    eswitchRow(lag),
    lagRow(lag, args.pfs, args.bond),
    ...bondRows(
      text === null ? null : parseBondReport(text),
      { bond: args.bond, ports, mode: args.mode ?? null },
      args.within,
    ),
    representorsRow(pfs, all, ownersOf(args.vms, facts), seen, facts),
    portsRow(database, args, pfs, all, facts),
    offloadRow(pfs, database, seen),
    vmsRow(args.vms, vmsOf(seen), seen, facts),
  ]
}

function decide(rows: readonly HealthRow[], elapsed: number): Plan {
  const data: ValueMap = {
    rows: rows.map(({ check, state, evidence, hint }) => ({ check, state, evidence, ...(hint && { hint }) })),
  }
  const wrong = rows.filter((row) => row.state === 'not ok')
  const unknown = rows.filter((row) => row.state === 'unknown')
  if (wrong.length === 0) {
    const not = unknown.length > 0 ? `; unknown: ${list(unknown.map((row) => row.check))}` : ''
    return unchanged(
      `${count(rows.length - unknown.length, 'check')} hold${rows.length - unknown.length === 1 ? 's' : ''}${not}`,
      data,
    )
  }
  const because = `${wrong.length} of ${count(rows.length, 'check')} ${wrong.length === 1 ? 'does' : 'do'} not hold: ${wrong.map((row) => `${row.check}: ${row.evidence}`).join('; ')}`
  const hint = [...new Set(wrong.flatMap((row) => row.hint || []))].join('; ')
  // One thing that stays wrong is enough to fail, and the others have their time while it is looked at.
  const patience = Math.min(...wrong.map((row) => row.passing ?? 0))
  if (patience > elapsed) return wait(because, { again: 1, upTo: patience }, hint, data)
  return failed(because, hint, data)
}
