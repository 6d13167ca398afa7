import type { PfFact } from '../../module/facts.ts'
import { defineModule } from '../../module/module.ts'
import { type Plan, unchanged } from '../../module/plan.ts'
import type { Read } from '../../module/read.ts'
import { list } from '../../shared/text.ts'
import type { ValueMap } from '../../shared/value.ts'
import { bondArgs } from './bond-args.ts'
import { backendArg } from './network/backends.ts'
import { pfLabel, presentPfs, sriovReads, sriovState, type VfState } from './pf.ts'
import { bondSubject } from './preflight-bond.ts'
import { driverSubject } from './preflight-driver.ts'
import { firmwareSubject } from './preflight-firmware.ts'
import { hostSubject } from './preflight-host.ts'
import { managementSubject } from './preflight-management.ts'
import { networkSubject } from './preflight-network.ts'
import { networkUsers, vfUsers } from './preflight-others.ts'
import { portSubject } from './preflight-ports.ts'
import type { Args, Finding, Subject } from './preflight-subject.ts'
import { wishSubject } from './preflight-wishes.ts'
import { has, type Vms, vmListRead, vmReads, vmsOf } from './users-of-vfs.ts'

interface State {
  readonly findings: readonly Finding[]
  readonly pfs: readonly PfFact[]
  readonly vfs: readonly VfState[]
  readonly vms: Vms
}

/** In the order of the table. */
const subjects: readonly Subject[] = [
  portSubject,
  bondSubject,
  networkSubject,
  managementSubject,
  networkUsers,
  vfUsers,
  wishSubject,
  hostSubject,
  driverSubject,
  firmwareSubject,
]

/** Whether a host can carry VF-LAG at all, before anything is written. */
export const preflight = defineModule<Args, State>({
  name: 'preflight',
  summary: 'Check that a host can carry VF-LAG, and refuse what would hurt it',
  description:
    'One look, no change. Finds ports that are not two ports of one card, cards without VF-LAG, a missing IOMMU, the SSH session running over the ports, other members of the bond, network files that would be heard beside ours, a multiport e-switch, a host without Open vSwitch 2.12 or devlink, firmware that offers too few VFs, and mistakes in what is asked for. All findings are told together, as a table where one of them stands in the way or is a warning. Registers `pfs`, `vms` and `findings`: {check, state, evidence, hint}, with state ok, warn, blocked or unknown.',
  args: {
    properties: {
      pfs: {
        description: 'The two ports of the card, by interface or PCI address',
        type: 'array',
        items: { type: 'string' },
        minItems: 1,
      },
      bond: { description: 'The bond that is going to be made over them', type: 'string' },
      mode: { description: 'Its mode, when it is to be checked as well', type: ['string', 'integer'] },
      options: bondArgs.options,
      backend: backendArg,
      bridge: {
        description: 'The Open vSwitch bridge that gets the bond: the SSH session must not run over it either',
        type: 'string',
      },
      vfs: { description: 'How many VFs each port is going to have', type: 'integer', minimum: 0 },
      firmware_vfs: { description: 'How many VFs the firmware is going to allow', type: 'integer', minimum: 0 },
      firmware_reset: {
        description: 'How the firmware is going to be made to take its settings',
        type: 'string',
        enum: ['reboot', 'mstfwreset'],
        default: 'reboot',
      },
      vms: {
        description: 'The VMs that are going to get a VF each: {name, pf, vf, mac}',
        type: 'array',
        items: { type: 'object', additionalProperties: true },
        default: [],
      },
      allow_addresses: {
        description: 'Go on although a port has an address, which the bond takes away',
        type: 'boolean',
        default: false,
      },
      allow_vfs: {
        description: 'Go on although there are VFs that others made: they are taken from the host',
        type: 'boolean',
        default: false,
      },
      allow_management: {
        description: 'Go on although the SSH session runs over the ports',
        type: 'boolean',
        default: false,
      },
    },
    required: ['pfs', 'bond'],
  },
  examples: [{ title: 'Before anything else', yaml: 'preflight:\n  pfs: [ens2f0, ens2f1]\n  bond: bond0\n' }],
  needsFacts: true,
  showsRows: true,
  reads: (args, facts): readonly Read[] => [
    vmListRead,
    ...presentPfs(facts, args.pfs).flatMap((pf) => [...sriovReads(pf)]),
    ...subjects.flatMap((subject) => subject.reads(args, facts)),
  ],
  more: (args, seen, facts): readonly Read[] => [
    ...vmReads(seen),
    ...subjects.flatMap((subject) => subject.more?.(args, seen, facts) ?? []),
  ],
  state: (args, seen, facts) => {
    const pfs = presentPfs(facts, args.pfs)
    return {
      findings: subjects.flatMap((subject) => subject.findings(args, seen, facts)),
      pfs,
      vfs: pfs.flatMap((pf) => sriovState(pf, seen).vfs),
      vms: vmsOf(seen),
    }
  },
  plan: decide,
})

function decide(args: Args, state: State): Plan {
  const { findings, pfs } = state
  const stopping = findings.filter((each) => each.state === 'blocked')
  const rows = stopping.length > 0 ? findings : findings.filter((each) => each.state === 'warn')
  const data = { ...dataOf(args, state), findings: asValues(findings), rows: asValues(rows) }
  if (stopping.length > 0)
    return {
      kind: 'blocked',
      because: stopping.map((each) => each.evidence).join('; '),
      hint: [...new Set(stopping.flatMap((each) => each.hint ?? []))].join('; '),
      data,
    }
  return unchanged(`${list(pfs.map(pfLabel))} are the two ports of one ${pfs[0]?.card ?? 'card'}`, data)
}

const asValues = (findings: readonly Finding[]): readonly ValueMap[] => findings.map((each) => ({ ...each }))

function dataOf(args: Args, state: State): ValueMap {
  const vms = state.vms.state === 'known' ? state.vms.vms : []
  return {
    pfs: state.pfs.map((pf) => ({
      name: pfLabel(pf),
      pci: pf.pci,
      netdev: pf.netdev,
      port: pf.port,
      card: pf.card,
      device: pf.device,
      switch_id: pf.switch_id,
    })),
    bond: args.bond,
    vms: vms.flatMap((vm) => {
      const own = state.vfs.filter((vf) => has(vm.live, vf.pci) || has(vm.persistent, vf.pci)).map((vf) => vf.pci)
      return own.length === 0 ? [] : [{ name: vm.name, running: vm.active, vfs: own }]
    }),
  }
}
