import { once } from 'node:events'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from 'ssh2'
import { afterEach, describe, expect, test } from 'vitest'
import { createHost } from '../../src/host/factory.ts'
import type { Host } from '../../src/host/host.ts'
import { KnownHostsFiles } from '../../src/host/known-hosts-files.ts'
import type { Lab, LabEndpoint } from '../../src/lab/lab.ts'
import { startLab } from '../../src/lab/lab.ts'
import { labSettings } from '../../src/lab/settings.ts'
import { resetLab, statePath } from '../../src/lab/store.ts'
import { comparable } from '../../src/machine/comparable.ts'
import { type Frame, look } from '../../src/module/frame.ts'
import { command, file } from '../../src/module/read.ts'
import { attr, run as runStep, type Step, write } from '../../src/module/step.ts'
import { Pool } from '../../src/shared/pool.ts'
import { Secret } from '../../src/shared/secret.ts'
import type { Value } from '../../src/shared/value.ts'
import { hostContract } from '../support/host-contract.ts'
import { connect, run, type } from './ssh-client.ts'
import { temporary } from './temporary.ts'

const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

async function start(stateDir: string, hosts: Readonly<Record<string, Value>>): Promise<Lab> {
  const checked = Object.entries(hosts).map(([name, lab]) => labSettings(name, { lab }))
  const lab = await startLab({
    hosts: checked.map((each) => {
      if (!each.ok) throw new Error(JSON.stringify(each.error))
      return each.value
    }),
    stateDir,
    speed: 200,
  })
  open.push(lab)
  return lab
}

/** The program's own way to a host, as the command line makes it for simulated ones. */
function hostOf(endpoint: LabEndpoint, become: { user?: string; password?: string; login?: string } = {}): Host {
  const host = createHost(
    {
      kind: 'ssh',
      name: 'hv1',
      address: endpoint.host,
      port: endpoint.port,
      user: become.login ?? endpoint.user,
      keys: [{ kind: 'text', label: 'lab', text: new Secret(endpoint.privateKey) }],
      password: null,
      ownKeys: false,
      hostKey: { kind: 'pinned', key: endpoint.hostKey },
      readConfig: false,
      jump: null,
      timeoutMs: 5000,
      keepaliveMs: 5000,
      become: { wanted: null, method: 'sudo', user: 'root', password: null },
    },
    {
      connectPool: new Pool(4),
      knownHosts: new KnownHostsFiles(),
      environment: { home: '/nonexistent', user: 'root', agentSocket: null },
      jumps: new Map(),
    },
  )
  open.push({ close: () => host.disconnect() })
  return host
}

async function enter(lab: Lab, name = 'hv1'): Promise<Client> {
  const client = await connect(lab.endpoint(name))
  client.on('error', () => {})
  open.push({ close: () => client.end() })
  return client
}

const steps = (...all: readonly Step[]): Frame => ({ before: [], steps: all, after: [] })
const motd = look([file('/etc/motd')])

async function motdOf(host: Host): Promise<string> {
  const answer = await host.exchange(motd)
  const reading = answer.kind === 'done' ? answer.result.before[0] : undefined
  if (reading?.kind !== 'file') return answer.kind
  return reading.state === 'present' ? Buffer.from(reading.bytes).toString() : reading.state
}

async function outcome(host: Host, ...all: readonly Step[]): Promise<string> {
  const answer = await host.exchange(steps(...all))
  if (answer.kind !== 'done') return `${answer.kind}: ${answer.failure.reason}`
  return answer.result.steps.map((step) => (step.state === 'failed' ? step.reason : step.state)).join(', ')
}

hostContract('a machine of the lab', async () => {
  const dir = await temporary()
  const settings = labSettings('hv1', {})
  if (!settings.ok) throw new Error('no settings')
  const lab = await startLab({ hosts: [settings.value], stateDir: dir, speed: 200 })
  const host = hostOf(lab.endpoint('hv1'))
  open.length = 0
  return {
    host,
    root: '/root',
    close: async () => {
      await host.disconnect()
      await lab.close()
    },
  }
})

