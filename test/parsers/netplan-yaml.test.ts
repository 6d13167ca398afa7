import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { parseNetplanYaml } from '../../src/parsers/netplan-yaml.ts'

test.each([
  ['nothing', '# nothing\n', null],
  [
    'blocks, as cloud-init writes them',
    '# by cloud-init\n---\nnetwork:\n    ethernets:\n        eno1:\n            addresses:\n            - 192.0.2.11/24   # static\n            dhcp4: true\n    version: 2\n',
    { network: { ethernets: { eno1: { addresses: ['192.0.2.11/24'], dhcp4: 'true' } }, version: '2' } },
  ],
  [
    'flow collections, also over several lines',
    'network: {ethernets: {ens2f0: {}, "ens2f1": {dhcp4: no}},\n  bonds: {bond0: {interfaces: [ens2f0,\n    ens2f1], parameters: {mode: 802.3ad}}}}\n',
    {
      network: {
        ethernets: { ens2f0: {}, ens2f1: { dhcp4: 'no' } },
        bonds: { bond0: { interfaces: ['ens2f0', 'ens2f1'], parameters: { mode: '802.3ad' } } },
      },
    },
  ],
  [
    'addresses with colons, quoted and not',
    "a:\n  mac: \"98:03:9b:11:22:30\"\n  v6: 2001:db8::1/64\n  'it''s': '#1'\n",
    { a: { mac: '98:03:9b:11:22:30', v6: '2001:db8::1/64', "it's": '#1' } },
  ],
  [
    'mappings in sequences, and sequences in those',
    'routes:\n  - to: default\n    via: 192.0.2.1\n  -\n    to: 10.0.0.0/8\n  - - a\n    - b\n',
    { routes: [{ to: 'default', via: '192.0.2.1' }, { to: '10.0.0.0/8' }, ['a', 'b']] },
  ],
  ['keys without a value', 'ens2f0:\nens2f1: ~\n', { ens2f0: null, ens2f1: null }],
])('reads %s', (_what, text, wanted) => {
  expect(parseNetplanYaml(text)).toEqual(wanted)
})

test.each([
  ['an anchor', 'a: &x\n  b: 1\n'],
  ['an alias', 'a: *x\n'],
  ['a tag', 'a: !!str 1\n'],
  ['a block scalar', 'a: |\n  text\n'],
  ['a scalar over several lines', 'a: one\n  two\n'],
  ['a second document', 'a: 1\n---\nb: 2\n'],
  ['a key that comes twice', 'a: 1\na: 2\n'],
  ['tabs as indentation', 'a:\n\tb: 1\n'],
  ['a flow collection without an end', 'a: [b, c\n'],
  ['a quote without an end', 'a: "b\n'],
  ['something below less indented lines', '  a: 1\nb: 2\n'],
])('does not guess what %s means', (_what, text) => {
  expect(parseNetplanYaml(text)).toBe(undefined)
})

describe('against a whole YAML parser', () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9./:@_-]{0,10}[a-z0-9]$/)
  const tree = fc.letrec((again) => ({
    value: fc.oneof({ maxDepth: 4 }, word, again('list'), again('map')),
    list: fc.array(again('value'), { minLength: 1, maxLength: 3 }),
    map: fc.dictionary(word, again('value'), { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
  })).map

  test.each([
    ['block', {}],
    ['flow', { collectionStyle: 'flow', lineWidth: 30 }],
    ['quoted', { defaultStringType: 'QUOTE_DOUBLE', lineWidth: 0 }],
  ] as const)('%s style is read as it was written', (_style, options) => {
    fc.assert(
      fc.property(tree, (value) => {
        const text = stringify(value, { indentSeq: false, ...options })
        expect(parseNetplanYaml(text)).toEqual(parse(text, { schema: 'failsafe' }))
      }),
    )
  })

  test('any YAML is read the same, or not at all', () => {
    const piece = fc.constantFrom('a', 'b: ', ': ', '- ', '  ', '\n', '[', ']', '{', '}', ', ', '"', "'", '#', ' ', '1')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join('')
        const found = parseNetplanYaml(text)
        const whole = wholeParser(text)
        if (found !== undefined && whole !== undefined)
          expect({ text, found: emptyIsNull(found) }).toEqual({ text, found: whole })
      }),
      { numRuns: 2000 },
    )
  })
})

function wholeParser(text: string): unknown {
  try {
    return emptyIsNull(parse(text, { schema: 'failsafe' }))
  } catch {
    return undefined
  }
}

// The failsafe schema has no null: what is empty is an empty text there.
function emptyIsNull(value: unknown): unknown {
  if (value === '' || value === null) return null
  if (Array.isArray(value)) return value.map(emptyIsNull)
  if (typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, emptyIsNull(each)]))
  return value
}
