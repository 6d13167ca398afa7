import { isVarName, refuseVarName } from '../inventory/vars.ts'
import type { Place } from '../source/diagnostic.ts'
import type { Problems } from '../source/problems.ts'
import type { MapNode } from '../source/tree.ts'
import type { LoadContext } from './context.ts'
import { type Fields, isNull } from './fields.ts'
import { magicNames } from './names.ts'
import { hasTemplate } from './texts.ts'
import type { Common, TemplateValue, TemplateVars } from './types.ts'

/** Reads what plays, blocks and tasks have in common. */
export function loadCommon(fields: Fields, context: LoadContext): Common {
  const when = fields.get('when')
  return {
    place: fields.node.entries[0]?.keyPlace ?? fields.node.place,
    vars: loadVars(fields.map('vars'), context),
    tags: fields.texts('tags', { comma: true }).map((node) => String(node.value)),
    when: when ? context.texts.conditions(when, 'when') : [],
    become: fields.bool('become'),
    becomeUser: textOf(fields, 'become_user'),
    becomeMethod: fields.word('become_method', ['sudo', 'su']),
    environment: loadEnvironment(fields, context),
    ignoreErrors: fields.bool('ignore_errors'),
    ignoreUnreachable: fields.bool('ignore_unreachable'),
    anyErrorsFatal: fields.bool('any_errors_fatal'),
    noLog: fields.bool('no_log'),
    checkMode: fields.bool('check_mode'),
    diff: fields.bool('diff'),
    runOnce: fields.bool('run_once'),
  }
}

/** Reads a mapping of variables; their templates are compiled, not rendered. */
export function loadVars(node: MapNode | undefined, context: LoadContext): TemplateVars {
  if (!node) return {}
  return Object.fromEntries(
    node.entries.map(({ key, keyPlace, value }): [string, TemplateValue] => {
      checkNewName(key, keyPlace, context.problems)
      return [key, context.texts.value(value)]
    }),
  )
}

/** Refuses what cannot be set: names that no template can read, and those that the engine sets. */
export function checkNewName(name: string, place: Place, problems: Problems): void {
  if (!isVarName(name)) refuseVarName(name, place, problems)
  else if (magicNames.includes(name)) {
    problems.error(
      place,
      `"${name}" is set by the engine for every task, but must keep that meaning`,
      'choose another name',
    )
  }
}

/** A name for people; a template in it is shown as written. */
export function nameOf(fields: Fields): string | undefined {
  const node = fields.get('name')
  if (node?.kind === 'scalar' && typeof node.value === 'string' && hasTemplate(node)) return node.value
  return node && isNull(node) ? undefined : textOf(fields, 'name')
}

/** A text keyword that is known before the run. */
export function textOf(fields: Fields, key: string): string | undefined {
  const node = fields.text(key)
  return node === undefined ? undefined : String(node.value)
}

function loadEnvironment(fields: Fields, context: LoadContext): TemplateValue | undefined {
  const node = fields.get('environment')
  if (!node || isNull(node)) return undefined
  if (node.kind === 'map' || hasTemplate(node)) return context.texts.value(node)
  context.problems.error(
    node.place,
    '"environment" must be a mapping of names to text',
    node.kind === 'list' ? 'write "NAME: value" instead of "- NAME: value"' : undefined,
  )
  return undefined
}
