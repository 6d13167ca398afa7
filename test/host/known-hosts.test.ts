import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fingerprint, judgeKey, keyType, knownName, knownTypes, parseKnownHosts } from '../../src/host/known-hosts.ts'
import { KnownHostsFiles } from '../../src/host/known-hosts-files.ts'

const blob = (seed: string): Buffer => {
  const type = Buffer.from('ssh-ed25519')
  return Buffer.concat([Buffer.from([0, 0, 0, type.length]), type, Buffer.from([0, 0, 0, 32]), Buffer.alloc(32, seed)])
}
/** Made with ssh-keygen of OpenSSH 9.2, as are the names and the fingerprint below. */
const genuine = 'AAAAC3NzaC1lZDI1NTE5AAAAILFiJ85GQEVejrlZ+x0VYB91d4J2BXmDJYlEvbFUENFz'
/** `hv1` and `[hv2]:2222`. */
const hashed = [
  '|1|53X1ZYej5fqYW7NrBehLkg0pX88=|iQUFy8q1VozHeDTBN1s7/ZtXlWk=',
  '|1|ntdIeYr12JB5HROrEGtbZfI4pNg=|aLqCdn994fBbKwcS0h60uFlG/p8=',
]

const [mine, other] = [blob('a'), blob('b')]
const line = (names: string, key: Buffer, marker = ''): string =>
  `${marker}${names} ssh-ed25519 ${key.toString('base64')}`
const judged = (lines: readonly string[], name: string, key = mine) =>
  judgeKey(parseKnownHosts(lines.join('\n'), 'known_hosts'), name, key).kind

describe('known_hosts', () => {
  it.each([
    ['the name itself', 'hv1', 'hv1', 'trusted'],
    ['a name in a list', 'a,hv1,b', 'hv1', 'trusted'],
    ['another name', 'hv2', 'hv1', 'unknown'],
    ['a name that is only the beginning', 'hv', 'hv1', 'unknown'],
    ['upper case', 'HV1.Example', 'hv1.example', 'trusted'],
    ['a wildcard', '*.example', 'hv1.example', 'trusted'],
    ['a wildcard for one character', 'hv?', 'hv1', 'trusted'],
    ['a wildcard that needs a dot', '*.example', 'hv1xexample', 'unknown'],
    ['a negated name in a list', '!hv1.example,*.example', 'hv1.example', 'unknown'],
    ['only a negated name', '!hv2', 'hv1', 'unknown'],
    ['a port', '[hv1]:2222', '[hv1]:2222', 'trusted'],
    ['the name without the port', 'hv1', '[hv1]:2222', 'unknown'],
    ['another port', '[hv1]:2223', '[hv1]:2222', 'unknown'],
  ])('matches by %s', (_what, names, name, verdict) => {
    expect(judged([line(names, mine)], name)).toBe(verdict)
  })

  it('matches hashed names as ssh-keygen -H makes them', () => {
    const lines = parseKnownHosts(hashed.map((name) => `${name} ssh-ed25519 ${genuine}\n`).join(''), 'known_hosts')
    const verdicts = ['hv1', '[hv2]:2222', 'hv2'].map(
      (name) => judgeKey(lines, name, Buffer.from(genuine, 'base64')).kind,
    )
    expect([lines.length, verdicts]).toEqual([2, ['trusted', 'trusted', 'unknown']])
  })

  it.each([
    ['another key is a change', [line('hv1', other)], 'changed'],
    ['one of several keys is enough', [line('hv1', other), line('hv1', mine)], 'trusted'],
    ['a revoked key is refused, trusted or not', [line('hv1', mine), line('*', mine, '@revoked ')], 'revoked'],
    ['another revoked key does not matter', [line('hv1', mine), line('*', other, '@revoked ')], 'trusted'],
    ['a certificate authority vouches for no plain key', [line('*', mine, '@cert-authority ')], 'unknown'],
    ['an unknown marker is passed over', [line('hv1', mine, '@new ')], 'unknown'],
    [
      'comments, blank and broken lines are passed over',
      ['# hv1', '', 'hv1 ssh-ed25519', line('hv1', mine)],
      'trusted',
    ],
  ])('%s', (_claim, lines, verdict) => {
    expect(judged(lines, 'hv1')).toBe(verdict)
  })

  it('names the types that are known for a host', () => {
    const lines = parseKnownHosts(
      `hv1 ssh-rsa AAAA\nhv1 ssh-ed25519 BBBB\nhv2 ecdsa-sha2-nistp256 CCCC\n@revoked * ssh-dss D\n`,
      'f',
    )
    expect(knownTypes(lines, 'hv1')).toEqual(['ssh-rsa', 'ssh-ed25519'])
  })

  it('has a host with its port when that is not 22', () => {
    expect([knownName('HV1', 22), knownName('hv1', 2222), knownName('::1', 2222)]).toEqual([
      'hv1',
      '[hv1]:2222',
      '[::1]:2222',
    ])
  })

  it('is read without falling over, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 200 }), (text) =>
        parseKnownHosts(text, 'f').every((each) => !each.matches('\0')),
      ),
    )
  })
})

describe('a key', () => {
  it('has the fingerprint that ssh-keygen -l prints', () => {
    expect(fingerprint(Buffer.from(genuine, 'base64'))).toBe('SHA256:174X+9Oiq0eJdksqIX8f4e8E7+1ATG0gvAQljhlshFc')
  })

  it('says its type', () => {
    expect([keyType(mine), keyType(new Uint8Array())]).toEqual(['ssh-ed25519', ''])
  })
})

describe('the files', () => {
  it('remember a new key: in a folder and file only the user can read, after an unfinished line, at once', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'vflag-known-'))
    const [fresh, old] = [path.join(folder, 'ssh', 'known_hosts'), path.join(folder, 'old')]
    writeFileSync(old, line('hv9', other), { mode: 0o644 })
    const files = new KnownHostsFiles()
    expect(files.lines([fresh, path.join(folder, 'none')])).toEqual([])
    expect(files.add(fresh, 'hv1', mine)).toBe(null)
    expect(files.add(path.join(old, 'below'), 'hv1', mine)).toMatch(/ENOTDIR|EEXIST/)
    files.add(old, 'hv1', mine)
    expect(judgeKey(files.lines([fresh]), 'hv1', mine).kind).toBe('trusted')
    expect([readFileSync(fresh, 'utf8'), readFileSync(old, 'utf8')]).toEqual([
      `${line('hv1', mine)}\n`,
      `${line('hv9', other)}\n${line('hv1', mine)}\n`,
    ])
    const modes = [path.join(folder, 'ssh'), fresh, old].map((each) => (statSync(each).mode & 0o777).toString(8))
    rmSync(folder, { recursive: true })
    expect(modes).toEqual(['700', '600', '644'])
  })
})
