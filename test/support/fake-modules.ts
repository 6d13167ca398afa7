import { type ArgsSchema, defineModule, type Module } from '../../src/module/module.ts'
import { unchanged } from '../../src/module/plan.ts'

interface Extra {
  readonly local?: (args: { readonly src?: string }) => readonly string[]
  readonly templates?: (args: { readonly src: string }) => readonly string[]
}

function fake(name: string, args: ArgsSchema, extra: Extra = {}): readonly [string, Module] {
  const module = defineModule<{ readonly src: string }, null>({
    name,
    summary: 'Do nothing',
    args,
    examples: [],
    state: () => null,
    plan: () => unchanged('it is only looked at'),
    ...extra,
  })
  return [name, module]
}

const text = { description: 'Some text.', type: 'string' } as const

/** A few modules with the argument shapes that occur: free-form, enums, numbers, conditions, open names, controller files. */
export const fakeModules: ReadonlyMap<string, Module> = new Map([
  fake('command', { properties: { cmd: text, creates: text, chdir: text }, required: ['cmd'], freeForm: 'cmd' }),
  fake('debug', { properties: { msg: { description: 'Anything.' }, var: text }, oneOf: ['msg', 'var'] }),
  fake(
    'copy',
    {
      properties: { src: text, content: text, dest: text, mode: { ...text, pattern: '^0?[0-7]{3,4}$' } },
      required: ['dest'],
      oneOf: ['src', 'content'],
    },
    { local: (args) => (args.src === undefined ? [] : [args.src]) },
  ),
  fake(
    'template',
    { properties: { src: text, dest: text }, required: ['src', 'dest'] },
    { templates: (args) => [args.src] },
  ),
  fake('service', {
    properties: {
      name: text,
      state: { description: 'How it has to be.', enum: ['started', 'stopped'], default: 'started' },
      enabled: { description: 'Whether it starts at boot.', type: 'boolean' },
      retries: { description: 'How often.', type: 'integer', minimum: 1 },
    },
    required: ['name'],
  }),
  fake('assert', {
    properties: { that: { description: 'Conditions.', type: ['string', 'array'] }, fail_msg: text },
    required: ['that'],
    expressions: ['that'],
  }),
  fake('set_fact', { properties: {}, open: true }),
])
