import { defineModule } from '../../module/module.ts'
import { unchanged } from '../../module/plan.ts'
import { Unknown } from '../../shared/unknown.ts'
import type { Value } from '../../shared/value.ts'

interface Args {
  readonly msg?: Value
  readonly var?: string
  readonly verbosity: number
}

/** `debug`: shows a text or a variable. */
export const debugModule = defineModule<Args, null>({
  name: 'debug',
  summary: 'Show a text or a variable',
  args: {
    properties: {
      msg: { description: 'What is shown; lists and mappings are shown as JSON.' },
      var: {
        description: 'The name of a variable, with keys if you like (`result.stdout`, `vms.[0].name`). Without braces.',
        type: 'string',
        pattern: '^[^{}]+$',
      },
      verbosity: { description: 'Show it only with that many -v.', type: 'integer', minimum: 0, default: 0 },
    },
    oneOf: ['msg', 'var'],
  },
  examples: [
    { title: 'Show a text', yaml: 'debug:\n  msg: "this is {{inventory_hostname}}"\n' },
    { title: 'Show a variable', yaml: 'debug:\n  var: ansible_facts.kernel\n' },
  ],
  controllerOnly: true,
  state: () => null,
  plan: (args, _, context) => {
    const level = Number(context.variable('ansible_verbosity') ?? 0)
    if (args.verbosity > level) return unchanged(`shown with -${'v'.repeat(args.verbosity)} only`)
    if (args.var === undefined) return unchanged('shown', { msg: show(args.msg ?? null) })
    return unchanged('shown', { msg: `${args.var}: ${lookUp(args.var, context.variable)}` })
  },
})

/** Walks `name.key`, `name[0]`, `name.[0]` and `name['key']`. */
function lookUp(path: string, variable: (name: string) => unknown): string {
  const [root, ...keys] = [...path.trim().matchAll(/\[\s*(?:'([^']*)'|"([^"]*)"|([^\]]*))\s*\]|[^.[\]]+/g)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? match[0],
  )
  let value = variable(root ?? '')
  for (const key of keys) {
    if (value instanceof Unknown) break
    value =
      typeof value === 'object' && value !== null
        ? Object.entries(value).find(([name]) => name === key)?.[1]
        : undefined
  }
  if (value instanceof Unknown) return `not known in check mode: ${value.because}`
  return value === undefined ? 'is not defined' : show(value)
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}
