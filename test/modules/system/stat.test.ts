import { expect, test } from 'vitest'
import { stat } from '../../../src/modules/system/stat.ts'
import { planOn } from '../../support/tiny-host.ts'

test('stat of nothing says that it does not exist', () => {
  expect(planOn(stat, { path: '/a' })).toEqual({
    kind: 'unchanged',
    because: '/a is not there',
    data: { stat: { exists: false } },
  })
})

test('stat registers what is there', () => {
  expect(planOn(stat, { path: '/a' }, { files: { '/a': { text: 'new\n', mode: '0600' } } })).toEqual({
    kind: 'unchanged',
    because: '/a is there',
    data: {
      stat: {
        exists: true,
        path: '/a',
        isreg: true,
        isdir: false,
        islnk: false,
        mode: '0600',
        size: 4,
        uid: 0,
        gid: 0,
        pw_name: 'root',
        gr_name: 'root',
        mtime: 1700000000,
        inode: 7,
        nlink: 1,
        checksum: '389cc6b7ae5a659383eab5dfc253764eccf84732',
      },
    },
  })
})

test('stat of a link looks at the link, or at what it leads to', () => {
  const host = { files: { '/a': { type: 'link', target: '/b' }, '/b': { type: 'directory' } } } as const
  expect(planOn(stat, { path: '/a' }, host)).toMatchObject({
    data: { stat: { islnk: true, isdir: false, lnk_target: '/b' } },
  })
  expect(planOn(stat, { path: '/a', follow: true }, host)).toMatchObject({
    data: { stat: { islnk: false, isdir: true } },
  })
})

test('stat of what may not be looked at fails', () => {
  expect(planOn(stat, { path: '/a' }, { files: { '/a': { error: 'Permission denied' } } })).toEqual({
    kind: 'failed',
    because: '/a could not be looked at: Permission denied',
    hint: 'the task may need become: true',
  })
})
