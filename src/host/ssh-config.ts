import { execFile } from 'node:child_process'

/** What ssh itself would do for a host, from `ssh -G`: ~/.ssh/config, /etc/ssh/ssh_config, Include and Match. */
export interface SshConfig {
  readonly hostName: string | null
  readonly port: number | null
  readonly user: string | null
  readonly identityFiles: readonly string[]
  readonly identitiesOnly: boolean
  /** A socket, or `none`. */
  readonly identityAgent: string | null
  readonly userKnownHosts: readonly string[]
  readonly globalKnownHosts: readonly string[]
  readonly hostKeyAlias: string | null
  readonly proxyJump: string | null
  readonly proxyCommand: string | null
}

/** Asks ssh about a host; null when there is no ssh program, or it refuses its configuration. */
export function askSshConfig(host: string, user: string | null, port: number | null): Promise<SshConfig | null> {
  const args = [
    '-G',
    ...(user === null ? [] : ['-l', user]),
    ...(port === null ? [] : ['-p', String(port)]),
    '--',
    host,
  ]
  return new Promise((resolve) => {
    execFile('ssh', args, { timeout: 5000 }, (error, stdout) => resolve(error ? null : parseSshConfig(stdout)))
  })
}

/** Reads what `ssh -G` prints: a keyword in lower case and its value on each line. */
export function parseSshConfig(text: string): SshConfig {
  const values = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [, name = '', value = ''] = /^(\S+) (.*)$/.exec(line) ?? []
    if (name !== '') values.set(name, [...(values.get(name) ?? []), value])
  }
  const one = (name: string): string | null => values.get(name)?.[0] ?? null
  const words = (name: string): readonly string[] => (values.get(name) ?? []).flatMap((value) => value.split(' '))
  const proxy = (name: string): string | null => (one(name) === 'none' ? null : one(name))
  const port = one('port')
  return {
    hostName: one('hostname'),
    port: port === null ? null : Number(port),
    user: one('user'),
    identityFiles: values.get('identityfile') ?? [],
    identitiesOnly: one('identitiesonly') === 'yes',
    identityAgent: one('identityagent'),
    userKnownHosts: words('userknownhostsfile'),
    globalKnownHosts: words('globalknownhostsfile'),
    hostKeyAlias: one('hostkeyalias'),
    proxyJump: proxy('proxyjump'),
    proxyCommand: proxy('proxycommand'),
  }
}
