import { once } from 'node:events'
import type { Client } from 'ssh2'
import { afterEach, describe, expect, test } from 'vitest'
import { encodeFrame, encodeReply } from '../../src/host/wire.ts'
import { type HostServer, startHostServer } from '../../src/lab/host-server.ts'
import { labSettings } from '../../src/lab/settings.ts'
import { createShell } from '../../src/lab/shell/shell.ts'
import { generateKeyPair, publicBlob } from '../../src/lab/ssh-server.ts'
import { look } from '../../src/module/frame.ts'
import { list } from '../../src/module/read.ts'
import { run as runStep } from '../../src/module/step.ts'
import type { Value } from '../../src/shared/value.ts'
import { fakeFiles, fakeMachine } from './fake-machine.ts'
import { connect, run, type } from './ssh-client.ts'

const hostKey = generateKeyPair('root@hv1')
const userKey = generateKeyPair('user')
const nonce = '0123456789abcdef0123456789abcdef'
const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

async function start(lab: Value = {}) {
  const settings = labSettings('hv1', { lab })
  if (!settings.ok) throw new Error(JSON.stringify(settings.error))
  const machine = fakeMachine(fakeFiles({ '/proc/net/bonding/bond0': 'Bonding Mode: x\n', '/home/admin/a': '' }))
  const saves: number[] = []
  const server = await startHostServer({
    host: settings.value,
    machine,
    shell: createShell(machine, ['ip']),
    hostKey,
    userKey,
    save: async () => void saves.push(machine.frames.length),
  })
  open.push(server)
  return { server, machine, saves }
}

async function enter(server: HostServer, more: Parameters<typeof connect>[1] = {}): Promise<Client> {
  const endpoint = { port: server.port, privateKey: userKey.privateKey, hostKey: hostKeyBlob }
  const client = await connect(endpoint, more)
  client.on('error', () => {})
  open.push({ close: () => client.end() })
  return client
}

const hostKeyBlob = publicBlob(hostKey.publicKey).toString('base64')

/** Sends frames to a shell that reads from stdin; gives what it answered, or null when the link died. */
function frames(client: Client, command: string, texts: readonly string[]): Promise<string | null> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) return reject(error)
      let [stdout, stderr] = ['', '']
      let status: number | null = null
      channel.on('data', (chunk: Buffer) => {
        stdout += chunk.toString()
      })
      channel.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString()
      })
      channel.on('exit', (code: number | null) => {
        status = code
      })
      channel.on('close', () => resolve(status === null ? null : `${status} ${stderr}${stdout}`))
      channel.end(texts.join(''))
    })
  })
}

const looking = encodeFrame(look([list('/sys/*')]), nonce)
const changing = encodeFrame({ before: [], steps: [runStep(['ip', 'a']), runStep(['ip', 'b'])], after: [] }, nonce)

describe('logging in', () => {
  test('the right key gets in, with the host key that is on record', async () => {
    const { server } = await start()
    expect(await run(await enter(server), 'ip link')).toEqual({ status: 0, stdout: 'ip link|||/root\n', stderr: '' })
  })

  test.each([
    ['another key', { privateKey: generateKeyPair('other').privateKey }],
    ['a password', { privateKey: '', password: 'secret' }],
    ['a user that the machine does not know', { username: 'nobody' }],
  ])('%s does not get in', async (_what, more) => {
    const { server } = await start()
    const endpoint = { port: server.port, privateKey: userKey.privateKey }
    await expect(connect(endpoint, more)).rejects.toThrow('All configured authentication methods failed')
  })

  test('a refused login, a changed host key and an unreachable host are faults', async () => {
    const refused = await start({ faults: { login: 'refused' } })
    await expect(enter(refused.server)).rejects.toThrow('All configured authentication methods failed')
    const changed = await start({ faults: { host_key: 'changed' } })
    await expect(enter(changed.server)).rejects.toThrow('Host denied (verification failed)')
    const away = await start({ faults: { unreachable: true } })
    await expect(enter(away.server)).rejects.toThrow('ECONNREFUSED')
  })
})

