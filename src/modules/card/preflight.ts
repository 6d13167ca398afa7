import type { Facts, PfFact } from '../../module/facts.ts'
import { defineModule } from '../../module/module.ts'
import { type Plan, unchanged } from '../../module/plan.ts'
import { type CommandRead, command, file, type ListRead, list as listRead } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { parseDevlinkParam } from '../../parsers/devlink.ts'
import { parseIpAddresses } from '../../parsers/ip.ts'
import { count, list } from '../../shared/text.ts'
import type { Value, ValueMap } from '../../shared/value.ts'
import { beforePath, beforeRead } from './before.ts'
import { ifcfgPath, isOurs } from './bond-files.ts'
import { type BondNow, bondNow, bondReads, lagModes, modeName } from './bond-state.ts'
import { type Netdev, netdevReads, netdevs } from './netdevs.ts'
import { pfLabel, presentPfs, sriovReads, sriovState, type VfState } from './pf.ts'
import { portFindings } from './preflight-ports.ts'
import { type Finding, type Wishes, wishFindings } from './preflight-wishes.ts'
import { has, type Vms, vmListRead, vmReads, vmsOf } from './users-of-vfs.ts'

interface Args {
  readonly pfs: readonly string[]
  readonly bond: string
  readonly mode?: string | number
  readonly bridge?: string
  readonly vfs?: number
  readonly firmware_vfs?: number
  readonly vms: readonly Value[]
  readonly allow_management: boolean
  readonly allow_addresses: boolean
  readonly allow_vfs: boolean
}

interface State {
  readonly bond: BondNow
  /** The bond is made by a file of this program. */
  readonly ours: boolean
  /** A roll-out was begun here. */
  readonly begun: boolean
  /** Interfaces that stand on a port, VLANs above all: `ens2f0.20`. */
  readonly uppers: readonly { readonly name: string; readonly upper: string }[]
  /** Global addresses that stand on a port: `ens2f0 has 192.0.2.5/24`. */
  readonly addressed: readonly { readonly name: string; readonly address: string }[]
  readonly netdevs: readonly Netdev[]
  readonly iommu: boolean
  /** PFs whose card runs as a multiport e-switch. */
  readonly multiport: readonly string[]
  readonly vfs: readonly VfState[]
  /** Number of VFs by port. */
  readonly counts: readonly { readonly name: string; readonly count: number }[]
  readonly vms: Vms
}

const multiportRead = (pf: PfFact): CommandRead =>
  command('devlink', 'dev', 'param', 'show', `pci/${pf.pci}`, 'name', 'esw_multiport')
const addressRead = (pf: PfFact): CommandRead => command('ip', '-o', 'addr', 'show', 'dev', pfLabel(pf))
const uppersRead = (pf: PfFact): ListRead => listRead(`/sys/class/net/${pfLabel(pf)}/upper_*`)
const iommuRead = listRead('/sys/kernel/iommu_groups/*')

/** Whether a host can carry VF-LAG at all, before anything is written. */
export const preflight = defineModule<Args, State>({
  name: 'preflight',
  summary: 'Check that a host can carry VF-LAG, and refuse what would hurt it',
  description:
    'One look, no change. Finds ports that are not two ports of one card, cards without VF-LAG, a missing IOMMU, the SSH session running over the ports, other members of the bond, and a multiport e-switch; all findings are told together. Registers `pfs` and `vms`.',
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
      bridge: {
        description: 'The Open vSwitch bridge that gets the bond: the SSH session must not run over it either',
        type: 'string',
      },
      vfs: { description: 'How many VFs each port is going to have', type: 'integer', minimum: 0 },
      firmware_vfs: { description: 'How many VFs the firmware is going to allow', type: 'integer', minimum: 0 },
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
  reads: (args, facts) => [
    ...bondReads(args.bond),
    file(ifcfgPath(args.bond)),
    beforeRead,
    ...netdevReads,
    iommuRead,
    vmListRead,
    ...presentPfs(facts, args.pfs).flatMap((pf) => [
      multiportRead(pf),
      addressRead(pf),
      uppersRead(pf),
      ...sriovReads(pf),
    ]),
  ],
  more: (_args, seen) => vmReads(seen),
  state: readState,
  plan: (args, state, context) => decide(args, state, context.facts),
})

