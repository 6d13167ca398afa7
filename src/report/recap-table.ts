import type { Recap } from '../run/event.ts'
import type { Counters } from '../run/outcome.ts'
import type { Colors } from '../shared/color.ts'
import { count } from '../shared/text.ts'
import { duration, oneLine, tint } from './words.ts'

/** How the closing table is laid out. */
export interface RecapLayout {
  /** Of the terminal; null where there is none and scripts read the table. */
  readonly columns: number | null
  /** With more hosts than this, those that count the same are one line; never when left out. */
  readonly foldAbove?: number
}

/**
 * The closing table, in the columns of Ansible's (people's scripts read them), with `unpredicted` after them when a host
 * has any, and a line for the whole. A terminal too narrow for Ansible's widths gets the same columns without padding.
 */
export function recapTable(recap: Recap, colors: Colors, layout: RecapLayout): readonly string[] {
  const hosts = Object.entries(recap.hosts)
  const lines = hosts.length > (layout.foldAbove ?? Number.POSITIVE_INFINITY) ? folded(hosts) : hosts
  const rows = lines.map(([name, counters]) => [oneLine(name), counters] as const)
  return [
    colors.bold('PLAY RECAP'),
    ...tableLines(rows, layout.columns, colors),
    '',
    colors.dim(summary(recap, hosts.length)),
    ...(recap.check ? ['Check mode: no host was changed; "changed" counts what would be.'] : []),
  ]
}

type Row = readonly [name: string, counters: Counters]

/** A counter, and how wide its number is padded. */
type Column = readonly [counter: keyof Counters, width: number]

const ansibleCounters: readonly (keyof Counters)[] = [
  'ok',
  'changed',
  'unreachable',
  'failed',
  'skipped',
  'rescued',
  'ignored',
]

const unpredicted: keyof Counters = 'unpredicted'

/** Counters that most runs have no use for: first to go where there is no room, if nobody has any. */
const seldom: readonly (keyof Counters)[] = ['rescued', 'ignored']

/** `%-26s : ok=%-4d changed=%-4d ...`, as Ansible's default callback prints it, or narrower to fit a terminal. */
function tableLines(rows: readonly Row[], columns: number | null, colors: Colors): readonly string[] {
  const used = (counter: keyof Counters): boolean => rows.some(([, counters]) => counters[counter] > 0)
  const counters = [...ansibleCounters, ...(used(unpredicted) ? [unpredicted] : [])]
  const padded = counters.map((counter): Column => [counter, 4])
  if (columns === null) return rows.map((row) => line(row, 26, padded, colors))
  const longestName = Math.max(...rows.map(([name]) => name.length))
  const bare = counters.map(
    (counter): Column => [counter, Math.max(...rows.map(([, counts]) => String(counts[counter]).length))],
  )
  const narrowest = bare.filter(([counter]) => !seldom.includes(counter) || used(counter))
  const layouts: readonly (readonly [nameWidth: number, cells: readonly Column[]])[] = [
    [Math.max(26, longestName), padded],
    [longestName, bare],
  ]
  const [nameWidth, cells] = layouts.find((each) => width(...each) <= columns) ?? [longestName, narrowest]
  return rows.map((row) => line(row, nameWidth, cells, colors))
}

/** How many characters a line has. */
function width(nameWidth: number, cells: readonly Column[]): number {
  return cells.reduce((sum, [counter, digits]) => sum + counter.length + 2 + digits, nameWidth + 2)
}

function line([name, counters]: Row, nameWidth: number, cells: readonly Column[], colors: Colors): string {
  const state = counters.failed + counters.unreachable > 0 ? 'failed' : counters.changed > 0 ? 'changed' : 'ok'
  const texts = cells.map(([counter, digits]) => {
    const text = `${counter}=${String(counters[counter]).padEnd(digits)}`
    return counters[counter] > 0 ? tint(counter, text, colors) : text
  })
  return `${tint(state, name.padEnd(nameWidth), colors)} : ${texts.join(' ')}`
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
