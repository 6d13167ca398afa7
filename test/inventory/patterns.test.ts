import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadInventory } from '../../src/inventory/load.ts'
import { hostNamed, limitHosts, selectHosts } from '../../src/inventory/patterns.ts'
import type { Inventory } from '../../src/inventory/types.ts'
import { memoryReader } from '../support/memory-reader.ts'

const reader = memoryReader({
  'inv.yaml': `
all:
  hosts: {lone: }
  children:
    lab:
      children:
        web: {hosts: {'web[1:3]': }}
        db: {hosts: {'db[1:2]': }}
`,
  'limit.txt': '# two of them\nweb1\n\n  db2\n',
  'empty.txt': '\n# nobody\n',
})

function inventory(): Inventory {
  const loaded = loadInventory(reader, ['inv.yaml'], { playbookDir: null })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error))
  return loaded.value
}

const hosts = (pattern: string) => {
  const selected = selectHosts(inventory(), pattern)
  return selected.ok ? selected.value.join(' ') : `error: ${selected.error.message} (${selected.error.hint})`
}

describe('a host pattern', () => {
  test.each([
    ['all', 'lone web1 web2 web3 db1 db2'],
    ['*', 'lone web1 web2 web3 db1 db2'],
    ['web:db', 'web1 web2 web3 db1 db2'],
    ['web,!web2', 'web1 web3'],
    ['!web2,web', 'web1 web3'],
    ['web*[0]', 'web1'],
    ['lab:&db', 'db1 db2'],
    ['web[0:1]', 'web1 web2'],
    ['web[1:]', 'web2 web3'],
    ['web[-1]', 'web3'],
    ['~(web|db)1', 'web1 db1'],
    ['~web', 'web1 web2 web3'],
    ['~web.*:!web2', 'web1 web3'],
    ['~(?:web|db)1:lone', 'web1 db1 lone'],
    ['~[dw]..?[1-2]{1,2},lone', 'web1 web2 db1 db2 lone'],
    ['!web', 'lone db1 db2'],
    ['web2,web1', 'web2 web1'],
    ['all[0:1]', 'lone web1'],
    ['db1:web1:db1', 'db1 web1'],
    ['web,!w*', ''],
    ['ungrouped', 'lone'],
    ['web:&lab:!web[0]', 'web2 web3'],
    ['web[!12]', 'web3'],
    ['?eb2', 'web2'],
    ['localhost', 'localhost'],
    ['::1', '::1'],
    ['127.0.0.1,web1', '127.0.0.1 web1'],
    ['web,!localhost', 'web1 web2 web3'],
    [' web1 , db1 ', 'web1 db1'],
  ])('%s names: %s', (pattern, expected) => {
    expect(hosts(pattern)).toBe(expected)
  })

  test.each([
    ['wbe', 'error: "wbe" matches no host and no group (did you mean "web"?)'],
    ['web,dbb1', 'error: "dbb1" matches no host and no group (did you mean "db1"?)'],
    [
      'web,!nobody',
      'error: "nobody" matches no host and no group (see who there is with "vflag-play inventory graph")',
    ],
    ['lab[-2:]', 'error: "lab[-2:]" matches no host and no group (see who there is with "vflag-play inventory graph")'],
    ['web[9]', 'error: "web[9]" matches no host: there are 3 hosts, numbered 0 to 2 (undefined)'],
    ['web[-4]', 'error: "web[-4]" matches no host: there are 3 hosts, numbered 0 to 2 (undefined)'],
    ['web[5:7]', 'error: "web[5:7]" matches no host: there are 3 hosts, numbered 0 to 2 (undefined)'],
    [
      'web[0-1]',
      'error: the subscript of "web[0-1]" is not understood (write "web[0:1]" for positions, or "~web[0-1]" for names)',
    ],
    ['~(', 'error: "~(" is not a valid regular expression (a pattern that begins with "~" is one)'],
    ['', 'error: the host pattern is empty, but must name hosts or groups (write "all" for every host)'],
    [' , ', 'error: the host pattern is empty, but must name hosts or groups (write "all" for every host)'],
  ])('%j is refused with a reason', (pattern, expected) => {
    expect(hosts(pattern)).toBe(expected)
  })

  test('any text gives hosts or a reason', () => {
    const everyone = inventory()
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'web12db*?[]!&~:,-^\\()a') }))
    fc.assert(
      fc.property(text, (pattern) => {
        const selected = selectHosts(everyone, pattern)
        if (!selected.ok) return selected.error.message.length > 0
        return new Set(selected.value).size === selected.value.length
      }),
    )
  })
})

describe('--limit', () => {
  const limit = (text: string) => limitHosts(inventory(), text, reader)

  test.each([
    ['web,!web1', ['web2', 'web3']],
    ['@limit.txt', ['web1', 'db2']],
    ['@limit.txt,!web1', ['db2']],
  ])('%s lets through %j', (text, expected) => {
    expect(limit(text)).toEqual({ ok: true, value: expected })
  })

  test.each([
    ['', 'the limit is empty, but must name hosts or groups'],
    ['@empty.txt', 'the limit file "empty.txt" is empty, but must name hosts, one pattern per line'],
    ['@none.txt', 'the limit file "none.txt" does not exist'],
    ['web,!web', 'the limit "web,!web" leaves no host to work on'],
    ['wbe', '"wbe" matches no host and no group'],
  ])('%j never means "everyone"', (text, message) => {
    expect(limit(text)).toMatchObject({ ok: false, error: { message } })
  })
})

test('localhost needs no inventory and no SSH; an inventory that names it wins', () => {
  const named = loadInventory(
    memoryReader({ 'i.yaml': 'all: {hosts: {localhost: {ansible_connection: ssh}}}' }),
    ['i.yaml'],
    {
      playbookDir: null,
    },
  )
  expect(hostNamed(inventory(), 'localhost')?.vars['ansible_connection']?.value).toBe('local')
  expect(named.ok && hostNamed(named.value, 'localhost')?.vars['ansible_connection']?.value).toBe('ssh')
  expect(hostNamed(inventory(), 'web9')).toBeNull()
})
