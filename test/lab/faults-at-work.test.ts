import { expect, test } from 'vitest'
import { parseFaults } from '../../src/lab/faults.ts'
import { failingPrograms, fullDisk } from '../../src/lab/faults-at-work.ts'
import type { Value } from '../../src/shared/value.ts'
import { fakeFiles } from './fake-machine.ts'

test.each<[string, Value, string[], (string | null)[], number]>([
  ['no faults', null, ['devlink dev show'], [null], 0],
  [
    'a command that fails always',
    { command: '^devlink .*set', status: 5, stderr: 'no' },
    ['devlink dev show', 'devlink dev set', 'devlink dev set'],
    [null, '5 no\n', '5 no\n'],
    0,
  ],
  [
    'commands that fail some times, one after the other',
    [
      { command: 'show', times: 1, stderr: 'a' },
      { command: 'dev', times: 2, stderr: 'b' },
    ],
    ['devlink dev show', 'devlink dev show', 'devlink dev show', 'devlink dev show'],
    ['1 a\n', '1 b\n', '1 b\n', null],
    0,
  ],
  [
    'a link that is cut when the network restarts',
    { cut_on: 'network_restart' },
    [
      'systemctl restart network',
      'systemctl restart NetworkManager.service',
      'nmcli connection up bond0',
      'ifup bond0',
      'systemctl restart openvswitch',
      'nmcli connection show',
    ],
    [null, null, null, null, null, null],
    4,
  ],
])('%s', (_what, faults, lines, said, cuts) => {
  let cut = 0
  const fails = failingPrograms(parseFaults(faults, []), () => {
    cut++
  })
  const results = lines.map((line) => fails(line.split(' '))).map((each) => each && `${each.status} ${each.stderr}`)
  expect([results, cut]).toEqual([said, cuts])
})

test('a full disk takes no content, while kernel attributes and memory do', async () => {
  const disk = fullDisk(fakeFiles({ '/etc/motd': 'a', '/sys/x': '0', '/run/y': '' }))
  const paths = ['/etc/motd', '/etc/new', '/tmp/x', '/sys/x', '/run/y']
  const done = await Promise.all(paths.map(async (path) => (await disk.write(path, Buffer.from('1'))).ok))
  expect(done).toEqual([false, false, false, true, true])
  expect(await disk.write('/etc/empty', new Uint8Array())).toEqual({ ok: true, value: undefined })
  expect(disk.mkdir('/etc/d', '0755')).toEqual({ ok: false, errno: 'ENOSPC' })
  expect(Buffer.from((disk.read('/etc/motd') as { value: Uint8Array }).value).toString()).toBe('a')
})
