import { dirname, join, normalize } from 'node:path'
import { err, ok, type Result } from '../shared/result.ts'
import type { Diagnostic } from '../source/diagnostic.ts'
import { Problems } from '../source/problems.ts'
import { readYaml } from '../source/read-yaml.ts'
import type { SourceReader } from '../source/reader.ts'
import { assemble } from './assemble.ts'
import { Draft } from './draft.ts'
import { readGroupsFile } from './groups-file.ts'
import { expandHosts } from './hosts.ts'
import type { Inventory } from './types.ts'
import { VarsFolders } from './vars-folders.ts'

/** What else has variables for the hosts. */
export interface InventoryOptions {
  /** The folder of the playbook, with its own `group_vars/` and `host_vars/`; null when there is no playbook. */
  readonly playbookDir: string | null
}

/**
 * Reads inventories, later ones over earlier ones, or says everything that is wrong with them. A path is a YAML file, a
 * folder of them, or a list of hosts with a comma in it (`hv1,hv2,`).
 */
export function loadInventory(
  reader: SourceReader,
  paths: readonly string[],
  options: InventoryOptions,
): Result<Inventory, readonly Diagnostic[]> {
  const problems = new Problems()
  const draft = new Draft()
  const files = paths.flatMap((path) => readSource(reader, path, draft, problems))
  const folders = [...new Set(files.map((file) => normalize(dirname(file))))]
  const beside = options.playbookDir === null ? null : normalize(options.playbookDir)
  const inventory = assemble(draft, problems, {
    reader: new VarsFolders(reader, problems),
    beside: beside === null || folders.includes(beside) ? [] : [beside],
    folders,
    files: paths,
  })
  return problems.list.length > 0 ? err(problems.list) : ok(inventory)
}

/** Reads one `-i`; answers with the files it came from, for the folders beside them. */
function readSource(reader: SourceReader, path: string, draft: Draft, problems: Problems): readonly string[] {
  if (path.trim() === '') {
    problems.error(null, 'the inventory is an empty text, but must name a file', 'give one with -i inventory.yaml')
    return []
  }
  if (path.includes(',')) {
    readHostList(path, draft, problems)
    return []
  }
  const files = reader.isDirectory(path) ? filesIn(reader, path) : [path]
  if (files.length === 0) problems.error(null, `the inventory folder "${path}" has no YAML file in it`)
  for (const file of files) readFile(reader, file, draft, problems)
  return files
}

function readFile(reader: SourceReader, file: string, draft: Draft, problems: Problems): void {
  if (/\.(?:ini|cfg)$/.test(file)) {
    problems.error(
      null,
      `the inventory "${file}" is an INI file, but must be YAML`,
      `convert it: ansible-inventory -i ${file} --list --yaml`,
    )
    return
  }
  const text = reader.read(file)
  const kind = text.ok ? foreignKind(text.value) : undefined
  if (kind !== undefined) {
    problems.error(
      null,
      `the inventory "${file}" is ${kind}, but must be YAML`,
      `convert what it says: ansible-inventory -i ${file} --list --yaml`,
    )
    return
  }
  const tree = readYaml(reader, file, 'the inventory')
  if (tree.ok) readGroupsFile(tree.value, draft, problems)
  else problems.add(tree.error)
}

/** What a text is that Ansible would take for an inventory, other than YAML. */
function foreignKind(text: string): string | undefined {
  if (text.startsWith('#!')) return 'a script'
  const first = text.split('\n', 200).find((line) => !/^\s*(?:[#;]|$)/.test(line))
  return first !== undefined && /^\s*\[[\w.:-]+\]\s*$/.test(first) ? 'an INI file' : undefined
}

/** The inventories in a folder, by name; without hidden files, copies and the folders of variables. */
function filesIn(reader: SourceReader, folder: string): readonly string[] {
  return reader
    .list(folder)
    .filter((name) => /^[^.~]+$|^[^.].*\.(?:ya?ml|json)$/.test(name))
    .map((name) => join(folder, name))
    .filter((path) => !reader.isDirectory(path))
}

/** `-i hv1,hv2,`: the comma makes it a list and not a file. */
function readHostList(list: string, draft: Draft, problems: Problems): void {
  const all = draft.group('all', null)
  // A comma inside a range does not occur, so cutting at commas is safe.
  for (const item of list.split(',').map((each) => each.trim())) {
    if (item === '') continue
    const expanded = expandHosts(item)
    if (!expanded.ok) {
      problems.error(null, expanded.error.message, expanded.error.hint)
      continue
    }
    for (const name of expanded.value.names) {
      const host = draft.host(name, null)
      all.hosts.add(name)
      const { port } = expanded.value
      if (port === undefined) continue
      const place = { file: '-i', line: 1, column: list.indexOf(item) + 1, length: item.length, text: list }
      host.vars.set('ansible_port', {
        value: port,
        origin: { level: 'inventory host vars', owner: `host ${name}`, place },
      })
    }
  }
  if (draft.hosts.size === 0) problems.error(null, `the inventory "${list}" names no host`)
}