describe('a shell on stdin', () => {
  test('frames are decoded, performed and answered in order, and kept when they changed something', async () => {
    const { server, machine, saves } = await start()
    const answer = await frames(await enter(server), '/bin/sh', [looking, changing])
    const one = encodeReply(look([]), nonce, {
      before: [{ kind: 'list', paths: ['list ["/sys/*"]'] }],
      steps: [],
      after: [],
    })
    const step = { state: 'done', status: 0, stdout: 'done', stderr: '' } as const
    const two = encodeReply(look([]), nonce, { before: [], steps: [step, step], after: [] })
    const expected = [one.stderr, two.stderr, one.stdout, two.stdout]
      .map((bytes) => Buffer.from(bytes).toString())
      .join('')
    expect([machine.frames.length, saves, answer]).toEqual([2, [2], `0 ${expected}`])
  })

  test('a script that is piped in runs as a script', async () => {
    const { server } = await start()
    const client = await enter(server)
    expect(await run(client, 'bash -s', 'cd /proc\nip a\nexit 4\n')).toEqual({
      status: 4,
      stdout: 'ip a|||/proc\n',
      stderr: '',
    })
    expect(await run(client, 'sh', '')).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  test('a frame that is no frame is refused', async () => {
    const { server } = await start()
    const answer = await frames(await enter(server), 'sh', [looking.replace("_b list '/sys/*'", '_b list $(date)')])
    expect(answer).toMatch(/^0 lab: the frame cannot be performed: .+\n$/)
  })
})

describe('commands and logins', () => {
  test('other text runs in a shell on the machine', async () => {
    const { server, saves } = await start()
    const client = await enter(server)
    expect(await run(client, 'cat /proc/net/bonding/bond0 | grep -c Mode; printenv SSH_CONNECTION HOME')).toEqual({
      status: 0,
      stdout: '1\n192.0.2.1 50022 192.0.2.11 22\n/root\n',
      stderr: '',
    })
    expect(await run(client, 'tr a-z A-Z', 'in')).toEqual({ status: 0, stdout: 'IN', stderr: '' })
    expect(await run(client, 'ip x; exit 3', '', true)).toEqual({ status: 3, stdout: 'ip x|||/root\r\n', stderr: '' })
    expect(saves.length).toBe(3)
  })

  test('a terminal has a prompt, an echo, and a shell that remembers', async () => {
    const { server } = await start()
    const screen = await type(
      await enter(server),
      ['cd /proc; A=1\r', 'ip lx\u007fink; fal', 'se\r', 'exit\r'],
      /[#l] ?$/,
    )
    expect(screen).toBe(
      '[root@hv1 ~]# cd /proc; A=1\r\n' +
        '[root@hv1 proc]# ip lx\b \bink; false\r\n' +
        'ip link||1|/proc\r\n' +
        '[root@hv1 proc]# exit\r\nlogout\r\n',
    )
  })

  test('Ctrl-C stops what runs, Ctrl-D leaves', async () => {
    const { server } = await start()
    const screen = await type(
      await enter(server),
      ['sleep 1000\r', '\u0003', 'echo $?\r', '\u0004'],
      /(# |\b1000\r\n)$/,
    )
    expect(screen).toBe('[root@hv1 ~]# sleep 1000\r\n^C\r\n[root@hv1 ~]# echo $?\r\n130\r\n[root@hv1 ~]# logout\r\n')
  })
})

describe('becoming root', () => {
  const sudoing = { sudo_password: 'pass' }
  const admin = { username: 'admin' }

  test('sudo asks the user admin for the password, with the prompt that was wished for', async () => {
    const { server } = await start(sudoing)
    const client = await enter(server, admin)
    expect(await frames(client, "sudo -S -p 'mark ' sh", ['pass\n', looking])).toMatch(/^0 mark [0-9a-f]{32}</)
    expect(await run(client, "sudo -S -p 'mark ' sh", 'no\nno\nno\n')).toEqual({
      status: 1,
      stdout: '',
      stderr: 'mark Sorry, try again.\nmark Sorry, try again.\nmark sudo: 3 incorrect password attempts\n',
    })
    expect(await run(client, 'sudo -n -u root -- /bin/sh', looking)).toEqual({
      status: 1,
      stdout: '',
      stderr: 'sudo: a password is required\n',
    })
  })

  test('without a password in the settings sudo does not ask', async () => {
    const { server } = await start()
    expect(await run(await enter(server, admin), 'sudo -n ip x')).toEqual({
      status: 0,
      stdout: 'ip x|||/home/admin\n',
      stderr: '',
    })
  })

  test('who is not root may look and may change nothing', async () => {
    const { server, machine } = await start()
    const answer = await frames(await enter(server, admin), 'sh', [changing])
    expect([machine.frames.flatMap((frame) => frame.steps), answer]).toEqual([
      [],
      expect.stringContaining('Permission denied'),
    ])
  })
})

describe('faults', () => {
  test('a connection is dropped in mid-frame once: what was performed is kept, and a new connection is answered', async () => {
    const { server, machine, saves } = await start({ faults: { drop: { after_frames: 1 } } })
    expect(await frames(await enter(server), 'sh', [looking, changing])).toBe(null)
    expect([machine.frames.length, saves]).toEqual([2, [2]])
    expect(await frames(await enter(server), 'sh', [looking])).toMatch(/^0 /)
  })

  test('a slow host takes its time for every frame', async () => {
    const { server } = await start({ faults: { delay: 60 } })
    const client = await enter(server)
    const began = performance.now()
    await frames(client, 'sh', [looking, looking])
    expect(performance.now() - began).toBeGreaterThan(115)
  })

  test('a restart cuts all connections, refuses for a while, and listens on the same port again', async () => {
    const { server, machine } = await start()
    const client = await enter(server)
    const gone = once(client, 'close')
    machine.restart()
    await gone
    await expect(enter(server)).rejects.toThrow('ECONNREFUSED')
    await expect
      .poll(
        () =>
          enter(server).then(
            () => 'in',
            () => 'out',
          ),
        { timeout: 5000, interval: 20 },
      )
      .toBe('in')
  })
})
