import type { Machine, ProgramResult, Tool, ToolCall } from '../machine.ts'
import { userlandOf } from '../profiles/userland.ts'
import { offered, type Package } from '../services/catalog.ts'
import { fullName, installPackage, removePackage } from '../services/packages.ts'
import { absent, confirm, done, failed, splitOptions } from './program.ts'

/** dnf(8) 4 of RHEL 8 to 10; Debian's have none. */
export const dnf: Tool = (call) => {
  const { machine, args } = call
  if (userlandOf(machine).packageManager !== 'dnf') return absent('dnf')
  const options = splitOptions(args, {
    flags: [
      '-y',
      '--assumeyes',
      '-q',
      '--quiet',
      '-v',
      '--nogpgcheck',
      '-C',
      '--cacheonly',
      '--refresh',
      '--installed',
      '--available',
      '--best',
      '--allowerasing',
      '--noautoremove',
    ],
    valued: ['-d', '-e', '--enablerepo', '--disablerepo', '--setopt', '-c'],
  })
  if (options.wrong !== null) return failed(2, `dnf: error: unrecognized arguments: ${options.wrong}\n`)
  const [verb = '', ...names] = options.words
  const yes = options.values.has('-y') || options.values.has('--assumeyes')
  switch (verb) {
    case 'install':
      return install(call, names, yes)
    case 'update':
    case 'upgrade':
      return done('Dependencies resolved.\nNothing to do.\nComplete!\n')
    case 'remove':
    case 'erase':
      return remove(call, names, yes)
    case 'list': {
      const kinds = ['installed', 'available', 'all']
      const word = names.find((name) => kinds.includes(name))
      const kind = options.values.has('--installed')
        ? 'installed'
        : options.values.has('--available')
          ? 'available'
          : (word ?? 'all')
      return list(
        machine,
        kind,
        names.filter((name) => name !== word),
      )
    }
    case 'makecache':
      return done('Metadata cache created.\n')
    default:
      return failed(1, `No such command: ${verb}. Please use /usr/bin/dnf --help\n`)
  }
}

async function install(call: ToolCall, names: readonly string[], yes: boolean): Promise<ProgramResult> {
  const { machine } = call
  if (names.length === 0) return failed(1, 'dnf install: error: the following arguments are required: PACKAGE\n')
  let stdout = ''
  const wanted: Package[] = []
  const unknown: string[] = []
  for (const name of names) {
    const version = machine.state.packages[name]
    const found = offered(machine.state.profile.os)[name]
    if (version !== undefined) stdout += `Package ${fullName(name, version)} is already installed.\n`
    else if (found) wanted.push(found)
    else unknown.push(name)
  }
  // dnf does nothing at all when one of the names is unknown.
  if (unknown.length > 0) {
    const lines = unknown.map((name) => `No match for argument: ${name}\n`)
    return failed(1, `Error: Unable to find a match: ${unknown.join(' ')}\n`, stdout + lines.join(''))
  }
  if (wanted.length === 0) return done(`${stdout}Dependencies resolved.\nNothing to do.\nComplete!\n`)
  stdout += `Dependencies resolved.\n${summary('Install', 'Installing', wanted)}`
  if (!yes) {
    const answer = await confirm(call, `${stdout}Is this ok [y/N]: `, false)
    stdout = answer.shown
    if (!answer.yes) return failed(1, 'Operation aborted.\n', stdout)
  }
  for (const each of wanted) installPackage(machine, each)
  const installed = wanted.map(({ name, version }) => `  ${fullName(name, version)}\n`)
  return done(`${stdout}\nInstalled:\n${installed.join('')}\nComplete!\n`)
}

async function remove(call: ToolCall, names: readonly string[], yes: boolean): Promise<ProgramResult> {
  const { machine } = call
  if (names.length === 0) return failed(1, 'dnf remove: error: the following arguments are required: PACKAGE\n')
  let stdout = ''
  const going: Package[] = []
  for (const name of names) {
    const version = machine.state.packages[name]
    if (version === undefined) stdout += `No match for argument: ${name}\n`
    else
      going.push({ name, version, repository: '@System', size: offered(machine.state.profile.os)[name]?.size ?? '1 M' })
  }
  if (going.length === 0) {
    return done(`${stdout}No packages marked for removal.\nDependencies resolved.\nNothing to do.\nComplete!\n`)
  }
  stdout += `Dependencies resolved.\n${summary('Remove', 'Removing', going)}`
  if (!yes) {
    const answer = await confirm(call, `${stdout}Is this ok [y/N]: `, false)
    stdout = answer.shown
    if (!answer.yes) return failed(1, 'Operation aborted.\n', stdout)
  }
  for (const { name } of going) removePackage(machine, name)
  const removed = going.map(({ name, version }) => `  ${fullName(name, version)}\n`)
  return done(`${stdout}\nRemoved:\n${removed.join('')}\nComplete!\n`)
}

function list(machine: Machine, kind: string, names: readonly string[]): ProgramResult {
  const row = (name: string, version: string, from: string) =>
    `${`${name}.x86_64`.padEnd(30)} ${version.padEnd(36)} ${from}\n`
  const matches = (name: string) => names.length === 0 || names.includes(name)
  const have = Object.entries(machine.state.packages).filter(([name]) => matches(name) && kind !== 'available')
  const more = Object.values(offered(machine.state.profile.os)).filter(
    ({ name }) => matches(name) && kind !== 'installed' && !(name in machine.state.packages),
  )
  if (have.length + more.length === 0) return failed(1, 'Error: No matching Packages to list\n')
  const installed = have.sort().map(([name, version]) => row(name, version, '@System'))
  const available = more.map(({ name, version, repository }) => row(name, version, repository))
  return done(
    `${installed.length > 0 ? `Installed Packages\n${installed.join('')}` : ''}${available.length > 0 ? `Available Packages\n${available.join('')}` : ''}`,
  )
}

function summary(noun: string, participle: string, packages: readonly Package[]): string {
  const bar = '='.repeat(80)
  const row = (name: string, arch: string, version: string, repository: string, size: string) =>
    ` ${name.padEnd(12)} ${arch.padEnd(8)} ${version.padEnd(20)} ${repository.padEnd(28)} ${size}\n`
  const rows = packages.map((each) => row(each.name, 'x86_64', each.version, each.repository, each.size))
  const count = `${packages.length} Package${packages.length === 1 ? '' : 's'}`
  return `${bar}\n${row('Package', 'Arch', 'Version', 'Repository', 'Size')}${bar}\n${participle}:\n${rows.join('')}\nTransaction Summary\n${bar}\n${noun}  ${count}\n\n`
}
