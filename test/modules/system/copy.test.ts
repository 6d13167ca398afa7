import { describe, expect, test } from 'vitest'
import type { Plan } from '../../../src/module/plan.ts'
import type { Step } from '../../../src/module/step.ts'
import { copy } from '../../../src/modules/system/copy.ts'
import { planOn, type TinyHost } from '../../support/tiny-host.ts'

const etc = { '/etc': { type: 'directory' } } as const
const motd: TinyHost = { files: { ...etc, '/etc/motd': { text: 'old\n' } } }
// sha1sum of "new\n" and "old\n".
const newSum = '389cc6b7ae5a659383eab5dfc253764eccf84732'
const backup = '/etc/motd.281bac2b7046~'
const data = { dest: '/etc/motd', checksum: newSum, size: 4 }
const text = (before: string | null, after: string) => ({ what: '/etc/motd', before, after, text: true }) as const
const write = (options: object = {}): Step => ({ kind: 'write', path: '/etc/motd', content: 'new\n', ...options })

describe('copy of text', () => {
  test.each<[string, object, TinyHost, Plan]>([
    [
      'writes a missing file',
      { mode: '644' },
      { files: etc },
      {
        kind: 'change',
        deltas: [text(null, 'new\n')],
        steps: [write({ mode: '0644' })],
        data,
      },
    ],
    [
      'makes missing directories',
      {},
      {},
      {
        kind: 'change',
        deltas: [{ what: '/etc', before: null, after: 'directory' }, text(null, 'new\n')],
        steps: [{ kind: 'mkdir', path: '/etc' }, write()],
        data,
      },
    ],
    ['replaces other content', {}, motd, { kind: 'change', deltas: [text('old\n', 'new\n')], steps: [write()], data }],
    [
      'keeps a copy when asked',
      { backup: true },
      motd,
      {
        kind: 'change',
        deltas: [text('old\n', 'new\n')],
        steps: [write({ backup })],
        data: { ...data, backup_file: backup },
      },
    ],
    [
      'leaves the same content',
      { mode: '0644' },
      { files: { ...etc, '/etc/motd': { text: 'new\n' } } },
      {
        kind: 'unchanged',
        because: '/etc/motd has this content already',
        data,
      },
    ],
    [
      'sets a mode alone',
      { mode: '0600', owner: 'root' },
      { files: { ...etc, '/etc/motd': { text: 'new\n' } } },
      {
        kind: 'change',
        deltas: [{ what: 'mode of /etc/motd', before: '0644', after: '0600' }],
        steps: [{ kind: 'mode', path: '/etc/motd', recursive: false, mode: '0600', owner: 'root' }],
        data,
      },
    ],
    [
      'compares a numeric owner as a number',
      { owner: '0' },
      { files: { ...etc, '/etc/motd': { text: 'new\n' } } },
      {
        kind: 'unchanged',
        because: '/etc/motd has this content already',
        data,
      },
    ],
    [
      'leaves any content without force',
      { force: false },
      motd,
      {
        kind: 'unchanged',
        because: '/etc/motd is there, and force is off',
        data: { dest: '/etc/motd' },
      },
    ],
    [
      'shows only the size of a binary file',
      {},
      { files: { ...etc, '/etc/motd': { text: 'a\0b' } } },
      {
        kind: 'change',
        deltas: [{ what: '/etc/motd', before: '3 bytes', after: '4 bytes' }],
        steps: [write()],
        data,
      },
    ],
    [
      'refuses a directory',
      {},
      { files: { ...etc, '/etc/motd': { type: 'directory' } } },
      {
        kind: 'blocked',
        because: '/etc/motd is a directory, but must be a file',
        hint: 'name the file itself in dest',
      },
    ],
    [
      'refuses what it cannot read',
      {},
      { files: { ...etc, '/etc/motd': { error: 'Permission denied' } } },
      {
        kind: 'blocked',
        because: '/etc/motd could not be read: Permission denied',
        hint: 'the task may need become: true',
      },
    ],
    [
      'refuses a file where a directory has to be',
      {},
      { files: { '/etc': { text: '' } } },
      {
        kind: 'blocked',
        because: '/etc is a file, but must be a directory',
      },
    ],
  ])('%s', (_, args, host, plan) => {
    expect(planOn(copy, { dest: '/etc/motd', content: 'new\n', backup: false, ...args }, host)).toEqual(plan)
  })

  test('a path that ends in / needs a file to take the name from', () => {
    expect(planOn(copy, { dest: '/etc/', content: 'x' })).toEqual({
      kind: 'blocked',
      because: 'dest is "/etc/", but must name the file when the content is given as text',
    })
  })
})

describe('copy of a file', () => {
  const bytes = Buffer.from('new\n')
  const files = new Map([['sub/motd', { name: 'sub/motd', path: '/p/files/sub/motd', bytes }]])

  test.each([
    ['/etc/', {}],
    ['/etc/', { files: etc }],
    ['/etc', { files: etc }],
    ['/etc/motd', { files: etc }],
  ])('to %s goes to /etc/motd', (dest, host) => {
    expect(planOn(copy, { src: 'sub/motd', dest }, host, { files })).toMatchObject({
      kind: 'change',
      steps: expect.arrayContaining([{ kind: 'write', path: '/etc/motd', content: bytes }]),
      data,
    })
  })
})
