import type { ProgramResult, Tool, ToolCall } from '../machine.ts'
import { userlandOf } from '../profiles/userland.ts'
import { offered, type Package } from '../services/catalog.ts'
import { installPackage, removePackage } from '../services/packages.ts'
import { absent, confirm, done, failed, splitOptions } from './program.ts'

/** apt-get(8): update, install (with --only-upgrade), remove, purge, upgrade; -s only says what it would do. */
export const aptGet: Tool = (call) => {
  const { machine, args } = call
  if (userlandOf(machine).packageManager !== 'apt') return absent('apt-get')
  const options = splitOptions(args, {
    flags: [
      '-y',
      '--yes',
      '--assume-yes',
      '-q',
      '--quiet',
      '-s',
      '--simulate',
      '--only-upgrade',
      '--no-install-recommends',
      '--no-upgrade',
      '--allow-downgrades',
      '--purge',
      '-f',
      '--fix-broken',
    ],
    valued: ['-o', '-t', '--target-release', '-c'],
  })
  if (options.wrong !== null) {
    const what = options.wrong.startsWith('--')
      ? `option ${options.wrong}`
      : `option '${options.wrong.slice(1, 2)}' [from ${options.wrong}]`
    return failed(100, `E: Command line ${what} is not understood in combination with the other options\n`)
  }
  const has = (...flags: string[]) => flags.some((flag) => options.values.has(flag))
  const how = {
    yes: has('-y', '--yes', '--assume-yes'),
    simulate: has('-s', '--simulate'),
    onlyUpgrade: has('--only-upgrade'),
  }
  const [verb = '', ...names] = options.words
  switch (verb) {
    case 'update':
      return done('Reading package lists...\n')
    case 'install':
      return install(call, names, how)
    case 'remove':
    case 'purge':
      return remove(call, names, how)
    case 'upgrade':
    case 'dist-upgrade':
      return done(`${reading}Calculating upgrade...\n${summary(0, 0)}`)
    default:
      return failed(100, `E: Invalid operation ${verb}\n`)
  }
}

interface How {
  readonly yes: boolean
  readonly simulate: boolean
  readonly onlyUpgrade: boolean
}

const reading = 'Reading package lists...\nBuilding dependency tree...\nReading state information...\n'

const summary = (added: number, removed: number): string =>
  `0 upgraded, ${added} newly installed, ${removed} to remove and 0 not upgraded.\n`

function install({ machine }: ToolCall, names: readonly string[], how: How): ProgramResult {
  const repository = offered(machine.state.profile.os)
  const { packages } = machine.state
  const unknown = names.filter((name) => !(name in packages) && !repository[name])
  // apt does nothing at all when one of the names is unknown.
  if (unknown.length > 0)
    return failed(100, unknown.map((name) => `E: Unable to locate package ${name}\n`).join(''), reading)
  let stdout = reading
  const wanted: Package[] = []
  for (const name of names) {
    const found = repository[name]
    if (packages[name] !== undefined) stdout += `${name} is already the newest version (${packages[name]}).\n`
    else if (how.onlyUpgrade) stdout += `Skipping ${name}, it is not installed and only upgrades are requested.\n`
    else if (found) wanted.push(found)
  }
  if (wanted.length === 0) return done(stdout + summary(0, 0))
  stdout += `The following NEW packages will be installed:\n  ${wanted.map(({ name }) => name).join(' ')}\n${summary(wanted.length, 0)}`
  if (how.simulate) {
    const lines = (verb: string) =>
      wanted.map(({ name, version, repository: from }) => `${verb} ${name} (${version} ${from} [amd64])\n`)
    return done([stdout, ...lines('Inst'), ...lines('Conf')].join(''))
  }
  for (const each of wanted) {
    stdout += `Selecting previously unselected package ${each.name}.\nUnpacking ${each.name} (${each.version}) ...\n`
  }
  for (const each of wanted) {
    installPackage(machine, each)
    stdout += `Setting up ${each.name} (${each.version}) ...\n`
  }
  return done(stdout)
}

async function remove(call: ToolCall, names: readonly string[], how: How): Promise<ProgramResult> {
  const { machine } = call
  const { packages } = machine.state
  const repository = offered(machine.state.profile.os)
  const unknown = names.filter((name) => !(name in packages) && !repository[name])
  if (unknown.length > 0)
    return failed(100, unknown.map((name) => `E: Unable to locate package ${name}\n`).join(''), reading)
  const going = names.filter((name) => name in packages)
  let stdout = reading
  for (const name of names) if (!going.includes(name)) stdout += `Package '${name}' is not installed, so not removed\n`
  if (going.length === 0) return done(stdout + summary(0, 0))
  stdout += `The following packages will be REMOVED:\n  ${going.join(' ')}\n${summary(0, going.length)}`
  if (how.simulate) return done(stdout + going.map((name) => `Remv ${name} [${packages[name]}]\n`).join(''))
  if (!how.yes) {
    const answer = await confirm(call, `${stdout}Do you want to continue? [Y/n] `, false)
    stdout = answer.shown
    if (!answer.yes) return failed(1, '', `${stdout}Abort.\n`)
  }
  for (const name of going) {
    stdout += `Removing ${name} (${packages[name]}) ...\n`
    removePackage(machine, name)
  }
  return done(stdout)
}
