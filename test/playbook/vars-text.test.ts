import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseExtraVars } from '../../src/playbook/vars-text.ts'
import { memoryReader } from '../support/memory-reader.ts'
import { badPlaces, showDiagnostics } from '../support/show-diagnostics.ts'

const reader = memoryReader({
  'vars.yaml': 'a: 1\nb: {c: [x]}\n',
  'list.yaml': '- a\n',
  'empty.yaml': '',
  'bad.yaml': 'a: 1\na: 2\n',
})

describe('-e', () => {
  test.each([
    ['keep_firmware=true', { keep_firmware: true }],
    ['n=3 share=0.5 none=null word=abc', { n: 3, share: 0.5, none: null, word: 'abc' }],
    ['a=yes', { a: 'yes' }],
    ['a=', { a: '' }],
    ['mode=0644 pci=0000:61:00.0', { mode: '0644', pci: '0000:61:00.0' }],
    [`a="two words" b='3' c="say \\"x\\""`, { a: 'two words', b: '3', c: 'say "x"' }],
    [`'a=two words' b=it's`, { a: 'two words', b: "it's" }],
    ['url=http://h/?x=1', { url: 'http://h/?x=1' }],
    ['a=1 a=2', { a: 2 }],
    ['{"a": [1, "2"], b: true}', { a: [1, '2'], b: true }],
    ['@vars.yaml', { a: 1, b: { c: ['x'] } }],
    ['@empty.yaml', {}],
  ])('%s', (text, expected) => {
    expect(parseExtraVars(text, reader)).toEqual({ ok: true, value: expected })
  })

  test.each([
    ['', ['-e is empty, but must set a variable (write -e name=value)']],
    [
      'a',
      [
        'the extra var "a" is no pair, but must be name=value (a value with spaces needs quotes: -e \'name="two words"\')',
      ],
    ],
    ['a="x', ['the extra vars a="x have a quote that is not closed']],
    ['a-b=1', ['"a-b" in -e a-b=1 is no name for a variable: only letters, digits and "_" are allowed']],
    ['groups=1', ['"groups" in -e groups=1 is set by the engine, but extra vars must have names of their own']],
    ['[1]', ['the extra vars [1] must be a mapping of names to values']],
    ['{a: 1, a: 2}', ['1 <a> the key "a" is given twice, but must be given once (the first one is in line 1)']],
    ['@none.yaml', ['the file of extra vars "none.yaml" does not exist']],
    ['@list.yaml', ['1 <-> the extra vars @list.yaml must be a mapping of names to values']],
    ['@bad.yaml', ['2 <a> the key "a" is given twice, but must be given once (the first one is in line 1)']],
  ])('%j is refused with a reason', (text, expected) => {
    const parsed = parseExtraVars(text, reader)
    expect(parsed.ok || showDiagnostics(parsed.error)).toEqual(expected)
  })

  test('any text gives variables or reasons', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'ab=\'" \\{}[]:,@1') }))
    fc.assert(
      fc.property(text, (each) => {
        const parsed = parseExtraVars(each, reader)
        if (!parsed.ok) expect([parsed.error.length > 0, badPlaces(parsed.error)]).toEqual([true, []])
      }),
    )
  })
})
