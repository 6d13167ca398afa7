import { describe, expect, test } from 'vitest'
import { findLocal, LocalFiles } from '../../src/playbook/local-files.ts'
import { memoryReader } from '../support/memory-reader.ts'

const reader = memoryReader({
  'p/files/a': 'in files',
  'p/a': 'beside',
  'p/b': 'beside',
  'shared/a': 'shared',
  'shared/c': 'shared',
  'p/templates/x.hbs': 'a {{v}}',
  'p/templates/x.xml.hbs': '<a>{{v}}</a>',
  'p/templates/bad.hbs': 'a\n{{v',
  '/abs/d': 'absolute',
})
const files = new LocalFiles(reader, 'p', { files: ['shared'], templates: [] })

describe('a controller file', () => {
  test.each([
    ['a', 'p/files/a'],
    ['b', 'p/b'],
    ['c', 'shared/c'],
    ['/abs/d', '/abs/d'],
    ['none', null],
    ['files', null],
  ])('named %s is %s', (name, expected) => {
    expect(findLocal(reader, name, 'files', 'p', ['shared'])).toBe(expected)
  })

  test('is given with its bytes', () => {
    expect(files.file('c')).toEqual({
      ok: true,
      value: { name: 'c', path: 'shared/c', bytes: new TextEncoder().encode('shared') },
    })
  })

  test('that is not there is named with the places that were looked at, and the nearest', () => {
    expect(files.file('none')).toEqual({
      ok: false,
      error: 'the file "none" does not exist, but must be in p/files, p or shared',
    })
    expect(files.findTemplate('y.hbs')).toMatchObject({ ok: false, error: { hint: 'did you mean "x.hbs"?' } })
  })
})

describe('a controller template', () => {
  test('is escaped by its kind', () => {
    const render = (name: string) => {
      const template = files.template(name)
      const rendered = template.ok ? template.value.render({ v: 'a<b' }) : template
      return rendered.ok && rendered.value
    }
    expect([render('x.hbs'), render('x.xml.hbs')]).toEqual(['a a<b', '<a>a&lt;b</a>'])
  })

  test('with mistakes says so in one sentence, and where for those who can show it', () => {
    const found = files.findTemplate('bad.hbs')
    expect(files.template('bad.hbs').ok).toBe(false)
    expect(!found.ok && found.error.inside.map(({ place }) => [place?.file, place?.line])).toEqual([
      ['p/templates/bad.hbs', 2],
    ])
  })
})
