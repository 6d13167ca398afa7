import type { Tool } from '../machine.ts'
import { userlandOf } from '../profiles/userland.ts'
import { fullName } from '../services/packages.ts'
import { absent, failed, splitOptions } from './program.ts'

/** rpm(8): `-q NAME...`, `-qa`, with `--qf`. */
export const rpm: Tool = ({ machine, args }) => {
  if (userlandOf(machine).packageManager === 'apt') return absent('rpm')
  const options = splitOptions(args, {
    flags: ['-q', '--query', '-a', '--all', '--quiet', '--version'],
    valued: ['--qf', '--queryformat'],
  })
  if (options.wrong !== null) return failed(1, `rpm: ${options.wrong}: unknown option\n`)
  if (options.values.has('--version')) return { status: 0, stdout: 'RPM version 4.11.3\n', stderr: '' }
  if (!options.values.has('-q') && !options.values.has('--query')) return failed(1, 'rpm: no operation specified\n')
  const all = options.values.has('-a') || options.values.has('--all')
  if (!all && options.words.length === 0) return failed(1, 'rpm: no arguments given for query\n')
  const format = (options.values.get('--qf') ?? options.values.get('--queryformat'))?.[0] ?? null
  const { packages } = machine.state
  let missing = 0
  let stdout = ''
  for (const word of all ? Object.keys(packages).sort() : options.words) {
    const name = Object.keys(packages).find((each) => each === word || fullName(each, packages[each] ?? '') === word)
    if (name === undefined) {
      missing++
      stdout += `package ${word} is not installed\n`
    } else {
      const version = packages[name] ?? ''
      stdout += format === null ? `${fullName(name, version)}\n` : filled(format, name, version)
    }
  }
  return { status: missing, stdout: options.values.has('--quiet') ? '' : stdout, stderr: '' }
}

function filled(format: string, name: string, full: string): string {
  const at = full.indexOf('-')
  const [version, release] = at < 0 ? [full, '1'] : [full.slice(0, at), full.slice(at + 1)]
  const tags: Readonly<Record<string, string>> = {
    NAME: name,
    VERSION: version,
    RELEASE: release,
    ARCH: 'x86_64',
    EPOCH: '(none)',
    EVR: full,
    NVRA: fullName(name, full),
  }
  return format
    .replaceAll(/%-?\d*\{([A-Za-z]+)\}/g, (_, tag: string) => tags[tag.toUpperCase()] ?? '(none)')
    .replaceAll('\\n', '\n')
    .replaceAll('\\t', '\t')
}
