import { expect, test } from 'vitest'
import type { Machine } from '../../src/machine/machine.ts'
import { attrs, command, file, links, list, stat } from '../../src/module/read.ts'
import { attr, detach, link, mkdir, mode, move, remove, run, type Step, write } from '../../src/module/step.ts'
import { get, pci, profiles, readyMachine, testMachine } from './machine-for-tests.ts'

const make = (): Machine => testMachine(profiles.el9)
const text = (value: string) => new Uint8Array(Buffer.from(value))
async function step(machine: Machine, ...steps: readonly Step[]) {
  const result = await machine.perform({ before: [], steps, after: [] })
  return result.steps.map((each) => (each.state === 'failed' ? each.reason : each.state))
}

test('links of sysfs have the targets that the kernel writes', () => {
  const machine = readyMachine(profiles.el9)
  const target = (path: string) => {
    const found = machine.files.readlink(path)
    return found.ok ? found.value : found.errno
  }
  expect({
    device: target('/sys/class/net/ens2f0/device'),
    class: target('/sys/class/net/ens2f0'),
    bus: target('/sys/bus/pci/devices/0000:61:00.1'),
    driver: target(`${pci('0000:61:00.0')}/driver`),
    iommu: target(`${pci('0000:61:00.0')}/iommu_group`),
    back: target('/sys/bus/pci/drivers/mlx5_core/0000:61:00.0'),
  }).toEqual({
    device: '../../../0000:61:00.0',
    class: '../../devices/pci0000:60/0000:60:01.0/0000:61:00.0/net/ens2f0',
    bus: '../../../devices/pci0000:60/0000:60:01.0/0000:61:00.1',
    driver: '../../../../bus/pci/drivers/mlx5_core',
    iommu: '../../../../kernel/iommu_groups/40',
    back: '../../../../devices/pci0000:60/0000:60:01.0/0000:61:00.0',
  })
})

test('every link of sysfs leads somewhere', async () => {
  const machine = readyMachine(profiles.el9)
  const patterns = [
    '/sys/class/net/*',
    '/sys/class/net/*/*',
    '/sys/bus/pci/devices/*',
    '/sys/bus/pci/devices/*/*',
    '/sys/bus/pci/drivers/*/*',
    '/sys/kernel/iommu_groups/*/devices/*',
  ]
  const broken = patterns
    .flatMap((pattern) => machine.files.glob(pattern))
    .filter((path) => machine.files.readlink(path).ok && !machine.files.stat(path, true).ok)
  expect(broken).toEqual([])
})

test.each([
  [`${pci('0000:61:00.0')}/vendor`, '0x15b3\n'],
  [`${pci('0000:61:00.0')}/device`, '0x101d\n'],
  [`${pci('0000:61:00.0')}/driver_override`, '(null)\n'],
  ['/sys/class/net/ens2f0/device/device', '0x101d\n'],
  ['/sys/class/net/ens2f0/carrier', '!EINVAL'],
  ['/sys/class/net/ens2f0/operstate', 'down\n'],
  ['/sys/class/net/ens2f0/flags', '0x1002\n'],
  ['/sys/class/net/eno1/carrier', '1\n'],
  ['/sys/class/net/lo/operstate', 'unknown\n'],
  ['/sys/bus/pci/drivers/mlx5_core/bind', '!EACCES'],
  ['/sys/bus/pci/drivers/nosuch/bind', '!ENOENT'],
  ['/sys/class/net', '!EISDIR'],
  ['/proc/sys/kernel/osrelease', '5.14.0-427.13.1.el9_4.x86_64\n'],
  ['/etc/hostname', 'hv1\n'],
  ['/etc/hostname/x', '!ENOTDIR'],
])('%s reads %j', (path, content) => {
  expect(get(make(), path)).toBe(content)
})

test('globs match names within one directory, sorted, without those that begin with a dot', async () => {
  const machine = make()
  await step(
    machine,
    mkdir('/srv/a'),
    write('/srv/a/b1', ''),
    write('/srv/a/b2', ''),
    write('/srv/a/.b3', ''),
    write('/srv/c', ''),
  )
  expect(
    ['/srv/*', '/srv/*/b?', '/srv/a/b[2-9]', '/srv/a/b[!2]', '/srv/a/.b*', '/srv/c', '/srv/none'].map((each) =>
      machine.files.glob(each),
    ),
  ).toEqual([
    ['/srv/a', '/srv/c'],
    ['/srv/a/b1', '/srv/a/b2'],
    ['/srv/a/b2'],
    ['/srv/a/b1'],
    ['/srv/a/.b3'],
    ['/srv/c'],
    [],
  ])
})

