import { describe, expect, it } from 'vitest'
import { parseCommonArgs } from '../../src/host/common-args.ts'
import { connectionSettings, type SshSettings } from '../../src/host/settings.ts'
import type { Value } from '../../src/shared/value.ts'

const home = '/home/me'
const plain: SshSettings = {
  kind: 'ssh',
  name: 'hv1',
  address: 'hv1',
  port: null,
  user: null,
  keys: [],
  password: null,
  ownKeys: true,
  hostKey: { kind: 'known-hosts', mode: 'strict', files: null },
  readConfig: true,
  jump: null,
  timeoutMs: 10_000,
  keepaliveMs: 5000,
  become: { wanted: null, method: 'sudo', user: 'root', password: null },
}
const settings = (vars: Record<string, Value>, defaults = {}) => {
  const result = connectionSettings('hv1', vars, { home, ...defaults })
  return result.ok ? result.value : result.error
}
describe('connection settings', () => {
  it('of a host without variables are those of ssh', () => {
    expect(settings({})).toEqual(plain)
  })

  it.each<[Record<string, Value>, Partial<SshSettings>]>([
    [
      { ansible_host: '10.0.0.1', ansible_port: 2222, ansible_user: 'admin' },
      { address: '10.0.0.1', port: 2222, user: 'admin' },
    ],
    [
      { ansible_ssh_host: 'a', ansible_ssh_port: '2222', ansible_ssh_user: 'b' },
      { address: 'a', port: 2222, user: 'b' },
    ],
    [{ ansible_host: 'new', ansible_ssh_host: 'old' }, { address: 'new' }],
    [{ ansible_ssh_private_key_file: '~/key' }, { keys: [{ kind: 'file', path: '/home/me/key' }] }],
    [{ ansible_ssh_timeout: 3 }, { timeoutMs: 3000 }],
    [{ ansible_connection: 'paramiko' }, {}],
    [{ ansible_host_key_checking: false }, { hostKey: { kind: 'known-hosts', mode: 'off', files: null } }],
    [
      { ansible_become: 'yes', ansible_become_user: 'oracle', ansible_become_method: 'su' },
      { become: { wanted: true, method: 'su', user: 'oracle', password: null } },
    ],
    [
      { ansible_ssh_common_args: "-o ProxyJump=me@jump:2222 -o 'StrictHostKeyChecking accept-new' -i ~/k" },
      {
        jump: 'me@jump:2222',
        hostKey: { kind: 'known-hosts', mode: 'accept-new', files: null },
        keys: [{ kind: 'file', path: '/home/me/k' }],
      },
    ],
    [
      { ansible_ssh_common_args: '-J a,b -o UserKnownHostsFile=/dev/null', ansible_ssh_extra_args: '-p 24 -l me' },
      { jump: 'a,b', hostKey: { kind: 'known-hosts', mode: 'strict', files: ['/dev/null'] }, port: 24, user: 'me' },
    ],
    [{ ansible_host: null, ansible_port: null }, {}],
  ])('of %j', (vars, expected) => {
    expect(settings(vars)).toEqual({ ...plain, ...expected })
  })

  it('keep passwords secret', () => {
    const found = settings({ ansible_ssh_pass: 'p1', ansible_become_password: 12 })
    expect(JSON.stringify(found)).not.toMatch(/p1|12"/)
    if (!('kind' in found) || found.kind !== 'ssh') throw new Error('no SSH settings')
    expect([found.password?.reveal(), found.become.password?.reveal()]).toEqual(['p1', '12'])
  })

  it('take what the command line says where the host says nothing', () => {
    const defaults = { user: 'cli', privateKey: '/cli/key', timeout: 4, acceptNewHostKeys: true, becomeUser: 'u' }
    expect(settings({}, defaults)).toEqual({
      ...plain,
      user: 'cli',
      keys: [{ kind: 'file', path: '/cli/key' }],
      timeoutMs: 4000,
      hostKey: { kind: 'known-hosts', mode: 'accept-new', files: null },
      become: { ...plain.become, user: 'u' },
    })
    expect(settings({ ansible_user: 'host', ansible_timeout: 7 }, defaults)).toMatchObject({
      user: 'host',
      timeoutMs: 7000,
    })
  })

  it('know local and simulated hosts', () => {
    const { become } = plain
    expect(settings({ ansible_connection: 'local' })).toEqual({ kind: 'local', name: 'hv1', become })
    expect(settings({ ansible_connection: 'lab', ansible_user: 'root' })).toEqual({
      kind: 'lab',
      name: 'hv1',
      user: 'root',
      become,
    })
    expect(connectionSettings('localhost', {}, { home })).toMatchObject({ value: { kind: 'local' } })
    expect(connectionSettings('localhost', { ansible_connection: 'ssh' }, { home })).toMatchObject({
      value: { kind: 'ssh' },
    })
  })

  it('name everything that cannot be used, and never a secret', () => {
    expect(
      settings({
        ansible_host: ['a'],
        ansible_port: 70000,
        ansible_connection: 'locl',
        ansible_become: 'maybe',
        ansible_become_method: 'runas',
        ansible_become_password: { a: 'secret' },
        ansible_ssh_timeout: 'soon',
        ansible_ssh_common_args: '-o ProxyCommand="nc %h %p"',
      }),
    ).toEqual([
      {
        variable: 'ansible_connection',
        message: 'ansible_connection is "locl", but must be ssh, local or lab',
        hint: 'did you mean "local"?',
      },
      { variable: 'ansible_become', message: 'ansible_become is text, but must be true or false' },
      { variable: 'ansible_become_method', message: 'ansible_become_method is "runas", but must be sudo or su' },
      { variable: 'ansible_become_password', message: 'ansible_become_password is a mapping, but must be text' },
      {
        variable: 'ansible_ssh_common_args',
        message: 'ansible_ssh_common_args has the option ProxyCommand, which is not understood here',
        hint: 'use ProxyJump: -J user@jumphost',
      },
      { variable: 'ansible_ssh_timeout', message: 'ansible_ssh_timeout is text, but must be a number above 0' },
      { variable: 'ansible_host', message: 'ansible_host is a list, but must be text' },
      { variable: 'ansible_port', message: 'ansible_port is 70000, but must be a whole number from 1 to 65535' },
    ])
  })
})

describe('arguments of ssh', () => {
  it.each([
    ['-o ControlMaster=auto -o ControlPersist=60s -C -4', {}],
    ['-oPort=24 -p 25', { port: 24 }],
    [`-o "User me" -o 'ConnectTimeout=5'`, { user: 'me', timeout: 5 }],
    ['-o stricthostkeychecking=no', { hostKeys: 'off' }],
    ['-i "/a b" -i /c\\ d', { keys: ['/a b', '/c d'] }],
    ['   ', {}],
  ])('%s', (text, expected) => {
    const nothing = {
      port: null,
      user: null,
      jump: null,
      timeout: undefined,
      hostKeys: null,
      knownHosts: null,
      keys: [],
    }
    expect(parseCommonArgs(text, home)).toEqual({ ok: true, value: { ...nothing, ...expected } })
  })

  it.each([
    [
      '-o ProxyJmp=a',
      { message: 'has the option ProxyJmp, which is not understood here', hint: 'did you mean "ProxyJump"?' },
    ],
    ['-L 80:a:80', { message: 'holds "-L", which is not understood here', hint: 'known are -o, -J, -i, -p and -l' }],
    ['-o "User me', { message: 'has a quote that is not closed' }],
    [
      '-o StrictHostKeyChecking=perhaps',
      { message: 'has StrictHostKeyChecking=perhaps, but it must be yes, accept-new or no' },
    ],
  ])('%s is refused', (text, error) => {
    expect(parseCommonArgs(text, home)).toEqual({ ok: false, error })
  })
})
