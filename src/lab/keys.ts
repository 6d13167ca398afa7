import { join } from 'node:path'
import { readIfThere, replaceFile } from './disk.ts'
import { LabError } from './lab-error.ts'
import { generateKeyPair, type KeyPair, publicBlob } from './ssh-server.ts'

/** The file of the key that logs in to every machine of the lab. */
export function userKeyPath(stateDir: string): string {
  return join(stateDir, 'keys', 'user')
}

/** The key that logs in to every machine of the lab; made once. */
export function userKey(stateDir: string): Promise<KeyPair> {
  return storedKey(userKeyPath(stateDir), 'vflag-play lab')
}

/** The host key of a machine; made once, so that known_hosts entries stay right. */
export function hostKey(stateDir: string, host: string): Promise<KeyPair> {
  return storedKey(join(stateDir, 'keys', `host-${fileName(host)}`), `root@${host}`)
}

/** A host name as a file name that stays in its folder. */
export function fileName(host: string): string {
  return encodeURIComponent(host).replaceAll('.', '%2E')
}

async function storedKey(path: string, comment: string): Promise<KeyPair> {
  const privateKey = await readIfThere(path)
  const publicKey = await readIfThere(`${path}.pub`)
  if (privateKey !== null && publicKey !== null) {
    try {
      if (publicBlob(privateKey).equals(publicBlob(publicKey))) return { privateKey, publicKey: publicKey.trim() }
    } catch (cause) {
      throw unusable(path, cause)
    }
    throw unusable(path)
  }
  const pair = generateKeyPair(comment)
  await replaceFile(path, pair.privateKey, 0o600)
  await replaceFile(`${path}.pub`, `${pair.publicKey}\n`)
  return pair
}

function unusable(path: string, cause?: unknown): LabError {
  return new LabError(
    `The lab's key ${path} is damaged, but must be an OpenSSH key with its public half beside it`,
    'run "vflag-play lab reset" to make new keys and pristine machines',
    cause,
  )
}