test('readings say what is there, what is not, and why something cannot be read', async () => {
  const machine = make()
  const reads = [
    file('/etc/hostname'),
    file('/etc/none'),
    file('/etc'),
    attrs('/sys/class/net/ens2f?/carrier', '/sys/class/net/eno1/mtu'),
    links('/sys/class/net/*/device'),
    list('/sys/bus/pci/devices/*'),
    stat('/etc/hostname', { checksum: true }),
    command('nosuch', 'thing'),
  ]
  const { before } = await machine.perform({ before: reads, steps: [], after: [] })
  expect(before.map((reading) => (reading.kind === 'stat' ? { ...reading, inode: 0 } : reading))).toEqual([
    {
      kind: 'file',
      path: '/etc/hostname',
      state: 'present',
      type: 'file',
      bytes: text('hv1\n'),
      mode: '0644',
      owner: 'root',
      group: 'root',
    },
    { kind: 'file', path: '/etc/none', state: 'absent' },
    {
      kind: 'file',
      path: '/etc',
      state: 'present',
      type: 'directory',
      bytes: new Uint8Array(),
      mode: '0755',
      owner: 'root',
      group: 'root',
    },
    {
      kind: 'attrs',
      values: new Map([
        ['/sys/class/net/ens2f0/carrier', { ok: false, reason: 'Invalid argument' }],
        ['/sys/class/net/ens2f1/carrier', { ok: false, reason: 'Invalid argument' }],
        ['/sys/class/net/eno1/mtu', { ok: true, value: '1500' }],
      ]),
    },
    {
      kind: 'links',
      targets: new Map([
        ['/sys/class/net/eno1/device', '../../../0000:00:1f.6'],
        ['/sys/class/net/ens2f0/device', '../../../0000:61:00.0'],
        ['/sys/class/net/ens2f1/device', '../../../0000:61:00.1'],
      ]),
    },
    { kind: 'list', paths: ['/sys/bus/pci/devices/0000:61:00.0', '/sys/bus/pci/devices/0000:61:00.1'] },
    {
      kind: 'stat',
      path: '/etc/hostname',
      state: 'present',
      type: 'file',
      mode: '0644',
      owner: 'root',
      group: 'root',
      uid: 0,
      gid: 0,
      size: 4,
      mtime: 1_767_225_600,
      inode: 0,
      links: 1,
      target: null,
      checksum: '6f60b64374c4910e87b33dbafaf42098dcad7c37',
    },
    { kind: 'command', argv: ['nosuch', 'thing'], status: 127, stdout: '', stderr: 'sh: 1: nosuch: not found\n' },
  ])
  expect(machine.writes).toEqual([])
})

test('a write keeps mode and owner of what it replaces, copies it once, and writes through links', async () => {
  const machine = make()
  await step(machine, write('/srv/f', 'one', { mode: '0600', owner: 'qemu', group: 'qemu' }))
  expect(machine.files.stat('/srv/f', true).ok).toBe(false)
  await step(
    machine,
    mkdir('/srv'),
    write('/srv/f', 'one', { mode: '0600', owner: 'qemu', group: 'qemu' }),
    link('/srv/l', 'f'),
  )
  const done = await step(
    machine,
    write('/srv/l', 'two', { backup: '/var/lib/vflag-play/backup/srv/f' }),
    write('/srv/l', 'three', { backup: '/var/lib/vflag-play/backup/srv/f' }),
  )
  expect(done).toEqual(['done', 'done'])
  expect(get(machine, '/srv/f')).toBe('three')
  expect(get(machine, '/var/lib/vflag-play/backup/srv/f')).toBe('one')
  expect(machine.files.stat('/srv/l', true)).toMatchObject({
    ok: true,
    value: { mode: '0600', owner: 'qemu', size: 5 },
  })
  expect(machine.files.readlink('/srv/l')).toEqual({ ok: true, value: 'f' })
})

test('bytes that are no UTF-8 survive', async () => {
  const machine = make()
  const bytes = new Uint8Array([0, 255, 254, 10])
  await step(machine, write('/root/bin', bytes))
  const content = machine.files.read('/root/bin')
  expect(content.ok && new Uint8Array(content.value)).toEqual(bytes)
})

