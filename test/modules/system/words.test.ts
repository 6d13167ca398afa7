import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { splitWords } from '../../../src/modules/system/words.ts'

describe('splitting a command into words', () => {
  test.each([
    ['', []],
    ['  uptime  -p ', ['uptime', '-p']],
    [`echo 'a  b' "c d"`, ['echo', 'a  b', 'c d']],
    [`a'b'"c"d`, ['abcd']],
    [`'' ""`, ['', '']],
    [String.raw`a\ b \"q\"`, ['a b', '"q"']],
    [String.raw`"a \"b\" \n \\ \$x"`, [String.raw`a "b" \n \ $x`]],
    [String.raw`'a \n'`, [String.raw`a \n`]],
    ['a \\\n b', ['a', 'b']],
    ['echo $HOME | cat', ['echo', '$HOME', '|', 'cat']],
  ])('%j gives %j', (text, words) => {
    expect(splitWords(text)).toEqual({ ok: true, value: words })
  })

  test.each([
    [`echo 'a`, `the quote ' that opens at character 6 is never closed`],
    [`echo "a\\"`, `the quote " that opens at character 6 is never closed`],
    ['echo \\', 'the text ends in a backslash that escapes nothing'],
  ])('%j is refused', (text, error) => {
    expect(splitWords(text)).toEqual({ ok: false, error })
  })

  test('single quoting any words and splitting gives the words', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
        const text = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
        expect(splitWords(text)).toEqual({ ok: true, value: words })
      }),
    )
  })

  test('any text gives words or a reason', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ' ', '"', "'", '\\', '\n', '$') }), (text) => {
        const words = splitWords(text)
        expect(words.ok ? words.value.every((word) => typeof word === 'string') : words.error).toBeTruthy()
      }),
    )
  })
})
