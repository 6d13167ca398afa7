import { dirname, isAbsolute, join, normalize } from 'node:path'
import type { Inventory } from '../inventory/types.ts'
import type { Module } from '../module/module.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { typeName, type Vars } from '../shared/value.ts'
import type { Diagnostic } from '../source/diagnostic.ts'
import { Problems } from '../source/problems.ts'
import { readYaml } from '../source/read-yaml.ts'
import type { SourceReader } from '../source/reader.ts'
import type { MapNode, Node } from '../source/tree.ts'
import { loadVars } from './common.ts'
import type { LoadContext } from './context.ts'
import { Fields, isNull } from './fields.ts'
import { LocalFiles, type SearchPaths } from './local-files.ts'
import { factNames, Names, outerNames } from './names.ts'
import { type FromImport, loadPlay } from './play.ts'
import { Texts } from './texts.ts'
import type { Play, Playbook } from './types.ts'

/** What a playbook is checked against. */
export interface PlaybookOptions {
  readonly reader: SourceReader
  readonly modules: ReadonlyMap<string, Module>
  /** Null when there is none: names of variables are not checked then. */
  readonly inventory: Inventory | null
  readonly extraVars: Vars
  /** Folders with templates and files, after those of the playbook. */
  readonly searchPaths: SearchPaths
  /** Names `ansible_<fact>` that gathered facts give; those of Facts when not given. */
  readonly factNames?: readonly string[]
}

/** Reads a playbook with all that it imports, and checks it whole; or says everything that is wrong with it. */
export function loadPlaybook(path: string, options: PlaybookOptions): Result<Playbook, readonly Diagnostic[]> {
  const { reader, modules, inventory, extraVars } = options
  const problems = new Problems()
  const playbookDir = dirname(path)
  const context: LoadContext = {
    reader,
    modules,
    problems,
    texts: new Texts(problems),
    extraVars,
    playbookDir,
    files: new LocalFiles(reader, playbookDir, options.searchPaths),
    names: inventory ? outerNames(inventory, extraVars, options.factNames ?? factNames) : new Names(null),
    namesKnown: inventory !== null,
  }
  const plays = loadFile(path, context, [], { vars: {}, tags: [] })
  return problems.list.length > 0 ? err(problems.list) : ok({ file: path, plays })
}

function loadFile(path: string, context: LoadContext, above: readonly string[], imported: FromImport): readonly Play[] {
  const { problems } = context
  const tree = readYaml(context.reader, path, 'the playbook')
  if (!tree.ok) {
    problems.add(tree.error)
    return []
  }
  const node = tree.value
  if (node.kind !== 'list') {
    problems.error(
      node.place,
      `the playbook is ${nodeType(node)}, but must be a list of plays`,
      'begin with "- name:" and "hosts:" below it',
    )
    return []
  }
  if (node.items.length === 0) {
    problems.error(node.place, 'the playbook is empty, but must have at least one play')
  }
  return node.items.flatMap((item): readonly Play[] => {
    if (item.kind !== 'map') {
      problems.error(item.place, `a play is ${nodeType(item)}, but must be a mapping with "hosts" and "tasks"`)
      return []
    }
    if (item.entries.some((each) => /^(?:ansible\.builtin\.)?import_playbook$/.test(each.key))) {
      return loadImport(item, path, context, above, imported)
    }
    const play = loadPlay(item, context, imported)
    return play ? [play] : []
  })
}

function nodeType(node: Node): string {
  if (node.kind !== 'scalar') return node.kind === 'list' ? 'a list' : 'a mapping'
  return isNull(node) ? 'empty' : typeName(node.value)
}

/** `import_playbook` puts the plays of another file here; its `vars` win over theirs, its `tags` are added. */
function loadImport(
  node: MapNode,
  path: string,
  context: LoadContext,
  above: readonly string[],
  outer: FromImport,
): readonly Play[] {
  const { problems } = context
  const plain: MapNode = {
    ...node,
    entries: node.entries.map((each) => ({ ...each, key: each.key.replace(/^ansible\.builtin\.(?=import_)/, '') })),
  }
  const fields = new Fields(plain, 'import', problems)
  for (const stranger of fields.strangers()) {
    if (stranger.key === 'when') {
      problems.error(stranger.keyPlace, '"when" is not known in an import', 'put it on the tasks that it is for')
    } else fields.refuse(stranger)
  }
  fields.text('name')
  const vars = { ...loadVars(fields.map('vars'), context), ...outer.vars }
  context.texts.takeUses()
  const tags = [...outer.tags, ...fields.texts('tags', { comma: true }).map((each) => String(each.value))]
  const named = fields.text('import_playbook')
  if (!named) return []
  const name = String(named.value)
  const target = isAbsolute(name) ? name : join(dirname(path), name)
  if ([...above, path].some((each) => normalize(each) === normalize(target))) {
    problems.error(named.place, `the playbook "${target}" imports itself: ${[...above, path, target].join(' -> ')}`)
    return []
  }
  const there = context.reader.read(target)
  if (!there.ok) {
    problems.error(
      named.place,
      `the playbook "${target}" ${there.error.message}`,
      'the path counts from the file it stands in',
    )
    return []
  }
  return loadFile(target, context, [...above, path], { vars, tags })
}
