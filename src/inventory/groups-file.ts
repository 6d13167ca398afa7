import { didYouMean } from '../shared/text.ts'
import { typeName } from '../shared/value.ts'
import type { Problems } from '../source/problems.ts'
import { type Entry, type Node, toValue } from '../source/tree.ts'
import type { Draft, GroupDraft } from './draft.ts'
import { expandHosts } from './hosts.ts'
import { readVars, setVar } from './vars.ts'

const groupKeys = ['hosts', 'vars', 'children']

/**
 * Reads one inventory in Ansible's YAML grammar into the draft:
 *
 *     file     := map(group -> groupDef)
 *     groupDef := null | { hosts?: map | text, vars?: map, children?: map(group -> groupDef) | text }
 *
 * What Ansible warns about and passes over is an error here: unknown keys, names that are no text, empty names.
 */
export function readGroupsFile(node: Node, draft: Draft, problems: Problems): void {
  if (node.kind === 'scalar' && node.value === null) {
    problems.error(
      node.place,
      'the inventory is empty, but must name hosts',
      'begin with "all:" and "hosts:" inside it',
    )
    return
  }
  if (node.kind !== 'map') {
    problems.error(
      node.place,
      `the inventory is ${nodeType(node)}, but must be a mapping of groups`,
      inventoryHint(node),
    )
    return
  }
  const plugin = node.entries.find((each) => each.key === 'plugin')
  if (plugin) {
    problems.error(
      plugin.keyPlace,
      'this is the configuration of an inventory plugin, but must be an inventory of hosts',
      'write what the plugin finds into a file: ansible-inventory --list --yaml',
    )
    return
  }
  for (const each of node.entries) readGroup(each, null, draft, problems)
}

function inventoryHint(node: Node): string | undefined {
  if (/^\s*\[/.test(node.place.text)) {
    return 'an INI inventory is converted by: ansible-inventory -i FILE --list --yaml'
  }
  return undefined
}

function readGroup(named: Entry, parent: GroupDraft | null, draft: Draft, problems: Problems): void {
  const name = named.key
  if (!checkGroupName(named, problems)) return
  const group = draft.group(name, named.keyPlace)
  if (parent) {
    if (name === 'all') {
      problems.error(named.keyPlace, `"all" is a child of "${parent.name}", but must contain every group`)
      return
    }
    if (!parent.children.has(name)) parent.children.set(name, named.keyPlace)
  }
  const body = named.value
  if (isNull(body)) return
  if (body.kind !== 'map') {
    problems.error(
      body.place,
      `the group "${name}" is ${nodeType(body)}, but must be a mapping with "hosts", "vars" or "children"`,
    )
    return
  }
  // Hosts first: those of a group come before those of its children, however the file is ordered.
  for (const part of body.entries.filter((each) => each.key === 'hosts')) readHosts(part, group, draft, problems)
  for (const part of body.entries) {
    if (part.key === 'vars') readGroupVars(part, group, problems)
    else if (part.key === 'children') readChildren(part, group, draft, problems)
    else if (part.key !== 'hosts') {
      problems.error(
        part.keyPlace,
        `"${part.key}" is not known in a group, but must be one of "hosts", "vars" or "children"`,
        didYouMean(part.key, groupKeys) ?? 'groups inside a group stand under "children:", variables under "vars:"',
      )
    }
  }
}

function checkGroupName({ key, keyPlace, keyScalar }: Entry, problems: Problems): boolean {
  if (keyScalar !== undefined) {
    problems.error(keyPlace, `the group name ${key} is ${typeName(keyScalar)}, but must be text`, `quote it: "${key}"`)
    return false
  }
  if (key === '' || /[\s,:!&~*?[\]{}]/.test(key)) {
    problems.error(
      keyPlace,
      `"${key}" is no name for a group, but must be one that a host pattern can name`,
      'use letters, digits, "_" and "-"',
    )
    return false
  }
  return true
}

function readHosts({ value }: Entry, group: GroupDraft, draft: Draft, problems: Problems): void {
  if (isNull(value)) return
  if (value.kind === 'scalar' && typeof value.value === 'string') {
    addHosts({ key: value.value, keyPlace: value.place, value: { ...value, value: null } }, group, draft, problems)
    return
  }
  if (value.kind !== 'map') {
    problems.error(
      value.place,
      `"hosts" of the group "${group.name}" is ${nodeType(value)}, but must be a mapping of host names`,
      value.kind === 'list' ? 'write "name:" instead of "- name"' : undefined,
    )
    return
  }
  for (const each of value.entries) addHosts(each, group, draft, problems)
}

function addHosts(each: Entry, group: GroupDraft, draft: Draft, problems: Problems): void {
  const { key, keyPlace, keyScalar, value } = each
  if (keyScalar !== undefined) {
    problems.error(keyPlace, `the host name ${key} is ${typeName(keyScalar)}, but must be text`, `quote it: "${key}"`)
    return
  }
  const expanded = expandHosts(key)
  if (!expanded.ok) {
    problems.error(keyPlace, expanded.error.message, expanded.error.hint)
    return
  }
  if (!isNull(value) && value.kind !== 'map') {
    problems.error(value.place, `the host "${key}" is ${nodeType(value)}, but must be a mapping of its variables`)
    return
  }
  expanded.value.names.forEach((name, index) => {
    const host = draft.host(name, keyPlace)
    group.hosts.add(name)
    const owner = { level: 'inventory host vars', owner: `host ${name}` } as const
    if (expanded.value.port !== undefined) {
      setVar(host.vars, 'ansible_port', { value: expanded.value.port, origin: { ...owner, place: keyPlace } })
    }
    if (value.kind !== 'map') return
    if (index === 0) readVars(value, owner, host.vars, problems)
    else
      for (const each of value.entries) {
        setVar(host.vars, each.key, { value: toValue(each.value), origin: { ...owner, place: each.keyPlace } })
      }
  })
}

function readGroupVars({ value }: Entry, group: GroupDraft, problems: Problems): void {
  if (isNull(value)) return
  if (value.kind !== 'map') {
    problems.error(
      value.place,
      `"vars" of the group "${group.name}" is ${nodeType(value)}, but must be a mapping`,
      value.kind === 'list' ? 'write "name: value" instead of "- name: value"' : undefined,
    )
    return
  }
  readVars(value, { level: 'inventory group vars', owner: `group ${group.name}` }, group.vars, problems)
}

function readChildren({ value }: Entry, group: GroupDraft, draft: Draft, problems: Problems): void {
  if (isNull(value)) return
  if (value.kind === 'scalar' && typeof value.value === 'string') {
    readGroup({ key: value.value, keyPlace: value.place, value: { ...value, value: null } }, group, draft, problems)
    return
  }
  if (value.kind !== 'map') {
    problems.error(
      value.place,
      `"children" of the group "${group.name}" is ${nodeType(value)}, but must be a mapping of groups`,
      value.kind === 'list' ? 'write "name:" instead of "- name"' : undefined,
    )
    return
  }
  for (const child of value.entries) readGroup(child, group, draft, problems)
}

const isNull = (node: Node) => node.kind === 'scalar' && node.value === null

/** The word for what a node is. */
function nodeType(node: Node): string {
  return node.kind === 'scalar' ? typeName(node.value) : node.kind === 'list' ? 'a list' : 'a mapping'
}
