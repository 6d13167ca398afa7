import type { PfFact } from '../../module/facts.ts'
import { type CommandRead, command, type ListRead, list as listRead } from '../../module/read.ts'
import { parseIpAddresses } from '../../parsers/ip.ts'
import { count, list } from '../../shared/text.ts'
import { beforePath, beforeRead } from './before.ts'
import { netdevReads, netdevs } from './netdevs.ts'
import { pfLabel, presentPfs, sriovReads, sriovState } from './pf.ts'
import { type Finding, fine, orFine, type Subject, stops, warns } from './preflight-subject.ts'
import { doubtfulHolders, holdingSentence, holdings, vmListRead, vmsOf } from './users-of-vfs.ts'

const addressRead = (pf: PfFact): CommandRead => command('ip', '-o', 'addr', 'show', 'dev', pfLabel(pf))
const uppersRead = (pf: PfFact): ListRead => listRead(`/sys/class/net/${pfLabel(pf)}/upper_*`)

/** What others use of the ports' network and the roll-out would take from them. */
export const networkUsers: Subject = {
  reads: (args, facts) => [
    ...netdevReads,
    ...presentPfs(facts, args.pfs).flatMap((pf) => [addressRead(pf), uppersRead(pf)]),
  ],
  findings: (args, seen, facts) => {
    const pfs = presentPfs(facts, args.pfs)
    const found: { readonly evidence: string; readonly hint: string }[] = []
    const addressed = pfs.flatMap((pf) =>
      parseIpAddresses(seen.command(...addressRead(pf).argv).stdout)
        .filter((each) => each.scope === 'global')
        .map((each) => `${pfLabel(pf)} has the address ${each.address}/${each.prefix}`),
    )
    if (addressed.length > 0)
      found.push({
        evidence: `${list(addressed)}, which a bond takes away`,
        hint: 'move the address elsewhere, or set allow_addresses: true when nobody needs it',
      })
    const masters = netdevs(seen).map((each) => each.master)
    const uppers = pfs.flatMap((pf) =>
      seen
        .list(...uppersRead(pf).globs)
        .map((path) => path.replace(/^.*\/upper_/, ''))
        .filter((upper) => upper !== args.bond && !masters.includes(upper))
        .map((upper) => `${upper} stands on ${pfLabel(pf)}`),
    )
    if (uppers.length > 0)
      found.push({
        evidence: `${list(uppers)} and loses its network under a bond`,
        hint: 'move it elsewhere, or set allow_addresses: true when nobody needs it',
      })
    const told = args.allow_addresses ? warns : stops
    return orFine(
      found.map(({ evidence, hint }) => told('addresses', evidence, hint)),
      'addresses',
      'none on the ports',
    )
  },
}

/** The VFs that are there: whose they are, and who holds them. */
export const vfUsers: Subject = {
  reads: (args, facts) => [beforeRead, vmListRead, ...presentPfs(facts, args.pfs).flatMap((pf) => [...sriovReads(pf)])],
  findings: (args, seen, facts) => {
    const ports = presentPfs(facts, args.pfs).map((pf) => ({ name: pfLabel(pf), ...sriovState(pf, seen) }))
    const findings: Finding[] = []
    const made = ports.filter((each) => each.count > 0)
    const counts = list(made.map((each) => `${each.name} has ${count(each.count, 'VF')}`))
    if (made.length > 0 && seen.text(beforePath) === null) {
      const told = args.allow_vfs ? warns : stops
      findings.push(
        told(
          'VFs',
          `${counts} already, not made by vflag-play, which would take them from whoever uses them`,
          'remove them first (module vfs with count: 0), or set allow_vfs: true when nobody uses them',
        ),
      )
    }
    const others = made.filter((each) => args.vfs !== undefined && each.count !== args.vfs)
    if (others.length > 0)
      findings.push(
        stops(
          'VFs',
          `${list(others.map((each) => `${each.name} has ${count(each.count, 'VF')}`))}, but ${args.vfs} are asked for on each port, and the kernel changes the number only by removing all of them`,
          'set vflag_vfs to what is there, or run teardown.yaml first',
        ),
      )
    if (new Set(made.map((each) => each.count)).size > 1)
      findings.push(
        warns(
          'VFs',
          `${counts}, but old kernels want as many on both ports`,
          'roll out with one count for both, or keep it when this kernel is known to take it',
        ),
      )
    const vms = vmsOf(seen)
    const vfs = ports.flatMap((each) => each.vfs)
    const doubt = doubtfulHolders(vfs, vms)
    const held = holdings(vfs, vms)
    return [
      ...orFine(findings, 'VFs', counts || 'none yet'),
      doubt === null
        ? fine('VMs', held.length > 0 ? `${holdingSentence(held)}, and they keep them` : 'none holds a VF')
        : warns('VMs', doubt, 'start libvirt, so that it can be asked'),
    ]
  },
}
