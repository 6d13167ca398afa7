import type { Value } from '../shared/value.ts'
import { hasKey, member, plain } from './access.ts'
import type { Args, Helper } from './helper.ts'
import { compare, equal, sizeOf } from './operators.ts'
import { isList, isMapping } from './show.ts'
import { refused, wrongType } from './trouble.ts'

const maxRange = 100_000

/** Lists, mappings and numbers. */
export const dataHelpers: readonly Helper[] = [
  {
    name: 'length',
    usage: 'value',
    summary: 'The number of items, keys or characters.',
    example: ['{{length ports}}', '2'],
    arity: [1, 1],
    needs: 'outer',
    run: (args) => sizeOf(args.value(0)),
  },
  {
    name: 'first',
    usage: 'list',
    summary: 'The first item; an empty list has none, which `default` can catch.',
    example: ['{{first ports}}', 'ens2f0'],
    arity: [1, 1],
    needs: 'outer',
    run: (args) => member(args.list(0), 0, 'the list'),
  },
  {
    name: 'last',
    usage: 'list',
    summary: 'The last item; an empty list has none, which `default` can catch.',
    example: ['{{last ports}}', 'ens2f1'],
    arity: [1, 1],
    needs: 'outer',
    run: (args) => member(args.list(0), Math.max(0, args.list(0).length - 1), 'the list'),
  },
  {
    name: 'lookup',
    usage: 'container key',
    summary: 'What a mapping has under a key, or a list at an index from 0, when the key is a value itself.',
    example: ["{{length (lookup groups 'hypervisors')}}", '3'],
    arity: [2, 2],
    needs: 'outer',
    run: (args) => member(args.value(0), args.value(1), 'the value'),
  },
  {
    name: 'keys',
    usage: 'mapping',
    summary: 'The keys of a mapping, in its order.',
    example: ["{{join (keys hostvars) ' '}}", 'hv1 hv2 hv3'],
    arity: [1, 1],
    needs: 'outer',
    run: (args) => Object.keys(args.map(0)),
  },
  {
    name: 'values',
    usage: 'mapping',
    summary: 'The values of a mapping, in its order.',
    example: ['{{json (values (first vms))}}', '["vm2","52-54-00-AB-00-02"]'],
    arity: [1, 1],
    needs: 'whole',
    run: (args) => Object.values(args.map(0)),
  },
  {
    name: 'pluck',
    usage: 'list key',
    summary: 'What each mapping of a list has under a key; each must have it.',
    example: ["{{join (pluck vms 'name') ','}}", 'vm2,vm1'],
    arity: [2, 2],
    needs: 'whole',
    run: (args) => args.list(0).map((each, index) => member(each, args.text(1), `item ${index} of the list`)),
  },
  {
    name: 'sortBy',
    usage: 'list [key]',
    summary: 'The list in ascending order, of its items themselves or of what they have under a key.',
    example: ["{{join (pluck (sortBy vms 'name') 'name') ','}}", 'vm1,vm2'],
    arity: [1, 2],
    needs: 'whole',
    run: sortBy,
  },
  {
    name: 'unique',
    usage: 'list',
    summary: 'The list without repeated items.',
    example: ['{{json (unique (concat ports ports))}}', '["ens2f0","ens2f1"]'],
    arity: [1, 1],
    needs: 'whole',
    run: unique,
  },
  {
    name: 'concat',
    usage: 'list list ...',
    summary: 'The items of several lists in one list.',
    example: ['{{length (concat ports vms)}}', '4'],
    arity: [2, 32],
    needs: 'whole',
    run: (args) => args.values.flatMap((_, index) => args.list(index)),
  },
  {
    name: 'range',
    usage: '[from] end',
    summary: 'The whole numbers from `from` (or 0) up to, but without, `end`.',
    example: ['{{json (range vfs)}}', '[0,1,2,3]'],
    arity: [1, 2],
    needs: 'whole',
    run: range,
  },
  {
    name: 'add',
    usage: 'a b',
    summary: 'The sum of two numbers.',
    example: ['{{add vfs 1}}', '5'],
    arity: [2, 2],
    needs: 'whole',
    run: (args) => args.number(0) + args.number(1),
  },
  {
    name: 'subtract',
    usage: 'a b',
    summary: 'The first number less the second.',
    example: ['{{subtract vfs 1}}', '3'],
    arity: [2, 2],
    needs: 'whole',
    run: (args) => args.number(0) - args.number(1),
  },
  {
    name: 'json',
    usage: 'value [indent]',
    summary: 'The value as JSON, on one line or with that many spaces of indent; valid YAML too.',
    example: ['{{json ports}}', '["ens2f0","ens2f1"]'],
    arity: [1, 2],
    needs: 'whole',
    run: (args) => JSON.stringify(args.value(0), null, args.count > 1 ? args.whole(1, 10) : 0),
  },
  {
    name: 'collect',
    usage: 'hostvars hosts name',
    summary: 'The items of the lists that the named hosts have under a variable; hosts without it are passed over.',
    example: ["{{json (pluck (collect hostvars groups.hypervisors 'vms') 'name')}}", '["vm1","vm2"]'],
    arity: [3, 3],
    needs: 'outer',
    run: collect,
  },
]

function sortBy(args: Args): Value {
  const key = args.count > 1 ? args.text(1) : undefined
  const of = (value: Value, index: number) =>
    key === undefined ? value : member(value, key, `item ${index} of the list`)
  return args
    .list(0)
    .map((value, index) => ({ value, by: of(value, index) }))
    .sort((a, b) => compare(a.by, b.by, args.helper))
    .map(({ value }) => value)
}

function unique(args: Args): Value {
  const kept: Value[] = []
  // Plain items are found by a set; comparing each with each would take minutes on the lists of a large fleet.
  const seen = new Set<Value>()
  for (const each of args.list(0)) {
    const object = typeof each === 'object' && each !== null
    if (object ? kept.some((other) => typeof other === 'object' && equal(each, other)) : seen.has(each)) continue
    kept.push(each)
    seen.add(each)
  }
  return kept
}

function range(args: Args): Value {
  const [from, end] = args.count > 1 ? [args.number(0), args.number(1)] : [0, args.number(0)]
  if (!Number.isInteger(from)) throw args.wrong(0, 'a whole number')
  if (!Number.isInteger(end)) throw args.wrong(args.count - 1, 'a whole number')
  if (end - from > maxRange)
    throw refused(`the helper "range" would give ${end - from} numbers, but at most ${maxRange} are allowed`)
  return Array.from({ length: Math.max(0, end - from) }, (_, index) => from + index)
}

function collect(args: Args): Value {
  const hostvars = args.map(0)
  const name = args.text(2)
  return args.list(1).flatMap((host) => {
    if (typeof host !== 'string') throw args.wrong(1, 'a list of host names')
    const vars = member(hostvars, host, 'hostvars')
    if (!isMapping(vars)) throw wrongType(`the variables of the host "${host}" are no mapping`)
    if (!hasKey(vars, name)) return []
    const found = member(vars, name, `hostvars.${host}`)
    plain(found, `${name} of the host "${host}"`)
    if (isList(found)) return found
    throw wrongType(`${name} of the host "${host}" is no list, so it cannot be collected`)
  })
}