test('replies larger than the window of a channel arrive whole, one after the other', async () => {
  const lab = await start(await temporary(), { hv1: {} })
  const host = hostOf(lab.endpoint('hv1'))
  open.push({ close: () => host.disconnect() })
  const content = Buffer.alloc(1_500_000, 'x')
  await lab.machine('hv1').files.write('/root/large', content)
  for (let at = 0; at < 8; at++) {
    const exchange = await host.exchange(look([file('/root/large'), command('ls', '/nowhere')]))
    const [large, gone] = exchange.kind === 'done' ? exchange.result.before : []
    expect([
      large?.kind === 'file' && large.state === 'present' && Buffer.compare(content, large.bytes),
      gone?.kind === 'command' && gone.stderr !== '',
    ]).toEqual([0, true])
  }
})

describe('state', () => {
  test('a second start finds what the first left, and a reset gives the pristine machine', async () => {
    const dir = await temporary()
    const first = await start(dir, { hv1: {} })
    const pristine = structuredClone(first.machine('hv1').state)
    expect(await outcome(hostOf(first.endpoint('hv1')), write('/etc/motd', 'kept\n'))).toBe('done')
    await first.close()

    const second = await start(dir, { hv1: {} })
    expect(await motdOf(hostOf(second.endpoint('hv1')))).toBe('kept\n')
    expect([second.endpoint('hv1').hostKey, second.endpoint('hv1').privateKey]).toEqual([
      first.endpoint('hv1').hostKey,
      first.endpoint('hv1').privateKey,
    ])
    await second.close()

    await resetLab(dir)
    const third = await start(dir, { hv1: {} })
    expect(comparable(third.machine('hv1').state)).toEqual(comparable(pristine))
  })

  test('what a frame performed is on the disk before its reply', async () => {
    const dir = await temporary()
    const lab = await start(dir, { hv1: {} })
    await outcome(hostOf(lab.endpoint('hv1')), write('/etc/motd', 'kept\n'))
    expect(await readFile(statePath(dir, 'hv1'), 'utf8')).toContain('"content": "kept\\n"')
  })

  test('a damaged file and a machine that was made otherwise stop the start, and free the lab', async () => {
    const dir = await temporary()
    await (await start(dir, { hv1: {} })).close()
    await expect(start(dir, { hv1: { os: 'el9' } })).rejects.toThrow(/is of another machine/)
    await writeFile(statePath(dir, 'hv1'), '{')
    await expect(start(dir, { hv1: {} })).rejects.toThrow(/is damaged, but must be the saved state of a machine$/)
    expect((await readdir(dir)).includes('lock')).toBe(false)
  })

  test('a second run at the same time is refused', async () => {
    const dir = await temporary()
    await start(dir, { hv1: {} })
    await expect(start(dir, { hv1: {} })).rejects.toThrow(/is in use by another run/)
  })
})

describe('machines over SSH', () => {
  test('two machines at once are two machines', async () => {
    const lab = await start(await temporary(), { hv1: {}, hv3: { os: 'el9' } })
    const uname = look([command('uname', '-r'), command('hostname')])
    const said = await Promise.all(
      lab.names.map(async (name) => {
        const answer = await hostOf(lab.endpoint(name)).exchange(uname)
        return answer.kind === 'done'
          ? answer.result.before.map((each) => (each.kind === 'command' ? each.stdout : ''))
          : []
      }),
    )
    expect(said).toEqual([
      [expect.stringMatching(/^3\.10\.0-.*el7/), 'hv1\n'],
      [expect.stringMatching(/^5\.14\.0-.*el9/), 'hv3\n'],
    ])
  })

  test('five machines are up in less than two seconds', async () => {
    const began = performance.now()
    await start(await temporary(), { hv1: {}, hv2: {}, hv3: { os: 'el9' }, hv4: { os: 'el9' }, c: { os: 'client' } })
    expect(performance.now() - began).toBeLessThan(2000)
  })

  test('the session says from where it comes, to the management address', async () => {
    const lab = await start(await temporary(), { hv1: {} })
    const answer = await hostOf(lab.endpoint('hv1')).exchange(look([command('printenv', 'SSH_CONNECTION')]))
    const [reading] = answer.kind === 'done' ? answer.result.before : []
    const links = Object.values(lab.machine('hv1').state.links)
    const address = links.find((link) => link.kind === 'management')?.addresses[0]?.split('/')[0]
    expect(reading?.kind === 'command' && reading.stdout).toBe(`192.0.2.1 50022 ${address} 22\n`)
    expect((await run(await enter(lab), 'printenv SSH_CONNECTION')).stdout).toBe(`192.0.2.1 50022 ${address} 22\n`)
  })

  test('become asks sudo, and a wrong password is a refusal', async () => {
    const lab = await start(await temporary(), { hv1: { sudo_password: 'pass' } })
    const host = hostOf(lab.endpoint('hv1'), { login: 'admin' })
    const as = async (password?: string) => {
      const host = hostOf(lab.endpoint('hv1'), { login: 'admin' })
      const secret = password === undefined ? {} : { password: new Secret(password) }
      const answer = await host.exchange(motd, { become: { method: 'sudo', user: 'root', ...secret } })
      return answer.kind === 'done' ? 'done' : `${answer.kind}: ${answer.failure.message}`
    }
    expect([await as('pass'), await as('no'), await as()]).toEqual([
      'done',
      'unreachable: becoming root with sudo was refused: the password is wrong',
      'unreachable: becoming root with sudo was refused: sudo: a password is required',
    ])
    expect(await outcome(host, write('/etc/motd', 'x'))).toBe('Permission denied')
  })

  test('ssh_config lets other tools in', async () => {
    const dir = await temporary()
    const lab = await start(dir, { hv1: {} })
    expect(await readFile(join(dir, 'ssh_config'), 'utf8')).toBe(
      `Host hv1
  HostName 127.0.0.1
  Port ${lab.endpoint('hv1').port}
  User root
  HostKeyAlias hv1
  IdentityFile "${dir}/keys/user"
  IdentitiesOnly yes
  UserKnownHostsFile "${dir}/known_hosts"
`,
    )
    expect(await readFile(join(dir, 'known_hosts'), 'utf8')).toMatch(/^hv1 ssh-ed25519 [\w+/=]+ root@hv1\n$/)
    expect((await stat(join(dir, 'keys', 'user'))).mode & 0o777).toBe(0o600)
  })
})

