import { describe, expect, test } from 'vitest'
import type { Plan } from '../../../src/module/plan.ts'
import { file } from '../../../src/modules/system/file.ts'
import { planOn, type TinyFile } from '../../support/tiny-host.ts'

const directory: TinyFile = { type: 'directory' }
const unchanged = (because: string): Plan => ({ kind: 'unchanged', because })
const blocked = (because: string, hint?: string): Plan => ({ kind: 'blocked', because, ...(hint && { hint }) })

describe('file', () => {
  test.each<[string, object, Record<string, TinyFile>, Plan]>([
    [
      'makes a directory',
      { state: 'directory', mode: '750' },
      {},
      {
        kind: 'change',
        deltas: [{ what: '/a', before: null, after: 'directory' }],
        steps: [{ kind: 'mkdir', path: '/a', mode: '0750' }],
      },
    ],
    [
      'leaves a directory',
      { state: 'directory', mode: '0755' },
      { '/a': directory },
      unchanged('/a is a directory already'),
    ],
    [
      'takes a link to a directory for one',
      { state: 'directory' },
      { '/a': { type: 'link', target: '/b' }, '/b': directory },
      unchanged('/a is a directory already'),
    ],
    [
      'sets the mode of a directory',
      { state: 'directory', mode: '0700' },
      { '/a': directory },
      {
        kind: 'change',
        deltas: [{ what: 'mode of /a', before: '0755', after: '0700' }],
        steps: [{ kind: 'mode', path: '/a', mode: '0700', recursive: false }],
      },
    ],
    [
      'does not make a directory of a file',
      { state: 'directory' },
      { '/a': {} },
      blocked('/a is a file, but must be a directory', 'remove it first'),
    ],
    [
      'removes a directory with all it holds',
      { state: 'absent' },
      { '/a': directory },
      {
        kind: 'change',
        deltas: [{ what: '/a', before: 'directory', after: null }],
        steps: [{ kind: 'remove', path: '/a', recursive: true }],
      },
    ],
    [
      'removes a link, not what it leads to',
      { state: 'absent' },
      { '/a': { type: 'link', target: '/b' }, '/b': directory },
      {
        kind: 'change',
        deltas: [{ what: '/a', before: 'link to /b', after: null }],
        steps: [{ kind: 'remove', path: '/a', recursive: false }],
      },
    ],
    ['has nothing to remove', { state: 'absent' }, {}, unchanged('/a is not there')],
    [
      'makes a link',
      { state: 'link', src: '/b' },
      { '/b': {} },
      {
        kind: 'change',
        deltas: [{ what: '/a', before: null, after: 'link to /b' }],
        steps: [{ kind: 'link', path: '/a', target: '/b' }],
      },
    ],
    [
      'takes a relative target from the directory of the link',
      { state: 'link', src: 'b' },
      { '/b': {}, '/a': { type: 'link', target: 'c' } },
      {
        kind: 'change',
        deltas: [{ what: '/a', before: 'link to c', after: 'link to b' }],
        steps: [{ kind: 'link', path: '/a', target: 'b' }],
      },
    ],
    [
      'leaves a link',
      { state: 'link', src: '/b' },
      { '/a': { type: 'link', target: '/b' } },
      unchanged('/a points to /b already'),
    ],
    [
      'does not link to nothing',
      { state: 'link', src: '/b' },
      {},
      blocked('/b does not exist, so the link would lead nowhere', 'make it first, or set force: true'),
    ],
    [
      'does not replace a file by a link',
      { state: 'link', src: '/b' },
      { '/a': {}, '/b': {} },
      blocked('/a is a file, and is not replaced by a link', 'remove it first, or set force: true'),
    ],
    [
      'touches a missing file',
      { state: 'touch' },
      {},
      {
        kind: 'change',
        deltas: [{ what: '/a', before: null, after: 'empty file' }],
        steps: [{ kind: 'write', path: '/a', content: '' }],
      },
    ],
    ['does not touch again', { state: 'touch' }, { '/a': {} }, unchanged('/a is there already')],
    [
      'refuses a missing file',
      { state: 'file' },
      {},
      blocked(
        '/a is not there',
        'state: touch makes an empty file, state: directory a directory; copy and template write files',
      ),
    ],
    [
      'sets owner by number',
      { owner: '107' },
      { '/a': {} },
      {
        kind: 'change',
        deltas: [{ what: 'owner of /a', before: 'root', after: '107' }],
        steps: [{ kind: 'mode', path: '/a', owner: '107', recursive: false }],
      },
    ],
    ['knows an owner by number', { owner: '107' }, { '/a': { owner: 'qemu' } }, unchanged('/a is as asked')],
  ])('%s', (_, args, files, plan) => {
    expect(planOn(file, { path: '/a', ...args }, { files })).toEqual(plan)
  })

  test.each(['/', '/etc', '/etc/', '/usr', '/var/lib'])('never removes %s', (path) => {
    const plain = path === '/' ? path : path.replace(/\/$/, '')
    expect(planOn(file, { path, state: 'absent' }, { files: { [plain]: directory } })).toEqual(
      blocked(`${plain} is a directory that every host needs, and is never removed`, 'name what is to go inside it'),
    )
  })

  const find = 'find /a ! -type l ( ! -perm 0755 -o ! -user root ) -print -quit'
  test.each([
    ['', unchanged('/a is a directory already')],
    [
      '/a/x\n',
      {
        kind: 'change',
        deltas: [{ what: 'everything below /a', before: 'different at /a/x', after: 'mode 0755, owner root' }],
        steps: [{ kind: 'mode', path: '/a', mode: '0755', owner: 'root', recursive: true }],
      },
    ],
  ])('recurse sets what is below only when something differs: %j', (stdout, plan) => {
    const host = { files: { '/a': directory }, commands: { [find]: { stdout } } }
    expect(planOn(file, { path: '/a', state: 'directory', recurse: true, mode: '0755', owner: 'root' }, host)).toEqual(
      plan,
    )
  })
})
