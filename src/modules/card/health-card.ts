import type { PfFact } from '../../module/facts.ts'
import { type CommandRead, command } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { parseMstconfig } from '../../parsers/mstconfig.ts'
import { count, list } from '../../shared/text.ts'
import { bad, good, type HealthRow, unseen } from './health-rows.ts'
import { wantActive } from './lag.ts'
import type { LagState } from './lag-evidence.ts'
import { pfLabel, type SriovState } from './pf.ts'

/** Seconds that the driver may take to make a LAG. */
const lagTakes = 15

/** Asks the firmware for what the next boot has; a host without the tool cannot tell. */
export const firmwareRead = (pf: PfFact): CommandRead =>
  command('mstconfig', '-d', pf.pci, '-e', 'q', 'SRIOV_EN', 'NUM_OF_VFS')

/** Whether the firmware offers VFs, now and at the next boot. */
export function firmwareRow(state: LagState, seen: Readings): HealthRow {
  const check = 'firmware'
  const off = state.pfs.filter(({ sriov }) => sriov.total === null || sriov.total === 0)
  if (off.length > 0)
    return bad(
      check,
      `the firmware offers no VFs on ${names(off)}`,
      'set SRIOV_EN and NUM_OF_VFS (module firmware) and restart the host',
    )
  const offers = list(state.pfs.map(({ pf, sriov }) => `${count(sriov.total ?? 0, 'VF')} on ${pfLabel(pf)}`))
  const [first] = state.pfs
  const query = first ? parseMstconfig(seen.command(...firmwareRead(first.pf).argv).stdout) : null
  const next = (name: string): number | null => query?.parameters.get(name)?.next.number ?? null
  if (next('SRIOV_EN') === 0)
    return bad(
      check,
      `it offers ${offers}, but SR-IOV is off from the next boot on`,
      'set SRIOV_EN (module firmware), or let teardown.yaml finish',
    )
  const later = next('NUM_OF_VFS')
  const changes = later !== null && state.pfs.some(({ sriov }) => sriov.total !== later)
  return good(check, `it offers ${offers}${changes ? `, and ${later} on each from the next boot on` : ''}`)
}

/** Whether there are as many VFs as there have to be; null: any number. */
export function vfsRow(state: LagState, wanted: number | null): HealthRow {
  const there = list(state.pfs.map(({ pf, sriov }) => `${count(sriov.count, 'VF')} on ${pfLabel(pf)}`))
  const wrong = state.pfs.some(({ sriov }) => (wanted === null ? sriov.count === 0 : sriov.count !== wanted))
  if (!wrong) return good('VFs', there)
  return bad('VFs', `${there}, but must be ${wanted ?? 'some'} on each`, 'create them with the vfs module')
}

/** Whether both e-switches are in switchdev mode. */
export function eswitchRow(state: LagState): HealthRow {
  const check = 'e-switch'
  const dumb = state.pfs.flatMap(({ pf, eswitch }) =>
    eswitch.known ? [] : [`${pfLabel(pf)} does not tell: ${eswitch.reason}`],
  )
  if (dumb.length > 0) return unseen(check, list(dumb))
  const modes = state.pfs.map(({ pf, eswitch }) => ({ name: pfLabel(pf), mode: eswitch.known ? eswitch.mode : '' }))
  const wrong = modes.filter(({ mode }) => mode !== 'switchdev')
  if (wrong.length === 0) return good(check, `${list(modes.map(({ name }) => name))} in switchdev mode`)
  return bad(
    check,
    `${list(wrong.map(({ name, mode }) => `${name} is in ${mode} mode`))}, but must be in switchdev`,
    'put it into switchdev mode (module eswitch)',
  )
}

/** Whether LAG is active and of type switchdev. */
export function lagRow(state: LagState, pfs: readonly string[], bond: string): HealthRow {
  const plan = wantActive({ pfs, bond, state: 'active', within: lagTakes }, state)
  if (plan.kind === 'unchanged') {
    const evidence = plan.data?.['evidence']
    const how = Array.isArray(evidence) && evidence.length > 0 ? ` (${list(evidence.map(String))})` : ''
    return good('LAG', `${plan.because}${how}`)
  }
  if (plan.kind === 'change') return unseen('LAG', 'it was not looked at')
  return bad('LAG', plan.because, plan.hint ?? '', plan.kind === 'wait' ? lagTakes : undefined)
}

const names = (pfs: readonly { readonly pf: PfFact; readonly sriov: SriovState }[]): string =>
  list(pfs.map(({ pf }) => pfLabel(pf)))