test.each<[string, readonly Step[], readonly string[]]>([
  ['a write without a directory', [write('/none/f', 'x')], ['No such file or directory']],
  ['a write onto a directory', [write('/etc', 'x')], ['Is a directory']],
  ['an attribute that is absent', [attr('/sys/class/net/ens2f0/nosuch', '1')], ['No such file or directory']],
  ['an attribute that is read-only', [attr('/sys/class/net/ens2f0/operstate', '1')], ['Permission denied']],
  ['a file in sysfs', [write('/sys/class/net/mine', 'x')], ['Permission denied']],
  ['removing what is absent', [remove('/none')], ['done']],
  ['removing a full directory', [mkdir('/a/b'), remove('/a')], ['done', 'Directory not empty']],
  ['removing it with all it holds', [mkdir('/a/b'), remove('/a', { recursive: true })], ['done', 'done']],
  ['a directory where a file is', [mkdir('/etc/hostname/x')], ['Not a directory']],
  ['a move', [write('/root/a', 'x'), move('/root/a', '/root/b')], ['done', 'done']],
  ['a move of nothing', [move('/root/a', '/root/b')], ['No such file or directory']],
  ['a mode of nothing', [mode('/none', { mode: '0600' })], ['No such file or directory']],
  ['a program that fails, and what comes after', [run(['false']), run(['true'])], ['exit status 1', 'not run']],
  ['a status that is allowed', [run(['false'], { ok: [0, 1] })], ['done']],
  [
    'a program that says why',
    [run(['modprobe', 'nosuch'])],
    ['modprobe: FATAL: Module nosuch not found in directory /lib/modules/5.14.0-427.13.1.el9_4.x86_64'],
  ],
  ['a program that takes too long', [run(['sleep', '60'], { timeout: 5 })], ['timed out after 5 s']],
  ['a program that is quick enough', [run(['sleep', '1'], { timeout: 5 })], ['done']],
  ['a working directory that is not there', [run(['true'], { cwd: '/none' })], ['No such file or directory']],
  ['a program of its own', [detach(['true'])], ['done']],
  [
    'shell text without an interpreter',
    [{ kind: 'shell', text: 'true' }],
    ['This simulated machine interprets no shell text; install just-bash or use command: instead.'],
  ],
])('%s', async (_what, steps, results) => {
  expect(await step(make(), ...steps)).toEqual(results)
})

test('programs get stdin, environment and working directory', async () => {
  const machine = make()
  const steps = [
    run(['cat'], { stdin: 'hello\n' }),
    run(['printenv', 'A'], { env: { A: 'b c' } }),
    run(['pwd'], { cwd: '/etc' }),
  ]
  const result = await machine.perform({ before: [], steps, after: [] })
  expect(result.steps.map((each) => each.state === 'done' && each.stdout)).toEqual(['hello\n', 'b c\n', '/etc\n'])
})

test('every step is entered, reads are not', async () => {
  const machine = make()
  await step(
    machine,
    write('/root/a', 'x'),
    attr('/sys/class/net/ens2f0/mtu', 9000),
    run(['ip', 'link', 'show']),
    remove('/root/a'),
  )
  expect(machine.writes).toEqual([
    { kind: 'write', what: '/root/a', value: 'x' },
    { kind: 'attr', what: '/sys/class/net/ens2f0/mtu', value: '9000' },
    { kind: 'run', what: 'ip link show' },
    { kind: 'remove', what: '/root/a' },
  ])
  expect(text(get(machine, '/sys/class/net/ens2f0/mtu'))).toEqual(text('9000\n'))
})

test('an interpreter gets the text of a shell step', async () => {
  const seen: unknown[] = []
  const machine = testMachine(profiles.el9, {
    interpreter: async (_machine, script, input) => {
      seen.push([script, input.cwd, input.stdin])
      return { status: 3, stdout: 'out', stderr: 'first\nlast\n' }
    },
  })
  const result = await machine.perform({
    before: [],
    steps: [{ kind: 'shell', text: 'x | y', cwd: '/etc', stdin: 'in' }],
    after: [],
  })
  expect(result.steps).toEqual([{ state: 'failed', reason: 'last', status: 3, stdout: 'out', stderr: 'first\nlast\n' }])
  expect(seen).toEqual([['x | y', '/etc', 'in']])
})