function readState(args: Args, seen: Readings, facts: Facts): State {
  const pfs = presentPfs(facts, args.pfs)
  return {
    bond: bondNow(args.bond, seen),
    ours: isOurs(seen.text(ifcfgPath(args.bond)) ?? ''),
    begun: seen.text(beforePath) !== null,
    addressed: pfs.flatMap((pf) =>
      parseIpAddresses(seen.command(...addressRead(pf).argv).stdout)
        .filter((each) => each.scope === 'global')
        .map((each) => ({ name: pfLabel(pf), address: `${each.address}/${each.prefix}` })),
    ),
    uppers: pfs.flatMap((pf) =>
      seen.list(...uppersRead(pf).globs).map((path) => ({ name: pfLabel(pf), upper: path.replace(/^.*\/upper_/, '') })),
    ),
    counts: pfs.map((pf) => ({ name: pfLabel(pf), count: sriovState(pf, seen).count })),
    netdevs: netdevs(seen),
    iommu: seen.list(...iommuRead.globs).length > 0,
    multiport: pfs
      .filter((pf) => parseDevlinkParam(seen.command(...multiportRead(pf).argv).stdout) === 'true')
      .map(pfLabel),
    vfs: pfs.flatMap((pf) => sriovState(pf, seen).vfs),
    vms: vmsOf(seen),
  }
}

function decide(args: Args, state: State, facts: Facts): Plan {
  const pfs = presentPfs(facts, args.pfs)
  const data = dataOf(args, state, pfs)
  const findings = [
    ...portFindings(args.pfs, facts, pfs),
    ...bondFindings(args, state, pfs),
    ...managementFindings(args, facts, pfs),
    ...othersFindings(args, state),
    ...wishFindings(wishesOf(args), state.vms),
    ...hostFindings(state),
  ]
  if (findings.length > 0)
    return {
      kind: 'blocked',
      because: findings.map((each) => each.because).join('; '),
      hint: [...new Set(findings.map((each) => each.hint))].join('; '),
      data,
    }
  return unchanged(`${list(pfs.map(pfLabel))} are the two ports of one ${pfs[0]?.card ?? 'card'}`, data)
}

function bondFindings(args: Args, state: State, pfs: readonly PfFact[]): readonly Finding[] {
  const findings: Finding[] = []
  const { bond } = state
  if (!/^[A-Za-z0-9_.-]{1,15}$/.test(args.bond))
    findings.push({
      because: `"${args.bond}" is no name for a bond, but must be 1 to 15 letters, digits, "_", "." or "-"`,
      hint: 'set vflag_bond',
    })
  if (bond.otherKind)
    findings.push({ because: `${args.bond} exists and is no bond`, hint: 'choose another name (vflag_bond)' })
  const mode = args.mode === undefined ? null : modeName(args.mode)
  if (mode !== null && !lagModes.includes(mode))
    findings.push({
      because: `bonding mode ${mode} makes no VF-LAG, but must be ${list(lagModes, 'or')}`,
      hint: 'set vflag_bond_mode',
    })
  // Later than here the files would be written already, and the next boot would bring up what was refused.
  if (mode !== null && state.ours && bond.slaves.length > 0 && bond.mode !== mode && state.vfs.length > 0)
    findings.push({
      because: `${args.bond} runs in mode ${bond.mode} with VFs on it, but ${mode} is asked for, and the mode of a bond changes only without ports`,
      hint: 'run teardown.yaml first, then roll out again',
    })
  const names = pfs.map(pfLabel)
  const third = bond.slaves.filter((slave) => !names.includes(slave))
  if (third.length > 0)
    findings.push({
      because: `${args.bond} has ${list(third)} as a member, and the card makes a LAG only of a bond over its own two ports`,
      hint: `take ${list(third)} out of ${args.bond}, or choose another name (vflag_bond)`,
    })
  for (const pf of pfs) {
    const master = state.netdevs.find((each) => each.name === pf.netdev)?.master ?? null
    if (master !== null && master !== args.bond)
      findings.push({
        because: `${pfLabel(pf)} belongs to ${master}`,
        hint: `take ${pfLabel(pf)} out of ${master} first`,
      })
  }
  return findings
}

