import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import ssh2 from 'ssh2'
import { expect, it } from 'vitest'
import { loginMethods } from '../../src/host/ssh-login.ts'
import type { SshTarget } from '../../src/host/ssh-target.ts'
import { Secret } from '../../src/shared/secret.ts'

it('the ways to log in are keys given, agent, own keys, password; unusable keys are named with the reason', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'vflag-login-'))
  const [good, locked, pem] = ['good', 'locked', 'pem'].map((name) => path.join(folder, name))
  const open = ssh2.utils.generateKeyPairSync('ed25519').private
  writeFileSync(good ?? '', open)
  writeFileSync(
    locked ?? '',
    ssh2.utils.generateKeyPairSync('ed25519', { passphrase: 'x', cipher: 'aes256-cbc', rounds: 1 }).private,
  )
  writeFileSync(pem ?? '', '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n')
  const target: SshTarget = {
    name: 'hv1',
    address: 'hv1',
    port: 22,
    user: 'me',
    keys: [
      { kind: 'text', label: 'the key of the lab', text: new Secret('text') },
      { kind: 'file', path: '/no/key' },
    ],
    agentSocket: '/agent',
    lateKeys: [good, locked, pem].map((each) => ({ kind: 'file', path: each ?? '' })),
    password: new Secret('p'),
    hostKey: { kind: 'known-hosts', mode: 'strict', files: null },
    knownAs: { name: 'hv1', port: 22 },
    knownHosts: [],
    jump: null,
    unsupported: null,
    timeoutMs: 1000,
    keepaliveMs: 1000,
  }
  const { methods, unusable } = loginMethods(target)
  rmSync(folder, { recursive: true })
  expect(methods.map(({ type, label }) => [type, label])).toEqual([
    ['publickey', 'the key of the lab'],
    ['agent', 'the agent'],
    ['publickey', `the key ${good}`],
    ['password', 'the password'],
    ['keyboard-interactive', 'the password (keyboard-interactive)'],
  ])
  expect(unusable).toEqual([
    'the key /no/key does not exist',
    `the key ${locked} needs a passphrase: add it to an agent with ssh-add`,
    `the key ${pem} needs a passphrase: add it to an agent with ssh-add`,
  ])
})
