import { join } from 'node:path'
import { typeName } from '../shared/value.ts'
import type { Problems } from '../source/problems.ts'
import { readYaml } from '../source/read-yaml.ts'
import type { SourceReader } from '../source/reader.ts'
import { readVars, type VarOwner, type VarTable } from './vars.ts'

const extensions = ['', '.yaml', '.yml', '.json']

/** Reads `group_vars/` and `host_vars/` folders; each file once, for all hosts. */
export class VarsFolders {
  readonly #reader: SourceReader
  readonly #problems: Problems
  readonly #listed = new Map<string, ReadonlySet<string>>()

  constructor(reader: SourceReader, problems: Problems) {
    this.#reader = reader
    this.#problems = problems
  }

  /**
   * The variables of a group or host in a folder: from the file NAME, NAME.yaml, NAME.yml or NAME.json, or from all such
   * files in a folder NAME, by name. There may be one of these, not several that hide each other.
   */
  read(folder: string, name: string, by: VarOwner, table: VarTable): void {
    const names = this.#names(folder)
    const found = extensions.map((extension) => name + extension).filter((each) => names.has(each))
    const [first, second] = found
    if (first === undefined) return
    if (second !== undefined) {
      this.#problems.error(
        null,
        `"${join(folder, first)}" and "${join(folder, second)}" both hold variables of the ${by.owner}, but there must be one of them`,
        'join them, or put both into a folder of that name',
      )
      return
    }
    const path = join(folder, first)
    for (const file of this.#reader.isDirectory(path) ? this.#filesIn(path) : [path]) this.#readFile(file, by, table)
  }

  #names(folder: string): ReadonlySet<string> {
    const known = this.#listed.get(folder)
    if (known) return known
    const names = new Set(this.#reader.list(folder))
    this.#listed.set(folder, names)
    return names
  }

  /** Hidden files and editors' copies are passed over. */
  #filesIn(folder: string): readonly string[] {
    return this.#reader
      .list(folder)
      .filter((name) => !name.startsWith('.') && /^[^.]*$|\.(?:ya?ml|json)$/.test(name) && !name.endsWith('~'))
      .flatMap((name) => {
        const path = join(folder, name)
        return this.#reader.isDirectory(path) ? this.#filesIn(path) : [path]
      })
  }

  #readFile(path: string, by: VarOwner, table: VarTable): void {
    const tree = readYaml(this.#reader, path, 'the variables file')
    if (!tree.ok) {
      this.#problems.add(tree.error)
      return
    }
    const node = tree.value
    if (node.kind === 'scalar' && node.value === null) return
    if (node.kind !== 'map') {
      const type = node.kind === 'list' ? 'a list' : typeName(node.value)
      this.#problems.error(node.place, `the file is ${type}, but must be a mapping of variables`)
      return
    }
    readVars(node, by, table, this.#problems)
  }
}
