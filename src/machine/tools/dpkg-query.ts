import type { Machine, ProgramResult, Tool } from '../machine.ts'
import { userlandOf } from '../profiles/userland.ts'
import { absent, done, failed, splitOptions } from './program.ts'

/** dpkg-query(1): -W with -f/--showformat, -l, -s. */
export const dpkgQuery: Tool = ({ machine, args }) => {
  if (userlandOf(machine).packageManager !== 'apt') return absent('dpkg-query')
  return answer(machine, args, 'dpkg-query')
}

/** dpkg(1): -l and -s, which it hands to dpkg-query. */
export const dpkg: Tool = ({ machine, args }) => {
  if (userlandOf(machine).packageManager !== 'apt') return absent('dpkg')
  if (args[0] === '--print-architecture') return done('amd64\n')
  return answer(machine, args, 'dpkg')
}

function answer(machine: Machine, args: readonly string[], self: string): ProgramResult {
  const options = splitOptions(args, {
    flags: ['-W', '--show', '-l', '--list', '-s', '--status'],
    valued: ['-f', '--showformat'],
  })
  if (options.wrong !== null) return failed(2, `${self}: error: unknown option ${options.wrong}\n`)
  const has = (...flags: string[]) => flags.some((flag) => options.values.has(flag))
  const { packages } = machine.state
  const asked = options.words.length > 0 ? options.words : Object.keys(packages).sort()
  const found = asked.flatMap((pattern) =>
    matching(packages, pattern).map((name) => [name, packages[name] ?? ''] as const),
  )
  const lost = asked.filter((pattern) => matching(packages, pattern).length === 0)
  if (has('-s', '--status')) {
    const missing = lost.map(
      (name) => `dpkg-query: package '${name}' is not installed and no information is available\n`,
    )
    const texts = found.map(
      ([name, version]) => `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`,
    )
    return { status: lost.length > 0 ? 1 : 0, stdout: texts.join('\n'), stderr: missing.join('') }
  }
  const missing = lost.map((name) => `dpkg-query: no packages found matching ${name}\n`)
  const status = lost.length > 0 ? 1 : 0
  if (has('-W', '--show')) {
    const format =
      (options.values.get('-f') ?? options.values.get('--showformat'))?.[0] ?? '${binary:Package}\\t${Version}\\n'
    return { status, stdout: found.map((each) => filled(format, ...each)).join(''), stderr: missing.join('') }
  }
  if (has('-l', '--list')) {
    const rows = found.map(([name, version]) => `ii  ${name.padEnd(24)} ${version.padEnd(28)} amd64        ${name}\n`)
    return { status, stdout: rows.length > 0 ? `${heading}${rows.join('')}` : '', stderr: missing.join('') }
  }
  return failed(2, `${self}: error: need an action option\n`)
}

// dpkg-query takes shell patterns.
function matching(packages: Readonly<Record<string, string>>, pattern: string): readonly string[] {
  const name = pattern.replace(/:(amd64|any)$/, '')
  const source = name
    .replaceAll(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  const shape = new RegExp(`^${source}$`)
  return Object.keys(packages)
    .filter((each) => shape.test(each))
    .sort()
}

function filled(format: string, name: string, version: string): string {
  const fields: Readonly<Record<string, string>> = {
    Package: name,
    'binary:Package': name,
    Version: version,
    Architecture: 'amd64',
    Status: 'install ok installed',
    'db:Status-Abbrev': 'ii ',
    'db:Status-Status': 'installed',
  }
  return format
    .replaceAll(/\$\{([\w:-]+)(?:;-?\d+)?\}/g, (_, field: string) => fields[field] ?? '')
    .replaceAll('\\n', '\n')
    .replaceAll('\\t', '\t')
}

const heading = `Desired=Unknown/Install/Remove/Purge/Hold
| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend
|/ Err?=(none)/Reinst-required (X=bad/S=suspend/h=hold...)
||/ Name                     Version                      Architecture Description
+++-========================-============================-============-=================================
`
