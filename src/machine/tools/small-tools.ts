import type { Tool } from '../machine.ts'
import { done, failed } from './program.ts'

/** true(1) and programs that have nothing to do here, such as sync(1). */
export const succeed: Tool = () => done()

/** false(1) */
export const fail: Tool = () => failed(1, '')

/** echo(1): -n leaves the newline out. */
export const echo: Tool = ({ args }) => (args[0] === '-n' ? done(args.slice(1).join(' ')) : done(`${args.join(' ')}\n`))

/** printf(1): %s, %d, %% and the usual backslashes; the format is used again while arguments are left. */
export const printf: Tool = ({ args }) => {
  const [format, ...rest] = args[0] === '--' ? args.slice(1) : args
  if (format === undefined) return failed(1, "printf: missing operand\nTry 'printf --help' for more information.\n")
  const values = [...rest]
  let out = ''
  do {
    const before = values.length
    out += format.replaceAll(/%([sd%])|\\([\\nt0]|x[0-9a-f]{2}|[0-7]{1,3})/g, (_match, conversion, code) => {
      if (conversion === '%') return '%'
      if (conversion === 's') return values.shift() ?? ''
      if (conversion === 'd') return String(Number.parseInt(values.shift() ?? '0', 10) || 0)
      return unescaped(String(code))
    })
    if (values.length === before) break
  } while (values.length > 0)
  return done(out)
}

function unescaped(code: string): string {
  if (code === 'n') return '\n'
  if (code === 't') return '\t'
  if (code === '\\') return '\\'
  return String.fromCharCode(code.startsWith('x') ? Number.parseInt(code.slice(1), 16) : Number.parseInt(code, 8))
}

/** printenv(1) */
export const printenv: Tool = ({ args, env }) => {
  if (args.length === 0)
    return done(
      Object.entries(env)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    )
  const found = args.flatMap((name) => (env[name] === undefined ? [] : [`${env[name]}\n`]))
  return { status: found.length === args.length ? 0 : 1, stdout: found.join(''), stderr: '' }
}

/** id(1): frames are performed as root. */
export const id: Tool = ({ args }) => {
  const flags = args.filter((arg) => arg.startsWith('-')).join('')
  if (flags.includes('u') || flags.includes('g') || flags.includes('G'))
    return done(flags.includes('n') ? 'root\n' : '0\n')
  return done('uid=0(root) gid=0(root) groups=0(root)\n')
}

/** whoami(1) */
export const whoami: Tool = () => done('root\n')

/** pwd(1) */
export const pwd: Tool = ({ cwd }) => done(`${cwd}\n`)

/** sleep(1) in modelled seconds. */
export const sleep: Tool = async ({ machine, args, signal }) => {
  const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }
  const seconds = args.map((arg) => {
    const [, number = '', unit = 's'] = /^(\d+(?:\.\d+)?)([smhd])?$/.exec(arg) ?? []
    return number === '' ? null : Number(number) * (units[unit] ?? 1)
  })
  const wrong = seconds.indexOf(null)
  if (seconds.length === 0) return failed(1, "sleep: missing operand\nTry 'sleep --help' for more information.\n")
  if (wrong >= 0)
    return failed(1, `sleep: invalid time interval '${args[wrong]}'\nTry 'sleep --help' for more information.\n`)
  await machine.time.sleep(
    seconds.reduce<number>((sum, each) => sum + (each ?? 0), 0),
    signal,
  )
  return signal?.aborted ? failed(143, '') : done()
}

/** date(1): +%s, +%F, +%T and +%Y-%m-%dT%H:%M:%SZ letters, else the usual line, in UTC. */
export const date: Tool = ({ machine, args }) => {
  const now = new Date(machine.time.now() * 1000)
  const iso = now.toISOString()
  const format = args.find((arg) => arg.startsWith('+'))?.slice(1)
  const usual = `${now.toUTCString().slice(0, 3)} ${now.toUTCString().slice(8, 11)} ${now.toUTCString().slice(5, 7)} ${iso.slice(11, 19)} UTC ${iso.slice(0, 4)}`
  const letters: Readonly<Record<string, string>> = {
    s: String(Math.floor(machine.time.now())),
    F: iso.slice(0, 10),
    T: iso.slice(11, 19),
    Y: iso.slice(0, 4),
    m: iso.slice(5, 7),
    d: iso.slice(8, 10),
    H: iso.slice(11, 13),
    M: iso.slice(14, 16),
    S: iso.slice(17, 19),
    '%': '%',
  }
  return done(`${format === undefined ? usual : format.replaceAll(/%(.)/g, (all, letter) => letters[letter] ?? all)}\n`)
}

/** getent(1): passwd, group and hosts from their files. */
export const getent: Tool = ({ machine, args }) => {
  const [database = '', ...keys] = args
  if (!['passwd', 'group', 'hosts'].includes(database)) return failed(1, `Unknown database: ${database}\n`)
  const content = machine.files.read(`/etc/${database}`)
  const lines = (content.ok ? Buffer.from(content.value).toString('utf8') : '')
    .split('\n')
    .filter((line) => line !== '')
  const separator = database === 'hosts' ? /\s+/ : ':'
  const found =
    keys.length === 0 ? lines : keys.flatMap((key) => lines.find((line) => line.split(separator).includes(key)) ?? [])
  return { status: keys.length > found.length ? 2 : 0, stdout: found.map((line) => `${line}\n`).join(''), stderr: '' }
}

/** env(1) with a command: `env A=1 program ...`; alone it prints what it has. */
export const env: Tool = ({ machine, args, env: own, stdin, cwd }) => {
  const at = args.findIndex((arg) => !/^[A-Za-z_]\w*=/.test(arg))
  const set = Object.fromEntries(
    (at < 0 ? args : args.slice(0, at)).map((arg) => [arg.slice(0, arg.indexOf('=')), arg.slice(arg.indexOf('=') + 1)]),
  )
  const all = { ...own, ...set }
  if (at < 0)
    return done(
      Object.entries(all)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    )
  return machine.exec(args.slice(at), { env: all, stdin, cwd })
}
