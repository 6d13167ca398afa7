import type { Machine, ProgramResult, Tool } from '../machine.ts'
import { fileOf, networkdRuns, reconfigure, reloadNetworkd } from '../network/networkd.ts'
import { typeOf } from '../network/networkd-files.ts'
import { systemdBanner } from '../profiles/systemd.ts'
import type { Link } from '../state.ts'
import { absent, done, failed, splitOptions } from './program.ts'

/** networkctl(1). */
export const networkctl: Tool = ({ machine, args }) => {
  if (!machine.files.stat('/usr/bin/networkctl', true).ok) return absent('networkctl')
  const options = splitOptions(args, {
    flags: [
      '--no-pager',
      '--no-legend',
      '--no-ask-password',
      '-a',
      '--all',
      '--version',
      '-l',
      '--full',
      '-s',
      '--stats',
    ],
    valued: ['-n', '--lines', '--json'],
  })
  if (options.wrong !== null) return failed(1, `networkctl: unrecognized option '${options.wrong}'\n`)
  if (options.values.has('--version')) return done(systemdBanner(machine.state.profile.os))
  const [verb = 'list', ...names] = options.words
  const bare = options.values.has('--no-legend')
  switch (verb) {
    case 'list':
      return list(machine, names, bare)
    case 'status':
      return status(machine, names)
    case 'reload':
      if (!networkdRuns(machine)) return notRunning('reload network settings')
      reloadNetworkd(machine)
      return done()
    case 'reconfigure': {
      if (names.length === 0) return failed(1, 'Too few arguments.\n')
      if (!networkdRuns(machine)) return notRunning('reconfigure network interface')
      const missing = reconfigure(machine, names)
      return missing === null ? done() : failed(1, `Failed to resolve interface "${missing}": No such device\n`)
    }
    case 'delete':
    case 'up':
    case 'down':
      return change(machine, verb, names)
    default:
      return failed(1, `Unknown command verb '${verb}'.\n`)
  }
}

function notRunning(what: string): ProgramResult {
  return failed(1, `Failed to ${what}: Unit dbus-org.freedesktop.network1.service not found.\n`)
}

function change(machine: Machine, verb: 'delete' | 'up' | 'down', names: readonly string[]): ProgramResult {
  for (const name of names) {
    if (!machine.kernel.link(name)) return failed(1, `Failed to resolve interface "${name}": No such device\n`)
    if (verb === 'delete') machine.kernel.deleteLink(name)
    else machine.kernel.setLinkUp(name, verb === 'up')
  }
  return done()
}

function list(machine: Machine, names: readonly string[], bare: boolean): ProgramResult {
  const links = machine.kernel.links().filter((link) => names.length === 0 || names.includes(link.name))
  const width = Math.max(4, ...links.map((link) => link.name.length))
  const row = (index: string, name: string, type: string, operational: string, setup: string): string =>
    `${index.padStart(3)} ${name.padEnd(width)} ${type.padEnd(8)} ${operational.padEnd(11)} ${setup}\n`
  const rows = links.map((link) =>
    row(String(link.ifindex), link.name, typeOf(link), operational(machine, link), setup(machine, link)),
  )
  const head = row('IDX', 'LINK', 'TYPE', 'OPERATIONAL', 'SETUP')
  return done(bare ? rows.join('') : `${head}${rows.join('')}\n${links.length} links listed.\n`)
}

function status(machine: Machine, names: readonly string[]): ProgramResult {
  const [name] = names
  if (name === undefined) return done(`* State: routable\n  Online state: online\n`)
  const link = machine.kernel.link(name)
  if (!link) return failed(1, `Interface "${name}" not found.\n`)
  const lines: readonly (readonly [string, string])[] = [
    ['Network File', fileOf(machine, name) ?? 'n/a'],
    ['State', `${operational(machine, link)} (${setup(machine, link)})`],
    ['Type', typeOf(link)],
    ['Hardware Address', link.mac],
    ['MTU', String(link.mtu)],
    ...link.addresses.map((address): readonly [string, string] => ['Address', address.split('/')[0] ?? '']),
  ]
  return done(
    `* ${link.ifindex}: ${name}\n${lines.map(([key, value]) => `${`${key}:`.padStart(25)} ${value}\n`).join('')}`,
  )
}

/** The operational state (networkctl(1)): what the kernel and the addresses make of the link. */
function operational(machine: Machine, link: Link): string {
  if (link.kind === 'loopback') return 'carrier'
  if (!link.up) return 'off'
  if (link.master !== null) return 'enslaved'
  if (link.bond ? link.bond.slaves.length === 0 : !machine.kernel.carrier(link)) return 'no-carrier'
  return link.addresses.length > 0 ? 'routable' : 'carrier'
}

function setup(machine: Machine, link: Link): string {
  if (!networkdRuns(machine) || fileOf(machine, link.name) === null) return 'unmanaged'
  return 'configured'
}
