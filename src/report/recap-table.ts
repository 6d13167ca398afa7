import type { Recap } from '../run/event.ts'
import type { Counters, Outcome } from '../run/outcome.ts'
import type { Colors } from '../shared/color.ts'
import { count } from '../shared/text.ts'
import { duration, oneLine, tint } from './words.ts'

/**
 * The closing table, in the columns of Ansible's (people's scripts read them), with `unpredicted` after them when a host
 * has any, and a line for the whole. With more than `foldAbove` hosts those that count the same are one line.
 */
export function recapTable(recap: Recap, colors: Colors, foldAbove = Number.POSITIVE_INFINITY): readonly string[] {
  const hosts = Object.entries(recap.hosts)
  const unpredicted = hosts.some(([, counters]) => counters.unpredicted > 0)
  const columns = [...ansibleColumns, ...(unpredicted ? [unpredictedColumn] : [])]
  const rows = hosts.length > foldAbove ? folded(hosts) : hosts
  return [
    colors.bold('PLAY RECAP'),
    ...rows.map(([name, counters]) => row(name, counters, columns, colors)),
    '',
    colors.dim(summary(recap, hosts.length)),
    ...(recap.check ? ['Check mode: no host was changed; "changed" counts what would be.'] : []),
  ]
}

type Column = readonly [keyof Counters, Outcome]

/** Which counter stands where, and whose colour it has. */
const ansibleColumns: readonly Column[] = [
  ['ok', 'ok'],
  ['changed', 'changed'],
  ['unreachable', 'unreachable'],
  ['failed', 'failed'],
  ['skipped', 'skipped'],
  ['rescued', 'rescued'],
  ['ignored', 'ignored'],
]

const unpredictedColumn: Column = ['unpredicted', 'unpredicted']

/** `%-26s : ok=%-4d changed=%-4d ...`, as Ansible's default callback prints it. */
function row(name: string, counters: Counters, columns: readonly Column[], colors: Colors): string {
  const state = counters.failed + counters.unreachable > 0 ? 'failed' : counters.changed > 0 ? 'changed' : 'ok'
  const cells = columns.map(([key, outcome]) => {
    const cell = `${key}=${String(counters[key]).padEnd(4)}`
    return counters[key] > 0 ? tint(outcome, cell, colors) : cell
  })
  return `${tint(state, oneLine(name).padEnd(26), colors)} : ${cells.join(' ')}`
}

function folded(hosts: readonly (readonly [string, Counters])[]): readonly (readonly [string, Counters])[] {
  const alike = new Map<string, { readonly names: string[]; readonly counters: Counters }>()
  for (const [name, counters] of hosts) {
    const key = JSON.stringify(counters)
    const known = alike.get(key)
    if (known) known.names.push(name)
    else alike.set(key, { names: [name], counters })
  }
  return [...alike.values()].map(({ names, counters }) => {
    const [first = ''] = names
    return [names.length === 1 ? first : `${first} and ${names.length - 1} more`, counters] as const
  })
}

function summary(recap: Recap, hosts: number): string {
  const status = recap.exit === 0 ? '' : `, exit status ${recap.exit}`
  return `${count(hosts, 'host')} in ${duration(recap.ms)}${status}`
}
