import { didYouMean, list } from '../shared/text.ts'
import { isMap, typeName, type Value } from '../shared/value.ts'

/** What goes wrong on a simulated hypervisor: it serves to see what the program does about it (docs/lab.md). */
export interface Faults {
  /** Programs that fail instead of running; the first that matches counts. */
  readonly commands: readonly CommandFault[]
  /** Milliseconds that every frame takes longer. */
  readonly delayMs: number
  /** After so many answered frames the next one is performed, but the connection dies before its reply; once. Null: never. */
  readonly dropAfterFrames: number | null
  /** Restarting the network cuts all connections of the host. */
  readonly cutOnNetworkRestart: boolean
  /** Nothing more can be written to the disk; kernel attributes still can. */
  readonly diskFull: boolean
  /** No key is accepted. */
  readonly refuseLogin: boolean
  /** The server shows another host key than the one that is on record. */
  readonly changeHostKey: boolean
  /** Nothing listens on the host's port. */
  readonly unreachable: boolean
}

/** A program that fails. */
export interface CommandFault {
  /** Compared with the program and its arguments, joined by single spaces. */
  readonly pattern: RegExp
  readonly status: number
  readonly stderr: string
  /** How often it fails before it works; null: always. */
  readonly times: number | null
}

/** Something wrong in a host's `lab:` variable: *subject is X, but must be Y*, and a next move when one is known. */
export interface SettingsProblem {
  readonly message: string
  readonly hint?: string
}

/** A host on which nothing goes wrong. */
export const noFaults: Faults = {
  commands: [],
  delayMs: 0,
  dropAfterFrames: null,
  cutOnNetworkRestart: false,
  diskFull: false,
  refuseLogin: false,
  changeHostKey: false,
  unreachable: false,
}

/** Reads `lab.faults`: one mapping or a list of them. Every mistake is added to `problems`. */
export function parseFaults(value: Value | undefined, problems: SettingsProblem[]): Faults {
  if (value === undefined || value === null) return noFaults
  const entries = Array.isArray(value) ? value : [value]
  let faults = noFaults
  for (const [at, entry] of entries.entries()) {
    const where = Array.isArray(value) ? `lab.faults[${at}]` : 'lab.faults'
    if (isMap(entry)) faults = withFault(faults, entry, where, problems)
    else problems.push({ message: `${where} is ${typeName(entry)}, but must be a mapping such as {command: devlink}` })
  }
  return faults
}

const commandKeys = ['command', 'status', 'stderr', 'times'] as const
const otherKeys = ['delay', 'drop', 'cut_on', 'disk_full', 'login', 'host_key', 'unreachable'] as const
const allKeys: readonly string[] = [...commandKeys, ...otherKeys]

function withFault(
  before: Faults,
  entry: { readonly [key: string]: Value },
  where: string,
  problems: SettingsProblem[],
): Faults {
  const wrong = (key: string, must: string) =>
    problems.push({ message: `${where}.${key} is ${shown(entry[key])}, but must be ${must}` })
  let faults = before
  for (const [key, value] of Object.entries(entry)) {
    if (!allKeys.includes(key)) problems.push(unknownKey(where, key, allKeys))
    else if (key === 'delay') {
      if (isCount(value)) faults = { ...faults, delayMs: value }
      else wrong(key, 'a whole number of milliseconds')
    } else if (key === 'drop') {
      const after = isMap(value) && Object.keys(value).length === 1 ? value['after_frames'] : undefined
      if (isCount(after)) faults = { ...faults, dropAfterFrames: after }
      else wrong(key, 'a mapping {after_frames: N}')
    } else if (key === 'cut_on') {
      if (value === 'network_restart') faults = { ...faults, cutOnNetworkRestart: true }
      else wrong(key, 'network_restart')
    } else if (key === 'disk_full') {
      if (typeof value === 'boolean') faults = { ...faults, diskFull: value }
      else wrong(key, 'true or false')
    } else if (key === 'login') {
      if (value === 'refused') faults = { ...faults, refuseLogin: true }
      else wrong(key, 'refused')
    } else if (key === 'host_key') {
      if (value === 'changed') faults = { ...faults, changeHostKey: true }
      else wrong(key, 'changed')
    } else if (key === 'unreachable') {
      if (typeof value === 'boolean') faults = { ...faults, unreachable: value }
      else wrong(key, 'true or false')
    }
  }
  const command = commandFault(entry, where, problems)
  return command ? { ...faults, commands: [...faults.commands, command] } : faults
}

function commandFault(
  entry: { readonly [key: string]: Value },
  where: string,
  problems: SettingsProblem[],
): CommandFault | null {
  const { command, status = 1, stderr = '', times = null } = entry
  if (command === undefined) {
    const orphan = commandKeys.find((key) => entry[key] !== undefined)
    if (orphan) problems.push({ message: `${where}.${orphan} goes with a command, but there is no ${where}.command` })
    return null
  }
  const wrong = (key: string, value: Value, must: string) =>
    problems.push({ message: `${where}.${key} is ${shown(value)}, but must be ${must}` })
  const pattern = typeof command === 'string' ? compiled(command) : null
  if (!pattern) wrong('command', command, 'a regular expression that some command lines match')
  const known = isCount(status) && status <= 255
  if (!known) wrong('status', status, 'an exit status from 0 to 255')
  if (typeof stderr !== 'string') wrong('stderr', stderr, 'text')
  if (times !== null && !isCount(times)) wrong('times', times, 'a whole number, how often it fails')
  if (!pattern || !known || typeof stderr !== 'string' || (times !== null && !isCount(times))) return null
  return { pattern, status, stderr: stderr === '' || stderr.endsWith('\n') ? stderr : `${stderr}\n`, times }
}

function compiled(text: string): RegExp | null {
  try {
    return new RegExp(text)
  } catch {
    return null
  }
}

/** The problem of a key that nobody knows, with the nearest that is known. */
export function unknownKey(where: string, key: string, known: readonly string[]): SettingsProblem {
  return {
    message: `${where} has the key "${key}", but may only have ${list(known)}`,
    ...hinted(didYouMean(key, known)),
  }
}

/** A hint as an optional field. */
export function hinted(hint: string | undefined): { hint?: string } {
  return hint === undefined ? {} : { hint }
}

/** A value as a message shows it: short and unambiguous. */
export function shown(value: Value | undefined): string {
  return value === undefined ? 'missing' : JSON.stringify(value)
}

function isCount(value: Value | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
}
