import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatPlace } from '../../src/source/diagnostic.ts'
import { type Node, toValue } from '../../src/source/tree.ts'
import { parseYaml } from '../../src/source/yaml.ts'
import { badPlaces, showDiagnostics } from '../support/show-diagnostics.ts'

function tree(text: string): Node {
  const parsed = parseYaml('f.yaml', text)
  if (!parsed.ok) throw new Error(showDiagnostics(parsed.error).join('\n'))
  return parsed.value
}

const problems = (text: string) => {
  const parsed = parseYaml('f.yaml', text)
  return parsed.ok ? [] : showDiagnostics(parsed.error)
}

describe('a YAML file', () => {
  test('is read by the 1.2 core schema: what 1.1 turns into numbers and booleans stays what was written', () => {
    const text =
      'mode: 0644\npci: 0000:03:00.0\nmac: 52:54:00:01:00:01\nswitch: off\nanswer: yes\noctal: 0o17\nnone: ~\n'
    expect(toValue(tree(text))).toEqual({
      mode: 644,
      pci: '0000:03:00.0',
      mac: '52:54:00:01:00:01',
      switch: 'off',
      answer: 'yes',
      octal: 15,
      none: null,
    })
  })

  test.each(['', '# only a comment\n', '---\n...\n'])('%j is null', (text) => {
    expect(toValue(tree(text))).toBeNull()
  })

  test('a byte order mark and CRLF do not shift places', () => {
    const node = tree('\ufeffa: 1\r\nbb: x\r\n')
    const second = node.kind === 'map' ? node.entries[1] : undefined
    expect(second?.keyPlace).toEqual({ file: 'f.yaml', line: 2, column: 1, length: 2, text: 'bb: x' })
    expect(second?.value.place).toEqual({ file: 'f.yaml', line: 2, column: 5, length: 1, text: 'bb: x' })
  })

  test('an alias has the value of its anchor', () => {
    expect(toValue(tree('a: &x {n: [1, 2]}\nb: *x\n'))).toEqual({ a: { n: [1, 2] }, b: { n: [1, 2] } })
  })

  test('a key named __proto__ is data', () => {
    expect(JSON.stringify(toValue(tree('__proto__: {a: 1}\n')))).toBe('{"__proto__":{"a":1}}')
  })

  test.each([
    ['plain', 'a: one {{two}}\n', 1],
    ['quoted', 'a: "{{one}} {{two}}"\n', 1],
    ['with escapes before it', 'a: "x\\t\\u00e9 {{two}}"\n', 1],
    ['in single quotes', "a: 'it''s {{two}}'\n", 1],
    ['in a literal block', 'a: |\n  first\n\n   {{two}}\n', 4],
    ['in a folded block', 'a: >-\n  first\n  and {{two}}\n', 3],
    ['on a later line', 'a: first\n  and {{two}}\n', 2],
    ['on a later quoted line', 'a: "first\n  and \\\n  {{two}}"\n', 3],
  ])('a word inside text that is %s is pointed at where it stands', (_, text, line) => {
    const node = tree(text)
    const value = node.kind === 'map' ? node.entries[0]?.value : undefined
    if (value?.kind !== 'scalar' || typeof value.value !== 'string') throw new Error('no text')
    const place = value.within(value.value.indexOf('two'), 3)
    expect(place.line).toBe(line)
    expect(place.text.slice(place.column - 1, place.column - 1 + place.length)).toBe('two')
  })
})

