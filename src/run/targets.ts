import { selectHosts } from '../inventory/patterns.ts'
import type { Inventory } from '../inventory/types.ts'
import type { Play, Playbook } from '../playbook/types.ts'
import { err, ok, type Result } from '../shared/result.ts'
import type { Vars } from '../shared/value.ts'
import type { Diagnostic } from '../source/diagnostic.ts'
import { Scope } from './scope.ts'

/** Which hosts each play addresses, the limit applied, in the order that the play asks for. */
export type Targets = ReadonlyMap<Play, readonly string[]>

/**
 * Resolves the host patterns of all plays before anything is run. A pattern that matches nobody is an error; a play that
 * only the limit leaves empty is passed over; a run that reaches no host at all is an error.
 */
export function resolveTargets(
  playbook: Playbook,
  inventory: Inventory,
  limit: readonly string[] | null,
  extraVars: Vars,
  random: () => number,
): Result<Targets, readonly Diagnostic[]> {
  const targets = new Map<Play, readonly string[]>()
  const problems: Diagnostic[] = []
  for (const play of playbook.plays) {
    const scope = new Scope([
      { kind: 'values', vars: extraVars },
      { kind: 'templates', vars: play.vars },
    ])
    const pattern = scope.render({ kind: 'template', template: play.hosts, place: play.hostsPlace })
    if (!pattern.ok) {
      problems.push({
        severity: 'error',
        message: `the hosts of the play "${play.name}" cannot be evaluated: ${pattern.error.message}`,
        place: play.hostsPlace,
        ...(pattern.error.hint !== undefined && { hint: pattern.error.hint }),
      })
      continue
    }
    const text = Array.isArray(pattern.value) ? pattern.value.join(',') : String(pattern.value)
    const selected = selectHosts(inventory, text)
    if (play.allowEmpty && (!selected.ok || selected.value.length === 0)) {
      targets.set(play, [])
      continue
    }
    if (!selected.ok) {
      problems.push({
        severity: 'error',
        message: selected.error.message,
        place: play.hostsPlace,
        ...(selected.error.hint !== undefined && { hint: selected.error.hint }),
      })
      continue
    }
    if (selected.value.length === 0) {
      problems.push({
        severity: 'error',
        message: `the hosts of the play "${play.name}" are ${JSON.stringify(text)}, which leaves nobody`,
        place: play.hostsPlace,
        hint: 'put a host there in the inventory, or run a playbook without this play',
      })
    }
    targets.set(
      play,
      ordered(
        selected.value.filter((host) => limit === null || limit.includes(host)),
        play.order,
        random,
      ),
    )
  }
  if (problems.length > 0) return err(problems)
  if ([...targets.values()].every((hosts) => hosts.length === 0)) {
    return err([
      {
        severity: 'error',
        message: 'the limit leaves no host for any play of the playbook',
        place: null,
        hint: 'vflag-play --list-hosts shows whom each play addresses',
      },
    ])
  }
  return ok(targets)
}

function ordered(hosts: readonly string[], order: Play['order'], random: () => number): readonly string[] {
  switch (order) {
    case 'inventory':
      return hosts
    case 'reverse_inventory':
      return hosts.toReversed()
    case 'sorted':
      return hosts.toSorted()
    case 'reverse_sorted':
      return hosts.toSorted().reverse()
    case 'shuffle':
      return hosts
        .map((host) => ({ host, key: random() }))
        .sort((a, b) => a.key - b.key)
        .map(({ host }) => host)
  }
}
