import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHost } from '../../src/host/factory.ts'
import type { Become, Exchange, Host } from '../../src/host/host.ts'
import { fingerprint } from '../../src/host/known-hosts.ts'
import type { SshSettings } from '../../src/host/settings.ts'
import { look } from '../../src/module/frame.ts'
import { command } from '../../src/module/read.ts'
import { Secret } from '../../src/shared/secret.ts'
import { hostContract } from '../support/host-contract.ts'
import {
  has,
  makeUser,
  noSshd,
  type Sshd,
  services,
  settingsFor,
  startRelay,
  startSshd,
  type TestUser,
} from '../support/sshd.ts'

const missing = noSshd()
const whoami = look([command('whoami')])

describe.skipIf(missing !== null)(`a real sshd${missing === null ? '' : ` (left out: ${missing})`}`, () => {
  let sshd: Sshd
  const users: TestUser[] = []
  const hosts: Host[] = []

  beforeAll(async () => {
    sshd = await startSshd()
    users.push(
      makeUser('vflag-dash', '/bin/dash'),
      makeUser('vflag-bash', '/bin/bash'),
      makeUser('vflag-sudo', '/bin/bash', 'right password'),
      makeUser('vflag-nologin', '/usr/sbin/nologin'),
    )
    for (const user of users) spawnSync('chmod', ['755', user.home])
    // A login shell that talks, as many do.
    writeFileSync(path.join('/tmp/home-vflag-bash', '.bashrc'), 'echo "Welcome, guest!"; echo careful >&2\n')
  })
  afterAll(async () => {
    for (const host of hosts) await host.disconnect()
    sshd?.stop()
    for (const user of users) user.remove()
  })

  const open = (user: string, more: Partial<SshSettings> = {}): Host => {
    const host = createHost(settingsFor(sshd, user, more), services())
    hosts.push(host)
    return host
  }
  const failure = (answer: Exchange) => (answer.kind === 'done' ? answer : { kind: answer.kind, ...answer.failure })

  for (const user of ['vflag-dash', 'vflag-bash']) {
    hostContract(
      `as ${user}`,
      async () => {
        const root = mkdtempSync('/tmp/vflag-root-')
        spawnSync('chown', [user, root])
        const host = open(user)
        return { host, root, close: async () => rmSync(root, { recursive: true, force: true }) }
      },
      { shell: true, owner: user, root: false },
    )
  }

  describe.skipIf(!has('sudo'))(`sudo${has('sudo') ? '' : ' (left out: it is not installed)'}`, () => {
    const sudoers = '/etc/sudoers.d/vflag-test'
    beforeAll(() => {
      writeFileSync(sudoers, 'vflag-bash ALL=(ALL) NOPASSWD: ALL\nvflag-sudo ALL=(ALL) ALL\n')
      chmodSync(sudoers, 0o440)
    })
    afterAll(() => rmSync(sudoers, { force: true }))

    const root: Become = { method: 'sudo', user: 'root' }

    hostContract(
      'root by sudo without a password',
      async () => {
        const folder = mkdtempSync('/tmp/vflag-root-')
        return {
          host: open('vflag-bash'),
          root: folder,
          close: async () => rmSync(folder, { recursive: true, force: true }),
        }
      },
      { shell: true, become: root },
    )

    it('without a password gives other users too, each with a shell of its own', async () => {
      const host = open('vflag-bash')
      const answers = [
        await host.exchange(whoami, { become: root }),
        await host.exchange(whoami, { become: { method: 'sudo', user: 'vflag-dash' } }),
        await host.exchange(whoami),
        await host.exchange(whoami, { become: { ...root, password: new Secret('not asked for') } }),
      ]
      expect(answers.map(who)).toEqual(['root', 'vflag-dash', 'vflag-bash', 'root'])
    })

    it('takes the password when it is right', async () => {
      const become = { ...root, password: new Secret('right password') }
      expect(who(await open('vflag-sudo').exchange(whoami, { become }))).toBe('root')
    })

    it('refuses a wrong password after one attempt, and the host stays usable', async () => {
      const host = open('vflag-sudo')
      const become = { ...root, password: new Secret('wrong password') }
      expect(failure(await host.exchange(whoami, { become }))).toEqual({
        kind: 'unreachable',
        reason: 'become',
        message: 'becoming root with sudo was refused: the password is wrong',
        hint: 'check --ask-become-pass or ansible_become_password',
      })
      expect(who(await host.exchange(whoami))).toBe('vflag-sudo')
    })

    it('that needs a password says so when there is none', async () => {
      expect(failure(await open('vflag-sudo').exchange(whoami, { become: root }))).toEqual({
        kind: 'unreachable',
        reason: 'become',
        message: 'becoming root with sudo was refused: sudo: a password is required',
        hint: 'give the password with --ask-become-pass or ansible_become_password, or allow NOPASSWD in /etc/sudoers',
      })
    })

    it('that does not know the user says so', async () => {
      const become = { ...root, password: new Secret('x') }
      expect(failure(await open('vflag-dash').exchange(whoami, { become }))).toMatchObject({ reason: 'become' })
      const unknown: Become = { method: 'sudo', user: 'nobody-here' }
      expect(failure(await open('vflag-bash').exchange(whoami, { become: unknown }))).toMatchObject({
        kind: 'unreachable',
        reason: 'become',
        hint: 'there is no user nobody-here on the host: check ansible_become_user',
      })
    })
  })

  describe('su', () => {
    it('as root needs no password', async () => {
      expect(who(await open('root').exchange(whoami, { become: { method: 'su', user: 'vflag-dash' } }))).toBe(
        'vflag-dash',
      )
    })

    it('takes the password of the user', async () => {
      const become: Become = { method: 'su', user: 'vflag-sudo', password: new Secret('right password') }
      expect(who(await open('vflag-dash').exchange(whoami, { become }))).toBe('vflag-sudo')
    })

    it('refuses a wrong password', async () => {
      const become: Become = { method: 'su', user: 'vflag-sudo', password: new Secret('wrong') }
      expect(failure(await open('vflag-dash').exchange(whoami, { become }))).toMatchObject({
        kind: 'unreachable',
        reason: 'become',
        hint: 'check --ask-become-pass or ansible_become_password',
      })
    })
  })

  describe('getting in', () => {
    it('with a password', async () => {
      const password = new Secret('right password')
      expect(who(await open('vflag-sudo', { keys: [], password }).exchange(whoami))).toBe('vflag-sudo')
    })

    it('with a key whose text is given and a host key that is pinned', async () => {
      const key = sshd.hostKey.split(' ')[1] ?? ''
      const text = new Secret(readFileSync(sshd.clientKey, 'utf8'))
      const host = open('vflag-dash', {
        keys: [{ kind: 'text', label: 'the key of the lab', text }],
        hostKey: { kind: 'pinned', key },
      })
      expect(who(await host.exchange(whoami))).toBe('vflag-dash')
    })

    it('with a key that only the agent has, and without an agent that does not answer', async () => {
      const socket = path.join(sshd.folder, 'agent')
      const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
      await expect.poll(() => existsSync(socket)).toBe(true)
      spawnSync('ssh-add', ['-q', sshd.clientKey], { env: { PATH: '/usr/bin:/bin', SSH_AUTH_SOCK: socket } })
      const byAgent = createHost(settingsFor(sshd, 'vflag-dash', { keys: [], ownKeys: true }), services(socket))
      expect(who(await byAgent.exchange(whoami))).toBe('vflag-dash')
      await byAgent.disconnect()
      agent.kill()
      const dead = path.join(sshd.folder, 'no-agent')
      writeFileSync(dead, '')
      const password = new Secret('right password')
      const other = createHost(settingsFor(sshd, 'vflag-sudo', { keys: [], ownKeys: true, password }), services(dead))
      expect(who(await other.exchange(whoami))).toBe('vflag-sudo')
      await other.disconnect()
    })

    it('is refused with the ways that were tried', async () => {
      const host = open('vflag-sudo', { keys: [{ kind: 'file', path: '/no/key' }], password: new Secret('wrong') })
      expect(failure(await host.exchange(whoami))).toEqual({
        kind: 'unreachable',
        reason: 'login',
        message: `real (127.0.0.1 port ${sshd.port}) refused the login of vflag-sudo: tried the password; not usable: the key /no/key does not exist`,
        hint: `try: ssh -p ${sshd.port} vflag-sudo@127.0.0.1; another user: -u, another key: --private-key`,
      })
    })

    it('is refused when the host key is not known, with what to do', async () => {
      const file = path.join(sshd.folder, 'empty')
      const host = open('vflag-dash', { hostKey: { kind: 'known-hosts', mode: 'strict', files: [file] } })
      const shown = fingerprint(Buffer.from(sshd.hostKey.split(' ')[1] ?? '', 'base64'))
      expect(failure(await host.exchange(whoami))).toEqual({
        kind: 'unreachable',
        reason: 'host-key',
        message: `the host key of real (127.0.0.1 port ${sshd.port}) is not known: it showed ssh-ed25519 ${shown}`,
        hint: `compare the fingerprint, then: ssh-keyscan -p ${sshd.port} 127.0.0.1 >> ${file} (or trust new hosts: --accept-new-host-keys)`,
      })
    })

    it('remembers a new host key when that is wanted', async () => {
      const file = path.join(sshd.folder, 'made', 'known_hosts')
      const accepting = open('vflag-dash', { hostKey: { kind: 'known-hosts', mode: 'accept-new', files: [file] } })
      expect(who(await accepting.exchange(whoami))).toBe('vflag-dash')
      expect(readFileSync(file, 'utf8')).toBe(
        `[127.0.0.1]:${sshd.port} ${sshd.hostKey.split(' ').slice(0, 2).join(' ')}\n`,
      )
      const strict = open('vflag-dash', { hostKey: { kind: 'known-hosts', mode: 'strict', files: [file] } })
      expect(who(await strict.exchange(whoami))).toBe('vflag-dash')
    })

    it('is refused when the host key has changed, even where new ones are accepted', async () => {
      const file = path.join(sshd.folder, 'changed')
      const [, , comment] = sshd.hostKey.split(' ')
      const other = readFileSync(`${sshd.clientKey}.pub`, 'utf8').split(' ').slice(0, 2).join(' ')
      writeFileSync(file, `[127.0.0.1]:${sshd.port} ${other} ${comment}\n`)
      const host = open('vflag-dash', { hostKey: { kind: 'known-hosts', mode: 'accept-new', files: [file] } })
      expect(failure(await host.exchange(whoami))).toMatchObject({
        kind: 'unreachable',
        reason: 'host-key',
        message: expect.stringContaining(`but ${file}:1 has another`),
        hint: `if the host was installed anew: ssh-keygen -R '[127.0.0.1]:${sshd.port}' -f ${file}`,
      })
    })

    it('is refused by a port that nobody listens on, and by a name that is none', async () => {
      expect(failure(await open('vflag-dash', { port: 1 }).exchange(whoami))).toEqual({
        kind: 'unreachable',
        reason: 'connect',
        message: 'real (127.0.0.1 port 1) refused the connection',
        hint: 'does sshd listen on port 1? another port: ansible_port',
      })
      expect(failure(await open('vflag-dash', { address: 'no-such-host.invalid' }).exchange(whoami))).toMatchObject({
        kind: 'unreachable',
        reason: 'connect',
      })
    })

    it('of a user without a login shell says what it says', async () => {
      expect(failure(await open('vflag-nologin').exchange(whoami))).toMatchObject({
        kind: 'unreachable',
        reason: 'protocol',
        message: expect.stringContaining('let us in but gave no shell'),
      })
    })

    it('through a jump host, whose connection is shared', async () => {
      const shared = services()
      const jump = `vflag-bash@127.0.0.1:${sshd.port}`
      const made = ['a', 'b'].map((name) => createHost({ ...settingsFor(sshd, 'vflag-dash'), name, jump }, shared))
      hosts.push(...made)
      const answers = await Promise.all(made.map((host) => host.exchange(whoami)))
      expect([answers.map(who), shared.jumps.size]).toEqual([['vflag-dash', 'vflag-dash'], 1])
      for (const link of shared.jumps.values()) await link.drop()
    })
  })

  describe('a link', () => {
    const slow = { before: [], steps: [{ kind: 'shell', text: 'sleep 30' } as const], after: [] }

    it('that is reset in the middle of a frame is lost, and made again', async () => {
      const relay = await startRelay(sshd.port)
      const host = open('vflag-dash', { port: relay.port, hostKey: { kind: 'known-hosts', mode: 'off', files: null } })
      expect(who(await host.exchange(whoami))).toBe('vflag-dash')
      const answer = host.exchange(slow)
      setTimeout(relay.cut, 200)
      expect(failure(await answer)).toMatchObject({ kind: 'lost', reason: 'link' })
      expect(who(await host.exchange(whoami))).toBe('vflag-dash')
      await host.disconnect()
      relay.close()
    })

    it('whose server is killed in the middle of a frame is lost', async () => {
      const host = open('vflag-dash')
      const killed = { kind: 'shell', text: "kill -9 $(sed -n 's/^PPid:.//p' /proc/$PPID/status); sleep 5" } as const
      expect(failure(await host.exchange({ before: [], steps: [killed], after: [] }))).toMatchObject({
        kind: 'lost',
        reason: 'link',
      })
    })

    it('that falls silent is lost within the time of four signs of life', async () => {
      const relay = await startRelay(sshd.port)
      const host = open('vflag-dash', {
        port: relay.port,
        keepaliveMs: 250,
        hostKey: { kind: 'known-hosts', mode: 'off', files: null },
      })
      expect(who(await host.exchange(whoami))).toBe('vflag-dash')
      relay.stall()
      const begun = performance.now()
      expect(failure(await host.exchange(slow))).toMatchObject({
        kind: 'lost',
        reason: 'link',
        message: expect.stringContaining('stopped answering'),
      })
      expect(performance.now() - begun).toBeLessThan(2500)
      relay.close()
    })

    it('that died while nothing was sent is made again without a word', async () => {
      const relay = await startRelay(sshd.port)
      const host = open('vflag-dash', { port: relay.port, hostKey: { kind: 'known-hosts', mode: 'off', files: null } })
      await host.exchange(whoami)
      relay.cut()
      await new Promise((resolve) => setTimeout(resolve, 100))
      expect(who(await host.exchange(whoami))).toBe('vflag-dash')
      await host.disconnect()
      relay.close()
    })
  })
})

function who(answer: Exchange): string {
  if (answer.kind !== 'done') return `${answer.kind}: ${answer.failure.message}`
  const [reading] = answer.result.before
  return reading?.kind === 'command' ? reading.stdout.trim() : 'nothing'
}
