import type { Profile } from '../machine/state.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { didYouMean, list } from '../shared/text.ts'
import type { Unknown } from '../shared/unknown.ts'
import { isMap, typeName, type Value, type ValueMap } from '../shared/value.ts'
import { type Faults, hinted, parseFaults, type SettingsProblem, shown, unknownKey } from './faults.ts'

/** One simulated hypervisor to start: what the inventory says of it, checked. */
export interface LabHost {
  readonly name: string
  readonly settings: LabSettings
  readonly vms: readonly LabVm[]
}

/** A host's `lab:` variable, checked and complete. */
export interface LabSettings {
  readonly profile: Profile
  /** What the switch does for its two ports: LACP, a static LAG, or two separate ports. */
  readonly switch: 'lacp' | 'static' | 'none'
  /** With it the user `admin` must give this password to sudo; null: sudo does not ask. */
  readonly sudoPassword: string | null
  readonly faults: Faults
}

/** A guest: its libvirt name and its address on the VF network. */
export interface LabVm {
  readonly name: string
  readonly address: string
}

const keys = ['os', 'card', 'firmware', 'switch', 'vms', 'sudo_password', 'faults'] as const
const systems = ['rhel7.7', 'el8.4', 'el9', 'el10', 'ubuntu22.04', 'ubuntu24.04', 'debian12', 'client'] as const
/** Other names of systems, by the kernel that they stand for. */
const kernels: Readonly<Record<string, (typeof systems)[number]>> = { 'v6.1': 'debian12', 'v6.12': 'el10' }
const cards = ['cx5ex', 'cx6dx'] as const
const firmwares = ['strict', 'lax'] as const
const switches = ['lacp', 'static', 'none'] as const

/**
 * Checks the `lab:` variable of a host, and takes its guests from `lab.vms` or else from `vflag_vms`. Without the
 * variable it is a RHEL 7.7 hypervisor with a ConnectX-5 Ex behind a switch that does LACP.
 */
export function labSettings(
  hostName: string,
  vars: { readonly [name: string]: Value | Unknown | undefined },
): Result<LabHost, SettingsProblem[]> {
  const problems: SettingsProblem[] = []
  const lab = vars['lab'] ?? {}
  if (!isMap(lab)) {
    const found = `lab is ${typeName(lab)}`
    return err([{ message: `${found}, but must be a mapping with ${list(keys, 'or')}`, hint: 'see docs/lab.md' }])
  }
  for (const key of Object.keys(lab))
    if (!(keys as readonly string[]).includes(key)) problems.push(unknownKey('lab', key, keys))
  const named = lab['os']
  const alias = typeof named === 'string' ? kernels[named] : undefined
  const os = alias ?? oneOf(lab, 'os', systems, 'rhel7.7', problems)
  const card = oneOf(lab, 'card', cards, os === 'rhel7.7' ? 'cx5ex' : 'cx6dx', problems)
  if (os === 'client' && lab['card'] !== undefined)
    problems.push({ message: 'lab.card is set, but a client has no card', hint: 'remove it, or choose another lab.os' })
  const settings: LabSettings = {
    profile: {
      os,
      card: os === 'client' ? 'none' : card,
      firmware: oneOf(lab, 'firmware', firmwares, 'strict', problems),
    },
    switch: oneOf(lab, 'switch', switches, 'lacp', problems),
    sudoPassword: password(lab, problems),
    faults: parseFaults(lab['faults'], problems),
  }
  const vms = os === 'client' ? [] : guests(lab, vars['vflag_vms'], problems)
  return problems.length > 0 ? err(problems) : ok({ name: hostName, settings, vms })
}

function oneOf<Word extends string>(
  lab: ValueMap,
  key: string,
  words: readonly Word[],
  otherwise: Word,
  problems: SettingsProblem[],
): Word {
  const value = lab[key]
  if (value === undefined) return otherwise
  const word = words.find((each) => each === value)
  if (word !== undefined) return word
  problems.push({
    message: `lab.${key} is ${shown(value)}, but must be ${list(words, 'or')}`,
    ...hinted(typeof value === 'string' ? didYouMean(value, words) : undefined),
  })
  return otherwise
}

function password(lab: ValueMap, problems: SettingsProblem[]): string | null {
  const value = lab['sudo_password']
  if (value === undefined || value === null) return null
  if (typeof value === 'string' && value !== '') return value
  // The value itself stays out of the message.
  problems.push({ message: `lab.sudo_password is ${typeName(value)}, but must be text that is not empty` })
  return null
}

function guests(lab: ValueMap, shared: Value | Unknown | undefined, problems: SettingsProblem[]): LabVm[] {
  const own = lab['vms'] !== undefined
  const where = own ? 'lab.vms' : 'vflag_vms'
  const value = own ? lab['vms'] : shared
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) {
    problems.push({ message: `${where} is ${typeName(value)}, but must be a list of {name, address}` })
    return []
  }
  const vms: LabVm[] = []
  for (const [at, entry] of (value as readonly Value[]).entries()) {
    const vm = isMap(entry) ? entry : {}
    const { name, address } = vm
    if (typeof name === 'string' && name !== '' && typeof address === 'string' && isAddress(address)) {
      if (vms.some((other) => other.name === name))
        problems.push({ message: `${where}[${at}].name is ${shown(name)}, but another guest has that name` })
      vms.push({ name, address })
    } else
      problems.push({
        message: `${where}[${at}] is ${shown(entry)}, but must have a name and an IPv4 address`,
        hint: '{name: vm1, address: 198.51.100.11}',
      })
  }
  return vms
}

function isAddress(text: string): boolean {
  const bytes = text.split('.')
  return bytes.length === 4 && bytes.every((byte) => /^\d{1,3}$/.test(byte) && Number(byte) <= 255)
}
