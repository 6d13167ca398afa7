import type { Machine, ProgramResult, Tool } from '../machine.ts'
import {
  activate,
  deactivate,
  deleteProfile,
  findProfile,
  isActive,
  managerRuns,
  type Profile,
  profilesOf,
  reloadProfiles,
} from '../network/manager.ts'
import { addConnection } from './nmcli-add.ts'
import { absent, done, failed, installed } from './program.ts'

/** nmcli(1) of NetworkManager 1.46: the parts about connections and devices. */
export const nmcli: Tool = async ({ machine, args }) => {
  if (!installed(machine, 'NetworkManager', 'network-manager')) return absent('nmcli')
  const call = parseCall(args)
  if ('error' in call) return failed(2, `Error: ${call.error}\n`)
  const [object = 'general', verb, ...words] = call.words
  if (!managerRuns(machine)) {
    return call.fields?.includes('RUNNING')
      ? done('not running\n')
      : failed(8, 'Error: NetworkManager is not running.\n')
  }
  if (abbreviates(object, 'general')) return general(call)
  if (abbreviates(object, 'connection') || object === 'con') return connection(machine, call, verb ?? 'show', words)
  if (abbreviates(object, 'device') || object === 'dev') return device(machine, call, verb ?? 'status', words)
  return failed(2, `Error: argument '${object}' not understood. Try passing --help instead.\n`)
}

interface Call {
  readonly terse: boolean
  /** Names asked for with -f or -g. */
  readonly fields: readonly string[] | null
  /** -g: values alone. */
  readonly bare: boolean
  readonly words: readonly string[]
}

async function connection(
  machine: Machine,
  call: Call,
  verb: string,
  words: readonly string[],
): Promise<ProgramResult> {
  const names = words.filter((word, at) => !(at === 0 && ['id', 'uuid', 'path'].includes(word)) && word !== '--active')
  const [name = ''] = names
  if (verb === 'reload') {
    reloadProfiles(machine)
    return done()
  }
  if (verb === 'load') {
    reloadProfiles(machine)
    return done()
  }
  if (verb === 'add') return addConnection(machine, words)
  if (abbreviates(verb, 'show')) {
    if (names.length === 0) return list(machine, call, words.includes('--active'))
    const profile = findProfile(machine, name)
    return profile ? details(machine, call, profile) : failed(10, `Error: ${name} - no such connection profile.\n`)
  }
  const profile = findProfile(machine, name)
  switch (verb) {
    case 'up': {
      if (!profile) return failed(10, `Error: unknown connection '${name}'.\n`)
      const result = await activate(machine, profile)
      return result.ok
        ? done(`Connection successfully activated${result.note} (D-Bus active path: ${activePath(machine, profile)})\n`)
        : failed(4, `Error: ${result.problem}\n`)
    }
    case 'down': {
      if (!profile)
        return failed(10, `Error: '${name}' is not an active connection.\nError: no active connection provided.\n`)
      if (!isActive(machine, profile)) {
        return failed(10, `Error: '${name}' is not an active connection.\nError: no active connection provided.\n`)
      }
      const path = activePath(machine, profile)
      deactivate(machine, profile)
      return done(`Connection '${profile.id}' successfully deactivated (D-Bus active path: ${path})\n`)
    }
    case 'delete':
      if (!profile)
        return failed(
          10,
          `Error: unknown connection '${name}'.\nError: cannot delete unknown connection(s): '${name}'.\n`,
        )
      deleteProfile(machine, profile)
      return done(`Connection '${profile.id}' (${profile.uuid}) successfully deleted.\n`)
    default:
      return failed(2, `Error: argument '${verb}' not understood. Try passing --help instead.\n`)
  }
}

function list(machine: Machine, call: Call, activeOnly: boolean): ProgramResult {
  const rows = profilesOf(machine)
    .map((profile) => ({ profile, active: isActive(machine, profile) }))
    .filter(({ active }) => active || !activeOnly)
    .sort((a, b) => Number(b.active) - Number(a.active))
    .map(({ profile, active }) => ({
      NAME: profile.id,
      UUID: profile.uuid,
      TYPE: call.terse ? (profile.type === 'bond' ? 'bond' : '802-3-ethernet') : profile.type,
      DEVICE: active ? profile.device : '',
      STATE: active ? 'activated' : '',
      ACTIVE: active ? 'yes' : 'no',
      AUTOCONNECT: profile.onBoot ? 'yes' : 'no',
      FILENAME: profile.path,
      SLAVE: profile.master === null ? '' : 'bond',
    }))
  return table(call, rows, ['NAME', 'UUID', 'TYPE', 'DEVICE'])
}

