import { describe, expect, test } from 'vitest'
import { checkArgs, fullSchema } from '../../src/module/args.ts'
import type { ArgsSchema } from '../../src/module/module.ts'
import type { ValueMap } from '../../src/shared/value.ts'

const schema: ArgsSchema = {
  properties: {
    dest: { description: 'Where it goes.', type: 'string' },
    mode: { description: 'Octal.', type: 'string', pattern: '^0[0-7]{3}$' },
    ports: { description: 'Numbers.', type: 'array', items: { type: 'integer' } },
    bond: {
      description: 'A bond.',
      type: 'object',
      properties: { name: { description: 'Its name.', type: 'string' } },
    },
    options: { description: 'Any.', type: 'object', additionalProperties: { type: 'integer' } },
    src: { description: 'A file.', type: 'string' },
    content: { description: 'Text.', type: 'string' },
    that: { description: 'Conditions.' },
  },
  required: ['dest'],
  oneOf: ['src', 'content'],
  expressions: ['that'],
}

const messages = (value: ValueMap, stage: 'unrendered' | 'rendered') =>
  checkArgs(schema, value, stage).map(({ message, hint }) => `${message}${hint === undefined ? '' : ` (${hint})`}`)

describe('the arguments of a module', () => {
  test('are complete, known and of their types', () => {
    expect(
      messages({ mode: 644, ports: [1, 'x'], bond: { nmae: 'b' }, options: { a: 'x' }, that: 3, extra: 1 }, 'rendered'),
    ).toEqual([
      '"dest" is missing, but must be given ("dest" is: Where it goes)',
      '"extra" is not known, but must be one of "dest", "mode", "ports", "bond", "options", "src", "content" or "that"',
      '"mode" is a whole number (644), but must be text (quote it, for YAML 1.2 reads it as a decimal number: mode: "0644")',
      '"ports[1]" is text ("x"), but must be a whole number',
      '"bond.nmae" is not known, but must be "name" (did you mean "name"?)',
      '"options.a" is text ("x"), but must be a whole number',
      '"that" is a whole number (3), but must be text, true or false or a list (quote it: "3")',
      'one of "src" or "content" is missing, but must be given',
    ])
  })

  test('may be anything while they are templates, but must be there', () => {
    const value = { ports: '{{ports}}', mode: '{{mode}}', content: '{{x}}', options: { a: '{{y}}' } }
    expect(messages(value, 'unrendered')).toEqual(['"dest" is missing, but must be given ("dest" is: Where it goes)'])
    expect(messages({ ...value, dest: '/x' }, 'rendered')).toHaveLength(3)
  })

  test('that exclude each other are refused together', () => {
    expect(messages({ dest: '/x', src: 'a', content: 'b' }, 'rendered')).toEqual([
      '"src" and "content" are given together, but there must be exactly one of "src" or "content"',
    ])
  })

  test('of an open module may have any name', () => {
    expect(checkArgs({ properties: {}, open: true }, { anything: [1] })).toEqual([])
  })

  test('have one schema, made once', () => {
    expect(fullSchema(schema)).toBe(fullSchema(schema))
    expect(fullSchema(schema)['required']).toEqual(['dest'])
  })
})
