import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fileName, hostKey, userKey } from '../../src/lab/keys.ts'
import { generateKeyPair, publicBlob } from '../../src/lab/ssh-server.ts'
import { temporary } from './temporary.ts'

test('keys are made once, each machine has its own, and nobody else may read the private ones', async () => {
  const dir = await temporary()
  const [user, one, two] = [await userKey(dir), await hostKey(dir, 'hv1'), await hostKey(dir, 'hv2')]
  expect([await userKey(dir), await hostKey(dir, 'hv1'), await hostKey(dir, 'hv2')]).toEqual([user, one, two])
  expect(new Set([user.publicKey, one.publicKey, two.publicKey]).size).toBe(3)
  expect(user.publicKey).toMatch(/^ssh-ed25519 [A-Za-z0-9+/]+=* vflag-play lab$/)
  expect((await stat(join(dir, 'keys', 'user'))).mode & 0o777).toBe(0o600)
  expect((await stat(join(dir, 'keys', 'host-hv1'))).mode & 0o777).toBe(0o600)
})

test('every pair can be read again, those with a zero byte in front too', () => {
  // ssh2 alone spoils about five in a thousand.
  for (let made = 0; made < 1500; made++) {
    const pair = generateKeyPair('x')
    expect(publicBlob(pair.privateKey)).toEqual(publicBlob(pair.publicKey))
  }
})

test.each([
  ['unreadable', 'x'],
  ['another one', generateKeyPair('other').privateKey],
])('a private key that is %s is refused with the way out', async (_what, text) => {
  const dir = await temporary()
  await userKey(dir)
  const path = join(dir, 'keys', 'user')
  await writeFile(path, text)
  await expect(userKey(dir)).rejects.toMatchObject({
    message: `The lab's key ${path} is damaged, but must be an OpenSSH key with its public half beside it`,
    hint: 'run "vflag-play lab reset" to make new keys and pristine machines',
  })
})

test.each([
  ['hv1', 'hv1'],
  ['hv1.example.org', 'hv1%2Eexample%2Eorg'],
  ['../etc', '%2E%2E%2Fetc'],
])('the host %s is kept in the file %s, inside the folder', (host, file) => expect(fileName(host)).toBe(file))
