import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allOf, lastOf, parseIni } from '../../src/parsers/ini.ts'

test('sections and keys may come several times; comments, blank lines and what is neither are passed over', () => {
  const ini = parseIni(
    '# comment\n; another\nstray=1\n[Network]\nAddress=192.0.2.1/24\n\nAddress = 192.0.2.2/24\nnonsense\n[Match]\nName=a \\\nb\n[Network]\nAddress=2001:db8::1/64\nBond=bond0=1\n',
  )
  expect(allOf(ini, 'Network', 'Address')).toEqual(['192.0.2.1/24', '192.0.2.2/24', '2001:db8::1/64'])
  expect(lastOf(ini, 'Match', 'Name')).toBe('a  b')
  expect(lastOf(ini, 'Network', 'Bond')).toBe('bond0=1')
  expect(lastOf(ini, 'Network', 'DHCP')).toBe(null)
})

test('what was written is read again', () => {
  const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,12}$/)
  const value = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 =:./+-]{0,20}[A-Za-z0-9]$/)
  const section = fc.record({ name: word, entries: fc.array(fc.tuple(word, value)) })
  fc.assert(
    fc.property(fc.array(section), (sections) => {
      const text = sections
        .map(({ name, entries }) => `[${name}]\n${entries.map(([key, each]) => `${key}=${each}\n`).join('')}`)
        .join('\n')
      expect(parseIni(text)).toEqual(sections)
    }),
  )
})

test('no text makes it throw', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseIni(text)))
})