const numvfs = '/sys/class/net/ens2f0/device/sriov_numvfs'

/** Firmware that allows VFs, as it is after a restart. */
async function withVfs(lab: Lab, name: string): Promise<void> {
  const { firmware } = lab.machine(name).state.cards[0]
  firmware['SRIOV_EN'] = { default: 0, current: 1, next: 1 }
  firmware['NUM_OF_VFS'] = { default: 0, current: 4, next: 4 }
}

describe('shell text', () => {
  test('a redirection into sysfs is a write to the kernel, and its errors are the kernel’s', async () => {
    const lab = await start(await temporary(), { hv1: {} })
    await withVfs(lab, 'hv1')
    const client = await enter(lab)
    const text = `echo 2 > ${numvfs} && cat ${numvfs} && ls -d /sys/bus/pci/devices/0000:61:00.0/virtfn* | wc -l`
    expect(await run(client, text)).toEqual({ status: 0, stdout: '2\n2\n', stderr: '' })
    expect(await run(client, `echo 3 > ${numvfs}; echo $?`)).toEqual({
      status: 0,
      stdout: '1\n',
      stderr: 'bash: line 1: echo: write error: Device or resource busy\n',
    })
    expect(await run(client, `echo 900 > /sys/class/net/ens2f1/device/sriov_numvfs`)).toMatchObject({
      status: 1,
      stderr: 'bash: line 1: echo: write error: Numerical result out of range\n',
    })
  })

  test('shell steps of a frame have stdin, environment, folder and status', async () => {
    const lab = await start(await temporary(), { hv1: {} })
    const answer = await hostOf(lab.endpoint('hv1')).exchange({
      before: [],
      steps: [
        {
          kind: 'shell',
          text: 'read a; echo "$a $B $PWD" | tr a-z A-Z > out; ip -o link | grep -c lo; exit 3',
          ok: [3],
          stdin: 'in\n',
          env: { B: 'env' },
          cwd: '/tmp',
        },
        { kind: 'shell', text: 'virsh bogus | cat; echo bad >&2; false' },
        { kind: 'shell', text: 'echo never' },
      ],
      after: [file('/tmp/out')],
    })
    expect(answer).toMatchObject({
      kind: 'done',
      result: {
        steps: [
          { state: 'done', status: 3, stdout: '1\n', stderr: '' },
          { state: 'failed', status: 1, reason: 'bad' },
          { state: 'not run' },
        ],
        after: [{ state: 'present', bytes: new Uint8Array(Buffer.from('IN ENV /TMP\n')) }],
      },
    })
  })

  test('programs that the model leaves to the shell are programs for commands too', async () => {
    const lab = await start(await temporary(), { hv1: {} })
    const host = hostOf(lab.endpoint('hv1'))
    const answer = await host.exchange(
      look([command('grep', '-c', "it's", '/etc/hostname'), command('sh', '-c', 'echo out; echo err >&2; exit 4')]),
    )
    expect(answer.kind === 'done' && answer.result.before).toEqual([
      { kind: 'command', argv: ['grep', '-c', "it's", '/etc/hostname'], status: 1, stdout: '0\n', stderr: '' },
      {
        kind: 'command',
        argv: ['sh', '-c', 'echo out; echo err >&2; exit 4'],
        status: 4,
        stdout: 'out\n',
        stderr: 'err\n',
      },
    ])
    expect(await outcome(host, runStep(['tee', '/tmp/in'], { stdin: 'piped' }))).toBe('done')
    expect((await run(await enter(lab), 'cat /tmp/in')).stdout).toBe('piped')
  })

  test('a login looks around on the machine', async () => {
    const lab = await start(await temporary(), { hv1: {} })
    const screen = await type(await enter(lab), ['ip link\r', 'cat /etc/hostname\r', 'exit\r'])
    expect(screen).toMatch(/^\[root@hv1 ~\]# ip link\r\n1: lo: <LOOPBACK,UP,LOWER_UP> /)
    expect(screen).toMatch(/\[root@hv1 ~\]# cat \/etc\/hostname\r\nhv1\r\n\[root@hv1 ~\]# exit\r\nlogout\r\n$/)
  })

  test('text in this process needs no SSH', async () => {
    const lab = await start(await temporary(), { hv1: {} })
    const result = await lab.run('hv1', 'cat /etc/hostname | tr a-z A-Z; exit 2')
    expect([result.status, Buffer.from(result.stdout).toString()]).toEqual([2, 'HV1\n'])
  })
})

describe('faults, as a playbook run meets them', () => {
  const faulty = async (faults: Value) => {
    const lab = await start(await temporary(), { hv1: { faults } })
    return { lab, host: hostOf(lab.endpoint('hv1')) }
  }

  test('a command that fails once', async () => {
    const { host } = await faulty({ command: '^ip link set', status: 2, stderr: 'RTNETLINK answers: Busy', times: 1 })
    const step = runStep(['ip', 'link', 'set', 'dev', 'lo', 'up'])
    expect([await outcome(host, step), await outcome(host, step)]).toEqual(['RTNETLINK answers: Busy', 'done'])
  })

  test('a full disk', async () => {
    const { lab, host } = await faulty({ disk_full: true })
    await withVfs(lab, 'hv1')
    expect(await outcome(host, write('/etc/motd', 'x'))).toBe('No space left on device')
    expect(await outcome(host, attr(numvfs, 1))).toBe('done')
  })

  test('a connection dropped in mid-frame: performed, and lost', async () => {
    const { lab, host } = await faulty({ drop: { after_frames: 1 } })
    expect(await outcome(host, write('/etc/motd', 'one\n'))).toBe('done')
    expect(await outcome(host, write('/etc/motd', 'two\n'))).toBe('lost: link')
    expect(await motdOf(host)).toBe('two\n')
    expect(lab.machine('hv1').writes.length).toBe(2)
  })

  test('a link that is cut when the network restarts', async () => {
    const { host } = await faulty({ cut_on: 'network_restart' })
    expect(await outcome(host, runStep(['systemctl', 'restart', 'network']))).toBe('lost: link')
    expect(await outcome(host, write('/etc/motd', 'x'))).toBe('done')
  })

  test.each<[Value, string]>([
    [{ login: 'refused' }, 'unreachable: login'],
    [{ host_key: 'changed' }, 'unreachable: host-key'],
    [{ unreachable: true }, 'unreachable: connect'],
  ])('%j', async (faults, expected) => {
    const { host } = await faulty(faults)
    expect(await outcome(host)).toBe(expected)
  })
})

describe('a restart', () => {
  test('cuts the connections; the machine comes back on the same port with another boot id', async () => {
    const lab = await start(await temporary(), { hv1: {} })
    const client = await enter(lab)
    const host = hostOf(lab.endpoint('hv1'))
    const before = lab.machine('hv1').state.boot.id
    const gone = once(client, 'close')
    expect(await outcome(host, { kind: 'reboot', message: 'firmware' })).toBe('done')
    await gone
    await expect
      .poll(() => motdOf(hostOf(lab.endpoint('hv1'))), { timeout: 10_000, interval: 50 })
      .not.toBe('unreachable')
    expect(lab.machine('hv1').state.boot.id).not.toBe(before)
  })
})
