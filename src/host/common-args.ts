import { err, ok, type Result } from '../shared/result.ts'
import { didYouMean } from '../shared/text.ts'

/** What `ansible_ssh_common_args` may say; null or undefined: not said. */
export interface CommonArgs {
  readonly port: number | null
  readonly user: string | null
  readonly jump: string | null
  /** Seconds. */
  readonly timeout: number | undefined
  readonly hostKeys: 'strict' | 'accept-new' | 'off' | null
  readonly knownHosts: readonly string[] | null
  readonly keys: readonly string[]
}

/** An argument that cannot be honoured. */
export interface ArgsProblem {
  readonly message: string
  readonly hint?: string
}

/** Options of ssh_config(5) that only concern the ssh program itself, or that we do anyway. */
const harmless = [
  'BatchMode',
  'CheckHostIP',
  'Compression',
  'ConnectionAttempts',
  'ControlMaster',
  'ControlPath',
  'ControlPersist',
  'ForwardAgent',
  'ForwardX11',
  'GSSAPIAuthentication',
  'GSSAPIDelegateCredentials',
  'HashKnownHosts',
  'IdentitiesOnly',
  'KbdInteractiveAuthentication',
  'LogLevel',
  'PasswordAuthentication',
  'PreferredAuthentications',
  'PubkeyAuthentication',
  'ServerAliveCountMax',
  'ServerAliveInterval',
  'TCPKeepAlive',
]

const honoured = [
  'ConnectTimeout',
  'IdentityFile',
  'Port',
  'ProxyJump',
  'StrictHostKeyChecking',
  'User',
  'UserKnownHostsFile',
]

/** Reads arguments of the ssh program: `-o Option=value`, `-J`, `-i`, `-p`, `-l`; others are refused by name rather than passed over. */
export function parseCommonArgs(text: string, home: string): Result<CommonArgs, ArgsProblem> {
  const words = splitArgs(text)
  if (words === null) return err({ message: 'has a quote that is not closed' })
  const options: [string, string][] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    const letter = /^-([oJiplF])(.*)$/s.exec(word)
    if (/^-[CqTtnAaxXkKv46]+$/.test(word)) continue
    if (!letter)
      return err({ message: `holds "${word}", which is not understood here`, hint: 'known are -o, -J, -i, -p and -l' })
    const value = letter[2] === '' ? (words[++at] ?? '') : (letter[2] ?? '')
    const option = letterOption(letter[1] ?? '', value)
    if (!option)
      return err({ message: `holds "${word}", which is not understood here`, hint: 'known are -o, -J, -i, -p and -l' })
    options.push(option)
  }
  return collect(options, home)
}

function letterOption(letter: string, value: string): [string, string] | null {
  if (letter === 'J') return ['ProxyJump', value]
  if (letter === 'i') return ['IdentityFile', value]
  if (letter === 'p') return ['Port', value]
  if (letter === 'l') return ['User', value]
  if (letter !== 'o') return null
  const [, name = '', rest = ''] = /^\s*(\w+)\s*[=\s]\s*(.*)$/s.exec(value) ?? []
  return name === '' ? null : [name, rest]
}

/** As in ssh, the first value of an option counts. */
function collect(options: readonly (readonly [string, string])[], home: string): Result<CommonArgs, ArgsProblem> {
  const first = new Map<string, string>()
  const keys: string[] = []
  for (const [name, value] of options) {
    const known = [...honoured, ...harmless].find((each) => each.toLowerCase() === name.toLowerCase())
    if (known === undefined) return err(unknownOption(name))
    if (known === 'IdentityFile') keys.push(value)
    else if (!first.has(known)) first.set(known, value)
  }
  const checking = first.get('StrictHostKeyChecking')?.toLowerCase()
  const modes = { yes: 'strict', ask: 'strict', 'accept-new': 'accept-new', no: 'off', off: 'off' } as const
  const hostKeys = Object.entries(modes).find(([word]) => word === checking)?.[1] ?? null
  if (checking !== undefined && hostKeys === null)
    return err({ message: `has StrictHostKeyChecking=${checking}, but it must be yes, accept-new or no` })
  const files = first.get('UserKnownHostsFile')?.split(/\s+/)
  const timeout = Number(first.get('ConnectTimeout') ?? Number.NaN)
  const port = Number(first.get('Port') ?? Number.NaN)
  return ok({
    port: Number.isInteger(port) ? port : null,
    user: first.get('User') ?? null,
    jump: first.get('ProxyJump') ?? null,
    timeout: timeout > 0 ? timeout : undefined,
    hostKeys,
    knownHosts: files?.map((file) => file.replace(/^~(?=\/)/, home)) ?? null,
    keys,
  })
}

function unknownOption(name: string): ArgsProblem {
  if (name.toLowerCase() === 'proxycommand')
    return {
      message: 'has the option ProxyCommand, which is not understood here',
      hint: 'use ProxyJump: -J user@jumphost',
    }
  const hint = didYouMean(name, [...honoured, ...harmless])
  return { message: `has the option ${name}, which is not understood here`, ...(hint !== undefined && { hint }) }
}

/** Splits as a shell would, with both kinds of quotes; null when one is not closed. */
function splitArgs(text: string): readonly string[] | null {
  const words: string[] = []
  const piece = /\s*((?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+)/gsy
  while (piece.lastIndex < text.trimEnd().length) {
    const match = piece.exec(text.trimEnd())
    if (!match) return null
    words.push(
      (match[1] ?? '').replaceAll(
        /\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/gs,
        (_all, escaped, double, single) => escaped ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? single ?? '',
      ),
    )
  }
  return words
}
