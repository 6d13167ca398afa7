import { list } from '../shared/text.ts'
import type { LinkFailure } from './host.ts'
import { fingerprint, type KeyVerdict, keyType, knownName } from './known-hosts.ts'
import type { SshTarget } from './ssh-target.ts'

/** An error as Node and the SSH library describe it. */
export interface RawError {
  readonly message: string
  /** `ECONNREFUSED` */
  readonly code: string | null
  /** Where in the SSH library: `client-socket`, `client-timeout`, `client-authentication`, `handshake`. */
  readonly level: string | null
}

/** Takes what we use out of a thrown value. */
export function rawError(cause: unknown): RawError {
  if (!(cause instanceof Error)) return { message: String(cause), code: null, level: null }
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : null
  const level = 'level' in cause && typeof cause.level === 'string' ? cause.level : null
  return { message: cause.message, code, level }
}

/** Where a host is, for messages: `hv1 (10.0.0.1 port 2222)`. */
function place({ name, address, port }: SshTarget): string {
  const where = [...(address === name ? [] : [address]), ...(port === 22 ? [] : [`port ${port}`])].join(' ')
  return where === '' ? name : `${name} (${where})`
}

/** Why there is no connection. */
export function connectFailure(
  target: SshTarget,
  error: RawError,
  tried: readonly string[],
  unusable: readonly string[],
): LinkFailure {
  const host = place(target)
  if (error.level === 'client-authentication' || /authentication failures/i.test(error.message))
    return loginFailure(target, tried, unusable)
  if (error.level === 'client-timeout' || error.code === 'ETIMEDOUT')
    return {
      reason: 'connect',
      message: `${host} did not answer within ${target.timeoutMs / 1000} s`,
      hint: `is it up, and does a firewall drop port ${target.port}? a longer limit: --timeout`,
    }
  const known = codes[error.code ?? '']
  if (known) return { reason: 'connect', message: `${host} ${known.says}`, hint: known.hint(target) }
  if (/no matching host key/.test(error.message))
    return {
      reason: 'host-key',
      message: `${host} shows none of the host key types that known_hosts has for it`,
      hint: removeHint(target, target.knownHosts[0]),
    }
  if (/no matching/.test(error.message))
    return {
      reason: 'connect',
      message: `${host} and we have no algorithm in common (${error.message})`,
      hint: 'its SSH server is too old to be safe; update it',
    }
  if (/lost before handshake|ECONNRESET|No response/i.test(`${error.code} ${error.message}`))
    return {
      reason: 'connect',
      message: `${host} cut the connection before the login`,
      hint: 'its sshd may be overloaded (MaxStartups) or refuse this address: look at its log',
    }
  return { reason: 'connect', message: `no SSH connection to ${host}: ${error.message}` }
}

/** Whether trying again may help: a server cuts connections when too many come at once. */
export function isPassing(error: RawError): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE' || /lost before handshake/.test(error.message)
}

/** Why a key is not accepted. */
export function keyFailure(target: SshTarget, blob: Uint8Array, verdict: KeyVerdict | 'pinned'): LinkFailure {
  const host = place(target)
  const shown = `${keyType(blob)} ${fingerprint(blob)}`
  if (verdict === 'pinned')
    return {
      reason: 'host-key',
      message: `${host} showed another host key than it was started with: ${shown}; somebody may be in between`,
      hint: 'another program may have taken its port: run again, or start the simulated host anew with "vflag-play lab reset"',
    }
  if (verdict.kind === 'revoked')
    return {
      reason: 'host-key',
      message: `${host} showed a revoked host key: ${shown}, revoked in ${verdict.by.file}:${verdict.by.line}`,
      hint: 'do not connect; give the host a new key',
    }
  if (verdict.kind === 'changed')
    return {
      reason: 'host-key',
      message: `the host key of ${host} has changed: it showed ${shown}, but ${list(verdict.known.map((each) => `${each.file}:${each.line}`))} ${verdict.known.length === 1 ? 'has' : 'have'} another; somebody may be in between`,
      hint: `if the host was installed anew: ${removeHint(target, verdict.known[0]?.file)}`,
    }
  const port = target.knownAs.port === 22 ? '' : `-p ${target.knownAs.port} `
  return {
    reason: 'host-key',
    message: `the host key of ${host} is not known: it showed ${shown}`,
    hint: `compare the fingerprint, then: ssh-keyscan ${port}${target.knownAs.name} >> ${target.knownHosts[0] ?? '~/.ssh/known_hosts'} (or trust new hosts: --accept-new-host-keys)`,
  }
}

/** Why a link that was up is gone. */
export function deathFailure(target: SshTarget, error: RawError | null): LinkFailure {
  const host = place(target)
  if (error && /keepalive/i.test(error.message)) {
    const seconds = (target.keepaliveMs * 4) / 1000
    return { reason: 'link', message: `${host} stopped answering: no sign of life for ${seconds} s` }
  }
  if (error?.code === 'ECONNRESET') return { reason: 'link', message: `the connection to ${host} was reset` }
  if (error) return { reason: 'link', message: `the connection to ${host} broke: ${error.message}` }
  return { reason: 'link', message: `the connection to ${host} was closed by the other side` }
}

function loginFailure(target: SshTarget, tried: readonly string[], unusable: readonly string[]): LinkFailure {
  const ways = tried.length === 0 ? 'there is nothing to log in with' : `tried ${list(tried)}`
  const rest = unusable.length === 0 ? '' : `; not usable: ${list(unusable)}`
  return {
    reason: 'login',
    message: `${place(target)} refused the login of ${target.user}: ${ways}${rest}`,
    hint: `try: ssh ${target.port === 22 ? '' : `-p ${target.port} `}${target.user}@${target.address}; another user: -u, another key: --private-key`,
  }
}

const removeHint = (target: SshTarget, file: string | undefined): string =>
  `ssh-keygen -R '${knownName(target.knownAs.name, target.knownAs.port)}'${file === undefined ? '' : ` -f ${file}`}`

const codes: Readonly<Record<string, { readonly says: string; readonly hint: (target: SshTarget) => string }>> = {
  ECONNREFUSED: {
    says: 'refused the connection',
    hint: ({ port }) => `does sshd listen on port ${port}? another port: ansible_port`,
  },
  ENOTFOUND: {
    says: 'is no name that can be resolved',
    hint: () => 'check the spelling, or set ansible_host to its address',
  },
  EAI_AGAIN: { says: 'cannot be resolved now', hint: () => 'the name server does not answer; try again' },
  EHOSTUNREACH: { says: 'cannot be reached', hint: () => 'there is no route to it, or it is down' },
  ENETUNREACH: { says: 'cannot be reached', hint: () => 'there is no route to its network' },
  EACCES: { says: 'may not be connected to', hint: () => 'a local firewall refuses it' },
}
