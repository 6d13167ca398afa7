import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { diskReader } from '../../src/source/reader.ts'

const dir = mkdtempSync(path.join(tmpdir(), 'reader-'))
mkdirSync(path.join(dir, 'sub'))
writeFileSync(path.join(dir, 'b.txt'), 'häß\n')
writeFileSync(path.join(dir, 'a.bin'), Buffer.from([0xff, 0x00]))
afterAll(() => rmSync(dir, { recursive: true }))

describe('the disk', () => {
  const reader = diskReader(dir)

  test('gives text in UTF-8, paths counted from the working directory', () => {
    expect(reader.read('b.txt')).toEqual({ ok: true, value: 'häß\n' })
    expect(reader.read(path.join(dir, 'b.txt'))).toEqual({ ok: true, value: 'häß\n' })
  })

  test('gives any file as bytes', () => {
    const bytes = reader.readBytes('a.bin')
    expect(bytes.ok && [...bytes.value]).toEqual([0xff, 0])
  })

  test.each([
    ['none', { missing: true, message: 'does not exist' }],
    ['b.txt/x', { missing: true, message: 'does not exist' }],
    ['sub', { missing: false, message: 'is a folder, but must be a file' }],
    ['a.bin', { missing: false, message: 'is not UTF-8 text' }],
  ])('says why %s cannot be read', (name, error) => {
    expect(reader.read(name)).toEqual({ ok: false, error })
  })

  test('knows folders and what is in them, sorted', () => {
    expect([reader.isDirectory('sub'), reader.isDirectory('b.txt'), reader.isDirectory('none')]).toEqual([
      true,
      false,
      false,
    ])
    expect([reader.list('.'), reader.list('none')]).toEqual([['a.bin', 'b.txt', 'sub'], []])
  })
})