describe('a mistake in YAML', () => {
  test.each([
    ['a: 1\nb: 2\na: 3\n', ['3 <a> the key "a" is given twice, but must be given once (the first one is in line 1)']],
    [
      'a: !vault x\n',
      [
        '1 <!vault> the tag !vault is not known (only the tags of the YAML core schema are, such as !!str; write the value without a tag)',
      ],
    ],
    [
      'a: &x {b: 1}\nc:\n  <<: *x\n',
      [
        '3 <<<> merge keys ("<<") are not part of YAML 1.2 and would hide what a mapping contains (write the keys out, or use the whole mapping through an alias)',
      ],
    ],
    ['a:\n\t- b\n', ['2 <\t> a line is indented with a tab, but must be indented with spaces']],
    [
      'a: b: c\n',
      [
        '1 <b> a value contains ": ", which begins a mapping in YAML (quote the whole value, or put what follows on lines of its own)',
      ],
    ],
    [
      'a:\n  - b\n c: 2\n',
      [
        '3 <c> the indentation does not fit the lines above (keys of one mapping, and items of one list, start in the same column)',
      ],
    ],
    [
      '- a: 1\n b: 2\n',
      [
        '2 <b> the indentation does not fit the lines above (keys of one mapping, and items of one list, start in the same column)',
      ],
    ],
    [
      '- name: x\n  msg: {{greeting}} world\n',
      [
        '2 <{{greeting}} world> a value that begins with "{{" is a mapping in YAML, but must be text here (quote the whole value: "{{greeting}} world")',
      ],
    ],
    ['a: "x" y\n', ['1 <y> text follows the closing quote of a value (quote the whole value, not only its beginning)']],
    ['a: "x\n', ['1 <x> a quoted text is not closed, but must end with the quote it begins with']],
    [
      'a: "\\d"\n',
      [
        '1 <\\> invalid escape sequence \\d in double quotes (use single quotes, in which a backslash is a plain character)',
      ],
    ],
    [
      'a: [1\n',
      [
        '1 <1> a list is not closed, but must end with "]" (what stands between the brackets must be indented further than its key)',
      ],
    ],
    [
      'a: *x\n',
      [
        '1 <*x> the alias "*x" refers to nothing, but must follow an anchor "&x" (quote the value if it is meant as text)',
      ],
    ],
    ['a: &x [*x]\n', ['1 <[*x]> this contains itself through an alias, but must be finite']],
    ['? [a]\n: b\n', ['1 <[a]> a key is a list or mapping, but must be text (quote it if it is meant as text)']],
    [': b\n', ['1 <:> a key is missing, but must stand before the ":"']],
    [
      'a: 12345678901234567890\nb: .nan\n',
      [
        '1 <12345678901234567890> 12345678901234567890 is too large for a whole number and would lose digits (quote it: "12345678901234567890")',
        '2 <.nan> .nan is not a finite number, but must be one (quote it if it is meant as text)',
      ],
    ],
    [
      'a: 1\n---\nb: 2\n',
      ['3 <b> a second YAML document begins here, but a file must hold one (remove the line "---" above)'],
    ],
    ['a: b\nfoo\nc: d\n', ['2 <foo> a key goes over several lines, but must be on one (is a ":" missing?)']],
  ])('%j is explained', (text, expected) => {
    expect(problems(text)).toEqual(expected)
  })

  test('a bomb of aliases is refused before it is written out', () => {
    const levels = 'abcdefghi'.split('').map((name, index, all) => {
      const of = index === 0 ? 'x' : `*${all[index - 1]}`
      return `${name}: &${name} [${Array(9).fill(of).join(', ')}]`
    })
    expect(problems(levels.join('\n'))[0]).toContain('the aliases of this file expand to too much data')
  })

  test.each([
    ['['.repeat(5000)],
    ['{a: '.repeat(3000)],
    ['- '.repeat(5000)],
    [Array.from({ length: 900 }, (_, n) => `${' '.repeat(n)}a:`).join('\n')],
  ])('nesting without end is refused', (text) => {
    expect(problems(text)[0]).toContain('nested too deeply')
  })
})

test('any text gives a tree or mistakes with places inside the text', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.constantFrom(...'ab:- \n\t"\'{}[],&*|>#!?%@`\\<0.~'), { maxLength: 60 }).map((all) => all.join('')),
  )
  fc.assert(
    fc.property(text, (each) => {
      const parsed = parseYaml('f.yaml', each)
      if (!parsed.ok) expect([parsed.error.length > 0, badPlaces(parsed.error)]).toEqual([true, []])
      else expect(formatPlace(parsed.value.place)).toMatch(/^f\.yaml:\d+:\d+$/)
    }),
    { numRuns: 400 },
  )
})

test('every stretch of every text points into a line', () => {
  const text = fc.string({ unit: fc.constantFrom(...'ab "\'\\\n:{}é') })
  fc.assert(
    fc.property(text, fc.nat(20), fc.nat(20), (each, offset, length) => {
      for (const source of [JSON.stringify({ k: each }), `k: |\n  ${each.replaceAll('\n', '\n  ')}\n`]) {
        const parsed = parseYaml('f.yaml', source)
        const value = parsed.ok && parsed.value.kind === 'map' ? parsed.value.entries[0]?.value : undefined
        if (value?.kind !== 'scalar') continue
        const place = value.within(offset, length)
        expect(badPlaces([{ severity: 'error', message: '', place }])).toEqual([])
      }
    }),
  )
})