function details(machine: Machine, call: Call, profile: Profile): ProgramResult {
  const active = isActive(machine, profile)
  const values: Readonly<Record<string, string>> = {
    'connection.id': profile.id,
    'connection.uuid': profile.uuid,
    'connection.type': profile.type === 'bond' ? 'bond' : '802-3-ethernet',
    'connection.interface-name': profile.device,
    'connection.autoconnect': profile.onBoot ? 'yes' : 'no',
    'connection.master': profile.master ?? '--',
    ...(active ? { 'GENERAL.NAME': profile.id, 'GENERAL.DEVICES': profile.device, 'GENERAL.STATE': 'activated' } : {}),
  }
  const wanted = Object.entries(values).filter(
    ([key]) => call.fields === null || call.fields.some((field) => key === field || key.startsWith(`${field}.`)),
  )
  return done(
    wanted
      .map(([key, value]) =>
        call.bare ? `${value}\n` : call.terse ? `${key}:${value}\n` : `${`${key}:`.padEnd(40)}${value}\n`,
      )
      .join(''),
  )
}

function device(machine: Machine, call: Call, verb: string, words: readonly string[]): ProgramResult {
  if (abbreviates(verb, 'status')) {
    const rows = machine.kernel.links().map((link) => {
      const profile = profilesOf(machine).find((each) => each.device === link.name && isActive(machine, each))
      const managed = link.kind !== 'representor' && link.kind !== 'ovs' && link.kind !== 'loopback'
      return {
        DEVICE: link.name,
        TYPE: link.kind === 'bond' ? 'bond' : link.kind === 'loopback' ? 'loopback' : 'ethernet',
        STATE: profile ? 'connected' : managed ? 'disconnected' : 'unmanaged',
        CONNECTION: profile?.id ?? '',
      }
    })
    return table(call, rows, ['DEVICE', 'TYPE', 'STATE', 'CONNECTION'])
  }
  if (verb === 'disconnect') {
    const profile = profilesOf(machine).find((each) => each.device === words[0] && isActive(machine, each))
    if (!profile) return failed(10, `Error: Device '${words[0]}' not found.\n`)
    deactivate(machine, profile)
    return done(`Device '${words[0]}' successfully disconnected.\n`)
  }
  return failed(2, `Error: argument '${verb}' not understood. Try passing --help instead.\n`)
}

function general(call: Call): ProgramResult {
  const row = { STATE: 'connected', CONNECTIVITY: 'full', RUNNING: 'running', 'WIFI-HW': 'missing' }
  return table(call, [row], ['STATE', 'CONNECTIVITY', 'WIFI-HW'])
}

function table(
  call: Call,
  rows: readonly Readonly<Record<string, string>>[],
  standard: readonly string[],
): ProgramResult {
  const fields = call.fields ?? standard
  const unknown = fields.find((field) => rows[0] !== undefined && !(field in rows[0]))
  if (unknown !== undefined)
    return failed(2, `Error: invalid field '${unknown}'; allowed fields: ${Object.keys(rows[0] ?? {}).join(',')}.\n`)
  if (call.terse || call.bare) {
    // In terse form a colon in a value is escaped.
    const lines = rows.map((row) => fields.map((field) => (row[field] ?? '').replaceAll(/[\\:]/g, '\\$&')).join(':'))
    return done(lines.map((line) => `${line}\n`).join(''))
  }
  const cells = [fields, ...rows.map((row) => fields.map((field) => row[field] || '--'))]
  const widths = fields.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)))
  return done(cells.map((row) => `${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')} \n`).join(''))
}

function parseCall(args: readonly string[]): Call | { readonly error: string } {
  const words: string[] = []
  let terse = false
  let bare = false
  let fields: string[] | null = null
  const queue = [...args]
  for (let arg = queue.shift(); arg !== undefined; arg = queue.shift()) {
    if (words.length > 0 || !arg.startsWith('-')) words.push(arg)
    else if (arg === '-t' || arg === '--terse') terse = true
    else if (arg === '-f' || arg === '--fields') fields = (queue.shift() ?? '').split(',')
    else if (arg === '-g' || arg === '--get-values') {
      fields = (queue.shift() ?? '').split(',')
      bare = true
    } else if (arg === '-w' || arg === '--wait' || arg === '-c' || arg === '--colors' || arg === '-m') queue.shift()
    else if (!/^(-p|--pretty|-s|--show-secrets|-o|--overview)$/.test(arg))
      return { error: `Option '${arg}' is unknown, try 'nmcli -help'.` }
  }
  return { terse, bare, fields, words }
}

function activePath(machine: Machine, profile: Profile): string {
  const at = profilesOf(machine).findIndex((each) => each.id === profile.id)
  return `/org/freedesktop/NetworkManager/ActiveConnection/${at + 1}`
}

const abbreviates = (word: string, full: string): boolean => word !== '' && full.startsWith(word)
