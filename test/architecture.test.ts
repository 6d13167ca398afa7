import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const src = path.join(root, 'src')

interface SourceFile {
  /** `run/task.ts` */
  readonly name: string
  readonly text: string
  readonly imports: readonly { readonly from: string; readonly typeOnly: boolean }[]
}

const files: readonly SourceFile[] = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => {
    const text = readFileSync(path.join(src, name), 'utf8')
    return { name: name.replaceAll(path.sep, '/'), text, imports: importsOf(text) }
  })

function importsOf(text: string): SourceFile['imports'] {
  const found = [...text.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gm)].map(
    (match) => ({
      from: match[2] ?? '',
      typeOnly: match[1] !== undefined,
    }),
  )
  const dynamic = [...text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)].map((match) => ({
    from: match[1] ?? '',
    typeOnly: false,
  }))
  return [...found, ...dynamic]
}

/** The room of a file: its first folder, or the file itself at the top. */
const room = (name: string) => name.split('/')[0] ?? name

/** Which rooms a room may import, besides itself and `shared`; `type:` means types only. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  shared: [],
  source: [],
  template: [],
  module: [],
  inventory: ['source', 'template'],
  playbook: ['source', 'template', 'inventory', 'module'],
  modules: ['module', 'template', 'parsers'],
  parsers: [],
  facts: ['parsers', 'module'],
  host: ['module', 'inventory'],
  run: ['module', 'playbook', 'inventory', 'source', 'template', 'type:host'],
  machine: ['module', 'parsers'],
  lab: ['machine', 'host', 'module', 'type:inventory'],
  report: ['type:run', 'type:module'],
}

describe('the house', () => {
  test.each(Object.entries(allowed))('%s imports only what its line of the table names', (name, rooms) => {
    const wrong = files
      .filter((file) => room(file.name) === name)
      .flatMap((file) =>
        file.imports
          .filter((each) => each.from.startsWith('.'))
          .map((each) => ({
            ...each,
            room: room(path.posix.normalize(path.posix.join(path.posix.dirname(file.name), each.from))),
          }))
          .filter((each) => each.room !== name && each.room !== 'shared' && !rooms.includes(each.room))
          .filter((each) => !(each.typeOnly && rooms.includes(`type:${each.room}`)))
          .map((each) => `src/${file.name} imports ${each.from}`),
      )
    expect(wrong).toEqual([])
  })

  test('the command line is imported by nobody: it is where everything is put together', () => {
    expect(importers((target) => target.startsWith('cli/')).filter((name) => !name.startsWith('cli/'))).toEqual([])
  })

  test('each third-party package has one doorway, so that replacing it touches one file', () => {
    const doors = new Map<string, Set<string>>()
    for (const file of files) {
      for (const each of file.imports) {
        if (each.from.startsWith('.') || each.from.startsWith('node:')) continue
        const name = each.from
          .split('/')
          .slice(0, each.from.startsWith('@') ? 2 : 1)
          .join('/')
        doors.set(name, (doors.get(name) ?? new Set()).add(file.name))
      }
    }
    // ssh2 is a client's library and a server's: the lab's server is its second door.
    const several = [...doors]
      .filter(([name, users]) => users.size > (name === 'ssh2' ? 2 : 1))
      .map(([name, users]) => `${name}: ${[...users].join(', ')}`)
    expect(several).toEqual([])
  })

  test('the file system is touched only where users, hosts and the lab meet it', () => {
    const rooms = files
      .filter((file) => file.imports.some((each) => /^node:fs/.test(each.from)))
      .map((file) => room(file.name))
    expect([...new Set(rooms)].filter((each) => !['cli', 'source', 'host', 'lab'].includes(each))).toEqual([])
  })

  test('the process and its environment belong to the command line: everything else is told', () => {
    const users = files
      .filter((file) => /(?<![.\w])process\.(?!hrtime)/.test(withoutComments(file.text)))
      .map((file) => file.name)
    expect(users.filter((name) => !name.startsWith('cli/'))).toEqual([])
  })

  test('nothing prints past the reporters', () => {
    expect(
      files.filter((file) => /(?<![.\w])console\./.test(withoutComments(file.text))).map((file) => file.name),
    ).toEqual([])
  })

  test('modules are pure: of Node they import nothing but paths and hashes', () => {
    const wrong = files
      .filter(
        (file) =>
          room(file.name) === 'modules' &&
          file.imports.some((each) => /^node:(?!path$|crypto$|buffer$)/.test(each.from)),
      )
      .map((file) => file.name)
    expect(wrong).toEqual([])
  })
})

function importers(matches: (target: string) => boolean): readonly string[] {
  return files
    .filter((file) =>
      file.imports.some(
        (each) =>
          each.from.startsWith('.') &&
          matches(path.posix.normalize(path.posix.join(path.posix.dirname(file.name), each.from))),
      ),
    )
    .map((file) => file.name)
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '')
}
