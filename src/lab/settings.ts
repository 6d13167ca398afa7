import type { SwitchMode } from '../machine/fabric.ts'
import type { CardName } from '../machine/profiles/card-models.ts'
import { cardLimit } from '../machine/profiles/cards.ts'
import { kernels as kernelTraits } from '../machine/profiles/kernels.ts'
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
  /** What the switch does for its two ports: LACP, a static LAG, two separate ports, or LACP by two switches that know nothing of each other. */
  readonly switch: SwitchMode
  /** With it the user `admin` must give this password to sudo; null: sudo does not ask. */
  readonly sudoPassword: string | null
  readonly faults: Faults
}

/** A guest: its libvirt name and its address on the VF network. */
export interface LabVm {
  readonly name: string
  readonly address: string
}

const keys = [
  'os',
  'card',
  'cards',
  'firmware',
  'ofed',
  'switch',
  'renames',
  'udev_delay',
  'management',
  'third_port',
  'multiport',
  'vms',
  'sudo_password',
  'faults',
] as const
const systems = ['rhel7.7', 'el8.4', 'el9', 'el10', 'ubuntu22.04', 'ubuntu24.04', 'debian12', 'client'] as const
/** Other names of systems, by the kernel that they stand for. */
const kernels: Readonly<Record<string, (typeof systems)[number]>> = { 'v6.1': 'debian12', 'v6.12': 'el10' }
const cards = ['cx4lx', 'cx5', 'cx5ex', 'cx6dx', 'cx6dx-old', 'cx6lx', 'cx7', 'bf2'] as const
const firmwares = ['strict', 'lax'] as const
const switches = ['lacp', 'static', 'none', 'split'] as const
const managements = ['own', 'pf', 'bond', 'vlan'] as const

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
  const settings: LabSettings = {
    profile: profileOf(lab, problems),
    switch: oneOf(lab, 'switch', switches, 'lacp', problems),
    sudoPassword: password(lab, problems),
    faults: parseFaults(lab['faults'], problems),
  }
  const vms = settings.profile.os === 'client' ? [] : guests(lab, vars['vflag_vms'], problems)
  return problems.length > 0 ? err(problems) : ok({ name: hostName, settings, vms })
}

function profileOf(lab: ValueMap, problems: SettingsProblem[]): Profile {
  const named = lab['os']
  const alias = typeof named === 'string' ? kernels[named] : undefined
  const os = alias ?? oneOf(lab, 'os', systems, 'rhel7.7', problems)
  const [card, ...moreCards] = cardsOf(lab, os === 'rhel7.7' ? 'cx5ex' : 'cx6dx', problems)
  const firmware = oneOf(lab, 'firmware', firmwares, 'strict', problems)
  const management = oneOf(lab, 'management', managements, 'own', problems)
  const switched = (key: string) => flag(lab, key, problems)
  const ofed = switched('ofed')
  const renames = switched('renames')
  const thirdPort = switched('third_port')
  const multiport = switched('multiport')
  const udevDelay = seconds(lab, 'udev_delay', problems)
  if (os === 'client') {
    for (const key of ['card', 'cards', 'ofed', 'renames', 'udev_delay', 'management', 'third_port', 'multiport'])
      if (lab[key] !== undefined)
        problems.push({
          message: `lab.${key} is set, but a client has no card`,
          hint: 'remove it, or choose another lab.os',
        })
    return { os, card: 'none', firmware }
  }
  if (multiport && !kernelTraits[os].multiportParam)
    problems.push({
      message: `lab.multiport is true, but the kernel of ${os} has no multiport e-switch`,
      hint: 'choose el9, el10 or ubuntu24.04',
    })
  return {
    os,
    card,
    firmware,
    ...(moreCards.length > 0 && { moreCards }),
    ...(ofed && { ofed }),
    ...(renames && { renames }),
    ...(udevDelay !== null && { udevDelay }),
    ...(management !== 'own' && { management }),
    ...(thirdPort && { thirdPort }),
    ...(multiport && { multiport }),
  }
}

/** `card: cx5`, `cards: 2` (of that model), or `cards: [cx5, cx7]`. */
function cardsOf(lab: ValueMap, otherwise: CardName, problems: SettingsProblem[]): [CardName, ...CardName[]] {
  const card = oneOf(lab, 'card', cards, otherwise, problems)
  const value = lab['cards']
  if (value === undefined) return [card]
  if (typeof value === 'number' || typeof value === 'bigint') {
    if (Number(value) === 1) return [card]
    if (Number(value) === cardLimit) return [card, card]
  } else if (Array.isArray(value) && value.length >= 1 && value.length <= cardLimit) {
    if (lab['card'] !== undefined)
      problems.push({ message: 'lab.card is set, but lab.cards names the cards', hint: 'remove one of the two' })
    const names = value.map((name, at) => oneOf({ [`cards[${at}]`]: name }, `cards[${at}]`, cards, card, problems))
    const [first = card, ...more] = names
    return [first, ...more]
  }
  problems.push({
    message: `lab.cards is ${shown(value)}, but must be 1 or 2, or a list of one or two cards`,
    hint: 'cards: [cx5ex, cx6dx]',
  })
  return [card]
}

function flag(lab: ValueMap, key: string, problems: SettingsProblem[]): true | null {
  const value = lab[key]
  if (value === undefined || value === false) return null
  if (value === true) return true
  problems.push({ message: `lab.${key} is ${shown(value)}, but must be true or false` })
  return null
}

function seconds(lab: ValueMap, key: string, problems: SettingsProblem[]): number | null {
  const value = lab[key]
  if (value === undefined) return null
  const number = typeof value === 'bigint' ? Number(value) : value
  if (typeof number === 'number' && number >= 0 && number <= 600) return number
  problems.push({ message: `lab.${key} is ${shown(value)}, but must be a number of seconds from 0 to 600` })
  return null
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
