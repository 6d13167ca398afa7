import type { LinkFailure } from './host.ts'
import { judgeKey, knownName, knownTypes } from './known-hosts.ts'
import type { SshServices } from './ssh.ts'
import { keyFailure } from './ssh-failure.ts'
import type { SshTarget } from './ssh-target.ts'

const hostKeyAlgorithms = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
] as const

/** Host key algorithms to agree on. Only types that are known for the host: ssh2 could agree on another, which would look like a changed key. */
export function hostKeyAlgorithmsFor(
  target: SshTarget,
  services: Pick<SshServices, 'knownHosts'>,
): (typeof hostKeyAlgorithms)[number][] {
  if (target.hostKey.kind === 'pinned' || target.hostKey.mode === 'off') return [...hostKeyAlgorithms]
  const types = knownTypes(
    services.knownHosts.lines(target.knownHosts),
    knownName(target.knownAs.name, target.knownAs.port),
  )
  const usable = hostKeyAlgorithms.filter((each) => types.includes(each.startsWith('rsa-') ? 'ssh-rsa' : each))
  return usable.length > 0 ? usable : [...hostKeyAlgorithms]
}

/** Judges the key that the server showed, and remembers a new one where that is wanted; null: trusted. */
export function judgeHostKey(
  target: SshTarget,
  blob: Buffer,
  services: Pick<SshServices, 'knownHosts' | 'notice'>,
): LinkFailure | null {
  const policy = target.hostKey
  if (policy.kind === 'pinned')
    return blob.toString('base64') === policy.key ? null : keyFailure(target, blob, 'pinned')
  if (policy.mode === 'off') return null
  const name = knownName(target.knownAs.name, target.knownAs.port)
  const verdict = judgeKey(services.knownHosts.lines(target.knownHosts), name, blob)
  if (verdict.kind === 'trusted') return null
  const [file] = target.knownHosts
  if (verdict.kind !== 'unknown' || policy.mode !== 'accept-new' || file === undefined)
    return keyFailure(target, blob, verdict)
  const problem = services.knownHosts.add(file, name, blob)
  services.notice?.(
    problem === null
      ? `the host key of ${target.name} is new and was added to ${file}`
      : `the host key of ${target.name} is new and could not be added to ${file}: ${problem}`,
  )
  return null
}
