import type { Args, Helper } from './helper.ts'
import { compare, contains, equal } from './operators.ts'

type Ordered = 'lt' | 'le' | 'gt' | 'ge'

/** Comparing and deciding: mostly inside `{{#if (...)}}`. */
export const logicHelpers: readonly Helper[] = [
  {
    name: 'default',
    usage: 'value otherwise',
    summary: 'The value, or the other one when a variable or key of the first is not defined.',
    example: ['{{default vlan 100}}', '100'],
    arity: [2, 2],
    needs: 'lazy',
    run: lazily,
  },
  {
    name: 'defined',
    usage: 'value',
    summary: 'Whether a variable or key is there; null counts as defined.',
    example: ['{{defined vlan}}', 'false'],
    arity: [1, 1],
    needs: 'lazy',
    run: lazily,
  },
  {
    name: 'and',
    usage: 'a b ...',
    summary: 'Whether all are true; looks at no more than it needs.',
    example: ['{{#if (and (defined bond) (eq vfs 4))}}yes{{/if}}', 'yes'],
    arity: [2, 32],
    needs: 'lazy',
    run: lazily,
  },
  {
    name: 'or',
    usage: 'a b ...',
    summary: 'Whether one is true; looks at no more than it needs.',
    example: ['{{or debug (gt vfs 2)}}', 'true'],
    arity: [2, 32],
    needs: 'lazy',
    run: lazily,
  },
  {
    name: 'not',
    usage: 'a',
    summary: 'True when it is false.',
    example: ['{{not debug}}', 'true'],
    arity: [1, 1],
    needs: 'whole',
    run: (args) => !args.boolean(0),
  },
  {
    name: 'eq',
    usage: 'a b',
    summary: 'Whether two values are the same, lists and mappings by their content.',
    example: ["{{#if (eq bond 'bond0')}}first{{else}}other{{/if}}", 'first'],
    arity: [2, 2],
    needs: 'whole',
    run: (args) => equal(args.value(0), args.value(1)),
  },
  {
    name: 'ne',
    usage: 'a b',
    summary: 'Whether two values differ.',
    example: ['{{ne vfs 0}}', 'true'],
    arity: [2, 2],
    needs: 'whole',
    run: (args) => !equal(args.value(0), args.value(1)),
  },
  ordered('lt', 'Whether a is less than b: two numbers, or two texts by their characters.', '{{lt vfs 8}}', 'true'),
  ordered('le', 'Whether a is at most b.', '{{le vfs 4}}', 'true'),
  ordered('gt', 'Whether a is more than b.', '{{gt vfs 4}}', 'false'),
  ordered('ge', 'Whether a is at least b.', '{{ge vfs 4}}', 'true'),
  {
    name: 'in',
    usage: 'item container',
    summary: 'Whether a list has the item, a mapping the key, or a text the piece.',
    example: ["{{in 'ens2f1' ports}}", 'true'],
    arity: [2, 2],
    needs: 'outer',
    run: (args) => contains(args.value(1), args.value(0)),
  },
]

function ordered(name: Ordered, summary: string, template: string, text: string): Helper {
  const holds = {
    lt: (n: number) => n < 0,
    le: (n: number) => n <= 0,
    gt: (n: number) => n > 0,
    ge: (n: number) => n >= 0,
  }
  const run = (args: Args) => holds[name](compare(args.value(0), args.value(1), name))
  return { name, usage: 'a b', summary, example: [template, text], arity: [2, 2], needs: 'whole', run }
}

// The evaluation of templates performs these itself, for an argument that is not looked at may be undefined.
function lazily(args: Args): never {
  throw new Error(`Internal error: the helper "${args.helper}" is evaluated lazily`)
}
