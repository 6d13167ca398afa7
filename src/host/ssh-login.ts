import { readFileSync } from 'node:fs'
import type { Secret } from '../shared/secret.ts'
import type { PrivateKey } from './settings.ts'
import type { SshTarget } from './ssh-target.ts'

/** One way to log in, in words for messages and as the SSH library takes it. */
export type LoginMethod =
  | { readonly type: 'publickey'; readonly label: string; readonly key: string }
  | { readonly type: 'agent'; readonly label: string; readonly socket: string }
  | { readonly type: 'password'; readonly label: string; readonly password: Secret }
  | { readonly type: 'keyboard-interactive'; readonly label: string; readonly password: Secret }

/** The ways to log in that we have, in the order they are tried, and what could not be used and why. */
export function loginMethods(target: SshTarget): {
  readonly methods: readonly LoginMethod[]
  readonly unusable: readonly string[]
} {
  const methods: LoginMethod[] = []
  const unusable: string[] = []
  const addKeys = (keys: readonly PrivateKey[]): void => {
    for (const key of keys) {
      const found = readKey(key)
      if (found.problem === null) methods.push({ type: 'publickey', label: found.label, key: found.text })
      else unusable.push(`${found.label} ${found.problem}`)
    }
  }
  addKeys(target.keys)
  if (target.agentSocket !== null) methods.push({ type: 'agent', label: 'the agent', socket: target.agentSocket })
  addKeys(target.lateKeys)
  if (target.password !== null) {
    methods.push({ type: 'password', label: 'the password', password: target.password })
    methods.push({
      type: 'keyboard-interactive',
      label: 'the password (keyboard-interactive)',
      password: target.password,
    })
  }
  return { methods, unusable }
}

function readKey(key: PrivateKey): { readonly label: string; readonly text: string; readonly problem: string | null } {
  if (key.kind === 'text') return { label: key.label, text: key.text.reveal(), problem: null }
  const label = `the key ${key.path}`
  try {
    const text = readFileSync(key.path, 'utf8')
    const problem = isEncrypted(text) ? 'needs a passphrase: add it to an agent with ssh-add' : null
    return { label, text, problem }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    return { label, text: '', problem: code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})` }
  }
}

/** PEM says so in its head; OpenSSH's own format (PROTOCOL.key) names a cipher after its magic. */
function isEncrypted(text: string): boolean {
  if (/ENCRYPTED/.test(text.slice(0, 200))) return true
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(text)?.[1]
  if (body === undefined) return false
  const bytes = Buffer.from(body, 'base64')
  const magic = 'openssh-key-v1\0'.length
  return bytes.subarray(magic + 4, magic + 8).toString('latin1') !== 'none'
}
