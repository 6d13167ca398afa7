import type { Machine, ProgramResult, Tool, ToolCall } from '../machine.ts'
import { userlandOf } from '../profiles/userland.ts'
import { offered, type Package } from '../services/catalog.ts'
import { fullName, installPackage, removePackage } from '../services/packages.ts'
import { dnf } from './dnf.ts'
import { absent, confirm, done, failed, splitOptions } from './program.ts'

/** yum(8) 3.4 of RHEL 7; from RHEL 8 on it is another name of dnf. */
export const yum: Tool = async (call) => {
  const { machine } = call
  const { packageManager } = userlandOf(machine)
  if (packageManager === 'apt') return absent('yum')
  if (packageManager === 'dnf') return dnf(call)
  const options = splitOptions(call.args, {
    flags: ['-y', '--assumeyes', '-q', '--quiet', '-v', '--nogpgcheck', '-C', '--cacheonly', '--version'],
    valued: ['-d', '-e', '--enablerepo', '--disablerepo', '--setopt', '-c'],
  })
  if (options.wrong !== null) return failed(1, `Command line error: no such option: ${options.wrong}\n`)
  const [verb = '', ...names] = options.words
  const yes = options.values.has('-y') || options.values.has('--assumeyes')
  switch (verb) {
    case 'install':
      return install(call, names, yes)
    case 'update':
    case 'upgrade':
      return done(`${plugins}No packages marked for update\n`)
    case 'remove':
    case 'erase':
      return remove(call, names, yes)
    case 'list':
      return list(machine, names)
    case 'makecache':
      return done(`${plugins}Metadata Cache Created\n`)
    default:
      return failed(1, '', `${plugins}No such command: ${verb}. Please use /usr/bin/yum --help\n`)
  }
}

async function install(call: ToolCall, names: readonly string[], yes: boolean): Promise<ProgramResult> {
  const { machine } = call
  if (names.length === 0) return failed(1, 'Error: Need to pass a list of pkgs to install\n', plugins)
  let stdout = plugins
  const wanted: Package[] = []
  let unknown = 0
  for (const name of names) {
    const version = machine.state.packages[name]
    const found = offered(machine.state.profile.os)[name]
    if (version !== undefined) stdout += `Package ${fullName(name, version)} already installed and latest version\n`
    else if (found) wanted.push(found)
    else {
      stdout += `No package ${name} available.\n`
      unknown++
    }
  }
  if (wanted.length === 0) {
    return unknown > 0 ? failed(1, 'Error: Nothing to do\n', stdout) : done(`${stdout}Nothing to do\n`)
  }
  const lines = wanted.map(({ name, version }) => `---> Package ${name}.x86_64 0:${version} will be installed\n`)
  stdout += `Resolving Dependencies\n--> Running transaction check\n${lines.join('')}--> Finished Dependency Resolution\n\nDependencies Resolved\n\n`
  stdout += summary('Install', 'Installing', wanted)
  if (!yes) {
    const answer = await confirm(call, `${stdout}Is this ok [y/d/N]: `, false)
    stdout = answer.shown
    if (!answer.yes) return failed(1, '', `${stdout}Exiting on user command\n`)
  }
  for (const each of wanted) installPackage(machine, each)
  const installed = wanted.map(({ name, version }) => `  ${name}.x86_64 0:${version}\n`)
  return done(`${stdout}\nInstalled:\n${installed.join('')}\nComplete!\n`)
}

async function remove(call: ToolCall, names: readonly string[], yes: boolean): Promise<ProgramResult> {
  const { machine } = call
  if (names.length === 0) return failed(1, 'Error: Need to pass a list of pkgs to remove\n', plugins)
  let stdout = plugins
  const going: Package[] = []
  for (const name of names) {
    const version = machine.state.packages[name]
    if (version === undefined) stdout += `No Match for argument: ${name}\n`
    else
      going.push({
        name,
        version,
        repository: '@installed',
        size: offered(machine.state.profile.os)[name]?.size ?? '1 M',
      })
  }
  if (going.length === 0) return done(`${stdout}No Packages marked for removal\n`)
  const lines = going.map(({ name, version }) => `---> Package ${name}.x86_64 0:${version} will be erased\n`)
  stdout += `Resolving Dependencies\n--> Running transaction check\n${lines.join('')}--> Finished Dependency Resolution\n\nDependencies Resolved\n\n`
  stdout += summary('Remove', 'Removing', going)
  if (!yes) {
    const answer = await confirm(call, `${stdout}Is this ok [y/N]: `, false)
    stdout = answer.shown
    if (!answer.yes) return failed(1, '', `${stdout}Exiting on user command\n`)
  }
  for (const { name } of going) removePackage(machine, name)
  const removed = going.map(({ name, version }) => `  ${name}.x86_64 0:${version}\n`)
  return done(`${stdout}\nRemoved:\n${removed.join('')}\nComplete!\n`)
}

function list(machine: Machine, words: readonly string[]): ProgramResult {
  const kinds = ['installed', 'available', 'all']
  const kind = kinds.includes(words[0] ?? '') ? words[0] : 'all'
  const names = words.filter((word, at) => at > 0 || !kinds.includes(word))
  const row = (name: string, version: string, from: string) =>
    `${`${name}.x86_64`.padEnd(30)} ${version.padEnd(36)} ${from}\n`
  const matches = (name: string) => names.length === 0 || names.includes(name)
  const have = Object.entries(machine.state.packages).filter(([name]) => matches(name) && kind !== 'available')
  const more = Object.values(offered(machine.state.profile.os)).filter(
    ({ name }) => matches(name) && kind !== 'installed' && !(name in machine.state.packages),
  )
  if (have.length + more.length === 0) return failed(1, 'Error: No matching Packages to list\n', plugins)
  const installed = have.sort().map(([name, version]) => row(name, version, 'installed'))
  const available = more.map(({ name, version, repository }) => row(name, version, repository))
  return done(
    `${plugins}${installed.length > 0 ? `Installed Packages\n${installed.join('')}` : ''}${available.length > 0 ? `Available Packages\n${available.join('')}` : ''}`,
  )
}

function summary(noun: string, participle: string, packages: readonly Package[]): string {
  const bar = '='.repeat(80)
  const row = (name: string, arch: string, version: string, repository: string, size: string) =>
    ` ${name.padEnd(12)} ${arch.padEnd(8)} ${version.padEnd(30)} ${repository.padEnd(18)} ${size}\n`
  const rows = packages.map((each) => row(each.name, 'x86_64', each.version, each.repository, each.size))
  const count = `${packages.length} Package${packages.length === 1 ? '' : 's'}`
  return `${bar}\n${row('Package', 'Arch', 'Version', 'Repository', 'Size')}${bar}\n${participle}:\n${rows.join('')}\nTransaction Summary\n${bar}\n${noun}  ${count}\n\n`
}

const plugins = 'Loaded plugins: product-id, search-disabled-repos, subscription-manager\n'
