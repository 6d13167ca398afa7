import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expandHosts } from '../../src/inventory/hosts.ts'

describe('a host key', () => {
  test.each([
    ['h1', ['h1'], undefined],
    ['h1.example.com:2222', ['h1.example.com'], 2222],
    ['h[1:3]', ['h1', 'h2', 'h3'], undefined],
    ['h[:2]', ['h0', 'h1', 'h2'], undefined],
    ['h[08:11]', ['h08', 'h09', 'h10', 'h11'], undefined],
    ['h[1:10:4]', ['h1', 'h5', 'h9'], undefined],
    ['h[a:g:3]', ['ha', 'hd', 'hg'], undefined],
    ['h[y:B]', ['hy', 'hz', 'hA', 'hB'], undefined],
    ['r[1:2]-n[a:b].lan:22', ['r1-na.lan', 'r1-nb.lan', 'r2-na.lan', 'r2-nb.lan'], 22],
    ['192.0.2.[8:10]', ['192.0.2.8', '192.0.2.9', '192.0.2.10'], undefined],
    ['2001:db8::1', ['2001:db8::1'], undefined],
    ['[2001:db8::1]:2222', ['2001:db8::1'], 2222],
  ])('%s stands for %j', (key, names, port) => {
    expect(expandHosts(key)).toEqual({ ok: true, value: { names, port } })
  })

  test.each([
    ['h[3:1]', 'the range [3:1] runs backwards, but its first end must not be above its last'],
    ['h[c:a]', 'the range [c:a] runs backwards, but its first end must come before its last'],
    ['h[01:5]', 'the ends of [01:5] have 2 and 1 digits, but must have the same number of them'],
    ['h[1:c]', 'the ends of [1:c] are a letter and a number, but must be alike'],
    ['h[1:]', 'the range [1:] of "h[1:]" is not understood'],
    ['h[1:9:0]', 'the step of [1:9:0] is 0, but must be at least 1'],
    ['h[1:9999999]', 'the range [1:9999999] is too long, but must stay below 100000 hosts'],
    ['a[1:999]b[1:999]', '"a[1:999]b[1:999]" stands for 998001 hosts or more, but must stay below 100000'],
    ['h:99999', 'the port of "h:99999" is 99999, but must be from 1 to 65535'],
    [
      'two words',
      '"two words" is no host name: letters, digits, "-", "_" and "." and ranges such as [1:4] are allowed',
    ],
    ['', '"" is no host name: letters, digits, "-", "_" and "." and ranges such as [1:4] are allowed'],
  ])('%j is refused with a reason', (key, message) => {
    expect(expandHosts(key)).toMatchObject({ ok: false, error: { message } })
  })

  test('a range of n numbers makes n hosts, the ends among them', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.nat(500), (a, b) => {
        const [first, last] = [Math.min(a, b), Math.max(a, b)]
        const expanded = expandHosts(`h[${first}:${last}]`)
        expect(expanded.ok && expanded.value.names.length).toBe(last - first + 1)
        expect(expanded.ok && [expanded.value.names.at(0), expanded.value.names.at(-1)]).toEqual([
          `h${first}`,
          `h${last}`,
        ])
      }),
    )
  })
})