function managementFindings(args: Args, facts: Facts, pfs: readonly PfFact[]): readonly Finding[] {
  if (args.allow_management) return []
  const ours = [...pfs.map(pfLabel), args.bond, ...(args.bridge === undefined ? [] : [args.bridge])]
  const over = ours.filter((name) => facts.management.uses.includes(name))
  if (over.length === 0) return []
  return [
    {
      because: `the SSH session runs over ${list(over)}, which the roll-out takes down for a while`,
      hint: 'reach the host by another interface, or set allow_management: true when it can be reached otherwise (console)',
    },
  ]
}

/** What others use and the roll-out would take from them. */
function othersFindings(args: Args, state: State): readonly Finding[] {
  const findings: Finding[] = []
  const { bond } = state
  if (bond.slaves.length > 0 && !state.ours)
    findings.push({
      because: `${args.bond} runs already, in mode ${bond.mode} over ${list(bond.slaves)}, and was not made by vflag-play`,
      hint: `take ${args.bond} down and remove its files first, or choose another name and other ports`,
    })
  if (!args.allow_addresses && state.addressed.length > 0)
    findings.push({
      because: `${list(state.addressed.map((each) => `${each.name} has the address ${each.address}`))}, which a bond takes away`,
      hint: 'move the address elsewhere, or set allow_addresses: true when nobody needs it',
    })
  const masters = state.netdevs.map((each) => each.master)
  const uppers = state.uppers.filter((each) => each.upper !== args.bond && !masters.includes(each.upper))
  if (!args.allow_addresses && uppers.length > 0)
    findings.push({
      because: `${list(uppers.map((each) => `${each.upper} stands on ${each.name}`))} and loses its network under a bond`,
      hint: 'move it elsewhere, or set allow_addresses: true when nobody needs it',
    })
  const made = state.counts.filter((each) => each.count > 0)
  if (!args.allow_vfs && !state.begun && made.length > 0)
    findings.push({
      because: `${list(made.map((each) => `${each.name} has ${count(each.count, 'VF')}`))} already, not made by vflag-play, which would take them from whoever uses them`,
      hint: 'remove them first (module vfs with count: 0), or set allow_vfs: true when nobody uses them',
    })
  return findings
}

const wishesOf = (args: Args): Wishes => ({
  vms: args.vms,
  ...(args.bridge !== undefined && { bridge: args.bridge }),
  ...(args.vfs !== undefined && { vfs: args.vfs }),
  ...(args.firmware_vfs !== undefined && { firmware_vfs: args.firmware_vfs }),
})

function hostFindings(state: State): readonly Finding[] {
  const findings: Finding[] = []
  if (!state.iommu)
    findings.push({
      because: 'the host has no IOMMU groups, so no VF can be given to a VM',
      hint: 'switch VT-d or AMD-Vi on in the BIOS and boot with intel_iommu=on (Intel) and iommu=pt',
    })
  if (state.multiport.length > 0)
    findings.push({
      because: `the card of ${list(state.multiport)} runs as a multiport e-switch, which excludes VF-LAG`,
      hint: 'switch it off: devlink dev param set pci/ADDRESS name esw_multiport value false cmode runtime',
    })
  return findings
}

function dataOf(args: Args, state: State, pfs: readonly PfFact[]): ValueMap {
  const vms = state.vms.state === 'known' ? state.vms.vms : []
  return {
    pfs: pfs.map((pf) => ({
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
