import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { editLines, type LineEdit } from '../../../src/modules/system/edit-lines.ts'

const edit = (given: Partial<LineEdit>): LineEdit => ({
  state: 'present',
  backrefs: false,
  firstmatch: false,
  ...given,
})

describe('editing lines', () => {
  test.each<[string, string, Partial<LineEdit>, string]>([
    ['puts a missing line at the end', 'a\n', { line: 'b' }, 'a\nb\n'],
    ['ends the last line first', 'a', { line: 'b' }, 'a\nb\n'],
    ['writes into nothing', '', { line: 'b' }, 'b\n'],
    ['leaves a line that is there, even without its newline', 'a\nb', { line: 'b' }, 'a\nb'],
    ['replaces the last match', 'x=1\nx=2\ny\n', { regexp: '^x=', line: 'x=3' }, 'x=1\nx=3\ny\n'],
    [
      'replaces the first match when asked',
      'x=1\nx=2\n',
      { regexp: '^x=', line: 'x=3', firstmatch: true },
      'x=3\nx=2\n',
    ],
    ['adds the line when nothing matches', 'y\n', { regexp: '^x=', line: 'x=3' }, 'y\nx=3\n'],
    ['adds it after the last anchor', '[a]\nb\n[a]\nc\n', { line: 'x', insertafter: '^\\[a' }, '[a]\nb\n[a]\nx\nc\n'],
    ['adds it after an anchor without newline', '[a]', { line: 'x', insertafter: 'a' }, '[a]\nx\n'],
    ['adds it before the last anchor', '[a]\nb\n', { line: 'x', insertbefore: 'b' }, '[a]\nx\nb\n'],
    ['adds it at the end without an anchor', 'a\n', { line: 'x', insertbefore: 'b' }, 'a\nx\n'],
    ['adds it at the beginning', 'a\n', { line: 'x', insertbefore: 'BOF' }, 'x\na\n'],
    ['prefers a match to an anchor', 'x=1\n[a]\n', { regexp: '^x=', line: 'x=2', insertafter: 'a' }, 'x=2\n[a]\n'],
    [
      'fills in groups',
      'port 22\n',
      { regexp: '^port (\\d)(\\d)', line: 'port \\2\\g<1>\\\\', backrefs: true },
      'port 22\\\n',
    ],
    ['does nothing with groups that do not match', 'a\n', { regexp: '^b(.)', line: '\\1', backrefs: true }, 'a\n'],
    [
      'understands a pattern of Python',
      'X=1\n',
      { regexp: '(?i)^x=(?P<n>.)', line: 'x=\\g<n>0', backrefs: true },
      'x=10\n',
    ],
    ['removes every match', 'a\nb\nab\n', { state: 'absent', regexp: 'a' }, 'b\n'],
    ['removes every equal line', 'a\nab\na\n', { state: 'absent', line: 'a' }, 'ab\n'],
    ['matches lines that end in CR LF', 'x=1\r\ny\r\n', { regexp: '^x=1$', line: 'x=2' }, 'x=2\ny\r\n'],
  ])('%s', (_, text, given, after) => {
    const edited = editLines(text, edit(given))
    expect(edited.ok && edited.value.text).toBe(after)
  })

  test('a pattern that is none is named', () => {
    expect(editLines('', edit({ regexp: '(', line: 'a' }))).toEqual({
      ok: false,
      error: 'regexp is "(", but must be a regular expression: unterminated group',
    })
  })

  const line = fc.string({ unit: fc.constantFrom('a', 'b', '=', ' '), maxLength: 4 })
  const text = fc
    .array(fc.tuple(line, fc.constantFrom('\n', '\r\n')), { maxLength: 6 })
    .map((lines) => lines.flat().join(''))

  test('an edit without a pattern, or whose pattern matches its line, changes nothing the second time', () => {
    const anchors = fc.constantFrom<Partial<LineEdit>>(
      {},
      { insertafter: 'a' },
      { insertbefore: 'b' },
      { insertafter: 'BOF' },
      { firstmatch: true },
    )
    fc.assert(
      fc.property(
        fc.tuple(text, fc.constantFrom('', 'a')),
        line,
        anchors,
        fc.boolean(),
        ([head, tail], wanted, anchor, pattern) => {
          const given = edit({ line: wanted, ...anchor, ...(pattern && wanted !== '' && { regexp: wanted.charAt(0) }) })
          const once = editLines(head + tail, given)
          const twice = once.ok ? editLines(once.value.text, given) : once
          expect(twice.ok && twice.value.text).toBe(once.ok && once.value.text)
          expect(once.ok && once.value.text.split(/\r?\n/)).toContain(wanted)
        },
      ),
    )
  })

  test('nothing that matches is left after removing', () => {
    fc.assert(
      fc.property(text, line, (content, wanted) => {
        const edited = editLines(content, edit({ state: 'absent', line: wanted }))
        if (!edited.ok) throw new Error(edited.error)
        const left = edited.value.text.split(/(?<=\n)/).filter((each) => each !== '')
        expect(left.map((each) => each.replace(/\r?\n$/, ''))).not.toContain(wanted)
        expect(left.length + edited.value.removed).toBe(content === '' ? 0 : content.split(/(?<=\n)/).length)
      }),
    )
  })
})
